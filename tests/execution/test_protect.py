"""Which entries are cancelled and which shares are protected, at each limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from execution_factories import (
    NOW,
    SENT_AT,
    YESTERDAY,
    broker_order,
    entry,
    ident,
    later,
    ledger,
    leg,
    position,
    protection,
)
from hypothesis import given
from hypothesis import strategies as st

from execution.broker.port import BrokerOrder
from execution.ledger import Entry, Event, Protection
from execution.orders import DONE, WORKING, OrderStatus, protect_id
from execution.protect import Standing, intended_protection, marked, naked_qty, to_cancel, to_protect, was_refused

S = OrderStatus
STANDING = Standing(NOW, ttl_seconds=600, session_over=False, killed=False, kill_cancels=True, kill_protects=True)
KILLED = replace(STANDING, killed=True)


def reasons(order: BrokerOrder, standing: Standing) -> list[str]:
    return [reason for _, reason in to_cancel([order], standing)]


@pytest.mark.parametrize(
    ("age_seconds", "expected"),
    [(599, []), (600, ["not filled in time (600s, limit 600s)"]), (601, ["not filled in time (601s, limit 600s)"])],
)
def test_an_entry_is_cancelled_when_its_time_is_over(age_seconds: int, expected: list[str]) -> None:
    order = broker_order(submitted_at=NOW - timedelta(seconds=age_seconds))
    assert reasons(order, STANDING) == expected


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (STANDING, []),
        (KILLED, ["kill switch active"]),
        (replace(KILLED, kill_cancels=False), []),
        (replace(STANDING, session_over=True), ["session over"]),
        (replace(KILLED, kill_cancels=False, session_over=True), ["session over"]),
    ],
)
def test_a_young_entry_is_cancelled_by_a_kill_and_by_the_close(standing: Standing, expected: list[str]) -> None:
    assert reasons(broker_order(submitted_at=NOW), standing) == expected


@pytest.mark.parametrize("status", S)
def test_only_what_works_is_cancelled(status: OrderStatus) -> None:
    assert bool(to_cancel([broker_order(status=status)], KILLED)) is (status in WORKING)


@pytest.mark.parametrize("client_order_id", ["by-hand", "avx-20261120-AAPL-protect-1", ""])
def test_foreign_orders_and_protections_are_never_cancelled(client_order_id: str) -> None:
    order = replace(broker_order(), client_order_id=client_order_id, submitted_at=NOW - timedelta(days=9))
    assert to_cancel([order], replace(KILLED, session_over=True)) == ()


def test_an_entry_of_yesterday_is_cancelled_like_any_other() -> None:
    assert to_cancel([broker_order(ident(day=YESTERDAY))], KILLED)


@pytest.mark.parametrize(
    ("one", "naked"),
    [
        (entry(status=S.FILLED, filled=4), 4),
        (entry(status=S.FILLED, filled=4, exited=1), 3),
        (entry(status=S.FILLED, filled=4, legs=(leg("stop"), leg("target"))), 0),
        (entry(status=S.FILLED, filled=4, legs=(leg("stop", S.CANCELLED), leg("target"))), 4),
        (entry(status=S.FILLED, filled=4, exited=4, legs=(leg("stop", S.FILLED, 4), leg("target", S.CANCELLED))), 0),
        (entry(status=S.CANCELLED, filled=2, legs=(leg("stop"), leg("target"))), 2),
        (entry(status=S.CANCELLED), 0),
        (entry(status=S.PARTIALLY_FILLED, filled=2), 0),
        (entry(status=S.CANCELLED, filled=4, protections=(protection(),)), 0),
        (entry(status=S.CANCELLED, filled=4, protections=(protection(S.INTENDED),)), 0),
        (entry(status=S.CANCELLED, filled=4, protections=(protection(S.REJECTED),)), 4),
        (entry(status=S.CANCELLED, filled=4, protections=(protection(qty=Decimal(3)),)), 1),
    ],
)
def test_shares_are_naked_when_nothing_would_sell_them_at_the_stop(one: Entry, naked: int) -> None:
    assert naked_qty(one) == naked


def test_nakedness_is_marked_when_first_seen_and_the_mark_goes_with_it() -> None:
    naked, guarded = entry(status=S.FILLED, filled=4), entry(status=S.FILLED, filled=4, legs=(leg("stop"),))
    assert marked(naked, NOW).naked_since == NOW
    assert marked(marked(naked, NOW), later(60)).naked_since == NOW
    assert marked(guarded, NOW) is guarded
    assert marked(msgspec.structs.replace(guarded, naked_since=NOW), later(60)).naked_since is None


def protected(one: Entry, standing: Standing = STANDING, qty: int = 4, free: int = 4) -> list[int]:
    held = replace(position(qty=qty), qty_available=Decimal(free))
    return [shares for _, shares in to_protect(ledger(one), [held], standing)]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (entry(status=S.FILLED, filled=4), []),
        (entry(status=S.FILLED, filled=4, naked_since=NOW), []),
        (entry(status=S.FILLED, filled=4, naked_since=SENT_AT), [4]),
        (entry(status=S.CANCELLED, filled=2, naked_since=NOW), [2]),
        (entry(status=S.CANCELLED, filled=2), [2]),
        (entry(status=S.EXPIRED, filled=4), [4]),
        (entry(status=S.FILLED, filled=4, exited=4, naked_since=SENT_AT), []),
    ],
)
def test_a_filled_entry_waits_one_cycle_and_an_ended_one_does_not(one: Entry, expected: list[int]) -> None:
    assert protected(one) == expected


@pytest.mark.parametrize(("qty", "free", "expected"), [(4, 4, [4]), (4, 3, [3]), (3, 4, [3]), (4, 0, []), (0, 0, [])])
def test_never_more_than_is_held_and_free(qty: int, free: int, expected: list[int]) -> None:
    assert protected(entry(status=S.CANCELLED, filled=4), qty=qty, free=free) == expected


def test_two_entries_of_a_symbol_share_what_is_free() -> None:
    ended = [entry(status=S.CANCELLED, filled=4, attempt=n) for n in (1, 2)]
    found = to_protect(ledger(*ended), [position(qty=6)], STANDING)
    assert [shares for _, shares in found] == [4, 2]


def test_without_a_position_there_is_nothing_to_protect() -> None:
    assert to_protect(ledger(entry(status=S.CANCELLED, filled=4)), [], STANDING) == ()


def test_a_kill_protects_unless_it_was_told_not_to() -> None:
    one = entry(status=S.CANCELLED, filled=4)
    assert protected(one, KILLED) == [4]
    assert protected(one, replace(KILLED, kill_protects=False)) == []
    assert protected(one, replace(STANDING, kill_protects=False)) == [4]


def test_a_protection_is_written_down_with_the_next_number() -> None:
    first = intended_protection(entry(status=S.CANCELLED, filled=4), 3, NOW, at_market=False)
    assert first.protections == (
        Protection(
            client_order_id="avx-20261120-AAPL-protect-1",
            qty=Decimal(3),
            stop_price=Decimal("97.90"),
            target_price=Decimal("108.10"),
            status=S.INTENDED,
            history=(Event(NOW, S.INTENDED),),
        ),
    )
    refused = entry(status=S.CANCELLED, filled=4, protections=(protection(S.REJECTED),))
    second = intended_protection(refused, 4, NOW, at_market=True).protections[1]
    assert (second.client_order_id, second.stop_price, second.target_price) == (
        protect_id(NOW.date(), "AAPL", 2),
        None,
        None,
    )


def test_an_entry_that_is_not_named_by_us_is_not_protected_by_us() -> None:
    stranger = entry(client_order_id="by-hand")
    assert intended_protection(stranger, 4, NOW, at_market=False) is stranger


def test_whether_the_last_protection_was_refused() -> None:
    assert not was_refused(entry())
    assert was_refused(entry(protections=(protection(S.REJECTED),)))
    assert not was_refused(entry(protections=(protection(S.REJECTED), protection(S.WORKING))))


@given(
    status=st.sampled_from(sorted(DONE, key=lambda status: status.value)),
    filled=st.integers(0, 4),
    held=st.integers(0, 9),
    free=st.integers(0, 9),
    killed=st.booleans(),
)
def test_no_stop_is_ever_sent_for_shares_that_are_guarded_or_not_there(
    status: OrderStatus, filled: int, held: int, free: int, killed: bool
) -> None:
    one = entry(status=status, filled=filled, naked_since=SENT_AT)
    shares = sum(protected(one, replace(STANDING, killed=killed), held, free))
    assert shares <= min(filled, held, free)


def test_what_is_being_closed_is_not_protected() -> None:
    ended = entry(status=S.CANCELLED, filled=4)
    assert [qty for _, qty in to_protect(ledger(ended), (position(),), STANDING)] == [4]
    assert to_protect(ledger(ended), (position(),), replace(STANDING, flattening=True)) == ()
