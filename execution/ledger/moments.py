"""Writes into what is new in a history when the broker was asked and when it had answered. Pure.

An event says in `at` by which moment it is dated, in `asked_at` when the questions began from whose answers it was
learned (the order itself, where it was sent), and in `answered_at` when the last of them had been answered. A step
that no broker was asked about, an intent or a person's word, has neither.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from execution.ledger.day import Entry, Event, Ledger, Protection
from gates.base.record import dataclass


@dataclass(frozen=True, slots=True)
class Answered:
    """When the broker was asked, as far as that is known, and when it had answered."""

    asked_at: datetime | None
    answered_at: datetime


def with_moments(before: Ledger, after: Ledger, answered: Answered) -> Ledger:
    """The newer ledger, its events that the older one does not have bearing both moments."""
    known = before.by_id()
    return msgspec.structs.replace(
        after,
        carried=tuple(entry_with_moments(known.get(one.client_order_id), one, answered) for one in after.carried),
        entries=tuple(entry_with_moments(known.get(one.client_order_id), one, answered) for one in after.entries),
    )


def entry_with_moments(before: Entry | None, after: Entry, answered: Answered) -> Entry:
    if before is after:
        return after
    known = {one.client_order_id: one for one in (before.protections if before is not None else ())}
    protections = tuple(_protection(known.get(one.client_order_id), one, answered) for one in after.protections)
    history = _new_ones(before.history if before is not None else (), after.history, answered)
    return msgspec.structs.replace(after, history=history, protections=protections)


def _protection(before: Protection | None, after: Protection, answered: Answered) -> Protection:
    history = _new_ones(before.history if before is not None else (), after.history, answered)
    return msgspec.structs.replace(after, history=history)


def _new_ones(before: tuple[Event, ...], after: tuple[Event, ...], answered: Answered) -> tuple[Event, ...]:
    told = {"asked_at": answered.asked_at, "answered_at": answered.answered_at}
    new = (msgspec.structs.replace(one, **told) for one in after[len(before) :])
    return (*after[: len(before)], *new)
