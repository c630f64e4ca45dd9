"""Tells from an entry's history when shares of it were bought. Pure."""

from __future__ import annotations

from datetime import datetime

from execution.ledger.day import Entry
from execution.orders import OrderStatus

FILLED = frozenset({OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED})


def fills_of(entry: Entry) -> tuple[datetime, ...]:
    """When shares of it were seen filled: of an order that was over by then, with the last word of its end."""
    seen = tuple(event.at for event in entry.history if event.status in FILLED)
    return seen or tuple(event.at for event in entry.history[-1:] if entry.filled_qty > 0)
