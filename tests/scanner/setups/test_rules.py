"""Every check at its very limit, with its words; what is not known is a No; levels and score worked out by hand."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.panels import FREE, LENGTHS, market, scaled, weekdays

from gates.base.record import fields, replace
from scanner.setups.anchors import NAMES
from scanner.setups.measures import Measures, measure
from scanner.setups.rules import ANCHOR_CHECKS, SYMBOL_CHECKS, Levels, make_levels, score
from scanner.setups.thresholds import Thresholds

T = Thresholds()
NAN, INF = math.nan, math.inf
SYMBOL = {check.name: check for check in SYMBOL_CHECKS}
ANCHOR = {check.name: check for check in ANCHOR_CHECKS}
PER_ANCHOR = ("avwap", "slope_pct", "distance_atr")


def under(value: float) -> float:
    return math.nextafter(value, -INF)


def over(value: float) -> float:
    return math.nextafter(value, INF)


def just_under(price: float) -> float:
    """By a little more than sums of floats may be off."""
    return price * (1.0 - 2e-12)


def just_over(price: float) -> float:
    return price * (1.0 + 2e-12)


def known(**changes: Any) -> Measures:
    """One symbol whose every check passes, but for what is changed; anchors are all alike."""
    numbers: dict[str, Any] = {
        "close": 100.0,
        "high": 101.0,
        "volume": 1_500_000.0,
        "atr": 2.0,
        "avg_volume": 1_000_000.0,
        "dollar_volume": 100_000_000.0,
        "trend_fast": 98.0,
        "trend_slow": 95.0,
        "trend_slow_before": 94.0,
        "swing_low": 97.0,
        "supply": 90.0,
        "supply_room_atr": INF,
        "avwap": 99.0,
        "slope_pct": 0.15,
        "distance_atr": 0.5,
    }
    assert set(changes) <= {*numbers, "reclaimed"}
    numbers.update(changes)
    arrays: dict[str, Any] = {name: np.array([float(value)]) for name, value in numbers.items() if name != "reclaimed"}
    arrays.update({name: np.full((1, len(NAMES)), float(numbers[name])) for name in PER_ANCHOR})
    reclaimed = np.full((1, len(NAMES)), bool(changes.get("reclaimed")))
    anchors = np.zeros((1, len(NAMES)), dtype=np.int64)
    days = np.array(weekdays(1), dtype="datetime64[D]")
    return Measures(symbols=("AAA",), days=days, anchors=anchors, reclaimed=reclaimed, **arrays)


def levels(entry: float = 101.0, stop: float = 96.8) -> Levels:
    wide = (1, len(NAMES))
    return Levels(np.full(wide, entry), np.full(wide, stop), np.full(wide, 2 * entry - stop))


def symbol_answer(name: str, t: Thresholds = T, **changes: float) -> tuple[bool, str]:
    m = known(**changes)
    passed = SYMBOL[name].passed(m, t)
    assert passed.shape == (1,)
    assert passed.dtype == np.bool_
    return bool(passed[0]), SYMBOL[name].words(m, t, 0)


def anchor_answer(name: str, at: Levels | None = None, t: Thresholds = T, **changes: float) -> tuple[bool, str]:
    m, at = known(**changes), at or levels()
    passed = ANCHOR[name].passed(m, at, t)
    assert passed.shape == (1, len(NAMES))
    assert passed.dtype == np.bool_
    return bool(passed[0, 3]), ANCHOR[name].words(m, at, t, 0, 3)


def test_the_checks_are_these_in_this_order() -> None:
    assert list(SYMBOL) == ["bar", "price", "volume", "dollar volume", "trend", "trend slope", "supply"]
    assert list(ANCHOR) == ["side", "distance", "slope", "stop"]


def test_a_good_stock_passes_every_check() -> None:
    assert all(symbol_answer(name)[0] for name in SYMBOL)
    assert all(anchor_answer(name)[0] for name in ANCHOR)


# --- the stock ----------------------------------------------------------------------------------------

NO_BAR = "no bar that day"
AT_THE_LIMIT: dict[str, list[tuple[dict[str, float], bool, str]]] = {
    "bar": [
        ({"volume": 1.0}, True, "close 100.00, 1 shares"),
        ({"volume": 0.0}, False, NO_BAR),
        ({"volume": NAN}, False, NO_BAR),
        ({"close": 0.01}, True, "close 0.01, 1,500,000 shares"),
        ({"close": 0.0}, False, "close 0.00, 1,500,000 shares"),
    ],
    "price": [
        ({"close": 5.0}, True, "close 5.00, want 5.00"),
        ({"close": 4.99}, False, "close 4.99, want 5.00"),
        ({"close": under(5.0)}, False, "close 5.00, want 5.00"),
    ],
    "volume": [
        ({"avg_volume": 500_000.0}, True, "20-day average 500,000 shares, want 500,000"),
        ({"avg_volume": 499_999.0}, False, "20-day average 499,999 shares, want 500,000"),
        ({"avg_volume": under(500_000.0)}, False, "20-day average 500,000 shares, want 500,000"),
    ],
    "dollar volume": [
        ({"dollar_volume": 1e7}, True, "20-day average $10,000,000, want $10,000,000"),
        ({"dollar_volume": 1e7 - 1}, False, "20-day average $9,999,999, want $10,000,000"),
        ({"dollar_volume": under(1e7)}, False, "20-day average $10,000,000, want $10,000,000"),
    ],
    "trend": [
        ({}, True, "close 100.00, 20-day mean 98.00, 50-day mean 95.00; want both above the last"),
        ({"close": just_over(95.0)}, True, "close 95.00, 20-day mean 98.00, 50-day mean 95.00; want both above"),
        ({"close": over(95.0)}, False, "close 95.00, 20-day mean 98.00, 50-day mean 95.00; want both above the last"),
        ({"close": 95.0}, False, "close 95.00, 20-day mean 98.00, 50-day mean 95.00; want both above the last"),
        ({"trend_fast": over(95.0)}, False, "close 100.00, 20-day mean 95.00, 50-day mean 95.00; want both above"),
        ({"trend_fast": just_over(95.0)}, True, "close 100.00, 20-day mean 95.00, 50-day mean 95.00; want both above"),
        ({"trend_fast": 95.0}, False, "close 100.00, 20-day mean 95.00, 50-day mean 95.00; want both above the last"),
    ],
    "trend slope": [
        ({"trend_slow_before": under(95.0)}, False, "50-day mean 95.00, 10 sessions ago 95.00; want rising"),
        ({"trend_slow_before": just_under(95.0)}, True, "50-day mean 95.00, 10 sessions ago 95.00; want rising"),
        ({"trend_slow_before": 95.0}, False, "50-day mean 95.00, 10 sessions ago 95.00; want rising"),
        ({"trend_slow_before": 96.0}, False, "50-day mean 95.00, 10 sessions ago 96.00; want rising"),
    ],
    "supply": [
        ({}, True, "no supply overhead (AVWAP from the 52-week high 90.00)"),
        ({"supply": 103.0, "supply_room_atr": 1.0}, True, "supply at 103.00 is 1.0 ATR above the entry, want 1"),
        ({"supply": 103.0, "supply_room_atr": under(1.0)}, False, "supply at 103.00 is 1.0 ATR above the entry, want"),
        ({"supply": 102.0, "supply_room_atr": 0.5}, False, "supply at 102.00 is 0.5 ATR above the entry, want 1"),
        ({"supply": NAN, "supply_room_atr": NAN}, False, "AVWAP from the 52-week high unknown"),
    ],
}


def cases(table: dict[str, list[Any]]) -> list[Any]:
    numbered = [(name, place, line) for name, lines in table.items() for place, line in enumerate(lines)]
    return [pytest.param(name, *line, id=f"{name} {place}") for name, place, line in numbered]


@pytest.mark.parametrize(("name", "changes", "passed", "words"), cases(AT_THE_LIMIT))
def test_a_check_of_the_stock_at_its_limit(name: str, changes: dict[str, float], passed: bool, words: str) -> None:
    answer, said = symbol_answer(name, **changes)
    assert answer is passed
    assert said.startswith(words)


def test_limits_of_the_stock_are_the_thresholds() -> None:
    assert symbol_answer("price", replace(T, min_price=100.01)) == (False, "close 100.00, want 100.01")
    assert symbol_answer("volume", replace(T, min_avg_volume=1e6 + 1))[0] is False
    assert symbol_answer("dollar volume", replace(T, min_dollar_volume=1e8 + 1))[0] is False
    far = {"supply": 105.0, "supply_room_atr": 2.0}
    assert symbol_answer("supply", replace(T, supply_room_atr=2.5), **far)[1].endswith("want 2.5")
    assert symbol_answer("supply", replace(T, supply_room_atr=2.5), **far)[0] is False
    other = replace(T, trend_fast_sessions=11, trend_slow_sessions=33, trend_slope_sessions=7)
    assert "11-day mean 98.00, 33-day mean 95.00" in symbol_answer("trend", other)[1]
    assert symbol_answer("trend slope", other)[1].startswith("33-day mean 95.00, 7 sessions ago 94.00")


# --- one anchor of it ---------------------------------------------------------------------------------

ANCHOR_LIMITS: dict[str, list[tuple[dict[str, Any], bool, str]]] = {
    "side": [
        ({}, True, "close 100.00 above AVWAP 99.00"),
        ({"reclaimed": True}, True, "close 100.00 reclaimed AVWAP 99.00"),
        ({"avwap": 100.0}, True, "close 100.00 above AVWAP 100.00"),
        ({"avwap": over(100.0)}, True, "close 100.00 above AVWAP 100.00"),
        ({"avwap": just_over(100.0)}, False, "close 100.00 below AVWAP 100.00"),
        ({"avwap": 100.01}, False, "close 100.00 below AVWAP 100.01"),
        ({"avwap": NAN}, False, "no such anchor, or no volume since"),
    ],
    "distance": [
        ({"distance_atr": 1.5}, True, "1.50 ATR from the AVWAP, at most 1.5"),
        ({"distance_atr": over(1.5)}, False, "1.50 ATR from the AVWAP, at most 1.5"),
        ({"distance_atr": 1.51}, False, "1.51 ATR from the AVWAP, at most 1.5"),
        ({"distance_atr": 0.0}, True, "0.00 ATR from the AVWAP, at most 1.5"),
    ],
    "slope": [
        ({"slope_pct": 0.0}, True, "AVWAP moves +0.000 % a session, want +0.000 %"),
        ({"slope_pct": under(0.0)}, False, "AVWAP moves -0.000 % a session, want +0.000 %"),
        ({"slope_pct": -0.25}, False, "AVWAP moves -0.250 % a session, want +0.000 %"),
        ({"slope_pct": NAN}, False, "AVWAP is too young to have a slope"),
    ],
    "stop": [
        ({"at": levels(100.0, 88.0)}, True, "stop 88.00 is 12.0 % below the entry, at most 12 %"),
        ({"at": levels(100.0, under(88.0))}, False, "stop 88.00 is 12.0 % below the entry, at most 12 %"),
        ({"at": levels(100.0, 87.0)}, False, "stop 87.00 is 13.0 % below the entry, at most 12 %"),
        ({"at": levels(100.0, under(100.0))}, False, "stop 100.00 is 0.0 % below the entry, at most 12 %"),
        ({"at": levels(100.0, just_under(100.0))}, True, "stop 100.00 is 0.0 % below the entry, at most 12 %"),
        ({"at": levels(100.0, 100.0)}, False, "stop 100.00 is 0.0 % below the entry, at most 12 %"),
        ({"at": levels(100.0, 101.0)}, False, "stop 101.00 is -1.0 % below the entry, at most 12 %"),
        ({"at": levels(1.0, 0.0), "t": replace(T, max_stop_pct=100.0)}, False, "stop 0.00 is 100.0 % below the entry"),
        ({"at": levels(1.0, 0.01), "t": replace(T, max_stop_pct=99.0)}, True, "stop 0.01 is 99.0 % below the entry"),
        ({"at": levels(1.0, -2.0), "t": replace(T, max_stop_pct=999.0)}, False, "stop -2.00 is 300.0 % below the"),
    ],
}


@pytest.mark.parametrize(("name", "changes", "passed", "words"), cases(ANCHOR_LIMITS))
def test_a_check_of_an_anchor_at_its_limit(name: str, changes: dict[str, Any], passed: bool, words: str) -> None:
    answer, said = anchor_answer(name, **changes)
    assert answer is passed
    assert said.startswith(words)


def test_limits_of_an_anchor_are_the_thresholds() -> None:
    assert anchor_answer("distance", t=replace(T, max_distance_atr=0.49)) == (
        False,
        "0.50 ATR from the AVWAP, at most 0.49",
    )
    assert anchor_answer("slope", t=replace(T, min_slope_pct=0.151)) == (
        False,
        "AVWAP moves +0.150 % a session, want +0.151 %",
    )
    assert anchor_answer("slope", t=replace(T, min_slope_pct=0.15))[0] is True
    assert anchor_answer("stop", t=replace(T, max_stop_pct=4.0))[0] is False


# --- what is not known --------------------------------------------------------------------------------

JUDGED_BY = {
    "bar": ("volume", "close"),
    "price": ("close",),
    "volume": ("avg_volume",),
    "dollar volume": ("dollar_volume",),
    "trend": ("close", "trend_fast", "trend_slow"),
    "trend slope": ("trend_slow", "trend_slow_before"),
    "supply": ("supply_room_atr",),
    "side": ("close", "avwap"),
    "distance": ("distance_atr",),
    "slope": ("slope_pct",),
}


@pytest.mark.parametrize(("name", "number"), [(name, number) for name in JUDGED_BY for number in JUDGED_BY[name]])
@pytest.mark.parametrize("t", [T, FREE, replace(FREE, min_slope_pct=-99.0, supply_room_atr=0.0)], ids=str)
def test_what_is_not_known_is_a_no(name: str, number: str, t: Thresholds) -> None:
    answer = symbol_answer if name in SYMBOL else anchor_answer
    assert answer(name, t=t, **{number: NAN})[0] is False


@pytest.mark.parametrize(("entry", "stop"), [(NAN, 96.0), (101.0, NAN), (NAN, NAN), (INF, 96.0), (0.0, -1.0), (0, 0)])
def test_levels_that_are_not_known_are_a_no(entry: float, stop: float) -> None:
    assert anchor_answer("stop", levels(entry, stop))[0] is False


def test_every_check_knows_what_it_is_judged_by() -> None:
    assert {*JUDGED_BY, "stop"} == {*SYMBOL, *ANCHOR}


def odd_numbers() -> st.SearchStrategy[float]:
    return st.sampled_from([NAN, INF, -INF, 0.0, -0.0, -1.0, 1.0, 1e300, 1e-300]) | st.floats()


@given(data=st.data())
def test_words_are_found_for_any_numbers_at_all(data: st.DataObject) -> None:
    names = [field.name for field in fields(Measures) if field.name not in ("symbols", "days", "anchors", "reclaimed")]
    m = known(**{name: data.draw(odd_numbers(), label=name) for name in names})
    at = levels(data.draw(odd_numbers(), label="entry"), data.draw(odd_numbers(), label="stop"))
    with np.errstate(over="ignore"):
        said = [check.words(m, T, 0) for check in SYMBOL_CHECKS]
        said += [check.words(m, at, T, 0, 5) for check in ANCHOR_CHECKS]
    assert all(said)


def test_no_number_known_is_a_no_of_every_check_with_words() -> None:
    names = [field.name for field in fields(Measures) if field.name not in ("symbols", "days", "anchors", "reclaimed")]
    m = known(**dict.fromkeys(names, NAN))
    at = make_levels(m, T)
    assert not any(check.passed(m, T).any() for check in SYMBOL_CHECKS)
    assert not any(check.passed(m, at, T).any() for check in ANCHOR_CHECKS)
    assert all(check.words(m, T, 0) for check in SYMBOL_CHECKS)
    assert all(check.words(m, at, T, 0, place) for check in ANCHOR_CHECKS for place in range(len(NAMES)))
    assert (score(m, T) == -INF).all()


@pytest.mark.parametrize("length", [length for length in LENGTHS if length in (2, 12, 21, 60, 253, 300)])
def test_words_are_found_for_every_row_of_any_market(length: int) -> None:
    m = measure(market(length, length), T)
    at = make_levels(m, T)
    for row in range(len(m.symbols)):
        assert all(check.words(m, T, row) for check in SYMBOL_CHECKS)
        assert all(check.words(m, at, T, row, place) for check in ANCHOR_CHECKS for place in range(len(NAMES)))


# --- levels -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "stop"),
    [
        ({}, 97.0 - 0.2),
        ({"swing_low": 98.0, "avwap": 96.0}, 96.0 - 0.2),
        ({"swing_low": 99.5, "avwap": 99.9}, 101.0 - 2.0),
        ({"swing_low": 99.2, "avwap": 99.3}, 99.0),
        ({"swing_low": 99.1, "avwap": 99.3}, 98.9),
        ({"swing_low": NAN}, 99.0 - 0.2),
        ({"atr": NAN}, NAN),
        ({"high": NAN}, NAN),
        ({"swing_low": NAN, "avwap": NAN}, NAN),
    ],
)
def test_the_stop_lies_below_swing_low_and_avwap_and_an_atr_away(changes: dict[str, float], stop: float) -> None:
    m = known(**changes)
    found = make_levels(m, T)
    assert found.entry.shape == found.stop.shape == found.target.shape == (1, len(NAMES))
    assert found.entry[0, 2] == pytest.approx(m.high[0], nan_ok=True)
    assert found.stop[0, 2] == pytest.approx(stop, rel=1e-12, nan_ok=True)
    assert found.target[0, 2] == pytest.approx(m.high[0] + 2.0 * (m.high[0] - stop), rel=1e-12, nan_ok=True)


def test_levels_go_by_the_thresholds() -> None:
    found = make_levels(known(), replace(T, stop_buffer_atr=0.5, target_r=3.0))
    assert (found.stop[0, 0], found.target[0, 0]) == (96.0, 101.0 + 3 * 5.0)
    assert make_levels(known(), replace(T, min_stop_atr=4.0)).stop[0, 0] == 93.0


@given(seed=st.integers(0, 2**31), factor=st.sampled_from([10.0, 0.1, 8.0, 1_000.0]))
def test_levels_are_of_the_scale_of_the_prices(seed: int, factor: float) -> None:
    panel = market(120, seed, ["plain", "halted", "wild volume", "gappy"])
    small, large = measure(panel, FREE), measure(scaled(panel, factor), FREE)
    assert np.array_equal(small.anchors, large.anchors)
    for name in ("entry", "stop", "target"):
        one, other = getattr(make_levels(small, FREE), name), getattr(make_levels(large, FREE), name)
        assert np.allclose(one * factor, other, rtol=1e-9, atol=0, equal_nan=True)
    for name in ("slope_pct", "distance_atr", "supply_room_atr"):
        one, other = getattr(small, name), getattr(large, name)
        assert np.allclose(one, other, rtol=1e-6, atol=1e-9, equal_nan=True)
    assert np.array_equal(small.reclaimed, large.reclaimed)
    assert np.array_equal(small.close[:, None] >= small.avwap, large.close[:, None] >= large.avwap)
    assert np.allclose(score(small, FREE), score(large, FREE), rtol=1e-6, atol=1e-6)


# --- the score ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "points"),
    [
        ({}, 40 * (2 / 3) + 20 * 0.5 + 20 * 1.0 + 20 * 0.75),
        ({"distance_atr": 0.0}, 40 + 10 + 20 + 15),
        ({"distance_atr": 1.5}, 0 + 10 + 20 + 15),
        ({"distance_atr": 9.0}, 0 + 10 + 20 + 15),
        ({"distance_atr": -0.75}, 20 + 10 + 20 + 15),
        ({"distance_atr": 0.0, "slope_pct": 0.3}, 40 + 20 + 20 + 15),
        ({"distance_atr": 0.0, "slope_pct": 9.0}, 40 + 20 + 20 + 15),
        ({"distance_atr": 0.0, "slope_pct": -9.0}, 40 + 0 + 20 + 15),
        ({"distance_atr": 0.0, "volume": 9e6}, 40 + 10 + 20 + 20),
        ({"distance_atr": 0.0, "volume": 0.0}, 40 + 10 + 20 + 0),
        ({"distance_atr": 0.0, "avwap": 101.0}, 40 + 10 + 0 + 15),
        ({"distance_atr": 0.0, "slope_pct": 0.3, "volume": 2e6}, 100),
        ({"avg_volume": NAN}, -INF),
        ({"slope_pct": NAN}, -INF),
        ({"distance_atr": NAN}, -INF),
        ({"volume": 0.0, "avg_volume": 0.0}, -INF),
    ],
)
def test_the_score_is_of_nearness_slope_anchors_and_volume(changes: dict[str, float], points: float) -> None:
    assert score(known(**changes), T)[0].tolist() == pytest.approx([points] * len(NAMES), rel=1e-12)


def test_anchors_below_the_price_count_one_by_one() -> None:
    m = known(distance_atr=0.0)
    m.avwap[0, :3] = [101.0, NAN, 100.0]
    assert score(m, T)[0, 4] == pytest.approx(40 + 10 + 20 * 7 / 9 + 15)


@given(seed=st.integers(0, 2**31))
def test_a_score_is_from_0_to_100_or_none_at_all(seed: int) -> None:
    points = score(measure(market(120, seed), T), T)
    told = points[points > -INF]
    assert ((told >= 0) & (told <= 100)).all()
    assert not np.isnan(points).any()


def test_the_day_of_the_week_is_no_reason() -> None:
    """The same bars a year later in other months: symbol checks and price anchors answer alike."""
    one = measure(market(280, 5, last=date(2026, 11, 19)), T)
    other = measure(market(280, 5, last=date(2027, 6, 9)), T)
    for check in SYMBOL_CHECKS:
        assert np.array_equal(check.passed(one, T), check.passed(other, T))
    assert np.array_equal(one.avwap[:, 3:], other.avwap[:, 3:], equal_nan=True)
