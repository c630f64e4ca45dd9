"""Cancels entries whose time is over, and reports a cancel as done only once the broker shows it.

The broker may refuse a cancel, or take it and work on. Until the order is over, every cycle
says so, with the minutes since it was first asked for and how often it was.
"""

from __future__ import annotations

import msgspec

from execution.act.due import Standing, to_cancel
from execution.act.follow import news_between
from execution.act.said import Said, noted, warned
from execution.broker.errors import BrokerUnreachable
from execution.broker.port import Broker, BrokerOrder
from execution.ledger.absorb import absorb
from execution.ledger.day import Entry, Exit, Ledger, with_changed, with_exits
from execution.ledger.lists import Lists
from execution.orders import DONE
from gates.base.record import dataclass


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The ledger after a round of cancels, a line for each, and how many orders are still to end."""

    ledger: Ledger | None
    said: tuple[Said, ...]
    left: int


def cancel_due(ledger: Ledger | None, broker: Broker, lists: Lists, standing: Standing) -> Cancelled:
    """Cancel what is due and look once at what became of it; one failure does not stop the next."""
    said, left = list[Said](), 0
    for order, reason in to_cancel(lists, standing):
        name = str(lists.origin(order))
        words = f"{order.symbol}: reason={{}} client_order_id={name}"
        try:
            taken = broker.cancel(order.order_id)
            found = broker.find(order.client_order_id)
        except BrokerUnreachable as problem:
            said.append(warned(f"CANCEL FAILED {words.format(problem)}"))
            left += 1
            continue
        if found is not None:
            lists.add(found)
        entry = ledger.find(name) if ledger is not None else None
        if _is_over(lists.current(lists.by_id[order.order_id])):
            said.append(noted(f"CANCEL {words.format(reason)}"))
        else:
            left += 1
            entry = _asked(entry, standing)
            said.append(warned(f"CANCEL ASKED {words.format(reason)}{_patience(entry, standing, taken)}"))
        if ledger is not None and entry is not None:
            after = _told(ledger, entry, lists, standing)
            said += news_between(ledger, after)
            ledger = after
    return Cancelled(ledger, tuple(said), left)


def _is_over(order: BrokerOrder) -> bool:
    """Over, and not because another order that no list has yet took its place."""
    return order.status in DONE and order.replaced_by is None


def _told(ledger: Ledger, entry: Entry, lists: Lists, standing: Standing) -> Ledger:
    """The ledger with this entry in its newer version, and with the broker's word about it, unless that is older than
    what took the order's place on the broker's page."""
    exits: tuple[Exit, ...] = ()
    order = lists.current(lists.by_id[lists.named[entry.client_order_id]], (leg.order_id for leg in entry.legs))
    is_newest = entry.order_id is None or lists.goes_on_from(order, entry.order_id)
    if is_newest and order.replaced_by is None:
        entry, exits = absorb(entry, order, standing.now)
    return with_exits(with_changed(ledger, [entry]), exits)


def _asked(entry: Entry | None, standing: Standing) -> Entry | None:
    if entry is None:
        return None
    first = min(entry.cancel_asked_at or standing.now, standing.now)
    return msgspec.structs.replace(entry, cancel_asked_at=first, cancels_asked=entry.cancels_asked + 1)


def _patience(entry: Entry | None, standing: Standing, taken: bool) -> str:
    """How long and how often it was asked for, and whether the broker takes the request at all."""
    refused = "" if taken else ", the broker refuses to cancel it"
    if entry is None or entry.cancels_asked == 1:
        return refused
    minutes = int((standing.now - (entry.cancel_asked_at or standing.now)).total_seconds() / 60)
    return f", still working {minutes} min after the first of {entry.cancels_asked} requests{refused}"
