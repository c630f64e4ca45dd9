"""Finds entries of ours at the broker that the ledger does not know: another host's, or an older directory's.

Such an order is this account's money whatever its session. While it works, or while shares it bought are not sold
as far as the broker's own list of sales says, it blocks its symbol and counts for its symbol and for a place. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from execution.broker.port import BrokerOrder
from execution.ledger.day import Ledger
from execution.orders import WORKING, OrderName, parse_name
from gates.base.record import dataclass

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Stray:
    """One such order in all its tellings, of which the most counts: a fill or a price that any of them tells.
    `sold` are the shares of its symbol that listed sales explain."""

    name: OrderName
    tellings: tuple[BrokerOrder, ...]
    sold: Decimal

    @property
    def order(self) -> BrokerOrder:
        """The telling it is named by: the one that works, then the one that bought more."""
        return max(self.tellings, key=lambda order: (order.status in WORKING, order.filled_qty))

    @property
    def works(self) -> bool:
        return any(order.status in WORKING for order in self.tellings)

    @property
    def qty(self) -> Decimal:
        return max(order.qty for order in self.tellings)

    @property
    def bought(self) -> Decimal:
        return max(order.filled_qty for order in self.tellings)

    @property
    def held(self) -> Decimal:
        """What it bought and no listed sale of its symbol explains."""
        return max(ZERO, self.bought - self.sold)

    @property
    def occupies(self) -> bool:
        return self.works or self.held > 0

    @property
    def price(self) -> Decimal:
        return max(order.limit_price or order.filled_avg_price or ZERO for order in self.tellings)

    @property
    def rest(self) -> Decimal:
        """Shares that it may still buy any minute."""
        return max(ZERO, self.qty - self.bought) if self.works else ZERO


def entries_of_ours(orders: Iterable[BrokerOrder]) -> tuple[tuple[OrderName, BrokerOrder], ...]:
    """Every entry whose id has our shape, with what its id says; in each version that was told."""
    named = ((parse_name(order.client_order_id), order) for order in orders)
    return tuple((name, order) for name, order in named if name is not None and name.leg == "entry")


def strays_among(ledger: Ledger, orders: Iterable[BrokerOrder]) -> tuple[Stray, ...]:
    """Every entry of ours among these orders that is not in the ledger, once each."""
    known = ledger.by_id()
    return tuple(told for client_order_id, told in as_told(orders).items() if client_order_id not in known)


def as_told(orders: Iterable[BrokerOrder]) -> dict[str, Stray]:
    """Every entry of ours as the broker alone tells it, by id."""
    orders = tuple(orders)
    sold = _sold(orders)
    tellings: dict[OrderName, list[BrokerOrder]] = {}
    for name, order in entries_of_ours(orders):
        tellings.setdefault(name, []).append(order)
    return {str(name): Stray(name, tuple(told), sold.get(told[0].symbol, ZERO)) for name, told in tellings.items()}


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
    by_order: dict[tuple[str, str], Decimal] = {}
    for top in orders:
        for order in (top, *top.legs):
            if order.side == "sell":
                key = (order.symbol, order.order_id)
                by_order[key] = max(by_order.get(key, ZERO), order.filled_qty)
    sold: dict[str, Decimal] = {}
    for (symbol, _), qty in by_order.items():
        sold[symbol] = sold.get(symbol, ZERO) + qty
    return sold
