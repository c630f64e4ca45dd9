"""Where an AVWAP begins: each of the nine anchors at its limits, and all of them against the loop."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from support.cases import cases
from support.panels import KINDS, LENGTHS, days_of, longer, market, markets, panel_of, seeds, series_of, weekdays
from support.scan_reference import Bar, Series
from support.scan_reference import find_anchors as looked_for

from scanner.bars.panel import Panel
from scanner.setups.anchors import NAMES, WORDS, find_anchors
from scanner.setups.thresholds import YEAR_SESSIONS, Thresholds

T = Thresholds()
Places = dict[str, int | None]


def places(panel: Panel, thresholds: Thresholds = T) -> list[Places]:
    rows = find_anchors(panel, thresholds).tolist()
    return [dict(zip(NAMES, (at if at >= 0 else None for at in row), strict=True)) for row in rows]


def place(name: str, series: Series, last: date | None = None, **thresholds: Any) -> int | None:
    days = weekdays(len(series), last) if last is not None else None
    return places(panel_of({"AAA": series}, days), Thresholds(**thresholds))[0][name]


def quiet(sessions: int, price: float = 100.0) -> Series:
    """Nothing stands out: each bar as the one before it."""
    return [Bar(price, price + 1.0, price - 1.0, price, 1_000.0) for _ in range(sessions)]


def with_highs(*highs: float | None) -> Series:
    return [None if high is None else Bar(1.0, high, 1.0, 1.0, 100.0) for high in highs]


def with_lows(*lows: float | None) -> Series:
    return [None if low is None else Bar(99.0, 99.0, low, 99.0, 100.0) for low in lows]


def test_every_anchor_has_a_name_and_words() -> None:
    assert list(WORDS) == list(NAMES)
    assert len(set(WORDS.values())) == len(NAMES) == 9


# --- against the loop ---------------------------------------------------------------------------------


@pytest.mark.parametrize("length", LENGTHS)
def test_every_kind_of_series_has_the_anchors_the_loop_finds(length: int) -> None:
    panel = market(length, 100 + length)
    for row, found in enumerate(places(panel)):
        assert found == looked_for(series_of(panel, row), days_of(panel), T), KINDS[row]


@settings(max_examples=cases(60))
@given(panel=markets())
def test_any_market_has_the_anchors_the_loop_finds(panel: Panel) -> None:
    for row, found in enumerate(places(panel)):
        assert found == looked_for(series_of(panel, row), days_of(panel), T)


@pytest.mark.parametrize(
    "thresholds",
    [
        Thresholds(swing_sessions=1),
        Thresholds(swing_sessions=2),
        Thresholds(swing_sessions=13),
        Thresholds(swing_sessions=30),
        Thresholds(gap_pct=0.1),
        Thresholds(gap_pct=9.0),
        Thresholds(volume_ratio=0.9, volume_close_pct=50.0),
        Thresholds(volume_ratio=3.0, volume_close_pct=0.0),
        Thresholds(volume_ratio=1.0, volume_close_pct=100.0),
    ],
    ids=str,
)
def test_the_loop_agrees_whatever_the_thresholds(thresholds: Thresholds) -> None:
    panel = market(280, 5)
    for row, found in enumerate(places(panel, thresholds)):
        assert found == looked_for(series_of(panel, row), days_of(panel), thresholds), KINDS[row]


def test_the_markets_of_these_tests_have_every_anchor() -> None:
    """Else to agree would prove nothing."""
    found = places(market(300, 5))
    assert {name for row in found for name, at in row.items() if at is not None} == set(NAMES)
    assert any(at is None for row in found for at in row.values())


def test_one_symbol_knows_nothing_of_another() -> None:
    panel = market(280, 9)
    together = find_anchors(panel, T)
    for row in range(len(panel.symbols)):
        assert find_anchors(panel.rows(row, row + 1), T)[0].tolist() == together[row].tolist(), KINDS[row]


@settings(max_examples=cases(15))
@given(seed=seeds)
def test_what_was_long_ago_moves_no_anchor_of_the_last_year(seed: int) -> None:
    panel = market(280, seed)
    older = longer(panel, 100, seed)
    for row, (found, again) in enumerate(zip(places(panel), places(older), strict=True)):
        if KINDS[row] == "late":
            continue  # it then has bars before its listing
        assert {name: None if at is None else at + 100 for name, at in found.items()} == again, KINDS[row]


def test_a_single_session_has_no_anchor_that_needs_one_before_it() -> None:
    (found,) = places(panel_of({"AAA": quiet(1)}))
    at_hand = {"high_52w", "low_52w"}
    assert found == {name: 0 if name in at_hand else None for name in NAMES}


def test_no_symbols_have_no_anchors() -> None:
    assert find_anchors(market(60, 1).rows(0, 0), T).shape == (0, len(NAMES))


# --- periods ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "year", "quarter", "month"),
    [
        (date(2026, 11, 19), date(2026, 1, 1), date(2026, 10, 1), date(2026, 11, 2)),
        (date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 1)),
        (date(2025, 12, 31), date(2025, 1, 1), date(2025, 10, 1), date(2025, 12, 1)),
        (date(2026, 3, 31), date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 2)),
        (date(2026, 4, 1), date(2026, 1, 1), date(2026, 4, 1), date(2026, 4, 1)),
        (date(2024, 2, 29), date(2024, 1, 1), date(2024, 1, 1), date(2024, 2, 1)),
    ],
)
def test_periods_are_those_of_the_calendar(last: date, year: date, quarter: date, month: date) -> None:
    panel = panel_of({"AAA": quiet(273)}, weekdays(273, last))
    (found,) = places(panel)
    days = days_of(panel)
    assert [days[found[name] or 0] for name in ("year", "quarter", "month")] == [year, quarter, month]


def test_a_period_starts_with_the_first_bar_in_it() -> None:
    series = quiet(40)
    assert place("month", series, date(2026, 11, 19)) == 40 - 14
    assert place("month", [*series[:26], None, None, *series[28:]], date(2026, 11, 19)) == 28
    assert place("month", [*series[:26], *[None] * 14], date(2026, 11, 19)) is None


def test_a_start_nobody_saw_is_no_anchor() -> None:
    """The panel begins on the first of the month: that it is the first of a series does not make it known."""
    assert place("month", quiet(14), date(2026, 11, 19)) is None
    assert place("month", quiet(15), date(2026, 11, 19)) == 1
    assert place("quarter", quiet(15), date(2026, 11, 19)) is None


# --- 52 weeks -----------------------------------------------------------------------------------------


def test_of_equal_highs_and_lows_the_latest_counts() -> None:
    assert place("high_52w", with_highs(5, 9, 7, 9, 8)) == 3
    assert place("low_52w", with_lows(5, 2, 7, 2, 8)) == 3


def test_a_year_is_252_sessions() -> None:
    series = quiet(YEAR_SESSIONS + 1)
    peak, trough = Bar(100.0, 150.0, 50.0, 100.0, 1.0), series[0]
    assert place("high_52w", [trough, peak, *series[2:]]) == 1
    assert place("low_52w", [trough, peak, *series[2:]]) == 1
    assert place("high_52w", [peak, *series[1:]]) == YEAR_SESSIONS
    assert place("low_52w", [peak, *series[1:]]) == YEAR_SESSIONS


def test_without_any_bar_there_is_no_high_and_no_low() -> None:
    (found,) = places(panel_of({"AAA": [None] * 60}))
    assert set(found.values()) == {None}


# --- swings -------------------------------------------------------------------------------------------

SWINGS = {
    "a peak": ((1, 2, 3, 2, 1), 2),
    "too near the end": ((1, 2, 1, 3, 2), None),
    "too near the beginning": ((1, 3, 2, 1, 1), None),
    "the latest of two": ((1, 1, 3, 1, 1, 2, 1, 1), 5),
    "equal to one before": ((1, 3, 3, 1, 1), None),
    "equal to one after": ((1, 1, 3, 3, 1), 2),
    "level": ((2, 2, 2, 2, 2), None),
    "the next is missing": ((1, 2, 3, None, 1), 2),
    "itself missing": ((1, 2, None, 2, 1), None),
    "all after it missing": ((1, 2, 3, None, None), 2),
    "higher beyond the missing": ((1, 2, 3, None, 4), None),
    "higher just outside": ((9, 1, 2, 3, 2, 1, 9), 3),
}


@pytest.mark.parametrize("case", SWINGS)
def test_a_swing_stands_out_on_either_side(case: str) -> None:
    values, expected = SWINGS[case]
    assert place("swing_high", with_highs(*values), swing_sessions=2) == expected
    upside_down = with_lows(*(None if value is None else 20.0 - value for value in values))
    assert place("swing_low", upside_down, swing_sessions=2) == expected


@pytest.mark.parametrize("around", [1, 2, 3, 4, 5, 6, 7, 8, 13])
def test_a_swing_needs_that_many_bars_on_either_side(around: int) -> None:
    peak = [*range(1, around + 1), 50, *range(around, 0, -1)]
    assert place("swing_high", with_highs(*peak), swing_sessions=around) == around
    assert place("swing_high", with_highs(*peak[1:]), swing_sessions=around) is None
    assert place("swing_high", with_highs(*peak[:-1]), swing_sessions=around) is None
    for other in (0, 2 * around):
        rival = [51 if at == other else high for at, high in enumerate(peak)]
        assert place("swing_high", with_highs(*rival), swing_sessions=around) is None


# --- gaps ---------------------------------------------------------------------------------------------


def gapped(opened: float, close_before: float = 100.0) -> Series:
    series = quiet(3, close_before)
    return [*series, Bar(opened, opened + 2.0, opened - 2.0, opened, 1_000.0), *quiet(2, opened)]


def test_a_gap_of_four_percent_is_one() -> None:
    assert place("gap_day", gapped(104.0)) == 3
    assert place("gap_day", gapped(103.99)) is None
    assert place("gap_day", gapped(96.0)) is None
    assert place("gap_day", gapped(103.0), gap_pct=3.0) == 3


def test_a_gap_of_exactly_the_limit_is_one_at_every_price() -> None:
    """Prices are cents: 2.75 to 2.86 is 4 %, whatever 2.75 * 1.04 is in floats."""
    cents = range(25, 40_000, 25)
    series = {f"S{at:05d}": gapped((at + at // 25) / 100, at / 100) for at in cents}
    found = places(panel_of(series))
    assert [at / 100 for at, row in zip(cents, found, strict=True) if row["gap_day"] != 3] == []


def test_a_cent_less_than_the_limit_is_no_gap_at_any_price() -> None:
    cents = range(25, 40_000, 25)
    series = {f"S{at:05d}": gapped((at + at // 25 - 1) / 100, at / 100) for at in cents}
    assert {row["gap_day"] for row in places(panel_of(series))} == {None}


def test_a_gap_is_counted_from_the_last_close_there_is() -> None:
    series = gapped(104.0)
    assert place("gap_day", [*series[:1], None, None, *series[3:]]) == 3
    assert place("gap_day", [None, None, None, *series[3:]]) is None
    assert place("gap_day", [*series[:3], None, *quiet(2, 104.0)]) == 4


def test_the_latest_gap_counts_and_none_older_than_a_year() -> None:
    series = gapped(104.0)
    assert place("gap_day", [*series, *gapped(110.0)]) == 9
    assert place("gap_day", [*series, *quiet(YEAR_SESSIONS - 3, 104.0)]) == 3
    assert place("gap_day", [*series, *quiet(YEAR_SESSIONS - 2, 104.0)]) is None


# --- volume days --------------------------------------------------------------------------------------


def heavy(volume: float = 1_800.0, close: float = 14.0, low: float = 0.0, high: float = 20.0) -> Bar:
    return Bar(close, high, low, close, volume)


def test_a_volume_day_is_1_8_times_the_mean_of_the_20_sessions_before() -> None:
    assert place("volume_day", [*quiet(20), heavy()]) == 20
    assert place("volume_day", [*quiet(20), heavy(1_799.0)]) is None
    assert place("volume_day", [*quiet(19), heavy()]) is None
    assert place("volume_day", [*quiet(20), heavy(), *quiet(3)]) == 20


def test_its_own_volume_is_not_in_the_mean() -> None:
    ten_times = [*quiet(20), heavy(10_000.0)]
    assert place("volume_day", ten_times, volume_ratio=10.0) == 20
    assert place("volume_day", ten_times, volume_ratio=10.001) is None


def test_the_mean_is_of_20_sessions_and_of_no_more() -> None:
    loud = quiet(1)[0]
    assert loud is not None
    loud = loud._replace(volume=1_000_000.0)
    assert place("volume_day", [loud, *quiet(20), heavy()]) == 21
    assert place("volume_day", [loud, *quiet(19), heavy()]) is None


def test_a_volume_day_closes_in_the_top_30_percent() -> None:
    assert place("volume_day", [*quiet(20), heavy(close=14.0)]) == 20
    assert place("volume_day", [*quiet(20), heavy(close=13.99)]) is None
    assert place("volume_day", [*quiet(20), heavy(close=7.0, low=7.0, high=7.0)]) is None


def test_a_close_exactly_at_the_limit_is_high_enough_at_every_price() -> None:
    """Prices are cents: 5.14 is 70 % of the way from 5.00 to 5.20, whatever the floats say."""
    cases = [(low, spread) for low in range(500, 20_000, 37) for spread in (10, 20, 50, 100, 130)]
    series = {
        f"S{at:05d}": [*quiet(20), heavy(1_800.0, (low + spread * 7 // 10) / 100, low / 100, (low + spread) / 100)]
        for at, (low, spread) in enumerate(cases)
    }
    found = places(panel_of(series))
    assert [case for case, row in zip(cases, found, strict=True) if row["volume_day"] != 20] == []


def test_a_cent_below_the_limit_is_not_high_enough_at_any_price() -> None:
    cases = [(low, spread) for low in range(500, 20_000, 37) for spread in (10, 20, 50, 100, 130)]
    series = {
        f"S{at:05d}": [*quiet(20), heavy(1_800.0, (low + spread * 7 // 10 - 1) / 100, low / 100, (low + spread) / 100)]
        for at, (low, spread) in enumerate(cases)
    }
    assert {row["volume_day"] for row in places(panel_of(series))} == {None}


@pytest.mark.parametrize(("missing", "expected"), [(0, 20), (1, 20), (2, 20), (3, None), (20, None)])
def test_a_mean_of_too_few_sessions_is_none(missing: int, expected: int | None) -> None:
    assert place("volume_day", [*quiet(20 - missing), *[None] * missing, heavy()]) == expected


def test_what_is_more_than_nothing_is_no_volume_day() -> None:
    silent: Series = [bar and bar._replace(volume=0.0) for bar in quiet(20)]
    assert place("volume_day", [*silent, heavy()]) is None


def test_the_latest_volume_day_counts_and_none_older_than_a_year() -> None:
    series = [*quiet(21), heavy()]
    assert place("volume_day", [*series, *quiet(30), heavy()]) == 52
    assert place("volume_day", [*series, *quiet(YEAR_SESSIONS - 1)]) == 21
    assert place("volume_day", [*series, *quiet(YEAR_SESSIONS)]) is None


def test_huge_volumes_lose_no_share() -> None:
    """Sums of 1e12 shares a day and one share too few."""
    calm: Series = [bar and bar._replace(volume=1e12) for bar in quiet(100)]
    assert place("volume_day", [*calm, *[heavy(1.8e12)]]) == 100
    assert place("volume_day", [*calm, *[heavy(1.8e12 - 1)]]) is None
    small = [*calm, *quiet(20), heavy()]
    assert place("volume_day", small) == 120
    assert place("volume_day", [*small[:-1], heavy(1_799.0)]) is None


def test_no_numbers_are_warned_about() -> None:
    with np.errstate(all="raise", under="ignore"):
        find_anchors(market(280, 4), T)
        find_anchors(panel_of({"AAA": [None] * 30}, weekdays(30, date(2026, 1, 1) + timedelta(days=3))), T)
