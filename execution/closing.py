"""What `cancel-all` and `flatten` have to do, worked out from the broker's own lists. Pure.

Whose an order is: ours by its id prefix, or as a leg of one that is, or because the ledger knows it. Whose
shares are: ours as far as the ledger's entries hold them, or, where no ledger can be read, as far as the
broker's record of our orders says they were bought and not sold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from execution.broker.port import BrokerOrder, Position, Unreadable
from execution.ledger import Ledger
from execution.orders import WORKING, parse_name
from execution.reconcile import expected_positions, known_order_ids

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sale:
    """A position to be closed: `qty` is what may be sold now, `held` what is there."""

    symbol: str
    qty: Decimal
    held: Decimal
    ours: Decimal


@dataclass(frozen=True, slots=True)
class Task:
    """What is in the way of being done, and what is left alone, each with the reason."""

    cancels: tuple[BrokerOrder, ...]
    sales: tuple[Sale, ...]
    left_alone: tuple[tuple[str, str], ...]

    @property
    def done(self) -> bool:
        return not self.cancels and not self.sales


@dataclass(frozen=True, slots=True)
class Sight:
    """The broker's lists and what follows from them. `positions` is None where they could not be told, which
    only cancelling does without; `unreadable` is what of them stands in the way of being done and cannot be read."""

    positions: tuple[Position, ...] | None
    orders: tuple[BrokerOrder, ...]
    task: Task
    unreadable: tuple[Unreadable, ...] = ()


def working(open_orders: Iterable[BrokerOrder], orders: Iterable[BrokerOrder]) -> tuple[BrokerOrder, ...]:
    """Every order that works, once each. Legs asleep under a working parent end with it and are left out;
    a list of open orders may lack the stop that works beside its target, so the other list is looked at too."""
    found: dict[str, BrokerOrder] = {}
    for top in (*open_orders, *orders):
        for order in (top,) if top.status in WORKING else top.legs:
            if order.status in WORKING:
                found.setdefault(order.order_id, order)
    asleep = {leg.order_id for order in found.values() for leg in order.legs}
    return tuple(order for order in found.values() if order.order_id not in asleep)


def our_order_ids(live: Ledger | None, orders: Iterable[BrokerOrder]) -> frozenset[str]:
    ids = set(known_order_ids(live))
    for order in orders:
        if parse_name(order.client_order_id) is not None:
            ids |= {order.order_id, *(leg.order_id for leg in order.legs)}
    return frozenset(ids)


def our_shares(live: Ledger | None, orders: Iterable[BrokerOrder]) -> Mapping[str, Decimal]:
    if live is not None:
        return expected_positions(live)
    held: dict[str, Decimal] = {}
    for order in orders:
        if parse_name(order.client_order_id) is None:
            continue
        for one in (order, *order.legs):
            signed = one.filled_qty if one.side == "buy" else -one.filled_qty
            held[one.symbol] = held.get(one.symbol, ZERO) + signed
    return held


def task_of(
    positions: Iterable[Position],
    open_orders: Iterable[BrokerOrder],
    orders: Iterable[BrokerOrder],
    live: Ledger | None,
    *,
    closes: bool,
    ours_only: bool,
) -> Task:
    """What to cancel and, with `closes`, what to sell. A close of ours that works is on its way and stays."""
    orders = (*open_orders, *orders)
    ours, shares = our_order_ids(live, orders), our_shares(live, orders)
    cancels, left = [], []
    for order in working(open_orders, orders):
        if ours_only and order.order_id not in ours:
            left.append((order.symbol, f"{order.side} order of {order.qty} shares is not ours"))
        elif not (closes and is_close(order)):
            cancels.append(order)
    sales = []
    for position in positions if closes else ():
        qty = min(max(ZERO, shares.get(position.symbol, ZERO)), position.qty) if ours_only else position.qty
        if position.qty < 0:
            left.append((position.symbol, f"short {-position.qty} shares; buy them back on the broker's own page"))
        elif ours_only and qty < position.qty:
            left.append((position.symbol, f"{position.qty - qty} shares are not ours"))
        if qty > 0:
            free = min(qty, max(ZERO, position.qty_available))
            sales.append(Sale(position.symbol, free, qty, min(qty, max(ZERO, shares.get(position.symbol, ZERO)))))
    return Task(tuple(cancels), tuple(sales), tuple(left))


def is_close(order: BrokerOrder) -> bool:
    name = parse_name(order.client_order_id)
    return name is not None and name.leg == "flatten"
