"""Writes what the broker says about an order of ours into its entry. Pure.

The broker's word moves an entry along the table of allowed moves; a word that would move it
backwards (a stale list read before the fill) changes nothing. What a leg sold becomes an exit in the
ledger of the day it is seen, dated with the moment the broker gives it. An entry never counts more shares
sold than it bought: what was sold beyond that is an exit of its own, and the account is short of it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime
from decimal import Decimal

import msgspec

from execution.broker.port import BrokerOrder
from execution.ledger.day import Entry, Event, Exit, Leg, Protection, moved
from execution.ledger.doubts import found_again
from execution.ledger.fees import added, with_fee
from execution.ledger.notes import ADOPTED
from execution.orders import DONE, UNRESOLVED, WORKING, OrderName, OrderStatus, may_move
from gates.base.record import replace

ZERO = Decimal(0)
PRICE_PLACES = 6
"""Decimals of an average price that is reckoned and not told."""


def absorb(entry: Entry, order: BrokerOrder, at: datetime) -> tuple[Entry, tuple[Exit, ...]]:
    """The entry as the broker has it now, and the exits that are news."""
    more_filled = order.filled_qty > entry.filled_qty
    is_news = order.status is not entry.status or more_filled
    after = moved(entry, order.status, at, _note(order)) if is_news and may_move(entry.status, order.status) else entry
    word = order.unrecognised if after.status not in DONE else None
    is_edited = entry.order_id not in (None, order.order_id)
    if after is entry and (is_edited or word not in (None, entry.unrecognised)):
        after = msgspec.structs.replace(entry, history=(*entry.history, Event(at, entry.status, _note(order))))
    fields: dict[str, object] = {"order_id": order.order_id, "unrecognised": word, **_terms(entry, order)}
    if more_filled or (order.filled_qty == entry.filled_qty and order.filled_avg_price is not None):
        fields |= {"filled_qty": order.filled_qty, "filled_avg_price": order.filled_avg_price}
    after = with_fee(entry, msgspec.structs.replace(after, **fields), order, at)
    after, exits, legs = _sold(after, entry.legs, order.legs, at)
    history = found_again(entry.history, after.history, at)
    return msgspec.structs.replace(after, legs=legs, history=history), exits


def absorb_protection(
    entry: Entry, protection: Protection, order: BrokerOrder, at: datetime
) -> tuple[Entry, tuple[Exit, ...]]:
    """The same for a pair of ours: the order itself is its target, the stop is its leg."""
    sold, exits, legs = _sold(entry, protection.legs, (order, *order.legs), at)
    status, history = protection.status, found_again(protection.history, protection.history, at)
    if order.status is not status and may_move(status, order.status):
        status, history = order.status, (*protection.history, Event(at, order.status, _note(order)))
    after = msgspec.structs.replace(protection, order_id=order.order_id, legs=legs, status=status, history=history)
    return with_protection(sold, after), exits


def _terms(entry: Entry, order: BrokerOrder) -> dict[str, object]:
    """Quantity and limit where the broker's differ: what was edited on its page, or sent by another host, is what
    it is there."""
    qty = max(order.qty, order.filled_qty, entry.filled_qty)
    limit = order.limit_price or entry.limit_price
    if qty <= 0 or (qty, limit) == (entry.qty, entry.limit_price):
        return {}
    return {"qty": qty, "limit_price": limit, "notional": limit * qty}


def edited(order: BrokerOrder, successor: BrokerOrder) -> BrokerOrder:
    """An order of ours that was replaced on the broker's page, as one with the order that took its place."""
    legs = {leg.order_id: leg for leg in (*order.legs, *successor.legs)}
    return replace(
        successor,
        client_order_id=order.client_order_id,
        qty=order.filled_qty + successor.qty,
        filled_qty=order.filled_qty + successor.filled_qty,
        filled_avg_price=_mean_price(order, successor),
        submitted_at=order.submitted_at,
        legs=tuple(legs.values()),
        replaces=order.order_id,
        fee=added(order.fee, successor.fee),
        reason=f"edited at the broker: {successor.qty} shares at {successor.limit_price}",
    )


def _mean_price(*orders: BrokerOrder) -> Decimal | None:
    paid, shares = ZERO, ZERO
    for order in orders:
        if order.filled_qty > 0:
            if order.filled_avg_price is None:
                return None
            paid, shares = paid + order.filled_qty * order.filled_avg_price, shares + order.filled_qty
    return paid / shares if shares else None


def with_protection(entry: Entry, protection: Protection) -> Entry:
    """The entry with a protection added, or in its newer version."""
    newer = {one.client_order_id: one for one in (*entry.protections, protection)}
    return msgspec.structs.replace(entry, protections=tuple(newer.values()))


def adopted(name: OrderName, order: BrokerOrder, at: datetime) -> tuple[Entry, tuple[Exit, ...]]:
    """An entry for an order of ours that the ledger forgot, as far as the broker can tell it."""
    prices = {leg.kind: leg.stop_price if leg.kind == "stop" else leg.limit_price for leg in order.legs}
    limit = order.limit_price or order.filled_avg_price or ZERO
    blank = Entry(
        client_order_id=str(name),
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
        history=(Event(at, OrderStatus.UNKNOWN, ADOPTED),),
    )
    return absorb(blank, order, at)


def adopted_protection(order: BrokerOrder, at: datetime) -> Protection:
    """A protection for an order of ours that the ledger forgot, before the broker's word about it is taken over."""
    stop = next((leg.stop_price for leg in order.legs if leg.kind == "stop"), ZERO)
    is_pair = order.kind == "target"
    return Protection(
        client_order_id=order.client_order_id,
        qty=order.qty,
        stop_price=stop if is_pair else None,
        target_price=order.limit_price if is_pair else None,
        status=OrderStatus.UNKNOWN,
        history=(Event(at, OrderStatus.UNKNOWN, ADOPTED),),
    )


def realized(entry: Entry, price: Decimal | None, qty: Decimal) -> Decimal | None:
    """What the sale of so many of the entry's shares brought; None while one of the two prices is not told."""
    if price is None or entry.filled_avg_price is None:
        return None
    return (price - entry.filled_avg_price) * qty


def working_stops(entry: Entry, told: Container[str]) -> Decimal:
    """Shares of this entry that a stop at the broker, ours or the bracket's, would sell as things stand, of the
    orders that were `told`: one that no list shows any more guards nothing. A leg asleep wakes with its parent: the
    bracket's when the entry is filled, a pair's while its target works."""
    filled = entry.status is OrderStatus.FILLED
    guarded = sum((leg.rest_qty for leg in entry.legs if leg.order_id in told and stands(leg, filled)), ZERO)
    for one in entry.protections:
        legs = [leg for leg in one.legs if leg.order_id in told]
        if one.status in WORKING and one.at_market:
            guarded += unsold(one) if legs else ZERO
        elif one.status not in UNRESOLVED:
            guarded += sum((leg.rest_qty for leg in legs if stands(leg, one.status in WORKING)), ZERO)
    return guarded


def in_doubt(entry: Entry) -> Decimal:
    """Shares that a protection of ours would sell if the broker has it, which is not known."""
    return sum((unsold(one) for one in entry.protections if one.status in UNRESOLVED), ZERO)


def unsold(protection: Protection) -> Decimal:
    """Shares of a protection that it did not sell yet."""
    return protection.qty - sum((leg.filled_qty for leg in protection.legs), ZERO)


def stops_asleep(entry: Entry) -> bool:
    """Whether the bracket may still guard by itself: the entry works, and its stop leg waits for the fill."""
    if entry.status not in WORKING:
        return False
    stops = [leg for leg in entry.legs if leg.kind == "stop"]
    return not stops or any(leg.status not in DONE for leg in stops)


def stands(leg: Leg, parent_stands: bool) -> bool:
    """Whether this leg is a stop that would sell when its price comes."""
    return leg.kind == "stop" and leg.status in WORKING and leg.works and (parent_stands or not leg.asleep)


def _note(order: BrokerOrder) -> str | None:
    return f"broker status {order.unrecognised!r} not recognised" if order.unrecognised else order.reason


def _sold(
    entry: Entry, known: tuple[Leg, ...], sells: Iterable[BrokerOrder], at: datetime
) -> tuple[Entry, tuple[Exit, ...], tuple[Leg, ...]]:
    """The entry less what its sells sold since it last knew of them, that as exits, and the sells as they are now.
    While the entry works, a sale of more than it holds tells that the list has not told its fill yet: the rest is
    counted when it does."""
    legs = {leg.order_id: leg for leg in known}
    exits: list[Exit] = []
    for order in sells:
        before = legs.get(order.order_id, _leg(order, ZERO))
        qty = max(ZERO, order.filled_qty - before.filled_qty)
        if entry.status not in DONE:
            qty = min(qty, max(ZERO, entry.held_qty))
        if qty > 0:
            kind = "target" if order.kind == "target" else "stop"
            priced = replace(order, filled_avg_price=_price_of_the_rest(order, before))
            entry, sold = booked(entry, priced, kind, qty, at)
            exits += sold
        legs[order.order_id] = _merged(before, order, before.filled_qty + qty)
    return entry, tuple(exits), tuple(legs.values())


def _price_of_the_rest(order: BrokerOrder, before: Leg) -> Decimal | None:
    """The average price of what was sold since: the order's own average is over all of it."""
    average, known = order.filled_avg_price, before.filled_avg_price
    more = order.filled_qty - before.filled_qty
    if average is None or known is None or before.filled_qty == 0:
        return average
    return round((average * order.filled_qty - known * before.filled_qty) / more, PRICE_PLACES)


def _merged(known: Leg, order: BrokerOrder, filled: Decimal) -> Leg:
    """The leg as told now; a stale list takes back no fill and no end."""
    newer = _leg(order, filled) if order.filled_qty >= known.filled_qty else known
    is_stale = known.status in DONE and order.status not in DONE
    return msgspec.structs.replace(newer, status=known.status if is_stale else order.status)


def _leg(order: BrokerOrder, filled: Decimal) -> Leg:
    return Leg(
        order.kind,
        order.order_id,
        order.status,
        order.qty,
        (order.stop_price if order.kind == "stop" else order.limit_price) or ZERO,
        filled,
        order.filled_avg_price,
        order.works,
        order.asleep,
    )


def booked(entry: Entry, order: BrokerOrder, kind: str, qty: Decimal, at: datetime) -> tuple[Entry, tuple[Exit, ...]]:
    """The entry after a sale of `qty`: shares it held first, the rest beyond it."""
    within = min(qty, max(ZERO, entry.held_qty))
    price, happened = order.filled_avg_price, min(at, order.updated_at)
    exits = []
    if within > 0:
        result = realized(entry, price, within)
        exits.append(
            Exit(entry.symbol, kind, within, price, happened, entry.client_order_id, result, order.order_id)
        )
    if qty > within:
        beyond = Exit(
            entry.symbol, kind, qty - within, price, happened, entry.client_order_id, None, order.order_id, beyond=True
        )
        exits.append(beyond)
    return msgspec.structs.replace(entry, exited_qty=entry.exited_qty + within), tuple(exits)
