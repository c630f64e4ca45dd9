"""What is tried next to protect an entry, by what was tried before."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trading import (
    DAY,
    NOW,
    SENT_AT,
    YESTERDAY,
    D,
    S,
    entry,
    held,
    ident,
    ledger,
    leg,
    protection,
    told_legs,
)

from execution.act.due import Shares, naked_entries, shares_of
from execution.act.retries import intended_protection, price_was_refused, resendable, rest_until, sent_again
from execution.ledger.day import Entry, Event, Protection
from execution.ledger.lists import Lists, joined
from execution.ledger.reconcile import Surplus
from execution.orders import OrderStatus, protect_id


def pair(number: int, status: OrderStatus = S.UNKNOWN, qty: int = 4, **changes: object) -> Protection:
    return protection(status, client_order_id=protect_id(DAY, "AAPL", number), qty=D(qty), **changes)


def ended(*protections: Protection, attempt: int = 1, filled: int = 4, exited: int = 0) -> Entry:
    return entry(
        status=S.CANCELLED,
        attempt=attempt,
        qty=D(filled),
        notional=D("101.35") * filled,
        filled=filled,
        exited=exited,
        protections=protections,
    )


FIRST, SECOND = protect_id(DAY, "AAPL", 1), protect_id(DAY, "AAPL", 2)


# Sent again


def resent(*entries: Entry, qty: int = 4, free: int | None = None) -> tuple[list[str], D]:
    """Which go out again, and how much is free beside them."""
    book, lists = ledger(*entries), joined(told_legs(*entries))
    again, beside = resendable(book, shares_of(book, [held(qty, free)]), lists)
    return list(again), beside["AAPL"].free


@pytest.mark.parametrize(
    ("one", "qty", "free", "expected"),
    [
        (ended(pair(1)), 4, 4, ([FIRST], 0)),
        (ended(pair(1, S.INTENDED)), 4, 4, ([FIRST], 0)),
        (ended(pair(1)), 9, 9, ([FIRST], 5)),
        (ended(pair(1)), 4, 3, ([], 3)),
        (ended(pair(1)), 3, 4, ([], 3)),
        (ended(pair(1), exited=1), 4, 4, ([], 4)),
        (ended(pair(1, qty=3), exited=1), 3, 3, ([FIRST], 0)),
        (ended(pair(1, S.WORKING)), 4, 0, ([], 0)),
        (ended(pair(1, S.REJECTED)), 4, 4, ([], 4)),
        (ended(pair(1, S.NOT_SENT)), 4, 4, ([], 4)),
        (ended(pair(1, S.WORKING, legs=(leg("stop", qty=D(1)),)), pair(2)), 4, 4, ([], 4)),
        (ended(pair(1, S.WORKING, legs=(leg("stop", qty=D(1)),)), pair(2, qty=3)), 4, 3, ([SECOND], 0)),
        (ended(pair(1, qty=1), pair(2, qty=3)), 4, 4, ([FIRST, SECOND], 0)),
        (ended(pair(1, qty=1), pair(2, qty=3)), 4, 3, ([FIRST], 2)),
        (ended(pair(1, qty=2), pair(2, qty=3)), 4, 4, ([], 4)),
        (ended(pair(1, order_id="id-pair")), 4, 4, ([], 4)),
        (ended(pair(1, order_id="id-pair", qty=1), pair(2, qty=3)), 4, 4, ([SECOND], 1)),
        (ended(pair(1, order_id="id-pair", legs=(leg("target", filled=2),)), exited=2), 2, 2, ([], 2)),
        (
            ended(pair(1, order_id="id-pair", legs=(leg("target", filled=2),)), pair(2, qty=2), filled=6, exited=2),
            4,
            4,
            ([SECOND], 2),
        ),
    ],
)
def test_a_protection_in_doubt_goes_out_again_while_it_would_be_asked_for(
    one: Entry, qty: int, free: int, expected: tuple[list[str], int]
) -> None:
    """Its shares may be sold by now (R1), guarded, or held by another order; and what the broker had once is not sent
    again: its id is used."""
    assert resent(one, qty=qty, free=free) == expected


def test_each_goes_with_its_symbols_shares_as_they_are() -> None:
    book = ledger(ended(pair(1, qty=1)))
    shares = shares_of(book, [held(4)])
    again, beside = resendable(book, shares, Lists())
    assert again == {FIRST: Shares("AAPL", D(4), D(4), D(4), Surplus.NONE)}
    assert beside == {"AAPL": Shares("AAPL", D(4), D(4), D(3), Surplus.NONE)}
    assert shares["AAPL"].free == 4


def test_a_protection_whose_entry_is_sold_does_not_hide_the_next() -> None:
    sold = msgspec.structs.replace(ended(pair(1), exited=4), symbol="MSFT")
    assert resent(sold, ended(pair(2), attempt=2)) == ([SECOND], 0)


def test_what_goes_out_again_is_not_granted_to_another() -> None:
    book = ledger(ended(pair(1)), ended(attempt=2))
    shares = shares_of(book, [held(8, free=5)])
    again, beside = resendable(book, shares, Lists())
    granted = {one.entry.client_order_id: one.grant for one in naked_entries(book, beside, Lists())}
    assert (list(again), granted) == ([FIRST], {ident(attempt=2): 1})


IN_DOUBT = st.builds(
    lambda number, status, qty: pair(number, status, qty),
    st.integers(1, 9),
    st.sampled_from([S.UNKNOWN, S.INTENDED, S.REJECTED]),
    st.integers(1, 6),
)


@given(
    st.lists(
        st.builds(
            lambda pairs, attempt, filled: ended(*pairs, attempt=attempt, filled=filled),
            st.lists(IN_DOUBT, max_size=3, unique_by=lambda one: one.client_order_id),
            st.integers(1, 3),
            st.integers(1, 9),
        ),
        max_size=3,
        unique_by=lambda one: one.client_order_id,
    ),
    st.integers(-2, 20),
    st.integers(-2, 20),
)
def test_what_goes_out_is_never_more_than_what_is_free_and_ours(some: list[Entry], qty: int, free: int) -> None:
    book = ledger(*some)
    again, beside = resendable(book, shares_of(book, [held(qty, free)]), Lists())
    resent = sum(one.qty for each in some for one in each.protections if one.client_order_id in again)
    granted = sum(one.grant for one in naked_entries(book, beside, Lists()))
    distinct = len({one.client_order_id for each in some for one in each.protections})
    if distinct == sum(len(each.protections) for each in some):
        assert resent + granted <= max(0, min(qty, free))
        assert resent + granted <= sum(each.held_qty for each in some)


def test_looks_before_a_sending_do_not_count_after_it() -> None:
    for status in (S.UNKNOWN, S.INTENDED):
        before = pair(1, status)
        history = (*before.history, Event(NOW, S.UNKNOWN, "sent again"))
        assert sent_again(before, NOW) == msgspec.structs.replace(before, status=S.UNKNOWN, history=history)


# The pause after a refusal

REFUSED = pair(1, S.REJECTED)
FOR_ITS_PRICE = msgspec.structs.replace(REFUSED, price_refused=True)


@pytest.mark.parametrize(
    ("before", "minutes"),
    [
        ((), None),
        ((pair(1, S.WORKING),), None),
        ((FOR_ITS_PRICE,), None),
        ((REFUSED, FOR_ITS_PRICE), None),
        ((REFUSED, pair(2, S.CANCELLED)), None),
        ((REFUSED,), 1),
        ((FOR_ITS_PRICE, REFUSED), 1),
        ((pair(1, S.CANCELLED), REFUSED), 1),
        ((REFUSED,) * 2, 2),
        ((REFUSED,) * 3, 4),
        ((REFUSED,) * 4, 8),
        ((REFUSED,) * 5, 15),
        ((REFUSED,) * 6, 15),
        ((REFUSED,) * 500, 15),
    ],
)
def test_each_refusal_doubles_the_pause_up_to_a_limit(before: tuple[Protection, ...], minutes: int | None) -> None:
    expected = None if minutes is None else SENT_AT + timedelta(minutes=minutes)
    assert rest_until(ended(*before)) == expected


def test_the_pause_begins_with_the_last_refusal() -> None:
    later = msgspec.structs.replace(REFUSED, history=(*REFUSED.history, Event(NOW, S.REJECTED, "no")))
    assert rest_until(ended(REFUSED, later)) == NOW + timedelta(minutes=2)


def test_whether_the_last_one_was_refused_for_its_prices() -> None:
    assert not price_was_refused(ended())
    assert price_was_refused(ended(FOR_ITS_PRICE))
    assert not price_was_refused(ended(REFUSED))
    assert not price_was_refused(ended(FOR_ITS_PRICE, REFUSED))


# Written down


def test_a_protection_is_written_down_with_the_next_number() -> None:
    assert intended_protection(ended(), D(3), NOW, at_market=False) == ended(
        Protection(
            client_order_id=FIRST,
            qty=D(3),
            stop_price=D("97.90"),
            target_price=D("108.10"),
            status=S.INTENDED,
            history=(Event(NOW, S.INTENDED),),
        )
    )
    assert intended_protection(ended(REFUSED), D(4), NOW, at_market=True) == ended(
        REFUSED,
        Protection(
            client_order_id=SECOND,
            qty=D(4),
            stop_price=None,
            target_price=None,
            status=S.INTENDED,
            history=(Event(NOW, S.INTENDED),),
        ),
    )


@pytest.mark.parametrize(
    ("taken", "number"),
    [((), 1), ((1,), 2), ((1, 2, 3), 4), ((2,), 1), ((1, 3), 2)],
)
def test_a_number_that_another_entry_of_the_day_has_is_left_out(taken: tuple[int, ...], number: int) -> None:
    """Two attempts of one symbol name their protections alike, and the broker takes a name once."""
    names = {protect_id(DAY, "AAPL", one) for one in taken}
    written = intended_protection(ended(), D(4), NOW, False, names)
    assert written.protections[0].client_order_id == protect_id(DAY, "AAPL", number)


def test_a_protection_bears_the_day_of_its_entry() -> None:
    old = intended_protection(entry(day=YESTERDAY, status=S.FILLED, filled=4), D(4), NOW, at_market=False)
    assert old.protections[0].client_order_id == protect_id(YESTERDAY, "AAPL", 1)


def test_an_entry_that_is_not_named_by_us_is_not_protected_by_us() -> None:
    stranger = entry(client_order_id="by-hand")
    assert intended_protection(stranger, D(4), NOW, at_market=False) is stranger
