"""What the broker says about an order of ours, written into its entry. Pure.

The broker's word moves an entry along the table of allowed moves; a word that would move it
backwards (a stale list read before the fill) changes nothing. What a leg sold becomes an exit on
the day it is seen, whatever day its entry was.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from execution.broker.port import BrokerOrder
from execution.ledger import Entry, Event, Exit, Leg, moved
from execution.orders import OrderName, OrderStatus, may_move

ZERO = Decimal(0)


def absorb(entry: Entry, order: BrokerOrder, at: datetime) -> tuple[Entry, tuple[Exit, ...]]:
    """The entry as the broker has it now, and the exits that are news."""
    after = entry
    more_filled = order.filled_qty > entry.filled_qty
    if may_move(entry.status, order.status) and (order.status is not entry.status or more_filled):
        note = f"broker status {order.unrecognised!r} not recognised" if order.unrecognised else order.reason
        after = moved(entry, order.status, at, note)
    fields: dict[str, object] = {"order_id": order.order_id}
    if more_filled:
        fields |= {"filled_qty": order.filled_qty, "filled_avg_price": order.filled_avg_price}
    if order.legs:
        fields["legs"] = tuple(_leg(leg) for leg in order.legs)
    exits = _exits(entry, order, at)
    fields["exited_qty"] = entry.exited_qty + sum((exit_.qty for exit_ in exits), ZERO)
    after = msgspec.structs.replace(after, **fields)
    return after, exits


def adopted(name: OrderName, order: BrokerOrder, at: datetime) -> tuple[Entry, tuple[Exit, ...]]:
    """An entry for an order of ours that the ledger forgot, as far as the broker can tell it."""
    prices = {leg.kind: leg.stop_price if leg.kind == "stop" else leg.limit_price for leg in order.legs}
    limit = order.limit_price or order.filled_avg_price or ZERO
    blank = Entry(
        client_order_id=order.client_order_id,
        order_id=order.order_id,
        symbol=name.symbol,
        side=order.side,
        qty=order.qty,
        limit_price=limit,
        notional=limit * order.qty,
        stop_price=prices.get("stop") or ZERO,
        target_price=prices.get("target") or ZERO,
        timestamp=order.submitted_at,
        status=OrderStatus.UNKNOWN,
        history=(Event(at, OrderStatus.UNKNOWN, "adopted from the broker's record"),),
    )
    return absorb(blank, order, at)


def _leg(leg: BrokerOrder) -> Leg:
    price = leg.stop_price if leg.kind == "stop" else leg.limit_price
    return Leg(leg.kind, leg.order_id, leg.status, leg.qty, price or ZERO, leg.filled_qty, leg.filled_avg_price)


def _exits(entry: Entry, order: BrokerOrder, at: datetime) -> tuple[Exit, ...]:
    """Shares a leg has sold since the entry last knew of it."""
    before = {leg.order_id: leg.filled_qty for leg in entry.legs}
    bought_at = order.filled_avg_price or entry.filled_avg_price or entry.limit_price
    exits = []
    for leg in order.legs:
        sold = leg.filled_qty - before.get(leg.order_id, ZERO)
        if sold > 0:
            price = leg.filled_avg_price or leg.limit_price or leg.stop_price or ZERO
            realized = (price - bought_at) * sold
            exits.append(Exit(entry.symbol, leg.kind, sold, price, at, entry.client_order_id, realized))
    return tuple(exits)
