"""Fees as a broker tells them, one sum per order, in the events and exits they belong to; what is not told is not 0."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trading import NOW, D, S, broker_leg, broker_order, entry, ident, later, ledger, leg

from execution.ledger.absorb import absorb, edited
from execution.ledger.day import Entry, Event, Exit
from execution.ledger.fees import added, fee_of
from execution.ledger.lists import joined
from execution.ledger.sales import completed
from execution.records import Fee
from gates.base.record import replace


def usd(amount: str) -> Fee:
    return Fee(D(amount), "USD")


def fees(one: Entry) -> list[Fee | None]:
    return [event.fee for event in one.history]


def word(status: S, filled: int, fee: Fee | None) -> object:
    return broker_order(status=status, filled_qty=D(filled), filled_avg_price=D("101.30") if filled else None, fee=fee)


# --- entries ----------------------------------------------------------------------------------------


def test_each_event_has_what_is_new_of_the_orders_fees() -> None:
    one = entry(status=S.SUBMITTED)
    one, _ = absorb(one, word(S.PARTIALLY_FILLED, 1, usd("0.10")), NOW)
    one, _ = absorb(one, word(S.FILLED, 4, usd("0.35")), later(60))
    assert fees(one) == [None, None, usd("0.10"), usd("0.25")]
    assert absorb(one, word(S.FILLED, 4, usd("0.35")), later(120)) == (one, ())


def test_a_fee_that_is_told_later_is_an_event_of_its_own() -> None:
    one, _ = absorb(entry(status=S.SUBMITTED), word(S.FILLED, 4, None), NOW)
    assert fees(one) == [None, None, None]
    after, _ = absorb(one, word(S.FILLED, 4, usd("0.35")), later(60))
    assert after.history == (*one.history, Event(later(60), S.FILLED, fee=usd("0.35")))
    assert absorb(after, word(S.FILLED, 4, None), later(120)) == (after, ())


def test_a_fee_of_nothing_is_told_once() -> None:
    one, _ = absorb(entry(status=S.SUBMITTED), word(S.PARTIALLY_FILLED, 1, usd("0")), NOW)
    one, _ = absorb(one, word(S.FILLED, 4, usd("0")), later(60))
    assert fees(one) == [None, None, usd("0"), None]


def test_fees_of_two_currencies_are_not_added() -> None:
    one, _ = absorb(entry(status=S.SUBMITTED), word(S.PARTIALLY_FILLED, 1, Fee(D("0.001"), "BNB")), NOW)
    one, _ = absorb(one, word(S.FILLED, 4, usd("0.30")), later(60))
    assert fees(one) == [None, None, Fee(D("0.001"), "BNB"), usd("0.30")]


@given(st.lists(st.decimals(0, 5, places=3), min_size=1, max_size=6))
def test_the_events_of_an_entry_add_up_to_what_was_told(steps: list[D]) -> None:
    one, told = entry(status=S.SUBMITTED), D(0)
    for step in steps:
        told += step
        one, _ = absorb(one, word(S.PARTIALLY_FILLED, 1, Fee(told, "USD")), NOW)
    assert sum(fee.amount for fee in fees(one) if fee is not None) == told


# --- exits ------------------------------------------------------------------------------------------


def sold(qty: int, order_id: str = "id-sale", fee: Fee | None = None) -> Exit:
    return Exit("AAPL", "foreign", D(qty), D(99), NOW, ident(), D("-9.20"), order_id, fee=fee)


SALE = broker_order("by-hand", S.FILLED, side="sell", qty=D(4), filled_qty=D(4), order_id="id-sale", fee=usd("0.10"))


@pytest.mark.parametrize(
    ("one", "order", "fee"),
    [
        (sold(4), SALE, usd("0.10")),
        (sold(1), SALE, usd("0.025")),
        (sold(3), replace(SALE, fee=usd("1.00")), usd("0.75")),
        (sold(1), replace(SALE, qty=D(3), filled_qty=D(3)), usd("0.033333333")),
        (sold(2), replace(SALE, fee=usd("0")), usd("0")),
        (sold(2), replace(SALE, fee=Fee(D("0.001"), "BNB")), Fee(D("0.0005"), "BNB")),
        (sold(2), replace(SALE, fee=usd("-0.10")), usd("-0.05")),
        (sold(2), replace(SALE, fee=None), None),
        (sold(2, fee=usd("0.05")), replace(SALE, fee=None), usd("0.05")),
        (sold(2, fee=usd("0.05")), None, usd("0.05")),
        (sold(2), replace(SALE, filled_qty=D(0)), None),
    ],
)
def test_an_exit_has_its_part_of_the_sales_fees(one: Exit, order: object, fee: Fee | None) -> None:
    assert fee_of(one, order) == fee


def test_the_exits_of_one_sale_share_its_fees_by_their_shares() -> None:
    book = ledger(entry(status=S.FILLED, filled=4, exited=4), exits=(sold(3), sold(1), sold(2, "another")))
    found = completed(book, joined([SALE])).exits
    assert [one.fee for one in found] == [usd("0.075"), usd("0.025"), None]


def test_the_fee_of_a_leg_is_that_of_its_exit() -> None:
    held = entry(status=S.FILLED, filled=4, legs=(leg("stop"),))
    stop = replace(broker_leg("stop", S.FILLED), filled_qty=D(4), filled_avg_price=D("97.90"), fee=usd("0.02"))
    bought = broker_order(status=S.FILLED, filled_qty=D(4), filled_avg_price=D("101.30"), legs=(stop,))
    after, exits = absorb(held, bought, NOW)
    (found,) = completed(ledger(after, exits=exits), joined([bought])).exits
    assert found.fee == usd("0.02")


# --- orders edited on the broker's page ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (usd("0.10"), usd("0.25"), usd("0.35")),
        (usd("0.10"), None, None),
        (None, usd("0.10"), None),
        (usd("0.10"), Fee(D("0.001"), "BNB"), None),
    ],
)
def test_the_fees_of_an_order_and_its_successor(one: Fee | None, other: Fee | None, both: Fee | None) -> None:
    assert added(one, other) == both
    first = broker_order(status=S.CANCELLED, fee=one)
    assert edited(first, broker_order("by-hand", S.WORKING, order_id="id-2", fee=other)).fee == both


def test_what_cannot_be_told_is_no_fee_in_the_file() -> None:
    assert "fee" not in msgspec.to_builtins(Event(NOW, S.FILLED))
    assert msgspec.to_builtins(sold(4))["fee"] is None
