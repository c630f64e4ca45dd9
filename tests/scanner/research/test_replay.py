"""Past mornings: the bracket rule case by case, no look-ahead, and sums that add up."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from math import isclose

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cases import cases
from support.panels import changed, days_of, panel_of, trading_market, weekdays
from support.scan_reference import Bar

from gates.base.record import replace
from scanner.bars.panel import FIELDS, Panel, day_of
from scanner.research.outcomes import BOUGHT, How, RowOutcome, drawdown, equity, one_at_a_time, outcome, summarize
from scanner.research.replay import Replay, ReplayRules, cut, first_replayable, past_morning, replay, replayable
from scanner.setups.scan import scan
from scanner.setups.thresholds import Thresholds, window_sessions
from scanner.watchlist import Row

ROW = Row("AAA", Decimal("100"), Decimal("96"), Decimal("108"))
DAYS = weekdays(5)
CHASE = Decimal("0.5")

Prices = tuple[float, float, float, float]


def bars(*days: Prices | None, symbol: str = "AAA") -> Panel:
    series = [Bar(*day, 1_000.0) if day else None for day in days]
    return panel_of({symbol: series}, DAYS[: len(series)])


def became(*days: Prices | None) -> RowOutcome:
    return outcome(DAYS[0], ROW, bars(*days), CHASE)


# --- the bracket rule ---------------------------------------------------------------------------------

CALM = (100.5, 101.0, 99.0, 100.0)
CASES: dict[str, tuple[tuple[Prices | None, ...], How, float | None, float | None, int, float | None]] = {
    "not reached": (((98, 99.99, 97, 99),), How.NOT_REACHED, None, None, 0, None),
    "reached to the cent": (((98, 100, 97, 99),), How.OPEN, 100, 99, 1, -0.25),
    "reached on the next day only": (((98, 99, 97, 99), (101, 110, 100, 109)), How.NOT_REACHED, None, None, 0, None),
    "opens above": (((100.4, 101, 99, 100.4),), How.OPEN, 100.4, 100.4, 1, 0.0),
    "opens too far above": (((100.51, 109, 99, 108),), How.NOT_CHASED, None, None, 0, None),
    "no bar that day": ((None, (101, 110, 100, 109)), How.NO_BAR, None, None, 0, None),
    "target at once": (((99, 108, 98, 107),), How.TARGET, 100, 108, 1, 2.0),
    "stop at once": (((99, 101, 96, 97),), How.STOPPED, 100, 96, 1, -1.0),
    "both at once": (((99, 109, 95, 105),), How.STOPPED, 100, 96, 1, -1.0),
    "low before the entry counts against us": (((95.5, 101, 95, 100),), How.STOPPED, 100, 96, 1, -1.0),
    "target later": ((CALM, CALM, (102, 108.5, 101, 107)), How.TARGET, 100.5, 108, 3, 7.5 / 4.5),
    "opens above the target": ((CALM, (110, 111, 109, 110)), How.TARGET, 100.5, 110, 2, 9.5 / 4.5),
    "stop later": ((CALM, (98, 99, 95, 96)), How.STOPPED, 100.5, 96, 2, -1.0),
    "opens below the stop": ((CALM, (93, 94, 92, 93)), How.STOPPED, 100.5, 93, 2, -7.5 / 4.5),
    "both later": ((CALM, (100, 109, 95, 108)), How.STOPPED, 100.5, 96, 2, -1.0),
    "touches the stop to the cent": ((CALM, (98, 99, 96, 97)), How.STOPPED, 100.5, 96, 2, -1.0),
    "a halt between": ((CALM, None, None, (102, 108, 101, 107)), How.TARGET, 100.5, 108, 4, 7.5 / 4.5),
    "halted to the end": ((CALM, None, None), How.OPEN, 100.5, 100, 1, -0.5 / 4.5),
    "still open": ((CALM, (101, 103, 100, 102)), How.OPEN, 100.5, 102, 2, 1.5 / 4.5),
    "the first end counts": ((CALM, (102, 108, 101, 107), (98, 99, 90, 91)), How.TARGET, 100.5, 108, 2, 7.5 / 4.5),
}


@pytest.mark.parametrize(("days", "how", "bought", "sold", "held", "r"), CASES.values(), ids=CASES.keys())
def test_the_bracket_rule(
    days: tuple[Prices | None, ...], how: How, bought: float | None, sold: float | None, held: int, r: float | None
) -> None:
    found = became(*days)
    assert (found.how, found.bought, found.sold, found.held_sessions) == (how, bought, sold, held)
    assert found.r is None if r is None else found.r is not None and isclose(found.r, r, abs_tol=1e-12)
    assert found.until == (DAYS[held - 1] if held else None)


def test_of_another_symbol_or_day_nothing_is_known() -> None:
    assert outcome(DAYS[0], ROW, bars(CALM, symbol="BBB"), CHASE).how is How.NO_BAR
    assert outcome(DAYS[1], ROW, bars(CALM, CALM), CHASE).how is How.NO_BAR
    assert outcome(DAYS[0], ROW, bars(CALM).columns(0, 0), CHASE).how is How.NO_BAR


@given(data=st.data())
def test_never_more_than_the_risk_but_for_an_open_below_the_stop(data: st.DataObject) -> None:
    days = []
    for _ in range(5):
        low, spread = data.draw(st.floats(90, 108)), data.draw(st.floats(0, 8))
        at = st.floats(0, 1)
        opened, close = low + spread * data.draw(at), low + spread * data.draw(at)
        days.append((opened, max(opened, close, low + spread), low, close))
    found = became(*days)
    if found.how is How.STOPPED and found.until is not None:
        place = DAYS.index(found.until)
        gapped = place > 0 and days[place][0] < 96
        assert found.r is not None and (gapped or isclose(found.r, -1.0))
    if found.how is How.TARGET:
        assert found.sold is not None and found.sold >= 108
    if found.how in BOUGHT:
        assert found.bought is not None and 100 <= found.bought <= 100.5


# --- one position, and the sums -----------------------------------------------------------------------


def ended(session: int, how: How, until: int | None = None, r: float | None = None, symbol: str = "AAA") -> RowOutcome:
    row = replace_symbol(symbol)
    if how not in BOUGHT:
        return RowOutcome(DAYS[session], row, how)
    return RowOutcome(DAYS[session], row, how, 100.0, 101.0, DAYS[until or session], 1, r)


def replace_symbol(symbol: str) -> Row:
    return Row(symbol, ROW.entry, ROW.stop, ROW.target)


def test_a_symbol_that_is_held_is_not_bought_again() -> None:
    kept = one_at_a_time(
        [
            ended(0, How.TARGET, 2, 2.0),
            ended(1, How.STOPPED, 1, -1.0),
            ended(1, How.TARGET, 1, 2.0, "BBB"),
            ended(2, How.TARGET, 3, 2.0),
            ended(3, How.OPEN, 4, 0.1),
            ended(4, How.TARGET, 4, 2.0),
        ]
    )
    assert [one.how for one in kept] == [How.TARGET, How.HELD, How.TARGET, How.HELD, How.OPEN, How.HELD]


def test_the_summary_adds_up() -> None:
    outcomes = [
        ended(0, How.TARGET, 1, 2.0),
        ended(0, How.STOPPED, 2, -1.0, "BBB"),
        ended(1, How.STOPPED, 2, -1.5, "CCC"),
        ended(1, How.NOT_REACHED, symbol="DDD"),
        ended(2, How.OPEN, 4, 0.5, "EEE"),
        ended(3, How.TARGET, 4, 3.0, "FFF"),
    ]
    found = summarize(outcomes)
    assert (found.rows, found.trades, found.wins, found.win_rate_pct) == (6, 4, 2, 50.0)
    assert (found.average_r, found.total_r, found.still_open, found.open_r) == (0.625, 2.5, 1, 0.5)
    assert equity(outcomes) == [(DAYS[1], 2.0), (DAYS[2], -0.5), (DAYS[4], 2.5)]
    assert found.drawdown_r == 2.5
    assert sum(found.by_outcome.values()) == 6


def test_of_no_trades_there_is_no_rate() -> None:
    found = summarize([ended(0, How.NOT_REACHED)])
    assert (found.trades, found.win_rate_pct, found.average_r, found.drawdown_r) == (0, None, None, 0.0)


@pytest.mark.parametrize(
    ("curve", "deepest"), [([], 0), ([1, 2, 3], 0), ([-1, -3, 5], 3), ([2, 5, 1, 4, 0.5, 6], 4.5), ([4, 3, 9, 1], 8)]
)
def test_the_deepest_fall(curve: list[float], deepest: float) -> None:
    assert drawdown([(DAYS[0] + timedelta(days=n), total) for n, total in enumerate(curve)]) == deepest


# --- mornings -----------------------------------------------------------------------------------------

T = Thresholds(regime_sessions=50, min_avg_volume=100_000.0, min_dollar_volume=1_000_000.0)
WINDOW = window_sessions(T)


@pytest.fixture(scope="module")
def panel() -> Panel:
    return trading_market(WINDOW + 30, 80)


@pytest.fixture(scope="module")
def rules(panel: Panel) -> ReplayRules:
    return ReplayRules(T, frozenset(panel.symbols) - {"SPY"}, 20, 90.0, CHASE)


def all_of(panel: Panel, rules: ReplayRules, first: int = WINDOW, last: int = -1) -> Replay:
    days = days_of(panel)
    return replay(panel, days[first], days[last], rules, lambda *_: None)


def test_a_past_list_is_what_a_scan_said_that_evening(panel: Panel, rules: ReplayRules) -> None:
    found = all_of(panel, rules)
    assert len(found.mornings) == 30
    assert sum(len(one.candidates) for one in found.mornings) > 30
    for morning in found.mornings:
        assert morning.as_of is not None and morning.as_of < morning.session
        that_evening = scan(panel.upto(morning.as_of), T, rules.universe, rules.most)
        assert morning.candidates == that_evening.candidates
        assert (morning.qualified, morning.with_bars) == (that_evening.qualified, that_evening.with_bars)


@pytest.mark.parametrize("future", ["gone", "tenfold", "random", "zero"])
@pytest.mark.parametrize("column", [WINDOW + 1, WINDOW + 17, WINDOW + 29])
def test_no_list_sees_its_own_session_or_later(panel: Panel, rules: ReplayRules, future: str, column: int) -> None:
    """Everything from the session on is changed; the lists up to it do not."""
    chance = np.random.RandomState(column)
    arrays = {name: getattr(panel, name).copy() for name in FIELDS}
    for values in arrays.values():
        later = values[:, column:]
        later[:] = {
            "gone": np.nan,
            "tenfold": later * 10,
            "random": chance.uniform(1, 500, later.shape),
            "zero": 0.0,
        }[future]
    other = changed(panel, **arrays)
    session = days_of(panel)[column]
    before, after = (all_of(one, rules, WINDOW, column).mornings for one in (panel, other))
    assert before[-1].session == session
    assert before == after


def test_what_comes_later_does_change_outcomes(panel: Panel, rules: ReplayRules) -> None:
    """Else the test above would show nothing."""
    arrays = {name: getattr(panel, name).copy() for name in FIELDS}
    for name in ("open", "high", "low", "close"):
        arrays[name][:, -10:] *= 3.0
    assert all_of(changed(panel, **arrays), rules).outcomes != all_of(panel, rules).outcomes


def test_a_session_alone_is_the_same_as_among_others(panel: Panel, rules: ReplayRules) -> None:
    """What a cluster would rely on."""
    whole = all_of(panel, rules)
    for column in replayable(panel, whole.mornings[0].session, whole.mornings[-1].session):
        known, later = cut(panel, column, T)
        assert past_morning(day_of(panel.days[column]), known, rules) == whole.mornings[column - WINDOW]
        assert known.last_day is not None and known.last_day < day_of(later.days[0])
        assert len(known.days) == WINDOW


def test_every_row_has_one_outcome(panel: Panel, rules: ReplayRules) -> None:
    found = all_of(panel, rules)
    rows = [(one.session, candidate.row) for one in found.mornings for candidate in one.candidates]
    assert [(one.session, one.row) for one in found.outcomes] == rows


def test_a_morning_that_would_have_been_refused_is_refused(panel: Panel, rules: ReplayRules) -> None:
    last = days_of(panel)[-1]
    known, _ = cut(panel, len(panel.days) - 1, T)
    spy = known.row("SPY")
    assert spy is not None
    close = known.close.copy()
    close[spy, -1] = np.nan
    assert "regime unknown" in str(past_morning(last, changed(known, close=close), rules).refused)
    close = known.close.copy()
    close[:20, -1] = np.nan
    few = past_morning(last, changed(known, close=close), rules)
    assert few.candidates == () and "coverage: " in str(few.refused)
    none = past_morning(last, known, replace(rules, universe=frozenset()))
    assert none.candidates == () and none.refused is not None


def test_the_first_morning_has_a_whole_window_before_it(panel: Panel) -> None:
    assert first_replayable(panel, T) == days_of(panel)[WINDOW]
    assert first_replayable(panel.columns(0, WINDOW), T) is None


@settings(max_examples=cases(15))
@given(first=st.integers(0, 40), length=st.integers(0, 40))
def test_the_sessions_are_those_between_the_dates(panel: Panel, first: int, length: int) -> None:
    days = days_of(panel)
    start = days[WINDOW] + timedelta(days=first - 5)
    end = start + timedelta(days=length)
    expected = [day for day in days[1:] if start <= day <= end]
    assert [day_of(panel.days[column]) for column in replayable(panel, start, end)] == expected
    assert list(replayable(panel, date(2000, 1, 1), date(2001, 1, 1))) == []
