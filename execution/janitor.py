"""The part of a cycle that only reduces risk and doubt.

It settles orders in doubt, follows what became of our orders at the broker, adopts what the ledger
forgot, and writes exits. It runs whatever the gates say, because none of this opens anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from execution.broker.port import BrokerOrder, Sender
from execution.errors import BrokerUnreachable
from execution.ledger import Entry, Event, Exit, Ledger, moved, with_changed, with_entries, with_exits
from execution.orders import UNRESOLVED, OrderStatus, parse_name
from execution.tracking import absorb, adopted

LOOK = "looked, not found by id nor among the session's orders"


@dataclass(frozen=True, slots=True)
class Followed:
    """The ledger after following the broker, and what changed, one line each."""

    ledger: Ledger
    news: tuple[str, ...]


def follow(
    ledger: Ledger, orders: Iterable[BrokerOrder], sender: Sender, now: datetime, settle_seconds: int
) -> Followed:
    """Bring every entry that is not over up to the broker's word."""
    listed = {order.client_order_id: order for order in orders}
    changed: list[Entry] = []
    exits: list[Exit] = []
    for entry in ledger.everything():
        if not entry.carries_over:
            continue
        order = listed.get(entry.client_order_id)
        try:
            order = order or sender.find(entry.client_order_id)
        except BrokerUnreachable:
            continue
        if order is not None:
            after, sold = absorb(entry, order, now)
            exits += sold
        elif entry.status in UNRESOLVED:
            after = _looked(entry, now, settle_seconds)
        else:
            continue  # known to the broker once and not listed now: a later cycle asks again
        changed.append(after)
    forgotten = _forgotten(ledger, listed.values(), now)
    followed = with_entries(with_changed(ledger, changed), [entry for entry, _ in forgotten])
    followed = with_exits(followed, [*exits, *(sold for _, sales in forgotten for sold in sales)])
    return Followed(followed, news_between(ledger, followed))


def _looked(entry: Entry, now: datetime, settle_seconds: int) -> Entry:
    """Not found. Only the second look, and only `settle_seconds` after the first sight of the doubt,
    proves that the order never arrived; an intent left by a death is in doubt from the first look."""
    if entry.status is OrderStatus.INTENDED:
        return moved(entry, OrderStatus.UNKNOWN, now, f"intended found at start; {LOOK}")
    doubted = next(event.at for event in reversed(entry.history) if event.note != LOOK)
    looks = sum(1 for event in entry.history if event.note is not None and LOOK in event.note)
    if looks >= 1 and (now - doubted).total_seconds() >= settle_seconds:
        return moved(entry, OrderStatus.NOT_SENT, now, f"proven absent: {LOOK}, {looks + 1} times")
    return msgspec.structs.replace(entry, history=(*entry.history, Event(now, entry.status, LOOK)))


def _forgotten(ledger: Ledger, orders: Iterable[BrokerOrder], now: datetime) -> list[tuple[Entry, tuple[Exit, ...]]]:
    """Entries of this session at the broker that the ledger does not know."""
    found = []
    for order in orders:
        name = parse_name(order.client_order_id)
        if name is None or name.leg != "entry" or name.day != ledger.date_ny:
            continue
        if ledger.find(order.client_order_id) is None:
            found.append(adopted(name, order, now))
    return found


def news_between(before: Ledger, after: Ledger) -> tuple[str, ...]:
    """One line per status that changed, per adoption, per exit."""
    lines = []
    for entry in after.everything():
        old = before.find(entry.client_order_id)
        if old is None:
            lines.append(f"ADOPTED {entry.symbol}: {entry.client_order_id} {entry.status.value} at the broker")
        elif old.status is not entry.status or old.filled_qty != entry.filled_qty:
            lines.append(
                f"{entry.status.value.upper()} {entry.symbol}: filled={entry.filled_qty} of {entry.qty} "
                f"client_order_id={entry.client_order_id} (was {old.status.value})"
            )
    for sold in after.exits[len(before.exits) :]:
        lines.append(
            f"EXIT {sold.symbol}: kind={sold.kind} qty={sold.qty} price={sold.price} realized={sold.realized} "
            f"entry={sold.entry}"
        )
    return tuple(lines)
