"""What befalls orders and shares besides fills and cancels: rare, published, and seen by users of the vendor.

Every function does one thing to a book, at once and without asking. A leg may end alone, a parent may end
and leave its legs asleep, both legs of a pair may fill, an order may be lost or be replaced by one outside
its bracket, and shares may change in number without any order.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .book import Book
from .orders import ZERO, Order

FOR_EVER = 10**9


def end_alone(book: Book, which: Order | str, status: str) -> Order:
    """End this order and nothing of its group: a leg rejected or expired beside one that works on, a parent
    that is over while its legs sleep."""
    with book.lock:
        order = book.find(which)
        order.end(status, book.timepiece.stamp())
        return order


def fill_though_over(book: Book, which: Order | str, price: object = None) -> Order:
    """Fill an order that its rival's fill had cancelled: both legs of an emulated pair were hit."""
    with book.lock:
        order = book.find(which)
        qty = (order.qty or ZERO) - order.filled_qty
        at = Decimal(str(price)) if price is not None else order.limit_price or order.stop_price or ZERO
        order.filled_qty, order.filled_avg_price = order.filled_qty + qty, at
        order.ended.pop("canceled", None)
        order.end("filled", book.timepiece.stamp())
        book.account.apply_fill(order.symbol, order.side, qty, at)
        return order


def lose(book: Book, which: Order | str) -> Order:
    """The broker forgets an order: it is over, answered with 404 and in no list, for ever."""
    with book.lock:
        order = book.find(which)
        for member in order.group:
            if member.is_open:
                member.end("canceled", book.timepiece.stamp())
            member.hidden_looks = FOR_EVER
        return order


def replace_outside(book: Book, which: Order | str, changes: dict[str, Any]) -> Order:
    """Replaced on the broker's page, and the new order stands alone, with an id of the broker's making; the old
    one stays in its bracket, over."""
    with book.lock:
        old = book.find(which)
        group = old.root
        new = book.replace(old, changes)
        if new.parent is not None:
            group.legs = [old if leg is new else leg for leg in group.legs]
            new.parent = None
            new.order_class = "simple"
        return new


def move_shares(book: Book, symbol: str, signed_qty: object, price: object = "0") -> None:
    """Shares come or go without any order: a transfer, a dividend paid in shares, a correction."""
    with book.lock:
        book.account.hold(symbol, Decimal(str(signed_qty)), Decimal(str(price)))


def split(book: Book, symbol: str, ratio: object, *, legs_end: bool) -> None:
    """A split at once: shares, average price and quote change; open orders end, or keep the prices they had."""
    with book.lock:
        factor = Decimal(str(ratio))
        quote = book.market.quote(symbol)
        book.split(symbol, factor)
        position = book.account.positions.get(symbol)
        if position is not None:
            position.qty = position.qty.to_integral_value(rounding="ROUND_FLOOR")  # the rest is paid in cash
            if not position.qty:
                del book.account.positions[symbol]
        for order in book.open_orders(symbol) if legs_end else ():
            order.end("canceled", book.timepiece.stamp())
        low, high, last = (side / factor for side in (quote.bid, quote.ask, quote.last))
        book.market.set_quote(symbol, *(round(side, 2) for side in (low, high, last)))


def rename(book: Book, symbol: str, into: str) -> None:
    """A symbol change: the position moves, open orders end, the old name is unknown from here on."""
    with book.lock:
        quote = book.market.quote(symbol)
        for order in book.open_orders(symbol):
            order.end("canceled", book.timepiece.stamp())
        position = book.account.positions.pop(symbol, None)
        if position is not None:
            book.account.hold(into, position.qty, position.avg_entry_price)
        book.market.set_quote(into, quote.bid, quote.ask, quote.last)
        book.market.retire(symbol)
