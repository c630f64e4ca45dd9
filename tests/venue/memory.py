"""What the lists of this broker remember: each may lag the truth, by its own number of seconds, or be empty.

A broker keeps orders and positions in different places, and none of its lists promises to be of this moment.
`lag_seconds["positions"] = 30` makes that list tell how things stood half a minute ago, while the others tell
the present; a lag that changes lets a list go back in time. While any list lags, `note` keeps a copy of how
things stand; it is called before every request, and by whoever changes the book without one.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from .moments import SECOND
from .orders import Order, shares_promised

if TYPE_CHECKING:
    from .book import Book
    from .holdings import Position

POSITIONS, OPEN, ORDERS, FIND = "positions", "open", "orders", "find"
LISTS = (POSITIONS, OPEN, ORDERS, FIND)
MOST_PASTS = 2_000


@dataclass(frozen=True, slots=True)
class Past:
    """How things stood: orders with their legs, and per symbol the position and what of it was free."""

    at_ns: int
    orders: list[Order]
    positions: dict[str, tuple[Position, Decimal]]


class Memory:
    def __init__(self) -> None:
        self.lag_seconds: dict[str, float] = {}
        self.empty: set[str] = set()
        """Lists that hold nothing, whatever there is; `find` knows no order then."""
        self._pasts: list[Past] = []

    def note(self, book: Book) -> None:
        """Keep how things stand, if anybody may be told of it later."""
        if any(self.lag_seconds.values()):
            self._pasts.append(past_of(book))
            del self._pasts[:-MOST_PASTS]
        else:
            self._pasts.clear()

    def as_of_ns(self, kind: str, now_ns: int) -> int | None:
        """The moment this list tells of now; None when it tells of nothing."""
        if kind in self.empty:
            return None
        wanted = now_ns - int(self.lag_seconds.get(kind, 0) * SECOND)
        return max(wanted, self._pasts[0].at_ns) if self._pasts and wanted < now_ns else now_ns

    def orders(self, kind: str, book: Book) -> list[Order]:
        if kind in self.empty:
            return []
        past = self._past(kind, book)
        return book.orders if past is None else past.orders

    def positions(self, book: Book) -> dict[str, tuple[Position, Decimal]]:
        if POSITIONS in self.empty:
            return {}
        past = self._past(POSITIONS, book)
        return positions_of(book) if past is None else past.positions

    def find(self, book: Book, order_id: str, client_order_id: str) -> Order | None:
        if FIND in self.empty:
            return None
        past = self._past(FIND, book)
        if past is None:
            return book.get(order_id=order_id, client_order_id=client_order_id)
        named = (one for one in past.orders if one.id == order_id or one.client_order_id == client_order_id)
        return next(named, None)

    def _past(self, kind: str, book: Book) -> Past | None:
        """The newest copy that is old enough, the oldest one where none is; None when the list is up to date."""
        if not self.lag_seconds.get(kind) or not self._pasts:
            return None
        wanted = self.as_of_ns(kind, book.timepiece.now_ns()) or 0
        old_enough = [past for past in self._pasts if past.at_ns <= wanted]
        return old_enough[-1] if old_enough else self._pasts[0]


def past_of(book: Book) -> Past:
    held = {symbol: (copy(position), free) for symbol, (position, free) in positions_of(book).items()}
    return Past(book.timepiece.now_ns(), list(_copies(book.orders)), held)


def positions_of(book: Book) -> dict[str, tuple[Position, Decimal]]:
    working = book.open_orders()
    return {
        symbol: (position, position.qty - shares_promised([one for one in working if one.symbol == symbol]))
        for symbol, position in sorted(book.account.positions.items())
    }


def _copies(orders: Iterable[Order]) -> Iterable[Order]:
    """The same orders, linked among themselves and not with the living ones."""
    copies = {order.id: copy(order) for order in orders}
    for order in copies.values():
        order.legs = [copies[leg.id] for leg in order.legs]
        order.parent = copies[order.parent.id] if order.parent is not None else None
    return copies.values()
