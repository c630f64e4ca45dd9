"""Entries of ours at the broker that the ledger does not know: another host's, or forgotten by an older directory.

Such an order is this account's money whatever its session. While it works, or while shares it bought are not sold
as far as the broker's own list of sales says, it blocks its symbol and counts for its symbol and for a place. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from execution.broker.port import BrokerOrder
from execution.ledger import Ledger
from execution.orders import WORKING, OrderName, parse_name

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Stray:
    """One such order; `held` is what it bought and no listed sale of its symbol explains."""

    name: OrderName
    order: BrokerOrder
    held: Decimal

    @property
    def works(self) -> bool:
        return self.order.status in WORKING

    @property
    def occupies(self) -> bool:
        return self.works or self.held > 0

    @property
    def weight(self) -> tuple[bool, Decimal]:
        return self.works, self.order.filled_qty

    @property
    def price(self) -> Decimal:
        return self.order.limit_price or self.order.filled_avg_price or ZERO

    @property
    def rest(self) -> Decimal:
        """Shares that it may still buy any minute."""
        return self.order.qty - self.order.filled_qty if self.works else ZERO


def entries_of_ours(orders: Iterable[BrokerOrder]) -> tuple[tuple[OrderName, BrokerOrder], ...]:
    """Every entry whose id has our shape, with what its id says; in each version that was told."""
    named = ((parse_name(order.client_order_id), order) for order in orders)
    return tuple((name, order) for name, order in named if name is not None and name.leg == "entry")


def strays_among(ledger: Ledger, orders: Iterable[BrokerOrder]) -> tuple[Stray, ...]:
    """Every entry of ours among these orders that is not in the ledger, once each."""
    known = ledger.by_id()
    return tuple(told for client_order_id, told in as_told(orders).items() if client_order_id not in known)


def as_told(orders: Iterable[BrokerOrder]) -> dict[str, Stray]:
    """Every entry of ours as the broker alone tells it, by id: of two tellings of one order the one that works, then
    the one that bought more."""
    orders = tuple(orders)
    sold = _sold(orders)
    found: dict[str, Stray] = {}
    for name, order in entries_of_ours(orders):
        stray = Stray(name, order, max(ZERO, order.filled_qty - sold.get(order.symbol, ZERO)))
        told = found.get(order.client_order_id)
        if told is None or told.weight < stray.weight:
            found[order.client_order_id] = stray
    return found


def doubles(day: date, ledger: Ledger, orders: Iterable[BrokerOrder]) -> dict[str, str]:
    """What makes an entry of this symbol a second one, in words: an earlier session's that is unfinished, any stray
    that occupies, and any at all of this session."""
    found = {
        entry.symbol: f"{entry.client_order_id} {entry.status.value}" for entry in ledger.carried if entry.unfinished
    }
    for stray in strays_among(ledger, orders):
        if stray.occupies or stray.name.day == day:
            words = f"{stray.order.client_order_id} {stray.order.status.value} at the broker"
            found |= {stray.name.symbol: words, stray.order.symbol: words}
    return found


def _sold(orders: Iterable[BrokerOrder]) -> Mapping[str, Decimal]:
    """Shares sold by symbol, by whomever; an order that is told twice counts once, with the more it sold."""
    by_id: dict[str, BrokerOrder] = {}
    for top in orders:
        for order in (top, *top.legs):
            told = by_id.get(order.order_id)
            if order.side == "sell" and (told is None or told.filled_qty < order.filled_qty):
                by_id[order.order_id] = order
    sold: dict[str, Decimal] = {}
    for order in by_id.values():
        sold[order.symbol] = sold.get(order.symbol, ZERO) + order.filled_qty
    return sold
