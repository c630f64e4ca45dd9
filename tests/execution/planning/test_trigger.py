"""The entry rule and the limit price: two closed bars or one touch, and never too far above."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.facts import HALF_DAY, NOW, SESSION, new_york, session_on
from support.trading import D, at, bars, quote

from execution.broker.port import Bar
from execution.planning.trigger import BAR, Trigger, bars_start, limit_price, trigger
from gates.base.instrument import US_STOCK

ENTRY = D("101.00")


def held(given_bars: tuple[Bar, ...], now: datetime = NOW, rule: str = "hold", entry: Decimal = ENTRY) -> Trigger:
    return trigger(rule, entry, None, given_bars, SESSION, now)


# hold


@pytest.mark.parametrize(
    ("closes", "expected"),
    [
        (("101.00", "101.00"), Trigger(True, "held: closes 101.00 and 101.00 at or above entry 101.00")),
        (("101.01", "150.00"), Trigger(True, "held: closes 101.01 and 150.00 at or above entry 101.00")),
        (("100.99", "101.01"), Trigger(False, "waiting: closes 100.99 and 101.01, entry 101.00")),
        (("101.01", "100.99"), Trigger(False, "waiting: closes 101.01 and 100.99, entry 101.00")),
        (("100.99", "100.99"), Trigger(False, "waiting: closes 100.99 and 100.99, entry 101.00")),
        (("100.9999", "101"), Trigger(False, "waiting: closes 100.9999 and 101.00, entry 101.00")),
    ],
)
def test_hold_wants_both_of_the_last_two_closes_at_or_above(closes: tuple[str, str], expected: Trigger) -> None:
    assert held(bars(*closes)) == expected


@pytest.mark.parametrize(
    ("given_bars", "expected"),
    [
        ((), Trigger(False, "waiting: no 10-minute bar of 10:10")),
        (bars("102", first="10:10"), Trigger(False, "waiting: no 10-minute bar of 10:20")),
        (bars("102", first="10:20"), Trigger(False, "waiting: no 10-minute bar of 10:10")),
        (bars("102", "102", first="10:00"), Trigger(False, "waiting: no 10-minute bar of 10:20")),
        (bars("102", "102", first="10:20"), Trigger(False, "waiting: no 10-minute bar of 10:10")),
        (bars("102", "102", first="10:09"), Trigger(False, "waiting: no 10-minute bar of 10:10")),
    ],
    ids=["none", "the last is missing", "the first is missing", "old ones", "one still runs", "other intervals"],
)
def test_a_gap_is_not_a_close(given_bars: tuple[Bar, ...], expected: Trigger) -> None:
    assert held(given_bars) == expected


def test_yesterdays_bars_close_nothing_today() -> None:
    yesterday = tuple(Bar(bar.start - timedelta(days=1), bar.close) for bar in bars("102", "102"))
    assert held(yesterday) == Trigger(False, "waiting: no 10-minute bar of 10:10")


def test_only_the_last_two_closed_bars_are_looked_at() -> None:
    whole_morning = bars("90", "90", "90", "90", "102", "103", "90", first="09:30")
    expected = Trigger(True, "held: closes 102.00 and 103.00 at or above entry 101.00")
    assert held(whole_morning) == expected
    assert held(tuple(reversed(whole_morning))) == expected


def test_bars_in_another_zone_are_the_same_bars() -> None:
    assert held(tuple(Bar(bar.start.astimezone(UTC), bar.close) for bar in bars("102", "103"))).met


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("09:29", "waiting for two closed 10-minute bars (from 09:50)"),
        ("09:30", "waiting for two closed 10-minute bars (from 09:50)"),
        ("09:49:59.999999", "waiting for two closed 10-minute bars (from 09:50)"),
        ("09:50", "held: closes 101.00 and 102.00 at or above entry 101.00"),
        ("09:59:59.999999", "held: closes 101.00 and 102.00 at or above entry 101.00"),
        ("10:00", "held: closes 102.00 and 103.00 at or above entry 101.00"),
        ("15:59", "waiting: no 10-minute bar of 15:30"),
    ],
)
def test_a_bar_has_closed_when_its_ten_minutes_are_over(now: str, expected: str) -> None:
    opening = bars("101", "102", "103", first="09:30")
    assert held(opening, at(now)) == Trigger(expected.startswith("held"), expected)


def test_a_half_day_begins_like_any_other() -> None:
    half_day = session_on(str(HALF_DAY))
    opening = tuple(Bar(half_day.opens + n * BAR, D(102)) for n in range(2))
    fired = trigger("hold", ENTRY, None, opening, half_day, new_york("2026-11-27 09:51"))
    assert fired == Trigger(True, "held: closes 102.00 and 102.00 at or above entry 101.00")


def test_a_rule_that_is_not_known_is_the_stricter_one() -> None:
    assert held((), rule="TOUCH") == Trigger(False, "waiting: no 10-minute bar of 10:10")


# touch


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (None, Trigger(False, "waiting for a quote, entry 101.00")),
        ("100.99", Trigger(False, "waiting: ask 100.99 below entry 101.00")),
        ("101.00", Trigger(True, "touched: ask 101.00 at or above entry 101.00")),
        ("101.01", Trigger(True, "touched: ask 101.01 at or above entry 101.00")),
    ],
)
def test_touch_wants_the_ask_to_be_there_now(ask: str | None, expected: Trigger) -> None:
    now_quoted = None if ask is None else quote(bid="1.00", ask=ask)
    assert trigger("touch", ENTRY, now_quoted, bars("102", "102"), SESSION, NOW) == expected


def test_hold_does_not_look_at_the_quote_nor_touch_at_the_bars() -> None:
    far_below, far_above = quote(ask="1.00"), quote(ask="500.00")
    assert trigger("hold", ENTRY, far_below, bars("102", "102"), SESSION, NOW).met
    assert not trigger("hold", ENTRY, far_above, bars("90", "90"), SESSION, NOW).met
    assert trigger("touch", ENTRY, far_above, bars("90", "90"), SESSION, NOW).met


# Which bars are fetched


@pytest.mark.parametrize(
    ("now", "start"),
    [
        ("09:00", "09:30"),
        ("09:30", "09:30"),
        ("09:49", "09:30"),
        ("09:50", "09:30"),
        ("09:59:59", "09:30"),
        ("10:00", "09:40"),
        ("10:31", "10:10"),
        ("15:59", "15:30"),
    ],
)
def test_bars_are_wanted_from_the_last_two_closed_ones_on(now: str, start: str) -> None:
    assert bars_start(SESSION, at(now)) == at(start)


@given(st.integers(0, 390 * 60 * 10**6 - 1), st.integers(0, 40))
def test_the_bars_fetched_are_enough_and_no_running_one_decides(microseconds: int, count: int) -> None:
    now = SESSION.opens + timedelta(microseconds=microseconds)
    start = bars_start(SESSION, now)
    assert SESSION.opens <= start <= now
    whole_day = [Bar(SESSION.opens + n * BAR, D(102)) for n in range(39)]
    fetched = tuple(bar for bar in whole_day if bar.start >= start)
    over = tuple(bar for bar in whole_day if bar.start + BAR <= now)
    assert held(fetched, now) == held(tuple(whole_day), now) == held(over, now)
    assert held(fetched, now).met is (len(over) >= 2)
    rest_crashed = (*over, *(Bar(bar.start, D(1)) for bar in whole_day[len(over) :]))
    assert held(rest_crashed, now) == held(over, now)


# What we pay


@pytest.mark.parametrize(
    ("entry", "ask", "chase", "collar", "limit"),
    [
        ("100.85", "101.00", "0.5", "2.0", "101.35"),
        ("100.00", "100.00", "0.5", "2.0", "100.50"),
        ("100.00", "100.00", "0", "2.0", "100.00"),
        ("100.00", "98.00", "0.5", "2.0", "99.96"),
        ("100.00", "98.52", "0.5", "2.0", "100.49"),
        ("100.00", "98.53", "0.5", "2.0", "100.50"),
        ("100.00", "120.00", "0.5", "2.0", "100.50"),
        ("100.00", "99.00", "0.5", "0", "99.00"),
        ("100.00", None, "0.5", "2.0", "100.50"),
        ("101.99", None, "0.5", "2.0", "102.49"),
        ("0.5000", "0.5000", "0.5", "2.0", "0.5025"),
        ("0.9949", None, "0.5", "2.0", "0.9998"),
        ("0.9951", None, "0.5", "2.0", "1.00"),
        ("100.00", "0", "0.5", "2.0", "0.0000"),
    ],
)
def test_the_limit_is_bounded_by_chase_and_collar_and_rounds_down(
    entry: str, ask: str | None, chase: str, collar: str, limit: str
) -> None:
    price = limit_price(US_STOCK, D(entry), None if ask is None else D(ask), D(chase), D(collar))
    assert (price, str(price)) == (D(limit), limit)


PRICES = st.decimals("0.02", 5_000, places=4)
PERCENTS = st.decimals(0, 10, places=2)


@given(PRICES, st.none() | PRICES, PERCENTS, PERCENTS)
def test_the_limit_exceeds_neither_bound_and_lies_on_a_tick(
    entry: Decimal, ask: Decimal | None, chase: Decimal, collar: Decimal
) -> None:
    assume(entry > 0)
    limit = limit_price(US_STOCK, entry, ask, chase, collar)
    bounds = [entry * (100 + chase) / 100] + ([] if ask is None else [ask * (100 + collar) / 100])
    assert limit <= min(bounds)
    assert min(bounds) - limit < US_STOCK.tick_at(min(bounds))
    assert limit % US_STOCK.tick_at(limit) == 0
