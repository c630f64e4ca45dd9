"""Decides what a look that found no order proves. Pure.

An order that was sent and is not found may be on its way: only two looks, the second late enough after the sending,
prove that it never arrived. An order that the broker had and does not find may be missing from lists that lag: when
two looks, far enough apart, do not find it, it is in doubt again. Every look stands in the order's history.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from execution.ledger.day import Entry, Event, Protection, moved
from execution.ledger.notes import FOUND, INTENDED_FOUND, LOOK, LOST, EventKind, proven_absent
from execution.orders import DONE, WORKING, OrderStatus


def looked(entry: Entry, now: datetime, settle_seconds: int, arrived: bool) -> Entry:
    """The entry after one more look that did not find it. Shares at the broker that nothing else explains are a
    sign that it did arrive."""
    status, note = _after_look(entry.status, entry.history, now, settle_seconds)
    if status is OrderStatus.NOT_SENT and arrived:
        status, note = entry.status, LOOK
    if status is not entry.status:
        return moved(entry, status, now, note)
    return msgspec.structs.replace(entry, history=(*entry.history, Event(now, status, note)))


def looked_for_pair(protection: Protection, now: datetime, settle_seconds: int) -> Protection:
    """The same for a protection; its legs are at the broker no more than it is."""
    status, note = _after_look(protection.status, protection.history, now, settle_seconds)
    legs = protection.legs
    if status not in WORKING:
        legs = tuple(leg if leg.status in DONE else msgspec.structs.replace(leg, status=status) for leg in legs)
    history = (*protection.history, Event(now, status, note))
    return msgspec.structs.replace(protection, status=status, legs=legs, history=history)


def found_again(before: tuple[Event, ...], after: tuple[Event, ...], now: datetime) -> tuple[Event, ...]:
    """The history of what a look found as it was although the look before had not: the next look that does not find
    it is a first one again."""
    if after == before and any(_is_look(event) for event in before[-1:]):
        return (*after, Event(now, after[-1].status, FOUND))
    return after


def _after_look(
    status: OrderStatus, history: tuple[Event, ...], now: datetime, settle_seconds: int
) -> tuple[OrderStatus, str]:
    """The status after one more look that found nothing, and the note of it."""
    if status is OrderStatus.INTENDED:
        return OrderStatus.UNKNOWN, INTENDED_FOUND
    run = _run(history)
    looks = [event for event in run if _is_look(event)]
    began = looks if status in WORKING else run
    if not looks or now - began[0].at < timedelta(seconds=settle_seconds):
        return status, LOOK
    if status in WORKING:
        return OrderStatus.UNKNOWN, LOST
    return OrderStatus.NOT_SENT, proven_absent(len(looks) + 1)


def _run(history: tuple[Event, ...]) -> list[Event]:
    """The looks at the end of a history, after what they are about: looks of an earlier sending prove nothing."""
    run: list[Event] = []
    for event in reversed(history):
        if event.status is not history[-1].status:
            break
        run.insert(0, event)
        if not _is_look(event):
            break
    return run


def _is_look(event: Event) -> bool:
    return event.kind is EventKind.LOOKED
