"""The broker's word written into an entry: forward only, and every sold share once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trading import (
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

from execution.broker.port import BrokerOrder
from execution.ledger.absorb import (
    absorb,
    absorb_protection,
    adopted,
    adopted_protection,
    edited,
    in_doubt,
    realized,
    stops_asleep,
    with_protection,
    working_stops,
)
from execution.ledger.day import Entry, Event, Exit, Leg, Protection
from execution.orders import DONE, MOVES, WORKING, OrderName, OrderStatus, protect_id
from gates.base.record import replace

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
        (entry(status=S.PARTIALLY_FILLED, filled=1), broker_order(status=S.REJECTED, filled=1), (S.REJECTED, 1)),
        (entry(status=S.REJECTED), broker_order(status=S.FILLED, filled=4), (S.FILLED, 4)),
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


@pytest.mark.parametrize(
    ("before", "word", "price"),
    [
        (None, "101.30", "101.30"),
        ("101.30", "101.25", "101.25"),
        ("101.30", None, "101.30"),
        (None, None, None),
    ],
    ids=["told late", "corrected", "left out", "never told"],
)
def test_the_price_of_a_fill_is_the_last_one_told(before: str | None, word: str | None, price: str | None) -> None:
    known, told, last = (None if one is None else D(one) for one in (before, word, price))
    one = entry(status=S.FILLED, filled=4, filled_avg_price=known)
    after, _ = absorb(one, broker_order(status=S.FILLED, filled=4, filled_avg_price=told), NOW)
    assert after == changed(one, filled_avg_price=last)


def test_a_price_told_with_fewer_shares_is_an_older_one() -> None:
    one = entry(status=S.PARTIALLY_FILLED, filled=2)
    word = broker_order(status=S.PARTIALLY_FILLED, filled=1, filled_avg_price=D("99.00"))
    assert absorb(one, word, NOW) == (one, ())


@pytest.mark.parametrize(
    ("before", "word", "terms"),
    [
        (entry(), broker_order(qty=D(9)), (D(9), D("101.35"), D("912.15"))),
        (entry(), broker_order(limit_price=D("100.00")), (D(4), D("100.00"), D("400.00"))),
        (entry(), broker_order(limit_price=None), (D(4), D("101.35"), D("405.40"))),
        (entry(), broker_order(limit_price=None, qty=D(1)), (D(1), D("101.35"), D("101.35"))),
        (entry(), broker_order(status=S.FILLED, filled=5), (D(5), D("101.35"), D("506.75"))),
        (entry(status=S.FILLED, filled=4), broker_order(qty=D(2)), (D(4), D("101.35"), D("405.40"))),
        (entry(), broker_order(qty=D(0)), (D(4), D("101.35"), D("405.40"))),
        (entry(status=S.UNKNOWN), broker_order(qty=D(9), order_id="other"), (D(9), D("101.35"), D("912.15"))),
    ],
)
def test_quantity_and_limit_are_the_brokers(before: Entry, word: BrokerOrder, terms: tuple[Decimal, ...]) -> None:
    after, _ = absorb(before, word, NOW)
    assert (after.qty, after.limit_price, after.notional) == terms


def test_an_edit_on_the_brokers_page_stands_in_the_history() -> None:
    before = entry(status=S.WORKING)
    word = broker_order(order_id="two", qty=D(5), reason="edited at the broker: 5 shares at 101.35")
    after, exits = absorb(before, word, NOW)
    note = Event(NOW, S.WORKING, "edited at the broker: 5 shares at 101.35")
    edit = {"order_id": "two", "qty": D(5), "notional": D("506.75"), "history": (*before.history, note)}
    assert (after, exits) == (changed(before, **edit), ())
    assert absorb(after, word, later(60)) == (after, ())


OLD = broker_order(status=S.CANCELLED, filled=1, replaced_by="two", legs=(broker_leg("stop"),))
NEW = broker_order(
    "foreign", S.WORKING, order_id="two", qty=D(5), limit_price=D("101.00"), submitted_at=later(5), updated_at=later(9),
    legs=(broker_leg("stop"), broker_leg("target")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "price"),
    [
        (None, None, None),
        ("101.30", None, "101.30"),
        (None, "100.90", "100.90"),
        ("101.30", "100.90", "101.10"),
        ("", "100.90", None),
        ("101.30", "", None),
    ],
)
def test_an_edited_order_is_one_with_its_successor(before: str | None, after: str | None, price: str | None) -> None:
    """A price of "" is a fill whose price was not told; None is no fill."""
    one, two = (
        {"filled_qty": D(0 if told is None else 1), "filled_avg_price": D(told) if told else None}
        for told in (before, after)
    )
    expected = replace(
        NEW,
        client_order_id=ident(),
        qty=one["filled_qty"] + 5,  # type: ignore[operator]
        filled_qty=one["filled_qty"] + two["filled_qty"],  # type: ignore[operator]
        filled_avg_price=D(price) if price else None,
        submitted_at=OLD.submitted_at,
        reason="edited at the broker: 5 shares at 101.00",
        replaces=OLD.order_id,
    )
    assert edited(replace(OLD, **one), replace(NEW, **two)) == expected


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


@pytest.mark.parametrize("status", [S.SUBMITTED, S.WORKING, S.PARTIALLY_FILLED])
def test_a_word_that_we_do_not_know_is_kept_and_said_once(status: OrderStatus) -> None:
    before = entry(status=status, filled=1 if status is S.PARTIALLY_FILLED else 0)
    word = broker_order(status=status, filled=str(before.filled_qty), unrecognised="odd")
    after, _ = absorb(before, word, NOW)
    assert after == changed(step(before, status, "broker status 'odd' not recognised"), unrecognised="odd")
    assert absorb(after, word, later(60)) == (after, ())
    other, _ = absorb(after, replace(word, unrecognised="odder"), NOW)
    assert (other.unrecognised, len(other.history)) == ("odder", len(after.history) + 1)
    known, _ = absorb(after, replace(word, unrecognised=None), NOW)
    assert known == changed(after, unrecognised=None)


@pytest.mark.parametrize("status", sorted(DONE, key=str))
def test_a_word_about_an_order_that_is_over_is_no_news(status: OrderStatus) -> None:
    over = entry(status=status)
    assert absorb(over, broker_order(unrecognised="odd"), NOW) == (over, ())


# Legs and exits

FILLED = entry(status=S.FILLED, filled=4, legs=(leg("stop"), leg("target")))


def sold(kind: str, qty: int, price: str | None, realized: str | None, **changes: Any) -> Exit:
    """Shares sold by the leg of that kind."""
    good = Exit(
        "AAPL", kind, D(qty), D(price) if price else None, NOW, ident(), D(realized) if realized else None, f"id-{kind}"
    )
    return msgspec.structs.replace(good, **changes)


def family(*legs: BrokerOrder, **changes: Any) -> BrokerOrder:
    return broker_order(status=S.FILLED, filled=4, legs=legs, **changes)


def test_legs_are_kept_as_the_broker_tells_them() -> None:
    priceless = broker_leg("stop", order_id="x", stop_price=None, works=False, asleep=True)
    word = family(broker_leg("stop"), broker_leg("target", S.CANCELLED), priceless)
    after, exits = absorb(entry(status=S.FILLED, filled=4), word, NOW)
    assert after.legs == (
        Leg("stop", "id-stop", S.WORKING, D(4), D("97.90"), D(0), None),
        Leg("target", "id-target", S.CANCELLED, D(4), D("108.10"), D(0), None),
        Leg("stop", "x", S.WORKING, D(4), D(0), D(0), None, works=False, asleep=True),
    )
    assert exits == ()


def test_legs_that_a_list_leaves_out_are_not_forgotten() -> None:
    assert absorb(FILLED, family(), NOW) == (FILLED, ())
    after, _ = absorb(FILLED, family(broker_leg("stop", S.CANCELLED)), NOW)
    assert after.legs == (leg("stop", S.CANCELLED), leg("target"))


@pytest.mark.parametrize(
    ("known", "word", "after"),
    [
        (leg("stop"), broker_leg("stop", S.SUBMITTED), leg("stop", S.SUBMITTED)),
        (leg("stop", S.CANCELLED), broker_leg("stop"), leg("stop", S.CANCELLED)),
        (leg("stop", S.CANCELLED), broker_leg("stop", S.EXPIRED), leg("stop", S.EXPIRED)),
        (leg("stop", S.FILLED, 4), broker_leg("stop", S.CANCELLED), leg("stop", S.CANCELLED, 4)),
        (leg("stop", S.PARTIALLY_FILLED, 2), broker_leg("stop"), leg("stop", S.WORKING, 2)),
        (leg("stop", asleep=True), broker_leg("stop"), leg("stop")),
        (leg("stop"), broker_leg("stop", works=False), leg("stop", works=False)),
        (
            leg("stop", S.FILLED, 4, filled_avg_price=None),
            broker_leg("stop", S.FILLED, 4, filled_avg_price=D("97.00")),
            leg("stop", S.FILLED, 4, filled_avg_price=D("97.00")),
        ),
    ],
)
def test_a_stale_word_takes_back_no_fill_and_no_end_of_a_leg(known: Leg, word: BrokerOrder, after: Leg) -> None:
    before = entry(status=S.FILLED, filled=4, exited=str(known.filled_qty), legs=(known,))
    assert absorb(before, family(word), NOW) == (changed(before, legs=(after,)), ())


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
        ((broker_leg("stop", S.FILLED, 4, filled_avg_price=None),), (sold("stop", 4, None, None),)),
        ((broker_leg("target", S.FILLED, 4, filled_avg_price=None),), (sold("target", 4, None, None),)),
        (
            (broker_leg("market", S.FILLED, 4, filled_avg_price=D("97.00")),),
            (sold("stop", 4, "97.00", "-17.20", order_id="id-market"),),
        ),
    ],
)
def test_what_a_leg_sold_becomes_an_exit(fills: tuple[BrokerOrder, ...], exits: tuple[Exit, ...]) -> None:
    after, found = absorb(FILLED, family(*fills), NOW)
    assert found == exits
    assert after.exited_qty == sum(one.qty for one in exits)
    assert after.held_qty == 4 - after.exited_qty


@pytest.mark.parametrize(
    ("bought", "told", "realized"),
    [("101.30", None, "-13.60"), ("101.30", "101.50", "-14.40"), (None, "101.30", "-13.60"), (None, None, None)],
)
def test_a_result_is_reckoned_from_what_was_paid_and_never_from_the_limit(
    bought: str | None, told: str | None, realized: str | None
) -> None:
    filled = 4 if bought else 0
    before = entry(status=S.FILLED if bought else S.WORKING, filled=filled)
    word = family(broker_leg("stop", S.FILLED, 4), filled_avg_price=None if told is None else D(told))
    assert absorb(before, word, NOW)[1] == (sold("stop", 4, "97.90", realized),)


@pytest.mark.parametrize(
    ("one", "price", "expected"),
    [
        (entry(status=S.FILLED, filled=4), "97.90", "-10.20"),
        (entry(status=S.FILLED, filled=4), None, None),
        (entry(status=S.FILLED, filled=4, filled_avg_price=None), "97.90", None),
        (entry(status=S.FILLED, filled=4), "101.30", "0"),
    ],
)
def test_a_result_without_both_prices_is_not_known(one: Entry, price: str | None, expected: str | None) -> None:
    assert realized(one, None if price is None else D(price), D(3)) == (None if expected is None else D(expected))


@pytest.mark.parametrize(
    ("known", "average", "price", "realized"),
    [
        ("97.90", "97.90", "97.90", "-10.20"),
        ("97.00", "90.00", "87.666667", "-40.899999"),
        (None, "90.00", "90.00", "-33.90"),
        ("97.00", None, None, None),
    ],
)
def test_the_rest_of_a_sale_has_the_price_of_the_rest(
    known: str | None, average: str | None, price: str | None, realized: str | None
) -> None:
    """The average that the broker tells is over all four, and one of them is booked already."""
    first = leg("stop", S.PARTIALLY_FILLED, 1, filled_avg_price=None if known is None else D(known))
    before = entry(status=S.FILLED, filled=4, exited=1, legs=(first,))
    word = broker_leg("stop", S.FILLED, 4, filled_avg_price=None if average is None else D(average))
    after, exits = absorb(before, family(word), NOW)
    assert exits == (sold("stop", 3, price, realized),)
    assert after.legs == (leg("stop", S.FILLED, 4, filled_avg_price=word.filled_avg_price),)


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


BOTH = (broker_leg("target", S.FILLED, 4), broker_leg("stop", S.FILLED, 4))


@pytest.mark.parametrize(
    ("before", "fills", "exits"),
    [
        (FILLED, BOTH, (sold("target", 4, "108.10", "27.20"), sold("stop", 4, "97.90", None, beyond=True))),
        (FILLED, BOTH[::-1], (sold("stop", 4, "97.90", "-13.60"), sold("target", 4, "108.10", None, beyond=True))),
        (
            changed(FILLED, exited_qty=D(3)),
            (broker_leg("stop", S.PARTIALLY_FILLED, 3),),
            (sold("stop", 1, "97.90", "-3.40"), sold("stop", 2, "97.90", None, beyond=True)),
        ),
        (
            entry(status=S.CANCELLED, filled=1),
            (broker_leg("stop", S.FILLED, 4),),
            (sold("stop", 1, "97.90", "-3.40"), sold("stop", 3, "97.90", None, beyond=True)),
        ),
        (entry(status=S.REJECTED), (broker_leg("stop", S.FILLED, 4),), (sold("stop", 4, "97.90", None, beyond=True),)),
    ],
    ids=["both legs", "the other way round", "more than was left", "a stop for more than was bought", "for nothing"],
)
def test_what_was_sold_beyond_an_entry_is_an_exit_of_its_own(
    before: Entry, fills: tuple[BrokerOrder, ...], exits: tuple[Exit, ...]
) -> None:
    word = broker_order(status=before.status, filled=str(before.filled_qty), legs=fills)
    after, found = absorb(before, word, NOW)
    assert found == exits
    assert (after.exited_qty, after.held_qty) == (before.filled_qty, 0)
    assert absorb(after, word, later(60)) == (after, ())


def test_a_leg_that_sold_before_a_list_tells_the_fill_waits_for_it() -> None:
    """Of two lists that lag, the one that tells the leg may tell the entry as it was before."""
    sale = broker_leg("stop", S.FILLED, 4)
    early, none = absorb(entry(status=S.WORKING), broker_order(status=S.WORKING, legs=(sale,)), NOW)
    assert none == ()
    assert early == changed(entry(status=S.WORKING), legs=(leg("stop", S.FILLED, filled_avg_price=D("97.90")),))
    part, some = absorb(early, broker_order(status=S.PARTIALLY_FILLED, filled=1, legs=(sale,)), NOW)
    assert some == (sold("stop", 1, "97.90", "-3.40"),)
    after, rest = absorb(part, family(sale), NOW)
    assert rest == (sold("stop", 3, "97.90", "-10.20"),)
    assert (after.held_qty, after.legs) == (0, (leg("stop", S.FILLED, 4),))
    assert absorb(after, family(sale), NOW) == (after, ())


def test_what_was_sold_beyond_an_entry_that_works_is_booked_when_it_ends() -> None:
    sale = broker_leg("stop", S.FILLED, 4)
    word = broker_order(status=S.PARTIALLY_FILLED, filled=1, legs=(sale,))
    working, exits = absorb(entry(status=S.WORKING), word, NOW)
    assert exits == (sold("stop", 1, "97.90", "-3.40"),)
    after, exits = absorb(working, replace(word, status=S.CANCELLED), NOW)
    assert exits == (sold("stop", 3, "97.90", None, beyond=True),)
    assert after.held_qty == 0


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


def test_a_sale_at_the_market_is_a_stop_that_was_taken_already() -> None:
    before = protection(S.INTENDED, stop_price=None, target_price=None)
    word = broker_leg("market", S.FILLED, 4, client_order_id=PAIR_ID, filled_avg_price=D("97.00"))
    after, exits = absorb_protection(with_pair(before), before, word, NOW)
    assert exits == (sold("stop", 4, "97.00", "-17.20", order_id="id-market"),)
    assert (after.held_qty, after.protections[0].status) == (0, S.FILLED)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (pair_word(stop=broker_leg("stop")), (D("97.90"), D("108.10"))),
        (broker_leg("market", client_order_id=PAIR_ID), (None, None)),
        (pair_word(), (D(0), D("108.10"))),
        (pair_word(stop=broker_leg("target")), (D(0), D("108.10"))),
    ],
    ids=["a pair", "at the market", "a target alone", "two targets"],
)
def test_a_protection_that_was_forgotten_is_adopted(
    word: BrokerOrder, expected: tuple[Decimal | None, Decimal | None]
) -> None:
    stop_price, target_price = expected
    adoption = (Event(NOW, S.UNKNOWN, "adopted from the broker's record"),)
    adopted_pair = Protection(PAIR_ID, D(4), stop_price, target_price, S.UNKNOWN, history=adoption)
    assert adopted_protection(word, NOW) == adopted_pair
    assert adopted_pair.at_market is (word.kind == "market")


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

TOLD = frozenset({"id-stop", "id-target", "id-market"})
PARTLY_SOLD = protection(S.PARTIALLY_FILLED, (leg("target", S.PARTIALLY_FILLED, 1), leg("stop", qty=D(3))))
AT_MARKET = protection(stop_price=None, target_price=None, legs=(leg("market"),))


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
        (entry(status=S.PARTIALLY_FILLED, filled=1, legs=(leg("stop", asleep=True),)), 0),
        (entry(status=S.PARTIALLY_FILLED, filled=1, legs=(leg("stop"),)), 4),
        (entry(status=S.CANCELLED, filled=1, legs=(leg("stop"),)), 4),
        (entry(status=S.FILLED, filled=4, legs=(leg("stop", asleep=True),)), 4),
        (entry(status=S.CANCELLED, filled=1, legs=(leg("stop", asleep=True),)), 0),
        (entry(status=S.FILLED, filled=4, legs=(leg("stop", works=False),)), 0),
        (entry(status=S.FILLED, filled=4, legs=(leg("stop", S.UNKNOWN),)), 0),
        (with_pair(protection()), 4),
        (with_pair(protection(legs=(leg("target"), leg("stop", asleep=True)))), 4),
        (with_pair(protection(S.CANCELLED, legs=(leg("target", S.CANCELLED), leg("stop")))), 4),
        (with_pair(protection(S.CANCELLED, legs=(leg("target", S.CANCELLED), leg("stop", asleep=True)))), 0),
        (with_pair(protection(legs=(leg("target"), leg("stop", S.REJECTED)))), 0),
        (with_pair(protection(legs=(leg("target"), leg("stop", works=False)))), 0),
        (with_pair(protection(S.INTENDED)), 0),
        (with_pair(protection(S.UNKNOWN)), 0),
        (with_pair(protection(S.UNKNOWN, legs=(leg("target"), leg("stop")))), 0),
        (with_pair(PARTLY_SOLD), 3),
        (with_pair(protection(S.REJECTED)), 0),
        (with_pair(protection(S.FILLED, legs=(leg("target", S.FILLED, 4), leg("stop", S.CANCELLED)))), 0),
        (with_pair(AT_MARKET), 4),
        (with_pair(msgspec.structs.replace(AT_MARKET, legs=(leg("market", S.PARTIALLY_FILLED, 1),))), 3),
        (with_pair(msgspec.structs.replace(AT_MARKET, status=S.CANCELLED)), 0),
        (with_pair(msgspec.structs.replace(AT_MARKET, status=S.UNKNOWN)), 0),
        (entry(status=S.FILLED, filled=4, legs=(leg("stop", qty=D(1)),), protections=(PARTLY_SOLD,)), 4),
    ],
)
def test_shares_that_a_stop_at_the_broker_would_sell(one: Entry, guarded: int) -> None:
    assert working_stops(one, TOLD) == guarded
    assert working_stops(one, ()) == 0


@pytest.mark.parametrize(
    ("told", "guarded"),
    [(("bracket", "id-stop"), 4), (("bracket",), 1), (("id-stop", "id-target"), 3), (("id-target",), 0)],
)
def test_a_stop_that_no_list_shows_any_more_guards_nothing(told: tuple[str, ...], guarded: int) -> None:
    bracket = leg("stop", qty=D(1), order_id="bracket")
    assert working_stops(entry(status=S.FILLED, filled=4, legs=(bracket,), protections=(PARTLY_SOLD,)), told) == guarded


@pytest.mark.parametrize(
    ("one", "doubtful"),
    [
        (NAKED, 0),
        (with_pair(protection()), 0),
        (with_pair(protection(S.NOT_SENT)), 0),
        (with_pair(protection(S.REJECTED)), 0),
        (with_pair(protection(S.INTENDED)), 4),
        (with_pair(protection(S.UNKNOWN, qty=D(3))), 3),
        (with_pair(protection(S.UNKNOWN, legs=(leg("target", S.UNKNOWN, 1), leg("stop", S.UNKNOWN)))), 3),
    ],
)
def test_shares_that_a_protection_in_doubt_would_sell(one: Entry, doubtful: int) -> None:
    assert in_doubt(one) == doubtful


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize(
    ("legs", "asleep"),
    [
        ((), True),
        ((leg("target"),), True),
        ((leg("stop"), leg("target")), True),
        ((leg("stop", S.CANCELLED), leg("stop", order_id="moved")), True),
        ((leg("stop", S.CANCELLED), leg("target")), False),
        ((leg("stop", S.FILLED, 4),), False),
    ],
)
def test_a_bracket_guards_by_itself_while_its_entry_works(
    status: OrderStatus, legs: tuple[Leg, ...], asleep: bool
) -> None:
    assert stops_asleep(entry(status=status, legs=legs)) is (asleep and status in WORKING)


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
        assert before.filled_qty <= one.filled_qty <= one.qty
        held = sum((sale.qty for sale in exits if not sale.beyond), Decimal(0))
        assert one.exited_qty - before.exited_qty == held >= 0
        assert one.exited_qty <= one.filled_qty
        assert absorb(one, word, NOW)[1] == ()


@given(st.lists(WORDS, max_size=8))
def test_a_share_is_sold_once_whatever_the_order_of_the_lists(words: list[BrokerOrder]) -> None:
    one = entry(status=S.FILLED, filled=4)
    for word in words:
        one, _ = absorb(one, word, NOW)
    assert one.exited_qty == max([leg.filled_qty for word in words for leg in word.legs], default=0)


PARTS = st.lists(st.tuples(st.integers(1, 9), st.integers(90, 110)), min_size=1, max_size=4)


@given(PARTS, st.lists(st.booleans(), min_size=4, max_size=4))
def test_every_share_sold_is_one_exit_and_all_of_them_bring_what_the_broker_says(
    parts: list[tuple[int, int]], seen: list[bool]
) -> None:
    """A stop that sells part by part, seen after some of the parts."""
    qty = sum(shares for shares, _ in parts)
    one = entry(status=S.FILLED, qty=D(qty), filled=qty)
    sold_qty, brought, exits = D(0), D(0), list[Exit]()
    for (shares, price), look in zip(parts, [*seen[: len(parts) - 1], True], strict=False):
        sold_qty, brought = sold_qty + shares, brought + shares * price
        if look:
            word = broker_leg("stop", S.PARTIALLY_FILLED, qty=D(qty), filled_qty=sold_qty,
                              filled_avg_price=round(brought / sold_qty, 6))  # fmt: skip
            one, news = absorb(one, broker_order(status=S.FILLED, qty=D(qty), filled=qty, legs=(word,)), NOW)
            exits += news
    assert (sum(sale.qty for sale in exits), one.held_qty) == (qty, 0)
    assert abs(sum((sale.qty * (sale.price or 0) for sale in exits), D(0)) - brought) < D("0.001")


@pytest.mark.parametrize(("before", "word"), list(product(S, AT_THE_BROKER)), ids=lambda status: status.value)
def test_no_word_of_the_broker_breaks_the_table(before: OrderStatus, word: OrderStatus) -> None:
    after, _ = absorb(entry(status=before), broker_order(status=word), NOW)
    assert after.status is (word if word in MOVES[before] and word is not before else before)
