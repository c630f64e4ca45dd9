"""The made-up market: the same for everybody, sound bars, and setups on any day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from support.panels import weekdays
from support.scanner_desk import TABLE, is_session, same_bars

from gates.base.sessions import SessionTable
from scanner.bars.panel import FIELDS, Panel, day_of
from scanner.bars.sample import EXAMPLE, INDEX, WELL_KNOWN, SampleSource, sample_days, sample_panel, sample_symbols
from scanner.bars.store import NOTHING, merge
from scanner.setups.scan import scan
from scanner.setups.thresholds import Thresholds
from scanner.watchlist import SAMPLE_SOURCE, SYMBOL

SYMBOLS = sample_symbols(120)
LAST = date(2026, 11, 19)
CLOSES = [[39.99, 39.97, 40.15], [136.27, 135.34, 136.57], [114.63, 114.25, 114.49]]
VOLUMES = [[9392152, 5027156, 4368880], [6900425, 5384759, 4588303], [1126772, 851875, 1504941]]


@pytest.fixture(scope="module")
def panel() -> Panel:
    return sample_panel(SYMBOLS, weekdays(500, LAST))


@pytest.fixture(scope="module")
def source() -> SampleSource:
    return SampleSource(TABLE)


# --- names and days -----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 46, 47, 400, 3_000, 17_000])
def test_so_many_symbols_as_asked_for(count: int) -> None:
    symbols = sample_symbols(count)
    assert len(symbols) == len(set(symbols)) == count
    assert list(symbols) == sorted(symbols)
    assert all(SYMBOL.fullmatch(symbol) for symbol in symbols)
    assert INDEX not in symbols


def test_well_known_names_come_first() -> None:
    known = WELL_KNOWN.split()
    assert set(sample_symbols(len(known))) == set(known)
    assert set(known) < set(SYMBOLS)
    assert {symbol for symbol in SYMBOLS if symbol.startswith("ZA")} == set(SYMBOLS) - set(known)


def test_more_symbols_are_the_same_and_more() -> None:
    assert set(sample_symbols(60)) < set(sample_symbols(61)) < set(sample_symbols(400))


def test_days_are_the_sessions_of_the_table_and_end_on_the_one_asked_for() -> None:
    days = sample_days(TABLE, date(2026, 11, 27), 250)
    assert len(days) == 250
    assert (days[0] < days[-1], days[-1]) == (True, date(2026, 11, 27))
    assert date(2026, 11, 26) not in days  # Thanksgiving
    assert days == [day for day in spanned(days[0], days[-1]) if is_session(day)]


def test_days_outside_of_the_table_are_weekdays() -> None:
    for table in (TABLE, SessionTable([])):
        days = sample_days(table, date(2035, 1, 1), 30)
        assert days == weekdays(30, date(2035, 1, 1))
    before = sample_days(TABLE, date(2025, 1, 3), 10)
    assert before[-3:] == [date(2025, 1, 1), date(2025, 1, 2), date(2025, 1, 3)]


def spanned(first: date, last: date) -> list[date]:
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]


# --- bars ---------------------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_bars(panel: Panel) -> None:
    assert same_bars(panel, sample_panel(SYMBOLS, weekdays(500, LAST)))
    assert same_bars(panel, sample_panel(SYMBOLS[::-1], weekdays(500, LAST)))
    assert not same_bars(panel, sample_panel(SYMBOLS, weekdays(500, LAST), 1))


def test_the_numbers_are_those_of_every_release() -> None:
    """Who wrote down what `make run` shows wants to see it again."""
    made = sample_panel(("AAPL", "MSFT"), weekdays(3, LAST))
    assert made.symbols == ("AAPL", "MSFT", "SPY")
    assert made.close.tolist() == CLOSES
    assert made.volume.tolist() == VOLUMES


def test_symbols_and_days_are_in_order_and_the_index_is_among_them(panel: Panel) -> None:
    assert panel.symbols == tuple(sorted({*SYMBOLS, INDEX}))
    assert [day_of(day) for day in panel.days] == weekdays(500, LAST)
    assert all(getattr(panel, name).shape == (121, 500) for name in FIELDS)
    assert all(getattr(panel, name).dtype == np.float64 for name in FIELDS)


def test_a_missing_bar_is_missing_in_all_five(panel: Panel) -> None:
    absent = np.isnan(panel.close)
    assert all(np.array_equal(np.isnan(getattr(panel, name)), absent) for name in FIELDS)
    assert 0 < absent.sum() < 0.1 * absent.size
    assert not absent[panel.symbols.index(INDEX)].any()


def test_the_index_has_a_bar_on_every_session() -> None:
    """Else there would be mornings without a regime."""
    for seed in range(40):
        made = sample_panel(("AAA",), weekdays(500, LAST), seed)
        assert not np.isnan(made.close[made.symbols.index(INDEX)]).any()


def test_every_bar_is_sound(panel: Panel) -> None:
    there = ~np.isnan(panel.close)
    opened, high, low, close, volume = (getattr(panel, name)[there] for name in FIELDS)
    assert (low > 0).all()
    assert (low <= np.minimum(opened, close)).all()
    assert (high >= np.maximum(opened, close)).all()
    assert (volume > 0).all()
    assert (volume == np.rint(volume)).all()
    for prices in (opened, high, low, close):
        assert np.array_equal(prices, np.round(prices, 2))


def test_it_has_gaps_heavy_days_halts_and_late_listings() -> None:
    panel = sample_panel(sample_symbols(), weekdays(500, LAST))
    gaps = panel.open[:, 1:] / panel.close[:, :-1] > 1.04
    assert 0.003 < gaps.mean() < 0.02
    usual = np.nanmedian(panel.volume, axis=1)[:, None]
    assert 0.01 < (panel.volume > 1.8 * usual).mean() < 0.06
    absent = np.isnan(panel.close)
    late = [int(np.argmin(row)) for row in absent if row[0] and not row.all()]
    assert max(late) > 20
    assert (absent[:, 1:-1] & ~absent[:, :-2] & ~absent[:, 2:]).any()


def test_a_panel_of_a_single_day_is_a_panel() -> None:
    assert sample_panel(("AAA",), [LAST]).close.shape == (2, 1)


# --- as a source --------------------------------------------------------------------------------------


def panel_from(source: SampleSource, first: date, last: date, count: int = 400) -> Panel:
    return merge(NOTHING, source.bars([*sample_symbols(count), INDEX], first, last))


def test_a_source_knows_its_assets_and_asks_nobody(source: SampleSource) -> None:
    assert (source.name, source.requests) == (SAMPLE_SOURCE, 0)
    assert tuple(asset.symbol for asset in source.assets()) == sample_symbols()
    assert len(SampleSource(TABLE, 12).assets()) == 12


def test_a_session_is_the_same_whenever_it_is_asked_for(source: SampleSource) -> None:
    whole = panel_from(source, date(2025, 6, 2), LAST, 60)
    part = panel_from(source, date(2026, 3, 2), date(2026, 4, 1), 60)
    start, stop = np.searchsorted(whole.days, [part.days[0], np.datetime64("2026-04-02")])
    rows = [whole.symbols.index(symbol) for symbol in part.symbols]
    for name in FIELDS:
        assert np.array_equal(getattr(whole, name)[rows, start:stop], getattr(part, name), equal_nan=True)
    assert same_bars(part, panel_from(SampleSource(TABLE), date(2026, 3, 2), date(2026, 4, 1), 60))


def test_bars_are_those_asked_for_and_no_others(source: SampleSource) -> None:
    flat = source.bars(["MSFT", "AAPL", "NOBODY"], date(2026, 11, 14), date(2026, 11, 19))
    assert set(flat.symbols) == {"AAPL", "MSFT"}
    days = {day_of(np.datetime64(int(day), "D")) for day in flat.days}
    assert days == {date(2026, 11, day) for day in (16, 17, 18, 19)}
    assert set(flat.values) == set(FIELDS)
    assert all(len(values) == len(flat) and not np.isnan(values).any() for values in flat.values.values())
    for first, last in [(date(2026, 11, 14), date(2026, 11, 15)), (date(1999, 1, 1), date(1999, 2, 1))]:
        assert len(source.bars(["AAPL"], first, last)) == 0


def test_it_trades_on_sessions_only_and_through_2029(source: SampleSource) -> None:
    days = [day_of(day) for day in panel_from(source, date(2023, 10, 2), date(2039, 1, 1), 20).days]
    assert days[0] == date(2023, 10, 2)
    assert days[-1] >= date(2029, 12, 31)
    assert TABLE.first_day is not None
    assert TABLE.last_day is not None
    assert all(TABLE.on(day) for day in days if TABLE.first_day <= day <= TABLE.last_day)
    assert all(day.weekday() < 5 for day in days)
    assert max(later - earlier for earlier, later in pairwise(days)) <= timedelta(days=5)


def test_a_table_that_reaches_further_changes_no_session_already_known() -> None:
    first, last = date(2026, 1, 5), date(2026, 6, 30)
    known = (TABLE.on(day) for day in spanned(date(2025, 1, 2), last))
    shorter = SampleSource(SessionTable(session for session in known if session is not None), 60)
    assert same_bars(panel_from(shorter, first, last), panel_from(SampleSource(TABLE, 60), first, last))


@pytest.mark.parametrize(
    "last", [date(2025, 1, 15), date(2025, 6, 30), date(2026, 1, 2), LAST, date(2028, 7, 3), date(2029, 12, 28)]
)
def test_any_day_has_setups(source: SampleSource, last: date) -> None:
    panel = panel_from(source, last - timedelta(days=450), last)
    found = scan(panel, Thresholds(), set(sample_symbols()))
    assert found.regime.favourable
    assert 5 <= found.qualified < 200
    assert all(one.row.problem() is None for one in found.candidates)


def test_the_tours_stock_is_on_the_list_of_every_session(source: SampleSource) -> None:
    """The README asks `why` of it, on whatever day the reader has."""
    every = panel_from(source, date(2024, 10, 1), date(2029, 12, 28), 200)
    evenings = [day_of(day) for day in every.days if day_of(day) >= date(2026, 1, 2)][::9]
    missing = [
        str(evening)
        for evening in evenings
        if EXAMPLE not in {one.row.symbol for one in scan(every.upto(evening, 340), Thresholds(), None, 40).candidates}
    ]
    assert len(evenings) > 100 and missing == []
