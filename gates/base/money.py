"""Reads and prints money as Decimal: strict reading, one way of printing; `instrument` rounds prices to ticks.

Floats never get here. `parse_plain` takes what a careful person would write, digits with at most
one point, because every other spelling (`5,000`, `1e9`, `nan`, `$500`) has once been read as
something looser than was meant.
"""

from __future__ import annotations

import re
from decimal import Decimal

PLAIN = re.compile(r"[0-9]{1,12}(\.[0-9]{1,8})?")
CENT = Decimal("0.01")
PERCENT = Decimal(100)


def parse_plain(text: str) -> Decimal | None:
    """A plain non-negative number such as 500 or 250.75, or None."""
    return Decimal(text) if PLAIN.fullmatch(text) else None


def show(amount: Decimal) -> str:
    """At least two decimals, more only where there is something to show: 405.40, 0.1234."""
    text = f"{amount:f}"
    return text if text[-3:-2] == "." else _with_decimals(text, 2)


def show_cap(amount: Decimal) -> str:
    """At least one decimal, as the caps are printed: 500.0, 250.55."""
    return _with_decimals(f"{amount:f}", 1)


def show_told(amount: Decimal | None, unit: Decimal | None = None) -> str:
    """As `show`, rounded to the unit where one is given; a number that was not told is shown as not told."""
    if amount is None:
        return "not told"
    return show(amount if unit is None else amount.quantize(unit))


def _with_decimals(text: str, least: int) -> str:
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(least, '0')}"
