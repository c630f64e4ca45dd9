"""The single values of Alpaca's JSON: each read by a function that raises ShapeUnknown naming field and value.

A value may be missing or null where the vendor's specification lets it; what is there has to be of the
agreed kind and of a size that arithmetic can carry. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

NANOSECONDS = re.compile(r"(\.\d{6})\d+")
TOO_LARGE = Decimal(10) ** 15
MOST_EXPONENT = 15
LEAST_EXPONENT = -30
"""No account holds, and no price has, what lies beyond; arithmetic on it can fail or take for ever."""
LONGEST_VALUE_SHOWN = 60


class ShapeUnknown(ValueError):
    """The broker said something of a shape we do not know."""


def brief(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= LONGEST_VALUE_SHOWN else f"{shown[:LONGEST_VALUE_SHOWN]}…"


def record(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ShapeUnknown(f"{what} {brief(value)}")
    return value


def listed(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise ShapeUnknown(f"{what} {brief(value)}")
    return value


def text(answer: Mapping[str, Any], key: str) -> str:
    value = answer.get(key)
    if not isinstance(value, str) or not value:
        raise ShapeUnknown(f"{key} {brief(value)}")
    return value


def maybe_text(answer: Mapping[str, Any], key: str) -> str | None:
    return None if answer.get(key) in (None, "") else text(answer, key)


def flag(answer: Mapping[str, Any], key: str) -> bool:
    value = answer.get(key)
    if not isinstance(value, bool):
        raise ShapeUnknown(f"{key} {brief(value)}")
    return value


def amount(answer: Mapping[str, Any], key: str) -> Decimal:
    value = answer.get(key)
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        raise ShapeUnknown(f"{key} {brief(value)}") from None
    exponent = read.as_tuple().exponent
    if not isinstance(exponent, int) or not LEAST_EXPONENT <= exponent <= MOST_EXPONENT or abs(read) >= TOO_LARGE:
        raise ShapeUnknown(f"{key} {brief(value)}")
    return read if exponent <= 0 else read.quantize(Decimal(1))


def maybe_amount(answer: Mapping[str, Any], key: str) -> Decimal | None:
    return None if answer.get(key) is None else amount(answer, key)


def moment(answer: Mapping[str, Any], key: str) -> datetime:
    """RFC 3339 with up to nanoseconds, to the microsecond we keep."""
    value = answer.get(key)
    try:
        read = datetime.fromisoformat(NANOSECONDS.sub(r"\1", str(value)))
        if read.tzinfo is None:
            raise ShapeUnknown(f"{key} without a zone {brief(value)}")
        return read.astimezone(UTC)
    except (ValueError, OverflowError) as strange:
        raise strange if isinstance(strange, ShapeUnknown) else ShapeUnknown(f"{key} {brief(value)}") from None
