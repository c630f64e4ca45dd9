"""What is known of a symbol in the evening: every number against the loop, and NaN for what is not known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cases import cases
from support.panels import (
    KINDS,
    LENGTHS,
    changed,
    climbing,
    days_of,
    longer,
    market,
    markets,
    panel_of,
    seeds,
    series_of,
    weekdays,
)
from support.scan_reference import Bar, Facts, Series, above, facts_of

from gates.base.record import fields
from scanner.bars.panel import FIELDS, Panel
from scanner.setups.anchors import NAMES
from scanner.setups.measures import ROWS_AT_A_TIME, Measures, average_true_range, mean, measure
from scanner.setups.rules import make_levels, score
from scanner.setups.thresholds import Thresholds, window_sessions

T = Thresholds()
PLAIN = ("close", "high", "volume", "atr", "avg_volume", "dollar_volume", "trend_fast", "trend_slow")
OTHERS = (
    T,
    Thresholds(atr_sessions=2, trend_fast_sessions=2, trend_slow_sessions=5, trend_slope_sessions=1, slope_sessions=1),
    Thresholds(atr_sessions=100, trend_fast_sessions=90, trend_slow_sessions=200, trend_slope_sessions=60),
    Thresholds(slope_sessions=60, swing_sessions=2, stop_buffer_atr=0.0, min_stop_atr=3.0, target_r=0.5),
)


def agree(found: float, expected: float, scale: float = 0.0) -> bool:
    """To the ninth digit; of a difference, to the ninth digit of what it is the difference of."""
    if math.isnan(found) or math.isnan(expected):
        return math.isnan(found) and math.isnan(expected)
    return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9 * scale)


def disagreements(panel: Panel, thresholds: Thresholds) -> list[str]:
    """Every number that is not what the loop says."""
    m = measure(panel, thresholds)
    levels, points = make_levels(m, thresholds), score(m, thresholds)
    found = []
    for row in range(len(panel.symbols)):
        facts = facts_of(series_of(panel, row), days_of(panel), thresholds)
        for name in (*PLAIN, "trend_slow_before", "swing_low", "supply"):
            if not agree(float(getattr(m, name)[row]), getattr(facts, name)):
                found.append(f"{name}: {getattr(m, name)[row]}, want {getattr(facts, name)}")
        noise = 1.0 if not facts.atr > 0 else abs(facts.close / facts.atr)
        told = above(facts.supply, facts.high) is not None  # else floats cannot say on which side it is
        if told and not agree(float(m.supply_room_atr[row]), facts.supply_room_atr, noise):
            found.append(f"room: {m.supply_room_atr[row]}, want {facts.supply_room_atr}")
        sides = [above(facts.close, anchor.avwap) for anchor in facts.anchors.values()]
        for column, (name, anchor) in enumerate(facts.anchors.items()):
            at = int(m.anchors[row, column])
            day = m.days[at] if at >= 0 else None
            if day != (None if anchor.at is None else panel.days[anchor.at]):
                found.append(f"{name} at {day}")
            pairs = [
                ("avwap", m.avwap, anchor.avwap, 0.0),
                ("slope", m.slope_pct, anchor.slope_pct, 100.0),
                ("distance", m.distance_atr, anchor.distance_atr, noise),
                ("entry", levels.entry, anchor.entry, 0.0),
                ("stop", levels.stop, anchor.stop, facts.close),
                ("target", levels.target, anchor.target, facts.close),
            ]
            if None not in sides:
                expected = -math.inf if math.isnan(anchor.score) else anchor.score
                pairs.append(("score", points, expected, 1_000.0 * noise))
            for what, values, expected, scale in pairs:
                if not agree(float(values[row, column]), expected, scale):
                    found.append(f"{name} {what}: {values[row, column]}, want {expected}")
            if anchor.reclaimed is not None and bool(m.reclaimed[row, column]) is not anchor.reclaimed:
                found.append(f"{name} reclaimed: {m.reclaimed[row, column]}")
    return found


def one(series: Series, thresholds: Thresholds = T, last: date | None = None) -> Measures:
    return measure(panel_of({"AAA": series}, weekdays(len(series), last) if last else None), thresholds)


def equal(one: Measures, other: Measures, rows: Sequence[int] | slice = slice(None)) -> bool:
    """To the last bit; columns are counted from the end, where they mean the same day."""
    names = [field.name for field in fields(Measures) if field.name not in ("symbols", "days", "anchors")]
    same = all(np.array_equal(getattr(one, name)[rows], getattr(other, name)[rows], equal_nan=True) for name in names)
    return same and np.array_equal(from_the_end(one)[rows], from_the_end(other)[rows])


def from_the_end(m: Measures) -> object:
    return np.where(m.anchors >= 0, m.anchors - len(m.days), 1)


# --- against the loop ---------------------------------------------------------------------------------


@pytest.mark.parametrize("length", LENGTHS)
def test_every_kind_of_series_has_the_numbers_of_the_loop(length: int) -> None:
    assert disagreements(market(length, 7 * length), T) == []


@settings(max_examples=cases(80))
@given(panel=markets(), thresholds=st.sampled_from(OTHERS))
def test_any_market_has_the_numbers_of_the_loop(panel: Panel, thresholds: Thresholds) -> None:
    assert disagreements(panel, thresholds) == []


def test_the_markets_of_these_tests_know_and_do_not_know_everything() -> None:
    """Else to agree would prove nothing."""
    m = measure(market(300, 5), T)
    for name in (*PLAIN, "trend_slow_before", "swing_low", "avwap", "slope_pct", "distance_atr", "supply_room_atr"):
        known = ~np.isnan(getattr(m, name))
        assert known.any(), name
        assert not known.all(), name
    assert {"late", "gone"} <= set(KINDS)
    assert any(measure(market(120, seed), T).reclaimed.any() for seed in range(5))


def test_a_single_session_is_measured_too() -> None:
    assert disagreements(market(1, 3), T) == []


def test_a_history_shorter_than_the_step_back_knows_no_earlier_mean() -> None:
    """Of the sessions up to a day that is not there nothing is known, however short the mean is."""
    thresholds = Thresholds(trend_slow_sessions=5, trend_fast_sessions=2, trend_slope_sessions=100)
    lengths = range(2, 130)
    found = [measure(market(length, 1, ["plain"]), thresholds).trend_slow_before[0] for length in lengths]
    assert [length for length, value in zip(lengths, found, strict=True) if np.isnan(value) != (length < 105)] == []


# --- means --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sessions", "least"), [(10, 9), (14, 13), (20, 18), (50, 45), (200, 180), (1, 1), (2, 2)])
def test_a_mean_needs_nine_in_ten(sessions: int, least: int) -> None:
    for bars in range(sessions + 1):
        values = np.array([[5.0] * bars + [np.nan] * (sessions - bars)])
        assert mean(values, sessions).tolist() == pytest.approx([5.0 if bars >= least else np.nan], nan_ok=True)


@pytest.mark.parametrize("sessions", range(10, 1_001, 10))
def test_exactly_nine_in_ten_are_enough_for_every_length(sessions: int) -> None:
    least = sessions * 9 // 10
    values = np.array([[1.0] * least + [np.nan] * (sessions - least)])
    assert mean(values, sessions)[0] == 1.0
    assert np.isnan(mean(values[:, 1:], sessions)[0])


def test_a_mean_is_of_the_bars_there_are() -> None:
    assert mean(np.array([[*[10.0] * 9, np.nan], [*[10.0] * 9, 20.0]]), 10).tolist() == [10.0, 11.0]


def test_a_mean_of_nothing_is_unknown() -> None:
    assert np.isnan(mean(np.empty((2, 0)), 20)).tolist() == [True, True]
    assert mean(np.empty((0, 20)), 20).tolist() == []


# --- the true range -----------------------------------------------------------------------------------


def ranged(*bars: tuple[float, float, float] | None) -> Panel:
    """Of high, low and close."""
    return panel_of({"AAA": [None if bar is None else Bar(bar[2], *bar, 100.0) for bar in bars]})


@pytest.mark.parametrize(
    ("bars", "sessions", "expected"),
    [
        (((12, 10, 11), (12, 10, 11)), 2, 2.0),
        (((12, 10, 11), (16, 15, 15)), 2, (2 + 5) / 2),
        (((12, 10, 11), (6, 5, 5)), 2, (2 + 6) / 2),
        (((12, 10, 11), (16, 15, 15)), 1, 5.0),
        (((12, 10, 11),), 1, 2.0),
        (((12, 10, 11),), 2, math.nan),
        ((None, (12, 10, 11)), 1, 2.0),
        (((12, 10, 11), None), 1, math.nan),
        (((12, 10, 11), None, (30, 29, 29)), 1, 1.0),
        (((7, 7, 7), (7, 7, 7)), 2, 0.0),
    ],
)
def test_the_true_range_reaches_from_the_close_before(
    bars: tuple[tuple[float, float, float] | None, ...], sessions: int, expected: float
) -> None:
    assert agree(float(average_true_range(ranged(*bars), sessions)[0]), expected)


def test_the_close_before_the_first_of_the_ranges_counts() -> None:
    """Fourteen ranges need fifteen closes."""
    calm = [(11.0, 10.0, 11.0)] * 14
    assert average_true_range(ranged((50.0, 40.0, 50.0), *calm), 14)[0] == pytest.approx((13 * 1 + 40) / 14)
    assert average_true_range(ranged((99.0, 90.0, 99.0), (12.0, 10.0, 11.0), *calm), 14)[0] == 1.0


@pytest.mark.parametrize(("missing", "known"), [(1, True), (2, False)])
def test_a_range_with_too_few_bars_is_unknown(missing: int, known: bool) -> None:
    bars = [(11.0, 10.0, 11.0)] * 14 + [None] * missing
    assert bool(average_true_range(ranged(*bars), 14)[0] == 1.0) is known


def test_a_stock_that_never_moves_is_no_number_of_ranges_away() -> None:
    m = one(market_of_one_price(300))
    assert m.atr[0] == 0.0
    assert np.isnan(m.distance_atr).all()


def market_of_one_price(sessions: int) -> Series:
    return [Bar(10.0, 10.0, 10.0, 10.0, 1_000.0)] * sessions


# --- slope, side, supply ------------------------------------------------------------------------------


def swing_in(sessions_ago: int) -> Series:
    """A low so many sessions ago that is an anchor, and a price rising from it by 1 a session."""
    return [
        *(Bar(100.0, 100.5, 99.5, 100.0, 100.0) for _ in range(30)),
        Bar(50.0, 50.0, 50.0, 50.0, 100.0),
        *(Bar(50.0 + n, 50.0 + n, 50.0 + n, 50.0 + n, 100.0) for n in range(1, sessions_ago + 1)),
    ]


@pytest.mark.parametrize("ago", [0, 1, 2, 4, 5, 6, 20])
def test_a_slope_is_counted_over_five_sessions_or_the_life_of_the_anchor(ago: int) -> None:
    slope = one(swing_in(ago)).slope_pct[0, NAMES.index("low_52w")]
    if ago == 0:
        assert np.isnan(slope)
        return
    back = min(ago, 5)
    now, then = 50.0 + ago / 2, 50.0 + (ago - back) / 2
    assert slope == pytest.approx(100.0 * (now / then - 1.0) / back, rel=1e-12)


def test_a_slope_from_an_anchor_nobody_traded_on_is_unknown() -> None:
    low = [bar if bar != Bar(50.0, 50.0, 50.0, 50.0, 100.0) else bar._replace(volume=0.0) for bar in swing_in(3) if bar]
    m = one(list(low))
    place = NAMES.index("low_52w")
    assert m.avwap[0, place] == pytest.approx(52.0)
    assert np.isnan(m.slope_pct[0, place])


def recrossed(before: float | None, now: float) -> bool:
    """Whether a 52-week low at 50 counts as reclaimed after these closes."""
    low = [Bar(100.0, 100.5, 99.5, 100.0, 100.0)] * 30 + [Bar(50.0, 60.0, 40.0, 50.0, 1e9)]
    last = [None if close is None else Bar(close, 60.0, 45.0, close, 1e-9) for close in (before, now)]
    return bool(one([*low, *last]).reclaimed[0, NAMES.index("low_52w")])


def test_reclaimed_is_below_yesterday_and_not_below_today() -> None:
    assert recrossed(49.0, 51.0)
    assert not recrossed(51.0, 52.0)
    assert not recrossed(49.0, 49.5)
    assert not recrossed(51.0, 49.0)
    assert not recrossed(None, 51.0)


def test_the_room_to_supply_is_counted_from_the_last_high() -> None:
    top = [*climbing(60), Bar(200.0, 210.0, 190.0, 200.0, 1e12)]
    below: Series = [Bar(180.0, 190.0, 180.0, 185.0, 1.0)] * 15
    m = one([*top, *below])
    assert m.supply[0] == pytest.approx(200.0)
    assert m.atr[0] == pytest.approx(10.0)
    assert m.supply_room_atr[0] == pytest.approx(1.0)
    above_it: Series = [*below, Bar(200.0, 205.0, 195.0, 201.0, 1.0)]
    assert m.avwap[0, NAMES.index("high_52w")] == m.supply[0]
    assert one([*top, *above_it]).supply_room_atr[0] == math.inf
    assert np.isnan(one([*top, *below, None]).supply_room_atr[0])


# --- what is looked at --------------------------------------------------------------------------------


def test_the_window_is_as_long_as_the_longest_of_all_it_serves() -> None:
    assert window_sessions(T) == 252 + 20 + 1
    assert window_sessions(Thresholds(regime_sessions=1_000)) == 1_000
    assert window_sessions(Thresholds(trend_slow_sessions=400, trend_slope_sessions=100)) == 500
    assert window_sessions(Thresholds(trend_fast_sessions=350)) == 350
    assert window_sessions(Thresholds(atr_sessions=300)) == 301


@settings(max_examples=cases(20))
@given(seed=seeds, before=st.integers(1, 120), thresholds=st.sampled_from(OTHERS))
def test_what_lies_before_the_window_changes_nothing(seed: int, before: int, thresholds: Thresholds) -> None:
    panel = market(window_sessions(thresholds), seed)
    assert equal(measure(panel, thresholds), measure(longer(panel, before, seed), thresholds))


def test_each_row_stands_alone_in_whatever_block_it_lies() -> None:
    count = ROWS_AT_A_TIME + 44
    panel = market(60, 3, [KINDS[row % len(KINDS)] for row in range(100)])
    rows = np.arange(count) % 100
    arrays = (getattr(panel, name)[rows] for name in FIELDS)
    large = Panel(tuple(f"S{row:03d}" for row in range(count)), panel.days, *arrays)
    m = measure(large, T)
    assert m.symbols == large.symbols
    single = measure(panel, T)
    for row in range(count):
        assert np.array_equal(m.avwap[row], single.avwap[row % 100], equal_nan=True)
        assert m.atr[row] == single.atr[row % 100] or np.isnan(m.atr[row])


@pytest.mark.parametrize(
    "universe",
    [{"S000"}, {"S299"}, {"S255", "S256"}, {"S000", "S299", "XYZ"}, {"XYZ"}, set()],
    ids=lambda universe: "+".join(sorted(universe)) or "nothing",
)
def test_a_universe_of_few_among_many_is_measured_as_they_are(universe: set[str]) -> None:
    """Bars are kept of more symbols than the universe holds, and whole blocks may lie outside of it."""
    base = market(30, 3, ["plain"])
    arrays = (np.repeat(getattr(base, name), 300, axis=0) for name in FIELDS)
    panel = Panel(tuple(f"S{row:03d}" for row in range(300)), base.days, *arrays)
    m = measure(panel, T, universe)
    assert m.symbols == tuple(sorted(universe - {"XYZ"}))
    assert len(m.close) == len(m.anchors) == len(m.symbols)


def test_the_panel_is_left_as_it_is() -> None:
    panel = market(300, 5)
    kept = changed(panel)
    measure(panel, T)
    assert all(np.array_equal(getattr(kept, name), getattr(panel, name), equal_nan=True) for name in FIELDS)


def test_no_numbers_are_warned_about() -> None:
    with np.errstate(all="raise", under="ignore"):
        for length in (2, 20, 300):
            m = measure(market(length, 5), T)
            score(m, T)
            make_levels(m, T)


def test_a_stock_without_bars_is_all_unknown() -> None:
    facts: Facts = facts_of([None] * 280, weekdays(280), T)
    m = one([None] * 280)
    numbers = (*PLAIN, "trend_slow_before", "swing_low", "supply", "supply_room_atr")
    assert all(np.isnan(getattr(m, name)).all() and math.isnan(getattr(facts, name)) for name in numbers)
    assert np.isnan(m.avwap).all()
    assert (m.anchors < 0).all()
    assert not m.reclaimed.any()
