"""Books every sale that explains shares of ours, each once: closes of ours, and sales of others. Pure.

A sale is known by the broker's id of it. What was booked for it stands in the exit, and for earlier sessions
in the ledger's `sales`, so that no sale explains the shares of a second day. A sale that is not ours (the
operator's, on the broker's page) counts only as far as the position really is smaller. Prices and results that
the broker tells later are filled in then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec

from execution.broker.port import BrokerOrder, Position
from execution.ledger.absorb import booked, realized
from execution.ledger.day import Entry, Exit, Ledger, with_changed, with_exits
from execution.ledger.fees import fee_of
from execution.ledger.lists import Lists
from execution.ledger.reconcile import expected_positions, explained_shares, known_order_ids
from execution.orders import parse_name
from execution.records import Fee

ZERO = Decimal(0)
CLOCKS_DIFFER = timedelta(minutes=1)
"""By how much our clock, which dates an entry, may run ahead of the broker's, which dates a sale."""
POSITIONS_LAG = timedelta(minutes=15)
"""For so long after a sale the list of positions may show the shares that it sold."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)
CLOSE, FOREIGN = "flatten", "foreign"


def book_closes(ledger: Ledger, lists: Lists, now: datetime) -> Ledger:
    """The ledger with what `flatten` sold of our entries, of whatever session the close is."""
    for order, qty in _unused(ledger, [order for order in _sells(lists) if is_close(order)], CLOSE):
        ledger = _booked(ledger, order, CLOSE, qty, now)
    return ledger


def book_foreign(ledger: Ledger, lists: Lists, found: Mapping[str, Decimal], now: datetime) -> Ledger:
    """The ledger with what others sold of our shares: as many as are missing from `found`, the position of each
    symbol whose position was told, and only where such sales explain all of them."""
    sales = _unused(ledger, _by_others(ledger, lists), FOREIGN)
    for symbol, ours in expected_positions(ledger).items():
        lacking = max(ZERO, ours - max(ZERO, found.get(symbol, ours)))
        may_explain = [(order, qty) for order, qty in sales if _may_explain(ledger, order, symbol)]
        if lacking > sum(qty for _, qty in may_explain):
            continue
        for order, qty in may_explain:
            taken = min(qty, lacking)
            ledger = _booked(ledger, order, FOREIGN, taken, now)
            lacking -= taken
    return ledger


def just_sold(ledger: Ledger | None, lists: Lists, now: datetime) -> dict[str, Decimal]:
    """Shares by symbol that others sold in the last minutes and nothing was booked for: the position may not show
    yet that they are gone. The operator's last word about a symbol has seen the
    sales before it."""
    looked = {word.symbol: word.at for word in (ledger.words if ledger is not None else ())}
    late = [
        order
        for order in _by_others(ledger, lists)
        if is_late(order, now) and order.updated_at > looked.get(order.symbol, LONG_AGO)
    ]
    sold: dict[str, Decimal] = {}
    for order, qty in _unused(ledger, late, FOREIGN):
        sold[order.symbol] = sold.get(order.symbol, ZERO) + qty
    return sold


def is_late(order: BrokerOrder, now: datetime) -> bool:
    """Whether a list of positions may not show yet what this sale sold."""
    return now - order.updated_at < POSITIONS_LAG


def completed(ledger: Ledger, lists: Lists) -> Ledger:
    """The ledger with fees, prices that were not known when a sale was booked, and results that follow from them."""
    entries, prices = ledger.by_id(), _prices(ledger.exits, lists)
    exits = tuple(
        _completed(one, price, fee_of(one, lists.by_id.get(one.order_id or "")), entries.get(one.entry))
        for one, price in zip(ledger.exits, prices, strict=True)
    )
    return ledger if exits == ledger.exits else msgspec.structs.replace(ledger, exits=exits)


def our_order_ids(live: Ledger | None, lists: Lists) -> frozenset[str]:
    """Orders that are ours by name, by the ledger, as a leg of one that is, or in the place of one that is."""
    ids = set(known_order_ids(live))
    for order in lists.everything():
        if lists.origin(order) is not None:
            ids |= {order.order_id, *lists.legs_of.get(order.order_id, ())}
    for order_id in tuple(ids):
        while (following := lists.successors.get(order_id)) is not None and following not in ids:
            ids.add(following)
            order_id = following
    return frozenset(ids)


def is_close(order: BrokerOrder) -> bool:
    name = parse_name(order.client_order_id)
    return name is not None and name.leg == CLOSE


def _sells(lists: Lists) -> list[BrokerOrder]:
    sold = [order for order in lists.everything() if order.side == "sell"]
    return sorted(sold, key=lambda order: (order.submitted_at, order.client_order_id))


def _by_others(ledger: Ledger | None, lists: Lists) -> list[BrokerOrder]:
    ours = our_order_ids(ledger, lists)
    return [order for order in _sells(lists) if order.order_id not in ours]


def _unused(ledger: Ledger | None, sales: Iterable[BrokerOrder], kind: str) -> tuple[tuple[BrokerOrder, Decimal], ...]:
    """Each sale with its shares that nothing was booked for yet. An exit that names no sale (one of an earlier
    version, or by the operator's word) was for the oldest sales that were there before it."""
    exits, earlier = (ledger.exits, ledger.sales) if ledger is not None else ((), ())
    used: dict[str | None, Decimal] = {}
    for order_id, qty in [(one.order_id, one.qty) for one in exits] + [(one.order_id, one.qty) for one in earlier]:
        used[order_id] = used.get(order_id, ZERO) + qty
    nameless = [one for one in exits if one.kind == kind and one.order_id is None]
    left = [one.qty for one in nameless]
    found = []
    for order in sales:
        unused = max(ZERO, order.filled_qty - used.get(order.order_id, ZERO))
        for number, one in enumerate(nameless):
            if one.symbol == order.symbol and order.submitted_at <= one.at + CLOCKS_DIFFER:
                taken = min(unused, left[number])
                left[number] -= taken
                unused -= taken
        found.append((order, unused))
    return tuple(found)


def _after(entry: Entry, order: BrokerOrder) -> bool:
    """Whether the sale may be of this entry's shares: it was there when they were bought, or came later."""
    return entry.timestamp <= order.submitted_at + CLOCKS_DIFFER


def _may_explain(ledger: Ledger, order: BrokerOrder, symbol: str) -> bool:
    return order.symbol == symbol and any(
        entry.symbol == symbol and entry.held_qty > 0 and _after(entry, order) for entry in ledger.everything()
    )


def _booked(ledger: Ledger, order: BrokerOrder, kind: str, qty: Decimal, now: datetime) -> Ledger:
    """The ledger with so many shares of a sale taken from the entries it may be of, the oldest first."""
    for entry in ledger.everything():
        if entry.symbol == order.symbol and _after(entry, order):
            taken = min(qty, entry.held_qty)
            sold, exits = booked(entry, order, kind, taken, now)
            ledger = with_exits(with_changed(ledger, [sold]), exits)
            qty -= taken
    return ledger


def _prices(exits: tuple[Exit, ...], lists: Lists) -> list[Decimal | None]:
    """What each exit's shares were sold at, as far as it is told. Of a sale that its exits account for wholly, one
    without a price brought the average, and the last of them what the others leave of all it brought."""
    prices, of_sale = [one.price for one in exits], dict[str, list[int]]()
    for number, one in enumerate(exits):
        if one.order_id is not None:
            of_sale.setdefault(one.order_id, []).append(number)
    for order_id, (*others, last) in of_sale.items():
        order = lists.by_id.get(order_id)
        average = order.filled_avg_price if order is not None else None
        if order is None or average is None or order.filled_qty != sum(exits[n].qty for n in (*others, last)):
            continue
        left = average * order.filled_qty
        for number in others:
            price = prices[number] or average
            prices[number] = price
            left -= price * exits[number].qty
        prices[last] = left / exits[last].qty
    return prices


def _completed(one: Exit, price: Decimal | None, fee: Fee | None, entry: Entry | None) -> Exit:
    result = realized(entry, price, one.qty) if entry is not None and not one.beyond else None
    return msgspec.structs.replace(one, price=price, fee=fee, realized=one.realized if result is None else result)


def beyond_ours(position: Position, known: Decimal, live: Ledger | None, lists: Lists) -> Decimal:
    """Shares beyond those that are `known` to be ours or gone, of a symbol that we bought, and that neither a foreign
    purchase nor the operator's word explains: a split may have made them of ours."""
    entries = live.everything() if live is not None else ()
    if not any(entry.symbol == position.symbol and entry.filled_qty > 0 for entry in entries):
        return ZERO
    ours, theirs = our_order_ids(live, lists), ZERO
    for order in lists.everything():
        if order.symbol == position.symbol and order.order_id not in ours:
            theirs += order.filled_qty if order.side == "buy" else -order.filled_qty
    explained = explained_shares(live).get(position.symbol, ZERO)
    return max(ZERO, position.qty - known - explained - max(ZERO, theirs))
