"""Pictures: drawn of whatever there is, with labels that can be read, and the same bytes every time."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.panels import KINDS, panel_of, trading_market, walk, weekdays

from scanner.bars.panel import Panel
from scanner.chart import draw_equity, month_ticks, spread
from scanner.cli.plot import chart
from scanner.cli.stored import Stored
from scanner.setups.scan import scan
from scanner.setups.thresholds import Thresholds

PNG = b"\x89PNG\r\n\x1a\n"
T = Thresholds(regime_symbol="S00", regime_sessions=20)


def stored(kinds: tuple[str, ...], sessions: int = 120) -> Stored:
    """A plain stock stands for the index."""
    panel = panel_of({f"S{row:02d}": walk(kind, sessions, 3 + row) for row, kind in enumerate(("plain", *kinds))})
    return Stored(panel, scan(panel, T))


def size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(PNG)
    return int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_series_can_be_drawn(kind: str) -> None:
    assert size(chart(stored((kind,)), "S01", 60)) == (1540, 880)


def test_a_stock_without_any_bar_lately_can_be_drawn() -> None:
    assert size(chart(stored(("gone",), 40), "S01", 20))


def test_the_same_bars_are_the_same_picture() -> None:
    assert chart(stored(("gappy",)), "S01", 90) == chart(stored(("gappy",)), "S01", 90)


def test_another_close_is_another_picture() -> None:
    one = stored(("gappy",))
    close = one.panel.close.copy()
    close[1, -1] = one.panel.low[1, -1]
    old = one.panel
    other = Panel(old.symbols, old.days, old.open, old.high, old.low, close, old.volume)
    assert chart(Stored(other, scan(other, T)), "S01", 90) != chart(one, "S01", 90)


def test_a_candidate_shows_its_levels() -> None:
    panel = trading_market()
    found = scan(panel, Thresholds())
    symbol = found.candidates[0].row.symbol
    with_levels = chart(Stored(panel, found), symbol, 90)
    without = chart(Stored(panel, scan(panel, Thresholds(min_price=99_999.0))), symbol, 90)
    assert with_levels != without


def test_a_picture_of_made_up_bars_bears_its_mark() -> None:
    plain = stored(("plain",))
    assert chart(Stored(plain.panel, plain.scan, "SAMPLE MARKET"), "S01", 60) != chart(plain, "S01", 60)


NOVEMBER = [(date(2026, 11, 2), -3.0), (date(2026, 11, 9), 4.0)]


@pytest.mark.parametrize("curve", [[], NOVEMBER[:1], NOVEMBER])
def test_any_replay_can_be_drawn(curve: list[tuple[date, float]]) -> None:
    assert size(draw_equity("a title", "words", curve, weekdays(20))) == (1320, 715)


@given(
    values=st.lists(st.floats(-1e4, 1e4), max_size=12).map(sorted),
    gap=st.floats(0.001, 100.0),
)
def test_labels_keep_their_order_and_distance(values: list[float], gap: float) -> None:
    bottom, top = -2e4, 2e4
    places = spread(values, gap, bottom, top)
    assert len(places) == len(values)
    assert all(second - first >= gap * (1 - 1e-9) for first, second in pairwise(places))
    assert all(bottom <= place <= top for place in places)


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread([1.0, 3.0, 9.0], 1.0, 0.0, 10.0) == [1.0, 3.0, 9.0]


@pytest.mark.parametrize("sessions", [20, 180, 320, 900])
def test_ticks_stand_at_the_first_sessions_of_months(sessions: int) -> None:
    days = np.array(weekdays(sessions), dtype="datetime64[D]")
    places, names = month_ticks(days)
    assert len(places) == len(names) <= 16
    assert all(days[place].item().month != days[place - 1].item().month for place in places)
