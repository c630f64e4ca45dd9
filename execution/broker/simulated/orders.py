"""Moves orders through their life at the simulated broker, as pure functions over its list of orders.

What is asked for is a *draft*: one order, or one with legs. The broker refuses it with a reason or
takes it; taken orders meet the market minute by minute, and only while time passes. Legs sleep until
their entry is completely filled; one leg's fill cancels the other; good till cancelled.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import NAMESPACE_OID, uuid5

import msgspec

from execution.broker.port import BracketRequest, Quote
from execution.broker.simulated.account import available_shares, is_asleep
from execution.broker.simulated.market import MINUTE, SimulatedMarket, is_price
from execution.broker.simulated.record import Fill, Order, order_name
from execution.orders import OrderStatus
from gates.base.instrument import US_STOCK
from gates.base.money import show
from gates.base.record import dataclass
from gates.base.sessions import SessionTable

LONGEST_ID = 128


@dataclass(frozen=True, slots=True)
class Part:
    side: Literal["buy", "sell"]
    kind: Literal["limit", "market", "stop", "target"]
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class Draft:
    """Holds what is asked for: the first part goes by the client's id, the others are its legs."""

    client_order_id: str
    symbol: str
    qty: Decimal
    parts: tuple[Part, ...]


def bracket(request: BracketRequest) -> Draft:
    entry = Part("buy", "limit", request.limit_price)
    legs = (Part("sell", "target", request.target_price), Part("sell", "stop", request.stop_price))
    return Draft(request.client_order_id, request.symbol, request.qty, (entry, *legs))


def exit_pair(client_order_id: str, symbol: str, qty: Decimal, stop: Decimal, target: Decimal) -> Draft:
    return Draft(client_order_id, symbol, qty, (Part("sell", "target", target), Part("sell", "stop", stop)))


def market_sell(client_order_id: str, symbol: str, qty: Decimal) -> Draft:
    return Draft(client_order_id, symbol, qty, (Part("sell", "market", None),))


def simple_buy(client_order_id: str, symbol: str, qty: Decimal, limit: Decimal | None) -> Draft:
    part = Part("buy", "market", None) if limit is None else Part("buy", "limit", limit)
    return Draft(client_order_id, symbol, qty, (part,))


def refusal(draft: Draft, orders: Sequence[Order], ask: Decimal, buying_power: Decimal) -> str | None:
    """Why the broker will not take it, None when it will."""
    if not 0 < len(draft.client_order_id) <= LONGEST_ID:
        return f"client_order_id must have 1 to {LONGEST_ID} characters"
    if not draft.symbol:
        return "symbol is missing"
    if not US_STOCK.takes(draft.qty):
        return f"qty must be a whole number of at least 1 (it is {draft.qty})"
    problem = _price_problem(draft)
    if problem is not None:
        return problem
    head = draft.parts[0]
    if head.side == "buy":
        cost = draft.qty * (ask if head.price is None else head.price)
        return None if cost <= buying_power else f"insufficient buying power ({show(cost)} of {show(buying_power)})"
    available = available_shares(orders, draft.symbol)
    return None if draft.qty <= available else f"insufficient qty available ({draft.qty} of {available})"


def _price_problem(draft: Draft) -> str | None:
    by_kind = {part.kind: part.price for part in draft.parts if part.price is not None}
    for kind, price in by_kind.items():
        if not is_price(price):
            return f"{kind} price {price} is not a price in whole ticks"
    levels = [by_kind[kind] for kind in ("stop", "limit", "target") if kind in by_kind]
    if levels != sorted(set(levels)):
        return f"stop, limit and target must rise ({', '.join(show(level) for level in levels)})"
    return None


def taken(
    draft: Draft, orders: Sequence[Order], account: str, now: datetime, fills_at_most: Decimal | None = None
) -> tuple[Order, ...]:
    """The orders a draft becomes. Ids of legs are the broker's own, and always the same ones."""
    first = order_name(len(orders) + 1)
    made = []
    for number, part in enumerate(draft.parts, len(orders) + 1):
        name = order_name(number)
        is_head = name == first
        made.append(
            Order(
                order_id=name,
                client_order_id=draft.client_order_id if is_head else str(uuid5(NAMESPACE_OID, f"{account}/{name}")),
                symbol=draft.symbol,
                side=part.side,
                kind=part.kind,
                qty=draft.qty,
                price=part.price,
                submitted_at=now,
                parent=None if is_head else first,
                fills_at_most=fills_at_most if is_head else None,
            )
        )
    return tuple(made)


def cancelled(orders: Sequence[Order], family: str, now: datetime, reason: str | None = None) -> tuple[Order, ...]:
    """All that is open of a family, cancelled; what has filled stays filled."""
    return tuple(
        msgspec.structs.replace(order, cancelled_at=now, reason=reason)
        if order.family == family and order.is_open
        else order
        for order in orders
    )


def moments_between(table: SessionTable, after: datetime, until: datetime) -> Iterator[datetime]:
    """When orders meet the market: at every minute of a session, and where the clock comes to stand."""
    session = table.current_or_next(after)
    while session is not None and session.opens <= until:
        minute = session.opens
        if after >= minute:
            minute += ((after - minute) // MINUTE + 1) * MINUTE
        while minute < min(session.closes, until):
            yield minute
            minute += MINUTE
        session = table.after(session.day)
    if after < until and table.open_at(until) is not None:
        yield until


def matched(
    orders: Sequence[Order], moments: Iterable[datetime], market: SimulatedMarket, resting: Container[str]
) -> tuple[Order, ...]:
    """The orders after these moments; those of the symbols in `resting` work and do not fill."""
    book = {order.order_id: order for order in orders}
    alive = [order.order_id for order in orders if order.is_open]
    for moment in moments:
        if not alive:
            break
        # Sells first: a leg woken by a fill of this minute works from the next one on.
        for order_id in sorted(alive, key=lambda order_id: book[order_id].side == "buy"):
            _meet_market(book, order_id, moment, market, resting)
        alive = [order_id for order_id in alive if book[order_id].is_open]
    return tuple(book.values())


def _meet_market(
    book: dict[str, Order], order_id: str, moment: datetime, market: SimulatedMarket, resting: Container[str]
) -> None:
    order = book[order_id]
    if not order.is_open or is_asleep(order, book[order.family]):
        return
    if order.working_since is None:
        order = book[order_id] = msgspec.structs.replace(order, working_since=moment)
    qty = min(order.qty, order.fills_at_most or order.qty) - order.filled_qty
    price = None if order.symbol in resting or qty == 0 else _fill_price(order, market.quote(order.symbol, moment))
    if price is None:
        return
    order = book[order_id] = msgspec.structs.replace(order, fills=(*order.fills, Fill(moment, qty, price)))
    if order.status is OrderStatus.FILLED:
        _settle_family(book, order, moment)


def _fill_price(order: Order, quote: Quote) -> Decimal | None:
    """What the order fills at, None while the market is not there."""
    if order.price is None:
        return quote.ask if order.side == "buy" else quote.bid
    if order.kind == "stop":
        return quote.bid if quote.bid <= order.price else None
    if order.side == "buy":
        return quote.ask if quote.ask <= order.price else None
    return order.price if quote.bid >= order.price else None


def _settle_family(book: dict[str, Order], filled: Order, moment: datetime) -> None:
    """After a complete fill: a leg's other half is over; an entry's legs wake.

    Legs find no shares to sell when those were promised to another sell while the entry was still
    filling; a broker holds no order it could not keep, so they are cancelled.
    """
    if filled.side == "sell":
        book.update(_by_id(cancelled(tuple(book.values()), filled.family, moment)))
        return
    if available_shares(book.values(), filled.symbol) < 0:
        reason = "insufficient qty available"
        book.update(_by_id(cancelled(tuple(book.values()), filled.family, moment, reason)))
        return
    for leg in list(book.values()):
        if leg.parent == filled.order_id:
            book[leg.order_id] = msgspec.structs.replace(leg, working_since=moment)


def _by_id(orders: Iterable[Order]) -> dict[str, Order]:
    return {order.order_id: order for order in orders}
