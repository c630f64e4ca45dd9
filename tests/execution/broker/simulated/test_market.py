"""Prices: the same for everybody with the same seed, and shaped like a market's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.simulated import TABLE, new_york, session_on

from execution.broker.port import Bar
from execution.broker.simulated.market import Recorded, SimulatedMarket, is_price, made_up_reference, walk
from gates.base.instrument import US_STOCK
from gates.base.sessions import Session, SessionTable

D = Decimal
FIRST = session_on("2026-11-19")
NEXT = session_on("2026-11-20")
GOLDEN_FIRST = (0, 190, -607, 4, -272)
GOLDEN_SECOND = (4822, 4411, 3840, 4388, 4184)


def market(
    seed: int = 7,
    first: date = FIRST.day,
    references: Mapping[str, Decimal] | None = None,
    tape: Mapping[str, Recorded] | None = None,
    table: SessionTable = TABLE,
) -> SimulatedMarket:
    return SimulatedMarket(seed, first, {"AAPL": D(100)} if references is None else references, tape or {}, table)


def day_of(prices: SimulatedMarket, session: Session, symbol: str = "AAPL") -> list[Decimal]:
    minutes = (session.closes - session.opens) // timedelta(minutes=1)
    return [prices.price(symbol, session.opens + timedelta(minutes=minute)) for minute in range(minutes)]


def test_the_walk_is_the_same_on_every_machine() -> None:
    assert walk(7, "AAPL", 0, 5) == GOLDEN_FIRST
    assert walk(7, "AAPL", 1, 5) == GOLDEN_SECOND


def test_a_day_depends_on_seed_symbol_and_session_and_on_nothing_else() -> None:
    day = day_of(market(), FIRST)
    assert day_of(market(), FIRST) == day
    assert day_of(market(seed=8), FIRST) != day
    assert day_of(market(references={"MSFT": D(100)}), FIRST, "MSFT") != day
    assert day_of(market(), NEXT) != day


def test_the_first_session_looks_the_same_on_every_date() -> None:
    monday = session_on("2026-11-23")
    assert day_of(market(first=monday.day), monday) == day_of(market(), FIRST)


def test_sessions_are_counted_not_days() -> None:
    tuesday, friday = session_on("2026-11-24"), session_on("2026-11-20")
    over_the_weekend = day_of(market(first=friday.day), tuesday)
    assert over_the_weekend == day_of(market(first=session_on("2026-11-16").day), session_on("2026-11-18"))


def test_a_half_day_is_the_first_half_of_a_day() -> None:
    half_day = session_on("2026-11-27")
    assert day_of(market(first=half_day.day), half_day) == day_of(market(), FIRST)[:210]


def test_a_table_that_grows_at_its_end_changes_no_price() -> None:
    longer = SessionTable([session_on("2026-11-19"), session_on("2026-11-20"), session_on("2026-11-23")])
    shorter = SessionTable([session_on("2026-11-19"), session_on("2026-11-20")])
    assert day_of(market(table=longer), NEXT) == day_of(market(table=shorter), NEXT)


def test_the_first_session_opens_at_the_reference_and_later_ones_near_it() -> None:
    assert market().price("AAPL", FIRST.opens) == D("100.00")
    assert D("99.50") <= market().price("AAPL", NEXT.opens) <= D("100.50")
    assert market().price("AAPL", NEXT.opens) != D("100.00")


def test_a_days_range_is_one_or_two_percent() -> None:
    symbols = {f"X{number}": D(100) for number in range(60)}
    ranges = []
    for symbol in symbols:
        day = day_of(market(references=symbols), FIRST, symbol)
        ranges.append(max(day) - min(day))
    assert D(1) < median(ranges) < D(2)
    assert max(ranges) < D(4)


def test_the_price_stands_for_a_minute() -> None:
    at = new_york("2026-11-19 10:30")
    prices = {market().price("AAPL", at + timedelta(seconds=second)) for second in range(60)}
    assert len(prices) == 1
    assert len(set(day_of(market(), FIRST))) > 50


def test_outside_the_session_the_last_close_stands() -> None:
    last = day_of(market(), FIRST)[-1]
    for moment in ("2026-11-19 15:59:59", "2026-11-19 16:00", "2026-11-19 23:00", "2026-11-20 09:29:59"):
        assert market().price("AAPL", new_york(moment)) == last
    weekend = market().price("AAPL", new_york("2026-11-22 12:00"))
    assert weekend == day_of(market(), NEXT)[-1]


def test_before_the_account_began_the_reference_stands() -> None:
    for moment in ("2026-11-01 12:00", "2026-11-18 12:00", "2026-11-19 08:00"):
        assert market().price("AAPL", new_york(moment)) == D("100.00")


def test_after_the_table_the_last_close_stands_and_without_one_the_reference() -> None:
    assert market().price("AAPL", new_york("2027-03-01 12:00")) == day_of(market(), session_on("2026-11-30"))[-1]
    assert market(table=SessionTable(())).price("AAPL", FIRST.opens) == D("100.00")


def test_a_symbol_without_a_reference_gets_one_of_its_own() -> None:
    assert made_up_reference("TSLA") == made_up_reference("TSLA") != made_up_reference("NVDA")
    assert market().price("TSLA", FIRST.opens) == made_up_reference("TSLA")


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=5))
def test_a_made_up_reference_is_an_ordinary_price(symbol: str) -> None:
    assert D(20) <= made_up_reference(symbol) <= D(400)
    assert is_price(made_up_reference(symbol))


@given(st.decimals("0.0001", "5000", places=4), st.integers(0, 2), st.integers(0, 389))
def test_prices_and_quotes_are_whole_ticks_with_the_price_between(reference: Decimal, day: int, minute: int) -> None:
    session = (FIRST, NEXT, session_on("2026-11-23"))[day]
    at = session.opens + timedelta(minutes=minute)
    prices = market(references={"AAPL": reference})
    price, quote = prices.price("AAPL", at), prices.quote("AAPL", at)
    assert all(value % US_STOCK.tick_at(value) == 0 for value in (price, quote.bid, quote.ask))
    assert D(0) < quote.bid <= price < quote.ask


def test_the_spread_is_a_tick_on_either_side_and_wider_for_dear_stocks() -> None:
    def spread(price: str) -> tuple[Decimal, Decimal]:
        quote = market(tape={"AAPL": ((FIRST.opens, D(price)),)}).quote("AAPL", FIRST.opens)
        return quote.bid, quote.ask

    assert spread("100.00") == (D("99.99"), D("100.01"))
    assert spread("420.00") == (D("419.97"), D("420.03"))
    assert spread("0.5000") == (D("0.4999"), D("0.5001"))
    assert spread("0.0001") == (D("0.0001"), D("0.0002"))


def test_a_quote_is_stamped_now_or_at_the_last_close() -> None:
    now = new_york("2026-11-19 10:30:30")
    assert market().quote("AAPL", now).at == now
    assert market().quote("AAPL", new_york("2026-11-19 20:00")).at == FIRST.closes
    assert market().quote("AAPL", new_york("2026-11-22 20:00")).at == NEXT.closes


def test_a_tape_takes_the_walks_place_from_its_first_entry_on() -> None:
    ten, eleven = new_york("2026-11-19 10:00"), new_york("2026-11-19 11:00")
    taped = market(tape={"AAPL": ((ten, D("97.10")), (eleven, D("98.20")))})
    assert taped.price("AAPL", ten - timedelta(seconds=1)) == market().price("AAPL", ten - timedelta(seconds=1))
    assert taped.price("AAPL", ten) == taped.price("AAPL", eleven - timedelta(seconds=1)) == D("97.10")
    assert taped.price("AAPL", eleven) == taped.price("AAPL", NEXT.opens) == D("98.20")


def test_two_prices_of_one_moment_mean_the_later_one() -> None:
    taped = market(tape={"AAPL": ((FIRST.opens, D("97.10")), (FIRST.opens, D("98.20")))})
    assert taped.price("AAPL", FIRST.opens) == D("98.20")


def bars(now: str, minutes: int = 10, start: str = "2026-11-19 09:30") -> tuple[Bar, ...]:
    return market().bars("AAPL", new_york(start), new_york(now), minutes)


def test_bars_are_closes_of_intervals_from_the_open_with_the_running_one() -> None:
    day = day_of(market(), FIRST)
    found = bars("2026-11-19 09:54:30")
    assert [bar.start for bar in found] == [FIRST.opens + timedelta(minutes=ten) for ten in (0, 10, 20)]
    assert [bar.close for bar in found] == [day[9], day[19], day[24]]
    assert bars("2026-11-19 09:50")[2] == Bar(FIRST.opens + timedelta(minutes=20), day[20])
    assert bars("2026-11-19 09:50")[1] == found[1], "a closed bar does not change any more"


def test_bars_begin_at_the_first_interval_from_start_on() -> None:
    assert [bar.start for bar in bars("2026-11-19 10:00", start="2026-11-19 09:41")] == [
        new_york("2026-11-19 09:50"),
        new_york("2026-11-19 10:00"),
    ]


def test_bars_skip_the_night_and_end_with_their_session() -> None:
    found = bars("2026-11-20 09:30", minutes=60, start="2026-11-19 14:00")
    assert [bar.start for bar in found] == [
        new_york("2026-11-19 14:30"),
        new_york("2026-11-19 15:30"),
        new_york("2026-11-20 09:30"),
    ]
    assert found[1].close == day_of(market(), FIRST)[-1]


def test_there_are_no_bars_before_the_open_or_outside_the_table() -> None:
    assert bars("2026-11-19 09:29:59") == ()
    assert bars("2026-11-19 10:00", start="2026-11-19 10:01") == ()
    assert market().bars("AAPL", new_york("2027-03-01 09:30"), new_york("2027-03-01 10:00"), 10) == ()


def test_an_interval_of_no_minutes_is_a_bug() -> None:
    with pytest.raises(ValueError, match="interval of 0 minutes"):
        bars("2026-11-19 10:00", minutes=0)


@pytest.mark.parametrize("text", ["100", "100.25", "0.1234", "1.00", "9999999.99"])
def test_a_price_has_whole_ticks(text: str) -> None:
    assert is_price(D(text))


@pytest.mark.parametrize(
    "text", ["0", "-1", "NaN", "sNaN", "Infinity", "100.001", "1.0001", "0.12345", "1E+30", "1E+999999"]
)
def test_anything_else_is_no_price(text: str) -> None:
    assert not is_price(D(text))


def test_moments_may_be_told_in_any_zone() -> None:
    in_new_york: datetime = new_york("2026-11-19 12:00")
    assert market().price("AAPL", in_new_york) == market().price("AAPL", FIRST.opens + timedelta(minutes=150))
