"""What became of our orders: the ledger brought up to the broker's word.

Orders in doubt are settled by looks, fills and exits are taken over, and what the ledger forgot is
adopted. Nothing here is decided by time alone and nothing here is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from execution.broker.port import BrokerOrder, Position, Sender
from execution.errors import BrokerUnreachable
from execution.ledger import Entry, Event, Exit, Ledger, Protection, moved, with_changed, with_entries, with_exits
from execution.orders import UNRESOLVED, OrderStatus, parse_name
from execution.protect import marked
from execution.reconcile import expected_positions, flatten_exits, foreign_exits
from execution.tracking import absorb, absorb_protection, adopted

LOOK = "looked, not found by id nor among the session's orders"


@dataclass(frozen=True, slots=True)
class Followed:
    """The ledger after following the broker, and what changed, one line each."""

    ledger: Ledger
    news: tuple[str, ...]


def follow(
    ledger: Ledger,
    orders: Iterable[BrokerOrder],
    sender: Sender,
    now: datetime,
    settle_seconds: int,
    positions: Iterable[Position] | None = None,
) -> Followed:
    """Bring every entry that is not over up to the broker's word. With `positions`, shares of ours
    that somebody else's sale took are written as foreign exits."""
    listed = {order.client_order_id: order for order in orders}
    expected = expected_positions(ledger)
    held = {one.symbol for one in positions or () if one.qty != expected.get(one.symbol, 0)}
    changed: list[Entry] = []
    exits: list[Exit] = []
    for entry in ledger.everything():
        after, sold = _followed(entry, listed, sender, now, settle_seconds, entry.symbol in held)
        exits += sold
        for protection in after.protections:
            after, sold = _protection_followed(after, protection, listed, sender, now)
            exits += sold
        changed.append(marked(after, now))
    forgotten = _forgotten(ledger, listed.values(), now)
    followed = with_entries(with_changed(ledger, changed), [entry for entry, _ in forgotten])
    exits += [sold for _, sales in forgotten for sold in sales]
    closed, flattened = flatten_exits(followed, listed.values(), now)
    followed = with_changed(followed, [marked(entry, now) for entry in closed])
    exits += flattened
    if positions is not None:
        sold_by_others, foreign = foreign_exits(followed, positions, listed.values(), now)
        followed = with_changed(followed, [marked(entry, now) for entry in sold_by_others])
        exits += foreign
    followed = with_exits(followed, exits)
    return Followed(followed, news_between(ledger, followed))


def _followed(
    entry: Entry,
    listed: Mapping[str, BrokerOrder],
    sender: Sender,
    now: datetime,
    settle_seconds: int,
    held: bool,
) -> tuple[Entry, tuple[Exit, ...]]:
    if not entry.carries_over:  # over, or proven absent: believed unless a list says otherwise
        order = listed.get(entry.client_order_id)
        return absorb(entry, order, now) if order is not None else (entry, ())
    try:
        order = listed.get(entry.client_order_id) or sender.find(entry.client_order_id)
    except BrokerUnreachable:
        return entry, ()
    if order is not None:
        return absorb(entry, order, now)
    if entry.status in UNRESOLVED:
        return _looked(entry, now, settle_seconds, held), ()
    return entry, ()  # known to the broker once and not listed now: a later cycle asks again


def _protection_followed(
    entry: Entry, protection: Protection, listed: Mapping[str, BrokerOrder], sender: Sender, now: datetime
) -> tuple[Entry, tuple[Exit, ...]]:
    if not protection.unfinished:
        return entry, ()
    try:
        order = listed.get(protection.client_order_id) or sender.find(protection.client_order_id)
    except BrokerUnreachable:
        return entry, ()
    return absorb_protection(entry, protection, order, now) if order is not None else (entry, ())


def _looked(entry: Entry, now: datetime, settle_seconds: int, held: bool) -> Entry:
    """Not found. Only the second look since it was last sent, and only `settle_seconds` after the doubt
    began, proves that the order never arrived; an intent left by a death is in doubt from the first
    look. Shares at the broker that nothing else explains are a sign that it did arrive."""
    if entry.status is OrderStatus.INTENDED:
        return moved(entry, OrderStatus.UNKNOWN, now, f"intended found at start; {LOOK}")
    doubt = _this_doubt(entry)
    looks = sum(1 for event in doubt if event.note is not None and LOOK in event.note)
    if looks >= 1 and (now - doubt[0].at).total_seconds() >= settle_seconds and not held:
        return moved(entry, OrderStatus.NOT_SENT, now, f"proven absent: {LOOK}, {looks + 1} times")
    return msgspec.structs.replace(entry, history=(*entry.history, Event(now, entry.status, LOOK)))


def _this_doubt(entry: Entry) -> list[Event]:
    """The unbroken run of `unknown` at the end of the history: looks of an earlier sending prove nothing."""
    run: list[Event] = []
    for event in reversed(entry.history):
        if event.status is not OrderStatus.UNKNOWN:
            break
        run.insert(0, event)
    return run


def _forgotten(
    ledger: Ledger, orders: Iterable[BrokerOrder], now: datetime
) -> list[tuple[Entry, tuple[Exit, ...]]]:
    """Entries of this session at the broker that the ledger does not know."""
    found = []
    known = ledger.by_id()
    for order in orders:
        name = parse_name(order.client_order_id)
        if name is None or name.leg != "entry" or name.day != ledger.date_ny:
            continue
        if order.client_order_id not in known:
            found.append(adopted(name, order, now))
    return found


def news_between(before: Ledger, after: Ledger) -> tuple[str, ...]:
    """One line per status that changed, per adoption, per exit."""
    lines = []
    known = before.by_id()
    for entry in after.everything():
        old = known.get(entry.client_order_id)
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
