"""The broker's word written into an entry: forward only, and every sold share once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import msgspec
import pytest
from execution_factories import (
    DAY,
    NOW,
    SENT_AT,
    D,
    S,
    broker_leg,
    broker_order,
    entry,
    ident,
    later,
    leg,
    protection,
)
from hypothesis import given
from hypothesis import strategies as st

from execution.broker.port import BrokerOrder
from execution.ledger import Entry, Event, Exit, Leg, Protection
from execution.orders import DONE, MOVES, OrderName, OrderStatus, protect_id
from execution.tracking import absorb, absorb_protection, adopted, with_protection, working_stops

ENTRY_NAME = OrderName(DAY, "AAPL", "entry", 1)
PAIR_ID = protect_id(DAY, "AAPL", 1)
AT_THE_BROKER = [S.SUBMITTED, S.WORKING, S.PARTIALLY_FILLED, *sorted(DONE, key=str)]


def changed(one: Entry, **fields: Any) -> Entry:
    return msgspec.structs.replace(one, **fields)


def step(one: Entry, status: OrderStatus, note: str | None = None, **fields: Any) -> Entry:
    return changed(one, status=status, history=(*one.history, Event(NOW, status, note)), **fields)


# Status and fills


@pytest.mark.parametrize(
    ("before", "word", "after"),
    [
        (entry(status=S.INTENDED), broker_order(status=S.SUBMITTED), (S.SUBMITTED, 0)),
        (entry(status=S.INTENDED), broker_order(status=S.FILLED, filled=4), (S.FILLED, 4)),
        (entry(status=S.UNKNOWN), broker_order(status=S.WORKING), (S.WORKING, 0)),
        (entry(status=S.UNKNOWN), broker_order(status=S.REJECTED), (S.REJECTED, 0)),
        (entry(status=S.NOT_SENT), broker_order(status=S.WORKING), (S.WORKING, 0)),
        (entry(status=S.SUBMITTED), broker_order(status=S.WORKING), (S.WORKING, 0)),
        (entry(status=S.WORKING), broker_order(status=S.PARTIALLY_FILLED, filled=1), (S.PARTIALLY_FILLED, 1)),
        (
            entry(status=S.PARTIALLY_FILLED, filled=1),
            broker_order(status=S.PARTIALLY_FILLED, filled=3),
            (S.PARTIALLY_FILLED, 3),
        ),
        (entry(status=S.PARTIALLY_FILLED, filled=1), broker_order(status=S.CANCELLED, filled=2), (S.CANCELLED, 2)),
        (entry(status=S.WORKING), broker_order(status=S.EXPIRED), (S.EXPIRED, 0)),
        (entry(status=S.CANCELLED), broker_order(status=S.FILLED, filled=4), (S.FILLED, 4)),
        (entry(status=S.CANCELLED), broker_order(status=S.CANCELLED, filled=1), (S.CANCELLED, 1)),
    ],
)
def test_the_brokers_word_moves_an_entry_on(before: Entry, word: BrokerOrder, after: tuple[S, int]) -> None:
    status, filled = after
    price = D("101.30") if filled else None
    expected = step(before, status, order_id="id-AAPL-1", filled_qty=D(filled), filled_avg_price=price)
    assert absorb(before, word, NOW) == (expected, ())


@pytest.mark.parametrize(
    ("before", "word"),
    [
        (entry(status=S.SUBMITTED), broker_order(status=S.SUBMITTED)),
        (entry(status=S.WORKING), broker_order(status=S.SUBMITTED)),
        (entry(status=S.WORKING), broker_order(status=S.WORKING)),
        (entry(status=S.PARTIALLY_FILLED, filled=2), broker_order(status=S.WORKING)),
        (entry(status=S.PARTIALLY_FILLED, filled=2), broker_order(status=S.PARTIALLY_FILLED, filled=1)),
        (entry(status=S.PARTIALLY_FILLED, filled=2), broker_order(status=S.PARTIALLY_FILLED, filled=2)),
        (entry(status=S.FILLED, filled=4), broker_order(status=S.PARTIALLY_FILLED, filled=2)),
        (entry(status=S.FILLED, filled=4), broker_order(status=S.CANCELLED)),
        (entry(status=S.CANCELLED), broker_order(status=S.WORKING)),
        (entry(status=S.CANCELLED, filled=1), broker_order(status=S.CANCELLED, filled=1)),
        (entry(status=S.EXPIRED), broker_order(status=S.EXPIRED)),
        (entry(status=S.REJECTED), broker_order(status=S.WORKING)),
    ],
)
def test_a_stale_or_repeated_word_changes_nothing(before: Entry, word: BrokerOrder) -> None:
    assert absorb(before, word, NOW) == (before, ())


def test_shares_are_believed_even_where_the_word_is_not() -> None:
    after, _ = absorb(entry(status=S.CANCELLED), broker_order(status=S.PARTIALLY_FILLED, filled=2), NOW)
    assert after == changed(entry(status=S.CANCELLED), filled_qty=D(2), filled_avg_price=D("101.30"))


def test_the_first_answer_tells_the_brokers_id() -> None:
    after, _ = absorb(entry(status=S.UNKNOWN), broker_order(status=S.WORKING, order_id="61e69015"), NOW)
    assert after.order_id == "61e69015"


@pytest.mark.parametrize(
    ("word", "note"),
    [
        (broker_order(status=S.WORKING), None),
        (broker_order(status=S.REJECTED, reason="insufficient buying power"), "insufficient buying power"),
        (broker_order(status=S.WORKING, unrecognised="odd"), "broker status 'odd' not recognised"),
        (
            broker_order(status=S.WORKING, unrecognised="odd", reason="because"),
            "broker status 'odd' not recognised",
        ),
    ],
)
def test_the_reason_stands_in_the_history(word: BrokerOrder, note: str | None) -> None:
    after, _ = absorb(entry(), word, NOW)
    assert after.history[-1] == Event(NOW, word.status, note)


# Legs and exits

FILLED = entry(status=S.FILLED, filled=4, legs=(leg("stop"), leg("target")))


def sold(kind: str, qty: int, price: str, realized: str) -> Exit:
    return Exit("AAPL", kind, D(qty), D(price), NOW, ident(), D(realized))


def family(*legs: BrokerOrder, **changes: Any) -> BrokerOrder:
    return broker_order(status=S.FILLED, filled=4, legs=legs, **changes)


def test_legs_are_kept_as_the_broker_tells_them() -> None:
    priceless = broker_leg("stop", order_id="x", stop_price=None)
    word = family(broker_leg("stop"), broker_leg("target", S.CANCELLED), priceless)
    after, exits = absorb(entry(status=S.FILLED, filled=4), word, NOW)
    assert after.legs == (
        Leg("stop", "id-stop", S.WORKING, D(4), D("97.90"), D(0), None),
        Leg("target", "id-target", S.CANCELLED, D(4), D("108.10"), D(0), None),
        Leg("stop", "x", S.WORKING, D(4), D(0), D(0), None),
    )
    assert exits == ()


def test_legs_that_a_list_leaves_out_are_not_forgotten() -> None:
    assert absorb(FILLED, family(), NOW) == (FILLED, ())
    after, _ = absorb(FILLED, family(broker_leg("stop", S.CANCELLED)), NOW)
    assert after.legs == (leg("stop", S.CANCELLED), leg("target"))


@pytest.mark.parametrize(
    ("fills", "exits"),
    [
        ((broker_leg("stop", S.FILLED, 4),), (sold("stop", 4, "97.90", "-13.60"),)),
        ((broker_leg("target", S.FILLED, 4),), (sold("target", 4, "108.10", "27.20"),)),
        ((broker_leg("stop", S.PARTIALLY_FILLED, 1),), (sold("stop", 1, "97.90", "-3.40"),)),
        (
            (broker_leg("stop", S.FILLED, 1), broker_leg("target", S.FILLED, 3)),
            (sold("stop", 1, "97.90", "-3.40"), sold("target", 3, "108.10", "20.40")),
        ),
        ((broker_leg("stop", S.FILLED, 4, filled_avg_price=D("97.80")),), (sold("stop", 4, "97.80", "-14.00"),)),
        ((broker_leg("stop", S.FILLED, 4, filled_avg_price=None),), (sold("stop", 4, "97.90", "-13.60"),)),
        ((broker_leg("target", S.FILLED, 4, filled_avg_price=None),), (sold("target", 4, "108.10", "27.20"),)),
        (
            (broker_leg("stop", S.FILLED, 4, filled_avg_price=None, stop_price=None),),
            (sold("stop", 4, "0", "-405.20"),),
        ),
        ((broker_leg("market", S.FILLED, 4, filled_avg_price=D("97.00")),), (sold("stop", 4, "97.00", "-17.20"),)),
    ],
)
def test_what_a_leg_sold_becomes_an_exit(fills: tuple[BrokerOrder, ...], exits: tuple[Exit, ...]) -> None:
    after, found = absorb(FILLED, family(*fills), NOW)
    assert found == exits
    assert after.exited_qty == sum(one.qty for one in exits)
    assert after.held_qty == 4 - after.exited_qty


@pytest.mark.parametrize(
    ("bought", "told", "realized"),
    [("101.30", None, "-13.60"), (None, "101.30", "-13.60"), (None, None, "-13.80")],
)
def test_a_result_is_reckoned_from_what_was_paid(bought: str | None, told: str | None, realized: str) -> None:
    """By the entry's own average, else by the one that came with the fill, else by the limit."""
    filled = 4 if bought else 0
    before = entry(status=S.FILLED if bought else S.WORKING, filled=filled)
    word = family(broker_leg("stop", S.FILLED, 4), filled_avg_price=None if told is None else D(told))
    assert absorb(before, word, NOW)[1] == (sold("stop", 4, "97.90", realized),)


def test_shares_sold_one_after_another_are_exits_one_after_another() -> None:
    first, exits = absorb(FILLED, family(broker_leg("stop", S.PARTIALLY_FILLED, 1)), NOW)
    assert exits == (sold("stop", 1, "97.90", "-3.40"),)
    second, exits = absorb(first, family(broker_leg("stop", S.FILLED, 4)), NOW)
    assert exits == (sold("stop", 3, "97.90", "-10.20"),)
    assert absorb(second, family(broker_leg("stop", S.FILLED, 4)), NOW) == (second, ())
    assert (second.exited_qty, second.held_qty) == (4, 0)


def test_a_stale_list_of_legs_does_not_make_a_share_sold_twice() -> None:
    told, stale = family(broker_leg("stop", S.FILLED, 4)), family(broker_leg("stop"))
    one, exits = FILLED, []
    for word in (told, stale, told):
        one, new = absorb(one, word, NOW)
        exits += new
    assert exits == [sold("stop", 4, "97.90", "-13.60")]
    assert one.held_qty == 0


def test_an_exit_is_dated_when_it_happened_and_never_ahead() -> None:
    (one,) = absorb(FILLED, family(broker_leg("target", S.FILLED, 4)), NOW + timedelta(days=3))[1]
    assert one.at == NOW
    (ahead,) = absorb(FILLED, family(broker_leg("target", S.FILLED, 4)), NOW - timedelta(minutes=1))[1]
    assert ahead.at == NOW - timedelta(minutes=1)


# What the ledger forgot


@pytest.mark.parametrize(
    ("word", "status", "fields"),
    [
        (broker_order(status=S.WORKING), S.WORKING, {}),
        (broker_order(status=S.CANCELLED), S.CANCELLED, {}),
        (
            broker_order(status=S.WORKING, legs=(broker_leg("stop"), broker_leg("target"))),
            S.WORKING,
            {"stop_price": D("97.90"), "target_price": D("108.10"), "legs": (leg("stop"), leg("target"))},
        ),
        (
            broker_order(status=S.FILLED, filled=4, limit_price=None),
            S.FILLED,
            {
                "limit_price": D("101.30"),
                "notional": D("405.20"),
                "filled_qty": D(4),
                "filled_avg_price": D("101.30"),
            },
        ),
        (broker_order(status=S.WORKING, limit_price=None), S.WORKING, {"limit_price": D(0), "notional": D(0)}),
    ],
)
def test_an_order_of_ours_that_was_forgotten_is_adopted(word: BrokerOrder, status: S, fields: dict[str, Any]) -> None:
    history = (Event(NOW, S.UNKNOWN, "adopted from the broker's record"), Event(NOW, status))
    unknown = {"stop_price": D(0), "target_price": D(0), "history": history}
    expected = changed(entry(status=status), timestamp=SENT_AT, **unknown | fields)
    assert adopted(ENTRY_NAME, word, NOW) == (expected, ())


def test_what_a_forgotten_order_sold_already_is_an_exit_too() -> None:
    word = family(broker_leg("stop", S.FILLED, 4), broker_leg("target", S.CANCELLED))
    after, exits = adopted(ENTRY_NAME, word, NOW)
    assert exits == (sold("stop", 4, "97.90", "-13.60"),)
    assert (after.filled_qty, after.exited_qty, after.status) == (4, 4, S.FILLED)


# Pairs of ours

NAKED = entry(status=S.CANCELLED, filled=4)


def pair_word(status: OrderStatus = S.WORKING, filled: int = 0, stop: BrokerOrder | None = None) -> BrokerOrder:
    """The target goes by our id and has the stop as its leg."""
    legs = () if stop is None else (stop,)
    return broker_leg("target", status, filled, client_order_id=PAIR_ID, legs=legs)


def with_pair(pair: Protection) -> Entry:
    return with_protection(NAKED, pair)


@pytest.mark.parametrize("status", [S.INTENDED, S.UNKNOWN])
def test_a_pair_the_broker_took_is_followed_leg_by_leg(status: OrderStatus) -> None:
    before = protection(status)
    after, exits = absorb_protection(with_pair(before), before, pair_word(stop=broker_leg("stop")), NOW)
    expected = msgspec.structs.replace(
        before,
        status=S.WORKING,
        order_id="id-target",
        legs=(leg("target"), leg("stop")),
        history=(*before.history, Event(NOW, S.WORKING)),
    )
    assert (after, exits) == (with_pair(expected), ())


@pytest.mark.parametrize("word", [S.SUBMITTED, S.WORKING])
def test_a_repeated_or_stale_word_about_a_pair_changes_nothing(word: OrderStatus) -> None:
    before = with_pair(protection())
    after, exits = absorb_protection(before, protection(), pair_word(word, stop=broker_leg("stop")), NOW)
    assert (after.protections[0].status, after.protections[0].history) == (S.WORKING, protection().history)
    assert exits == ()


@pytest.mark.parametrize(
    ("word", "exits"),
    [
        (
            pair_word(S.FILLED, 4, broker_leg("stop", S.CANCELLED)),
            (sold("target", 4, "108.10", "27.20"),),
        ),
        (
            pair_word(S.CANCELLED, stop=broker_leg("stop", S.FILLED, 4, filled_avg_price=D("97.80"))),
            (sold("stop", 4, "97.80", "-14.00"),),
        ),
        (
            pair_word(S.PARTIALLY_FILLED, 1, broker_leg("stop")),
            (sold("target", 1, "108.10", "6.80"),),
        ),
    ],
)
def test_what_a_pair_sold_becomes_an_exit_once(word: BrokerOrder, exits: tuple[Exit, ...]) -> None:
    after, found = absorb_protection(with_pair(protection()), protection(), word, NOW)
    assert found == exits
    assert after.exited_qty == exits[0].qty
    (pair,) = after.protections
    assert pair.history[-1] == Event(NOW, word.status)
    assert absorb_protection(after, pair, word, later(60)) == (after, ())


def test_a_refused_pair_says_why() -> None:
    before = protection(S.UNKNOWN)
    word = broker_leg("target", S.REJECTED, client_order_id=PAIR_ID, reason="stop above the market")
    after, _ = absorb_protection(with_pair(before), before, word, NOW)
    assert after.protections[0].history[-1] == Event(NOW, S.REJECTED, "stop above the market")


def test_a_newer_version_of_a_pair_keeps_its_place() -> None:
    first, second = protection(), protection(S.REJECTED, client_order_id=protect_id(DAY, "AAPL", 2))
    both = with_protection(with_protection(NAKED, first), second)
    assert both.protections == (first, second)
    newer = msgspec.structs.replace(first, status=S.FILLED)
    assert with_protection(both, newer).protections == (newer, second)


# What a stop would sell


@pytest.mark.parametrize(
    ("one", "guarded"),
    [
        (entry(status=S.FILLED, filled=4), 0),
        (entry(status=S.FILLED, filled=4, legs=(leg("target"),)), 0),
        (entry(status=S.FILLED, filled=4, legs=(leg("stop"), leg("target"))), 4),
        (entry(status=S.FILLED, filled=4, legs=(leg("stop", S.SUBMITTED),)), 4),
        (entry(status=S.FILLED, filled=4, legs=(leg("stop", S.PARTIALLY_FILLED, 1),)), 3),
        (entry(status=S.FILLED, filled=4, legs=(leg("stop", S.CANCELLED),)), 0),
        (entry(status=S.FILLED, filled=4, legs=(leg("stop", S.REJECTED),)), 0),
        (entry(status=S.FILLED, filled=4, legs=(leg("stop", S.EXPIRED),)), 0),
        (entry(status=S.PARTIALLY_FILLED, filled=1, legs=(leg("stop"),)), 0),
        (entry(status=S.CANCELLED, filled=1, legs=(leg("stop"),)), 0),
        (with_pair(protection()), 4),
        (with_pair(protection(S.INTENDED)), 4),
        (with_pair(protection(S.UNKNOWN)), 4),
        (with_pair(protection(legs=(leg("target", S.PARTIALLY_FILLED, 1), leg("stop")))), 3),
        (with_pair(protection(S.REJECTED)), 0),
        (with_pair(protection(S.FILLED, legs=(leg("target", S.FILLED, 4), leg("stop", S.CANCELLED)))), 0),
        (entry(status=S.FILLED, filled=4, legs=(leg("stop", qty=D(1)),), protections=(protection(qty=D(3)),)), 4),
    ],
)
def test_shares_that_a_stop_at_the_broker_would_sell(one: Entry, guarded: int) -> None:
    assert working_stops(one) == guarded


# Whatever the broker says in whatever order

WORDS = st.builds(
    lambda status, filled, stop: broker_order(status=status, filled=filled, legs=(stop,)),
    st.sampled_from(AT_THE_BROKER),
    st.integers(0, 4),
    st.builds(broker_leg, st.just("stop"), st.sampled_from(AT_THE_BROKER), st.integers(0, 4)),
)


@given(st.lists(WORDS, max_size=8))
def test_an_entry_only_ever_moves_forward(words: list[BrokerOrder]) -> None:
    one = entry(status=S.INTENDED)
    for word in words:
        before = one
        one, exits = absorb(before, word, NOW)
        assert one.history[: len(before.history)] == before.history
        assert one.status is before.status or one.status in MOVES[before.status]
        assert one.history[-1].status is one.status
        assert one.filled_qty >= before.filled_qty
        assert one.exited_qty - before.exited_qty == sum((sale.qty for sale in exits), Decimal(0)) >= 0
        assert absorb(one, word, NOW)[1] == ()


@given(st.lists(WORDS, max_size=8))
def test_a_share_is_sold_once_whatever_the_order_of_the_lists(words: list[BrokerOrder]) -> None:
    one = entry(status=S.FILLED, filled=4)
    for word in words:
        one, _ = absorb(one, word, NOW)
    assert one.exited_qty == max([leg.filled_qty for word in words for leg in word.legs], default=0)


@pytest.mark.parametrize(("before", "word"), list(product(S, AT_THE_BROKER)), ids=lambda status: status.value)
def test_no_word_of_the_broker_breaks_the_table(before: OrderStatus, word: OrderStatus) -> None:
    after, _ = absorb(entry(status=before), broker_order(status=word), NOW)
    assert after.status is (word if word in MOVES[before] and word is not before else before)
