"""What looks that do not find an order prove, and that every one of them stands in its history."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trading import INTENDED, NOW, S, entry, later, leg, protection

from execution.ledger.day import Entry, Event
from execution.ledger.doubts import found_again, looked, looked_for_pair
from execution.ledger.notes import FOUND, LOOK, LOST
from execution.orders import DONE, OrderStatus

SETTLE = 120
AT_FIRST = f"intended found at start; {LOOK}"
PROVEN = f"proven absent: {LOOK}, 2 times"


def told(*steps: tuple[int, OrderStatus, str | None]) -> tuple[Event, ...]:
    return tuple(Event(later(seconds), status, note) for seconds, status, note in steps)


@pytest.mark.parametrize(
    ("history", "seconds", "status", "note"),
    [
        (told((0, S.INTENDED, None)), 10**6, S.UNKNOWN, AT_FIRST),
        (told((0, S.UNKNOWN, "timeout")), 10**6, S.UNKNOWN, LOOK),
        (told((0, S.UNKNOWN, "timeout"), (60, S.UNKNOWN, LOOK)), 119, S.UNKNOWN, LOOK),
        (told((0, S.UNKNOWN, "timeout"), (60, S.UNKNOWN, LOOK)), 120, S.NOT_SENT, PROVEN),
        (told((0, S.UNKNOWN, AT_FIRST)), 119, S.UNKNOWN, LOOK),
        (told((0, S.UNKNOWN, AT_FIRST)), 120, S.NOT_SENT, PROVEN),
        (told((0, S.INTENDED, None), (0, S.UNKNOWN, LOOK)), 120, S.NOT_SENT, PROVEN),
        (told((0, S.UNKNOWN, "timeout"), (1, S.UNKNOWN, LOOK), (60, S.UNKNOWN, "sent again")), 300, S.UNKNOWN, LOOK),
        (told((0, S.UNKNOWN, LOOK), (60, S.UNKNOWN, "sent again"), (70, S.UNKNOWN, LOOK)), 179, S.UNKNOWN, LOOK),
        (told((0, S.UNKNOWN, LOOK), (60, S.UNKNOWN, "sent again"), (70, S.UNKNOWN, LOOK)), 180, S.NOT_SENT, PROVEN),
        (told((0, S.WORKING, None)), 10**6, S.WORKING, LOOK),
        (told((0, S.WORKING, None), (60, S.WORKING, LOOK)), 179, S.WORKING, LOOK),
        (told((0, S.WORKING, None), (60, S.WORKING, LOOK)), 180, S.UNKNOWN, LOST),
        (told((0, S.WORKING, LOOK), (60, S.WORKING, FOUND)), 10**6, S.WORKING, LOOK),
        (told((0, S.SUBMITTED, LOOK), (60, S.WORKING, None)), 10**6, S.WORKING, LOOK),
        (told((0, S.PARTIALLY_FILLED, LOOK)), 120, S.UNKNOWN, LOST),
    ],
)
def test_what_one_more_look_proves(history: tuple[Event, ...], seconds: int, status: OrderStatus, note: str) -> None:
    event = Event(later(seconds), status, note)
    one = entry(status=history[-1].status, history=history)
    after = msgspec.structs.replace(one, status=status, history=(*history, event))
    assert looked(one, later(seconds), SETTLE, False) == after
    pair = protection(history[-1].status, legs=(), history=history)
    doubted = msgspec.structs.replace(pair, status=status, history=(*history, event))
    assert looked_for_pair(pair, later(seconds), SETTLE) == doubted


@pytest.mark.parametrize(
    ("history", "status", "note"),
    [
        (told((0, S.UNKNOWN, "timeout"), (60, S.UNKNOWN, LOOK)), S.UNKNOWN, LOOK),
        (told((0, S.INTENDED, None)), S.UNKNOWN, AT_FIRST),
        (told((0, S.WORKING, LOOK)), S.UNKNOWN, LOST),
    ],
)
def test_shares_that_nothing_explains_speak_against_absence_only(
    history: tuple[Event, ...], status: OrderStatus, note: str
) -> None:
    after = looked(entry(status=history[-1].status, history=history), later(10**6), SETTLE, True)
    assert (after.status, after.history[-1]) == (status, Event(later(10**6), status, note))


def test_the_legs_of_a_pair_are_in_doubt_and_absent_as_it_is() -> None:
    ended = (leg("target", S.FILLED, 4), leg("stop", S.CANCELLED))
    for history, status in (
        (told((0, S.WORKING, LOOK)), S.UNKNOWN),
        (told((0, S.UNKNOWN, LOOK)), S.NOT_SENT),
        (told((0, S.UNKNOWN, "timeout")), S.UNKNOWN),
    ):
        pair = protection(history[-1].status, legs=(leg("stop"), *ended), history=history)
        assert looked_for_pair(pair, later(120), SETTLE).legs == (leg("stop", status), *ended)
    first = protection(history=told((0, S.WORKING, None)))
    assert looked_for_pair(first, later(120), SETTLE).legs == first.legs


@pytest.mark.parametrize(
    ("before", "after", "is_said"),
    [
        ((), (), False),
        ((INTENDED,), (INTENDED,), False),
        (told((0, S.WORKING, LOOK)), told((0, S.WORKING, LOOK)), True),
        (told((0, S.WORKING, LOOK)), told((0, S.WORKING, LOOK), (9, S.FILLED, None)), False),
        (told((0, S.WORKING, LOOK), (9, S.WORKING, FOUND)), told((0, S.WORKING, LOOK), (9, S.WORKING, FOUND)), False),
        (told((0, S.SUBMITTED, None), (9, S.WORKING, LOOK)), told((0, S.SUBMITTED, None), (9, S.WORKING, LOOK)), True),
    ],
)
def test_an_order_that_is_found_as_it_was_is_said_to_be_after_a_look_in_vain(
    before: tuple[Event, ...], after: tuple[Event, ...], is_said: bool
) -> None:
    said = (Event(later(60), S.WORKING, FOUND),) if is_said else ()
    assert found_again(before, after, later(60)) == (*after, *said)


@given(
    st.sampled_from([one for one in S if one not in DONE | {S.NOT_SENT}]),
    st.lists(st.integers(-60, 200), max_size=12),
    st.booleans(),
)
def test_looks_alone_make_no_end_and_no_refusal(status: OrderStatus, waits: list[int], arrived: bool) -> None:
    one, moment = entry(status=status), NOW
    for seconds in waits:
        before: Entry = one
        moment += timedelta(seconds=seconds)
        one = looked(one, moment, SETTLE, arrived)
        assert one.history[:-1] == before.history
        assert one.status not in DONE
        if one.status is S.NOT_SENT:
            assert before.status is S.UNKNOWN
            assert not arrived
            return
