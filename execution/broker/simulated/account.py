"""Derives the simulated broker's account from its orders; nothing of it is remembered.

Positions, cash, equity and buying power are folds over the fills; an order is shown in the port's
words with its legs under it. It is a cash account: a resting buy reserves its price, and shares that
a working sell may still take are not available for another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from execution.broker.port import BrokerOrder, Position
from execution.broker.simulated.record import BrokerRecord, Order, held_shares
from execution.orders import OrderStatus
from execution.records import Fee
from gates.base.instrument import US_STOCK
from gates.base.record import dataclass

ZERO = Decimal(0)

PriceOf = Callable[[str], Decimal]


@dataclass(frozen=True, slots=True)
class Holding:
    """Shares of one symbol and what they cost."""

    qty: Decimal
    cost: Decimal


def holdings(orders: Iterable[Order]) -> dict[str, Holding]:
    """What is held, at average cost: a sale takes its share of the cost along.

    Within one minute sales come first, because only shares held before it can be sold in it.
    """
    fills = [(fill.at, order.side == "buy", order.symbol, fill) for order in orders for fill in order.fills]
    held: dict[str, Holding] = {}
    for _, is_buy, symbol, fill in sorted(fills, key=lambda entry: entry[:2]):
        old = held.get(symbol, Holding(ZERO, ZERO))
        if is_buy:
            held[symbol] = Holding(old.qty + fill.qty, old.cost + fill.qty * fill.price)
        else:
            held[symbol] = Holding(old.qty - fill.qty, old.cost * (old.qty - fill.qty) / old.qty)
    return {symbol: holding for symbol, holding in held.items() if holding.qty}


def available_shares(orders: Iterable[Order], symbol: str) -> Decimal:
    """Shares held that no working sell may take; the two sells of a pair take the same ones."""
    family_of = [order for order in orders if order.symbol == symbol]
    by_id = {order.order_id: order for order in family_of}
    promised: dict[str, Decimal] = {}
    for order in family_of:
        if order.side == "sell" and order.is_open and not is_asleep(order, by_id.get(order.family)):
            promised[order.family] = max(promised.get(order.family, ZERO), order.left_qty)
    return held_shares(family_of).get(symbol, ZERO) - sum(promised.values(), ZERO)


def is_asleep(order: Order, head: Order | None) -> bool:
    """A leg sleeps until its entry is completely filled. `head` is the first order of its family."""
    return order.side == "sell" and head is not None and head.side == "buy" and head.status is not OrderStatus.FILLED


def cash(record: BrokerRecord) -> Decimal:
    paid = sum((_paid(order) for order in record.orders), ZERO)
    return record.opening_cash - paid


def equity(record: BrokerRecord, price_of: PriceOf) -> Decimal:
    held = held_shares(record.orders).items()
    return cash(record) + sum((qty * price_of(symbol) for symbol, qty in held if qty), ZERO)


def buying_power(record: BrokerRecord, price_of: PriceOf) -> Decimal:
    """Cash that no open buy reserves. A market order reserves what the shares cost now."""
    reserved = ZERO
    for order in record.orders:
        if order.side == "buy" and order.is_open:
            reserved += order.left_qty * (price_of(order.symbol) if order.price is None else order.price)
    return max(ZERO, cash(record) - reserved)


def positions(record: BrokerRecord, price_of: PriceOf) -> tuple[Position, ...]:
    return tuple(
        Position(
            symbol,
            holding.qty,
            available_shares(record.orders, symbol),
            (holding.cost / holding.qty).quantize(US_STOCK.least_price),
            holding.qty * price_of(symbol),
        )
        for symbol, holding in sorted(holdings(record.orders).items())
    )


def shown(orders: Iterable[Order], record: BrokerRecord) -> tuple[BrokerOrder, ...]:
    """Orders in the port's words, each with its legs."""
    legs: dict[str, list[Order]] = {}
    for order in record.orders:
        if order.parent is not None:
            legs.setdefault(order.parent, []).append(order)
    heads = {order.order_id: order for order in record.orders}
    return tuple(_shown(order, legs.get(order.order_id, ()), heads) for order in orders)


def _shown(order: Order, legs: Sequence[Order], heads: Mapping[str, Order]) -> BrokerOrder:
    filled_qty = order.filled_qty
    average = (abs(_paid(order)) / filled_qty).quantize(US_STOCK.least_price) if filled_qty else None
    is_stop = order.kind == "stop"
    return BrokerOrder(
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        side=order.side,
        kind=order.kind,
        qty=order.qty,
        status=order.status,
        filled_qty=filled_qty,
        filled_avg_price=average,
        limit_price=None if is_stop else order.price,
        stop_price=order.price if is_stop else None,
        submitted_at=order.submitted_at,
        updated_at=order.updated_at,
        legs=tuple(_shown(leg, (), heads) for leg in legs),
        reason=order.reason,
        works=order.is_open,
        fee=Fee(ZERO, US_STOCK.currency) if filled_qty else None,
        asleep=order.is_open and is_asleep(order, heads.get(order.family)),
    )


def _paid(order: Order) -> Decimal:
    """Cash that went out for an order; negative for what a sale brought in."""
    amount = sum((fill.qty * fill.price for fill in order.fills), ZERO)
    return amount if order.side == "buy" else -amount
