"""Writes what the broker told of an order's fees into events and exits; what it did not tell stays not known. Pure.

A broker tells the fees of an order as one sum that grows with its fills. An event of an entry has what was new in
the sum when it was told; an exit has its part of the sale's sum, by its shares. A sum of 0 is told, and is not the
same as none.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import msgspec

from execution.broker.port import BrokerOrder
from execution.ledger.day import Entry, Event, Exit
from execution.records import Fee
from gates.base.instrument import plain

PLACES = 9
"""Decimals of a fee that is reckoned and not told."""


def with_fee(before: Entry, after: Entry, order: BrokerOrder, at: datetime) -> Entry:
    """The entry with what is new in the order's fees: in its newest event if that is new too, else in its own."""
    new = _new_in(order.fee, (one.fee for one in before.history))
    if new is None:
        return after
    if len(after.history) > len(before.history):
        history = (*after.history[:-1], msgspec.structs.replace(after.history[-1], fee=new))
    else:
        history = (*after.history, Event(at, after.status, fee=new))
    return msgspec.structs.replace(after, history=history)


def fee_of(sold: Exit, order: BrokerOrder | None) -> Fee | None:
    """The part of the sale's fees that falls on the exit's shares."""
    if order is None or order.fee is None or order.filled_qty <= 0:
        return sold.fee
    if sold.qty == order.filled_qty:
        return order.fee
    part = round(order.fee.amount * sold.qty / order.filled_qty, PLACES)
    return Fee(plain(part), order.fee.currency)


def added(one: Fee | None, other: Fee | None) -> Fee | None:
    """Both fees as one; None where one of them is not known, or they are of two currencies."""
    if one is None or other is None or one.currency != other.currency:
        return None
    return Fee(one.amount + other.amount, one.currency)


def _new_in(told: Fee | None, earlier: Iterable[Fee | None]) -> Fee | None:
    """What of the sum no earlier event has."""
    if told is None:
        return None
    known = [one.amount for one in earlier if one is not None and one.currency == told.currency]
    new = told.amount - sum(known, Decimal(0))
    return Fee(new, told.currency) if new or not known else None
