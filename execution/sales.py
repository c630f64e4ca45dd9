"""Books every sale that explains shares of ours, each once: closes of ours, and sales of others. Pure.

A sale is known by the broker's id of it. What was booked for it stands in the exit, and for earlier sessions
in the ledger's `sales`, so that no sale explains the shares of a second day. A sale of somebody else (the
operator, on the broker's page) counts only as far as the position really is smaller. Prices and results that
the broker tells later are filled in then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from execution.broker.port import BrokerOrder
from execution.ledger import Entry, Exit, Ledger, with_changed, with_exits
from execution.lists import Lists
from execution.orders import parse_name
from execution.reconcile import expected_positions, known_order_ids
from execution.tracking import booked, realized

ZERO = Decimal(0)
CLOCKS_DIFFER = timedelta(minutes=1)
"""By how much our clock, which dates an entry, may run ahead of the broker's, which dates a sale."""
CLOSE, FOREIGN = "flatten", "foreign"


def book_closes(ledger: Ledger, lists: Lists, now: datetime) -> Ledger:
    """The ledger with what `flatten` sold of our entries, of whatever session the close is."""
    sales = [order for order in _sells(lists) if is_close(order)]
    return _booked(ledger, sales, CLOSE, now, {})


def book_foreign(ledger: Ledger, lists: Lists, found: Mapping[str, Decimal], now: datetime) -> Ledger:
    """The ledger with what others sold of our shares: as many as are missing from `found`, the position of each
    symbol whose position was told, and only where such sales explain all of them."""
    known = known_order_ids(ledger)
    sales = [order for order in _sells(lists) if order.order_id not in known and lists.origin(order) is None]
    missing = {}
    for symbol, ours in expected_positions(ledger).items():
        lacking = ours - max(ZERO, found[symbol]) if symbol in found else ZERO
        if lacking > 0 and lacking <= sum(_unused(ledger, one) for one in sales if _may_explain(ledger, one, symbol)):
            missing[symbol] = lacking
    return _booked(ledger, [order for order in sales if order.symbol in missing], FOREIGN, now, missing)


def completed(ledger: Ledger, lists: Lists) -> Ledger:
    """The ledger with prices that were not known when a sale was booked, and results that follow from prices."""
    entries = ledger.by_id()
    exits = tuple(_completed(one, ledger, entries.get(one.entry), lists) for one in ledger.exits)
    return ledger if exits == ledger.exits else msgspec.structs.replace(ledger, exits=exits)


def is_close(order: BrokerOrder) -> bool:
    name = parse_name(order.client_order_id)
    return name is not None and name.leg == CLOSE


def _sells(lists: Lists) -> list[BrokerOrder]:
    sold = [order for order in lists.everything() if order.side == "sell" and order.filled_qty > 0]
    return sorted(sold, key=lambda order: (order.submitted_at, order.client_order_id))


def _unused(ledger: Ledger, order: BrokerOrder) -> Decimal:
    """Shares of a sale that nothing was booked for yet."""
    booked_qty = sum((one.qty for one in ledger.exits if one.order_id == order.order_id), ZERO)
    booked_qty += sum((one.qty for one in ledger.sales if one.order_id == order.order_id), ZERO)
    return max(ZERO, order.filled_qty - booked_qty)


def _after(entry: Entry, order: BrokerOrder) -> bool:
    """Whether the sale may be of this entry's shares: it was there when they were bought, or came later."""
    return entry.timestamp <= order.submitted_at + CLOCKS_DIFFER


def _may_explain(ledger: Ledger, order: BrokerOrder, symbol: str) -> bool:
    if order.symbol != symbol:
        return False
    return any(entry.symbol == symbol and entry.held_qty > 0 and _after(entry, order) for entry in ledger.everything())


def _booked(
    ledger: Ledger, sales: Iterable[BrokerOrder], kind: str, now: datetime, most: Mapping[str, Decimal]
) -> Ledger:
    """Each sale taken from the entries it may be of, the oldest first; `most` bounds it by symbol where given."""
    left = dict(most)
    nameless = _nameless(ledger, kind)
    for order in sales:
        unused = _unused(ledger, order)
        known = min(unused, nameless.get(order.symbol, ZERO))
        nameless[order.symbol] = nameless.get(order.symbol, ZERO) - known
        qty = min(unused - known, left.get(order.symbol, order.filled_qty))
        for entry in ledger.everything():
            taken = min(qty, entry.held_qty) if entry.symbol == order.symbol else ZERO
            if taken <= 0 or not _after(entry, order):
                continue
            sold, exits = booked(entry, order, kind, taken, now)
            ledger = with_exits(with_changed(ledger, [sold]), exits)
            qty -= taken
            if order.symbol in left:
                left[order.symbol] -= taken
    return ledger


def _nameless(ledger: Ledger, kind: str) -> dict[str, Decimal]:
    """Shares booked as sold so, by symbol, before an exit named its sale."""
    found: dict[str, Decimal] = {}
    for one in ledger.exits:
        if one.kind == kind and one.order_id is None and one.note is None:
            found[one.symbol] = found.get(one.symbol, ZERO) + one.qty
    return found


def _completed(one: Exit, ledger: Ledger, entry: Entry | None, lists: Lists) -> Exit:
    price = one.price
    order = lists.by_id.get(one.order_id) if one.order_id is not None else None
    if price is None and order is not None:
        of_this_sale = sum((exit_.qty for exit_ in ledger.exits if exit_.order_id == one.order_id), ZERO)
        price = order.filled_avg_price if of_this_sale == order.filled_qty else None
    if entry is not None and not one.beyond and (result := realized(entry, price, one.qty)) is not None:
        return msgspec.structs.replace(one, price=price, realized=result)
    return msgspec.structs.replace(one, price=price)
