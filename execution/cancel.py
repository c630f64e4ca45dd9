"""Cancels entries whose time is over, and says what became of each: a cancel is done when a look says so.

The broker may refuse a cancel, or take it and work on. Until the order is over it is said every cycle, with the
minutes since it was first asked for and how often it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from execution.broker.port import Broker
from execution.errors import BrokerRefused, BrokerUnreachable
from execution.ledger import Entry, Ledger, with_changed, with_exits
from execution.lists import Lists
from execution.orders import DONE
from execution.protect import Standing, to_cancel
from execution.tracking import absorb


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The ledger after a round of cancels, a line for each, and how many orders are still to end."""

    ledger: Ledger | None
    said: tuple[str, ...]
    left: int


def cancel_due(ledger: Ledger | None, broker: Broker, lists: Lists, standing: Standing) -> Cancelled:
    """Cancel what is due and look once at what became of it; one failure does not stop the next."""
    said, left = [], 0
    for order, reason in to_cancel(lists, standing):
        name = str(lists.origin(order))
        words = f"{order.symbol}: reason={{}} client_order_id={name}"
        try:
            taken = broker.cancel(order.order_id)
            found = broker.find(name)
        except (BrokerUnreachable, BrokerRefused) as problem:
            said.append(f"CANCEL FAILED {words.format(problem)}")
            left += 1
            continue
        if found is not None:
            lists.add(found)
        after = lists.current(lists.by_id[order.order_id])
        entry = ledger.find(name) if ledger is not None else None
        if after.status in DONE:
            said.append(f"CANCEL {words.format(reason)}")
        else:
            left += 1
            entry = _asked(entry, standing)
            said.append(f"CANCEL ASKED {words.format(reason)}{_patience(entry, standing, taken)}")
        if ledger is not None and entry is not None:
            absorbed, sold = absorb(entry, after, standing.now)
            ledger = with_exits(with_changed(ledger, [absorbed]), sold)
    return Cancelled(ledger, tuple(said), left)


def _asked(entry: Entry | None, standing: Standing) -> Entry | None:
    if entry is None:
        return None
    first = entry.cancel_asked_at or standing.now
    return msgspec.structs.replace(entry, cancel_asked_at=first, cancels_asked=entry.cancels_asked + 1)


def _patience(entry: Entry | None, standing: Standing, taken: bool) -> str:
    """How long and how often it was asked for, and whether the broker takes the request at all."""
    refused = "" if taken else ", the broker refuses to cancel it"
    if entry is None or entry.cancels_asked <= 1 or entry.cancel_asked_at is None:
        return refused
    minutes = int((standing.now - entry.cancel_asked_at).total_seconds() / 60)
    return f", still working {minutes} min after the first of {entry.cancels_asked} requests{refused}"
