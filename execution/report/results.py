"""Computes what sales brought, and what has to be said of one beside its numbers. Pure.

A result is None where one of its two prices is not told, or where shares were sold that were not held. A sum over
such a sale is None too: a sum with a hole in it has been taken for a result before.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from execution.ledger.day import Exit

ZERO = Decimal(0)
BEYOND = "beyond what was held"


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    found = list(amounts)
    known = [one for one in found if one is not None]
    return sum(known, ZERO) if len(known) == len(found) else None


def realized_in(exits: Iterable[Exit]) -> Decimal | None:
    return total(one.realized for one in exits)


def without_result(exits: Iterable[Exit]) -> int:
    return sum(1 for one in exits if one.realized is None)


def beyond(exits: Iterable[Exit]) -> str:
    """Shares that were sold without being held: `AAPL 9, MSFT 1`, or nothing."""
    found: dict[str, Decimal] = {}
    for one in exits:
        if one.beyond:
            found[one.symbol] = found.get(one.symbol, ZERO) + one.qty
    return ", ".join(f"{symbol} {qty:f}" for symbol, qty in found.items())


def remark(one: Exit) -> str:
    return "; ".join(part for part in (BEYOND if one.beyond else None, one.note) if part)
