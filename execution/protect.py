"""What of ours must be cancelled and what must be protected. Pure.

An entry is cancelled when its time is over, when the session is, or when the operator has killed. A
position of ours is naked when no stop at the broker would sell it: at once when its entry ended with
part of it filled (the bracket died with the entry), else only when two cycles have seen it, because
right after a fill the broker's list may not show the legs yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec

from execution.broker.port import BrokerOrder, Position
from execution.ledger import Entry, Event, Ledger, Protection
from execution.orders import DONE, WORKING, OrderStatus, parse_name, protect_id
from execution.tracking import with_protection, working_stops

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the janitor goes by."""

    now: datetime
    ttl_seconds: int
    session_over: bool
    killed: bool
    kill_cancels: bool
    kill_protects: bool
    flattening: bool = False
    takes_no_orders: str | None = None

    @property
    def protects(self) -> bool:
        """Not what is being closed, and under a kill only if the settings say so."""
        return not self.flattening and (self.kill_protects or not self.killed)


def to_cancel(open_orders: Iterable[BrokerOrder], standing: Standing) -> tuple[tuple[BrokerOrder, str], ...]:
    """Entries of ours at the broker whose time is over, each with the reason; by the broker's list,
    so that an unreadable ledger keeps nothing alive."""
    found = []
    for order in open_orders:
        name = parse_name(order.client_order_id)
        if name is None or name.leg != "entry" or order.status not in WORKING:
            continue
        age = int((standing.now - order.submitted_at).total_seconds())
        if standing.killed and standing.kill_cancels:
            found.append((order, "kill switch active"))
        elif standing.session_over:
            found.append((order, "session over"))
        elif age >= standing.ttl_seconds:
            found.append((order, f"not filled in time ({age}s, limit {standing.ttl_seconds}s)"))
    return tuple(found)


def naked_qty(entry: Entry) -> Decimal:
    """Shares held for this entry that nothing at the broker would sell at the stop. While the entry
    still works its legs sleep and the shares cannot be protected yet."""
    if entry.status not in DONE:
        return ZERO
    return max(ZERO, entry.held_qty - working_stops(entry))


def marked(entry: Entry, now: datetime) -> Entry:
    """The entry with the moment its nakedness was first seen, or without it."""
    if naked_qty(entry) == 0:
        return entry if entry.naked_since is None else msgspec.structs.replace(entry, naked_since=None)
    return entry if entry.naked_since is not None else msgspec.structs.replace(entry, naked_since=now)


def to_protect(ledger: Ledger, positions: Iterable[Position], standing: Standing) -> tuple[tuple[Entry, int], ...]:
    """Entries to protect and how many shares, never more than are held and free."""
    if not standing.protects:
        return ()
    free = {position.symbol: min(position.qty, position.qty_available) for position in positions}
    found = []
    for entry in ledger.everything():
        waited = entry.naked_since is not None and entry.naked_since < standing.now
        ended_partly = entry.status is not OrderStatus.FILLED
        qty = int(min(naked_qty(entry), free.get(entry.symbol, ZERO)))
        if qty > 0 and (waited or ended_partly):
            found.append((entry, qty))
            free[entry.symbol] -= qty
    return tuple(found)


def intended_protection(entry: Entry, qty: int, now: datetime, at_market: bool) -> Entry:
    """The entry with a protection written down. The attempt rises only when the last one is over;
    one in doubt is sent again under its own id, which the broker takes once."""
    name = parse_name(entry.client_order_id)
    if name is None:
        return entry
    protection = Protection(
        client_order_id=protect_id(name.day, entry.symbol, len(entry.protections) + 1),
        qty=Decimal(qty),
        stop_price=None if at_market else entry.stop_price,
        target_price=None if at_market else entry.target_price,
        status=OrderStatus.INTENDED,
        history=(Event(now, OrderStatus.INTENDED),),
    )
    return with_protection(entry, protection)


def was_refused(entry: Entry) -> bool:
    """Whether the broker refused the last protection; its stop may have been passed already."""
    return bool(entry.protections) and entry.protections[-1].status is OrderStatus.REJECTED
