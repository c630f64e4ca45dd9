"""Whose the shares are at the broker, worked out from every order as the broker truly has it.

Ours are those that our entries bought and nothing has sold since. A stop, target or close of ours sells ours
first; a sale by somebody else takes theirs first, as the service's own rule is. What no order explains (a
split, a transfer, a new name) is kept as a mark on the symbol, because nobody could have known it from orders.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from venue.book import Book
from venue.moments import from_ns
from venue.orders import Order

from execution.orders import OrderName, parse_name
from gates.base.record import dataclass, field

ZERO = Decimal(0)


@dataclass(slots=True)
class Owner:
    """One order's owner, as the world knows it: our own name for it, and what it is to us."""

    name: OrderName
    leg: str
    """entry, protect or flatten; exit for a leg of a bracket."""


@dataclass(slots=True)
class Shares:
    book: Book
    ours: dict[str, Decimal] = field(default_factory=dict)
    others: dict[str, Decimal] = field(default_factory=dict)
    changed_ns: dict[str, int] = field(default_factory=dict)
    """When the position of a symbol last changed, told by the world that looked."""
    changed_before: dict[str, int] = field(default_factory=dict)
    """When it had changed the time before."""
    occupied_ns: dict[str, int] = field(default_factory=dict)
    strange: dict[str, int] = field(default_factory=dict)
    """Symbols whose shares changed without an order, or were sold by nobody's will, and since when."""
    owners: dict[str, Owner] = field(default_factory=dict)
    filled: dict[str, Decimal] = field(default_factory=dict)
    filled_ns: dict[str, int] = field(default_factory=dict)
    mixed: set[str] = field(default_factory=set)
    """Symbols in which others hold shares as well."""
    _seen_orders: int = 0
    _positions: dict[str, Decimal] = field(default_factory=dict)

    def look(self) -> None:
        """Take over what has happened since the last look."""
        now = self.book.timepiece.now_ns()
        orders = self.book.orders
        for order in orders[self._seen_orders :]:
            self._name(order)
        self._seen_orders = len(orders)
        for order in orders:
            before = self.filled.get(order.id, ZERO)
            if order.filled_qty != before:
                self.filled[order.id] = order.filled_qty
                self.filled_ns[order.id] = now
                self._moved(order, order.filled_qty - before)
        positions = self.book.account.positions
        if len(positions) != len(self._positions) or any(
            self._positions.get(symbol) != held.qty for symbol, held in positions.items()
        ):
            self._take_positions({symbol: held.qty for symbol, held in positions.items()}, now)

    def _take_positions(self, now_held: dict[str, Decimal], now: int) -> None:
        for symbol in now_held.keys() | self._positions.keys():
            if now_held.get(symbol, ZERO) != self._positions.get(symbol, ZERO):
                self.changed_before[symbol] = self.changed_ns.get(symbol, 0)
                self.changed_ns[symbol] = now
                if symbol not in self._positions:
                    self.occupied_ns[symbol] = now
        self._positions = now_held

    def _name(self, order: Order) -> None:
        name = parse_name(order.client_order_id)
        if name is not None:
            self.owners[order.id] = Owner(name, name.leg)
        elif order.parent is not None and (owner := self.owners.get(order.parent.id)) is not None:
            self.owners[order.id] = Owner(owner.name, "exit" if owner.leg == "entry" else owner.leg)
        elif order.replaces is not None and (owner := self.owners.get(order.replaces)) is not None:
            self.owners[order.id] = owner

    def _moved(self, order: Order, qty: Decimal) -> None:
        symbol, owner = order.symbol, self.owners.get(order.id)
        ours, others = self.ours.get(symbol, ZERO), self.others.get(symbol, ZERO)
        if order.side == "buy":
            if owner is not None:
                self.ours[symbol] = ours + qty
            else:
                self.others[symbol] = others + qty
            return
        if order.parent is None and parse_name(order.client_order_id) is None and self._is_old(order):
            self.doubt(symbol)
        first = ours if owner is not None else max(ZERO, others)
        from_first = min(qty, first)
        if owner is not None:
            self.ours[symbol], self.others[symbol] = ours - from_first, others - (qty - from_first)
        else:
            rest = min(qty - from_first, ours)
            self.others[symbol], self.ours[symbol] = others - (qty - rest), ours - rest

    def _is_old(self, order: Order) -> bool:
        """Sent in an earlier session by other hands: no list of these days' orders tells of its sale."""
        return from_ns(order.submitted_ns).date() != self.book.timepiece.now().date()

    def doubt(self, symbol: str) -> None:
        """The operator's word was entered for the symbol, right or wrong; orders do not tell all from here on."""
        self.strange.setdefault(symbol, self.book.timepiece.now_ns())

    def changed_without_order(self, symbol: str) -> None:
        """Call after the broker's number changed by itself: what is there now is shared out anew."""
        held = self.book.account.qty(symbol)
        others = max(ZERO, self.others.get(symbol, ZERO))
        self.ours[symbol] = max(ZERO, min(held, held - others)) if self.ours.get(symbol) else ZERO
        self.others[symbol] = held - self.ours[symbol]
        self.strange[symbol] = self.book.timepiece.now_ns()
        self.look()

    def entries(self) -> Iterable[tuple[Order, Owner]]:
        """Entries of ours as the broker has them, replaced ones by their successors."""
        for order in self.book.orders:
            owner = self.owners.get(order.id)
            if owner is not None and owner.leg == "entry" and order.parent is None and order.status != "replaced":
                yield order, owner

    def naked(self, symbol: str) -> Decimal:
        """Shares of ours that no stop at the broker would sell, whoever put it there."""
        stops = [
            order for order in self.book.open_orders(symbol) if order.is_stop and order.works and order.side == "sell"
        ]
        return max(ZERO, self.ours.get(symbol, ZERO) - sum((stop.remaining for stop in stops), ZERO))
