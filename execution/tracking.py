"""What the broker says about an order of ours, written into its entry. Pure.

The broker's word moves an entry along the table of allowed moves; a word that would move it
backwards (a stale list read before the fill) changes nothing. What a leg sold becomes an exit in the
ledger of the day it is seen, dated with the moment the broker gives it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import msgspec

from execution.broker.port import BrokerOrder
from execution.ledger import Entry, Event, Exit, Leg, Protection, moved
from execution.orders import DONE, OrderName, OrderStatus, may_move

ZERO = Decimal(0)


def absorb(entry: Entry, order: BrokerOrder, at: datetime) -> tuple[Entry, tuple[Exit, ...]]:
    """The entry as the broker has it now, and the exits that are news."""
    after = entry
    more_filled = order.filled_qty > entry.filled_qty
    if may_move(entry.status, order.status) and (order.status is not entry.status or more_filled):
        after = moved(entry, order.status, at, _note(order))
    fields: dict[str, object] = {"order_id": order.order_id}
    if more_filled:
        fields |= {"filled_qty": order.filled_qty, "filled_avg_price": order.filled_avg_price}
    after = msgspec.structs.replace(after, **fields)
    exits = _exits(after, entry.legs, order.legs, at)
    return _sold(msgspec.structs.replace(after, legs=_merged(entry.legs, order.legs)), exits), exits


def absorb_protection(
    entry: Entry, protection: Protection, order: BrokerOrder, at: datetime
) -> tuple[Entry, tuple[Exit, ...]]:
    """The same for a pair of ours: the order itself is its target, the stop is its leg."""
    sells = (order, *order.legs)
    after = msgspec.structs.replace(
        protection, order_id=order.order_id, legs=_merged(protection.legs, sells)
    )
    if may_move(protection.status, order.status) and order.status is not protection.status:
        history = (*protection.history, Event(at, order.status, _note(order)))
        after = msgspec.structs.replace(after, status=order.status, history=history)
    exits = _exits(entry, protection.legs, sells, at)
    return _sold(with_protection(entry, after), exits), exits


def with_protection(entry: Entry, protection: Protection) -> Entry:
    """The entry with a protection added, or in its newer version."""
    newer = {one.client_order_id: one for one in (*entry.protections, protection)}
    return msgspec.structs.replace(entry, protections=tuple(newer.values()))


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


def working_stops(entry: Entry) -> Decimal:
    """Shares of this entry that a stop at the broker, ours or the bracket's, would sell."""
    guarded = ZERO
    if entry.status is OrderStatus.FILLED:  # until then the bracket's legs sleep
        guarded += sum((leg.qty - leg.filled_qty for leg in entry.legs if _is_working_stop(leg)), ZERO)
    for one in entry.protections:
        if one.unfinished:
            guarded += one.qty - sum((leg.filled_qty for leg in one.legs), ZERO)
    return guarded


def _is_working_stop(leg: Leg) -> bool:
    return leg.kind == "stop" and leg.status not in DONE


def _note(order: BrokerOrder) -> str | None:
    return f"broker status {order.unrecognised!r} not recognised" if order.unrecognised else order.reason


def _merged(old: tuple[Leg, ...], news: Iterable[BrokerOrder]) -> tuple[Leg, ...]:
    """The legs as told now; a stale list takes back no fill and no end."""
    legs = {leg.order_id: leg for leg in old}
    for order in news:
        told = _leg(order)
        known = legs.get(order.order_id, told)
        newer = told if told.filled_qty >= known.filled_qty else known
        status = known.status if known.status in DONE and told.status not in DONE else told.status
        legs[order.order_id] = msgspec.structs.replace(newer, status=status)
    return tuple(legs.values())


def _leg(order: BrokerOrder) -> Leg:
    price = order.stop_price if order.kind == "stop" else order.limit_price
    return Leg(
        order.kind, order.order_id, order.status, order.qty, price or ZERO, order.filled_qty, order.filled_avg_price
    )


def _sold(entry: Entry, exits: tuple[Exit, ...]) -> Entry:
    sold = sum((one.qty for one in exits), ZERO)
    return msgspec.structs.replace(entry, exited_qty=entry.exited_qty + sold) if sold else entry


def _exits(
    entry: Entry, known: tuple[Leg, ...], sells: Iterable[BrokerOrder], at: datetime
) -> tuple[Exit, ...]:
    """Shares sold since the entry last knew of it."""
    before = {leg.order_id: leg.filled_qty for leg in known}
    bought_at = entry.filled_avg_price or entry.limit_price
    exits = []
    for order in sells:
        qty = order.filled_qty - before.get(order.order_id, ZERO)
        if qty > 0:
            kind = "target" if order.kind == "target" else "stop"
            price = order.filled_avg_price or order.limit_price or order.stop_price or ZERO
            realized = (price - bought_at) * qty
            happened = min(at, order.updated_at)
            exits.append(Exit(entry.symbol, kind, qty, price, happened, entry.client_order_id, realized))
    return tuple(exits)
