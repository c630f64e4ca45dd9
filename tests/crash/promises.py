"""What must hold when a day is quiet again, and whether it is."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from crash.desk import PRICES, Desk
from execution.ledger.day import Ledger
from execution.orders import UNRESOLVED, parse_name
from gates.base.statefile import StateUnreadable

MOST_GROSS = 5000


def is_quiet(desk: Desk) -> bool:
    """Nothing in doubt, nothing unfinished, nothing naked but what every cycle says."""
    try:
        ledger = desk.ledger()
    except StateUnreadable:
        return False
    pending = any(entry.unfinished for entry in ledger.everything())
    pending = pending or any(one.status in UNRESOLVED for e in ledger.everything() for one in e.protections)
    return not pending and not any(desk.venue.book.unprotected(symbol) and not _said(desk, symbol) for symbol in PRICES)


def violations(desk: Desk, most_orders: int = 2) -> list[str]:
    """Every promise that does not hold, in words; empty when all do."""
    try:
        ledger = desk.ledger()
    except StateUnreadable as broken:
        return [f"the ledger cannot be read: {broken}"]
    return [*_entries(desk, ledger, most_orders), *_guarded(desk), *short(desk), *_booked(desk, ledger)]


def _entries(desk: Desk, ledger: Ledger, most_orders: int) -> Iterator[str]:
    """At most one order per intent, caps, and both sides know of the same orders."""
    ours = desk.our_orders()
    symbols = entered(desk)
    if len(ours) != len(set(ours)):
        yield f"an id exists twice at the venue: {ours}"
    if len(symbols) != len(set(symbols)):
        yield f"two entries of one symbol: {ours}"
    if len(symbols) > most_orders:
        yield f"{len(symbols)} entries at a cap of {most_orders}"
    known = {entry.client_order_id for entry in ledger.everything()}
    known |= {one.client_order_id for entry in ledger.everything() for one in entry.protections}
    unknown = {one for one in ours if one not in known and "-flatten-" not in one}
    if unknown:
        yield f"at the venue and not in the ledger: {unknown}"
    doubt = [entry.client_order_id for entry in ledger.unresolved()]
    if doubt:
        yield f"still in doubt: {doubt}"
    gross = sum((entry.counted_notional for entry in ledger.entries), Decimal(0))
    if gross > MOST_GROSS:
        yield f"gross {gross}"


def _guarded(desk: Desk) -> Iterator[str]:
    book = desk.venue.book
    for symbol in PRICES:
        if book.unprotected(symbol) and not _said(desk, symbol):
            yield f"{symbol}: {book.unprotected(symbol)} shares without a working stop"
        stops = sum((o.remaining for o in book.open_orders(symbol) if o.is_stop and o.works), Decimal(0))
        if stops > max(Decimal(0), book.account.qty(symbol)):
            yield f"{symbol}: stops for {stops} of {book.account.qty(symbol)} shares"


def short(desk: Desk) -> list[str]:
    """No share was sold by us that was not there."""
    held = {symbol: desk.venue.book.account.qty(symbol) for symbol in PRICES}
    below = {symbol: desk.short.get(symbol, Decimal(0)) for symbol in PRICES}
    return [f"{symbol}: {qty} shares held" for symbol, qty in held.items() if qty < min(Decimal(0), below[symbol])]


def _booked(desk: Desk, ledger: Ledger) -> Iterator[str]:
    """Every sale is in the ledger once, with all its shares; of a split position, no more than were sold."""
    booked: dict[str | None, Decimal] = {}
    for one in ledger.exits:
        booked[one.order_id] = booked.get(one.order_id, Decimal(0)) + one.qty
    sales = [order for order in desk.venue.book.orders if order.side == "sell" and order.filled_qty]
    for order in sales:
        qty = booked.get(order.id, Decimal(0))
        if qty > order.filled_qty or (qty < order.filled_qty and order.symbol not in desk.may_wait):
            yield f"{order.client_order_id} sold {order.filled_qty} {order.symbol}, exits for {qty}"
    strange = booked.keys() - {order.id for order in sales}
    if strange:
        yield f"exits of no sale: {strange}"


def entered(desk: Desk) -> list[str]:
    """The symbol of each entry at the broker."""
    names = (parse_name(one) for one in desk.our_orders())
    return [name.symbol for name in names if name is not None and name.leg == "entry"]


def _said(desk: Desk, symbol: str) -> bool:
    """Whether shares of this symbol may wait, and the last cycle said that they do."""
    cycles = [outcome for outcome in desk.outcomes if "Gate mode=" in outcome.output]
    return symbol in desk.may_wait and bool(cycles) and f"PROTECT WAITS {symbol}: " in cycles[-1].output
