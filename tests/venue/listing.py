"""Finding orders the way a client can: by id, by its own id, or in a list, unless they are hidden."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import shapes
from .book import Book
from .memory import OPEN, ORDERS
from .moments import read_stamp
from .orders import Order, not_found, refused_field

MOST_LISTED = 500
USUALLY_LISTED = 50


class Look:
    """A client's eyes. Each look at a hidden order uses up one of its hidden looks."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def at(self, *, order_id: str = "", client_order_id: str = "") -> Order:
        order = self._book.memory.find(self._book, order_id, client_order_id)
        if order is None or not self.over([order]):
            raise not_found(f"order not found for {order_id or client_order_id}")
        return order

    def over(self, orders: Iterable[Order]) -> list[Order]:
        """Those of them that can be seen; a group is hidden and looked for as one."""
        seen, looked_for = [], set()
        for order in orders:
            if order.root.hidden_looks:
                looked_for.add(order.root)
            else:
                seen.append(order)
        for root in looked_for:
            root.hidden_looks -= 1
        return seen


def list_orders(book: Book, look: Look, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """GET /v2/orders. `after` and `until` exclude the moment they name; ties are in order of arrival."""
    status = _one_of(query, "status", ("open", "closed", "all"), "open")
    direction = _one_of(query, "direction", ("asc", "desc"), "desc")
    nested = query.get("nested", "").lower() == "true"
    limit, after, until = _limit(query), _moment(query, "after"), _moment(query, "until")
    symbols = {name for name in query.get("symbols", "").split(",") if name}
    found = [
        order
        for order in book.memory.orders(OPEN if status == "open" else ORDERS, book)
        if (status == "all" or order.is_open == (status == "open"))
        and (not symbols or order.symbol in symbols)
        and query.get("side", order.side) == order.side
        and (after is None or order.told_submitted_ns > after)
        and (until is None or order.told_submitted_ns < until)
    ]
    if nested:
        roots = set(found)
        found = [order for order in found if order.parent is None or order.parent not in roots]
    if status == "open" and book.rules.open_lists_omit_held:
        found = [order for order in found if order.status != "held"]
    found = look.over(found)
    found.sort(key=lambda order: order.submitted_ns, reverse=direction == "desc")
    return [shapes.order(order, book.hours, nested=nested) for order in found[:limit]]


def _one_of(query: Mapping[str, str], name: str, words: tuple[str, ...], usual: str) -> str:
    word = query.get(name) or usual
    if word not in words:
        raise refused_field(f"invalid {name}")
    return word


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit") or str(USUALLY_LISTED)
    if not text.isdigit() or not 1 <= int(text) <= MOST_LISTED:
        raise refused_field(f"limit must be between 1 and {MOST_LISTED}")
    return int(text)


def _moment(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if not text:
        return None
    moment = read_stamp(text.replace(" ", "+") if "T" in text else text)
    if moment is None:
        raise refused_field(f"invalid {name}")
    return moment
