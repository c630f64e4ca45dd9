"""Reads the single values of Alpaca's JSON, or raises ShapeUnknown naming field and value.

A value may be missing or null where the vendor's specification lets it; what is there has to be of the
agreed kind and of a size that arithmetic can carry. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from reprlib import Repr
from typing import Any

from gates.base.escape import foreign

NANOSECONDS = re.compile(r"(\.\d{6})\d+")
NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,9})?")
SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,31}")
ACCOUNT = re.compile(r"[A-Za-z0-9-]{1,32}")
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
TOKEN = re.compile(r"[\x21-\x7e]{1,1024}")
DIGITS_BEFORE_POINT = 15
DIGITS_BEHIND_POINT = 9
TOO_LARGE = Decimal(10) ** DIGITS_BEFORE_POINT
PLACES = Decimal(1).scaleb(-DIGITS_BEHIND_POINT)
ONE = Decimal(1)
"""No account holds, and no price has, what lies beyond; arithmetic on it can fail or take for ever."""
LONGEST_NUMBER = 64
LONGEST_MOMENT = 64
LONGEST_WORD = 32
LONGEST_FOREIGN_ID = 128
LONGEST_VALUE_SHOWN = 60
YEARS = range(1990, 2200)

_shorter = Repr()
_shorter.maxlevel, _shorter.maxstring, _shorter.maxlong, _shorter.maxother = 2, 40, 40, 70


class ShapeUnknown(ValueError):
    """The broker said something of a shape we do not know."""


def brief(value: object) -> str:
    """A value as it may be shown, at once for texts and numbers however long they are."""
    shown = repr(value[: LONGEST_VALUE_SHOWN + 1]) if isinstance(value, str) else _shorter.repr(value)
    words = foreign(shown, len(shown) * 6)
    return words if len(words) <= LONGEST_VALUE_SHOWN else f"{words[:LONGEST_VALUE_SHOWN]}…"


def record(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ShapeUnknown(f"{what} {brief(value)}")
    return value


def listed(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise ShapeUnknown(f"{what} {brief(value)}")
    return value


def text(answer: Mapping[str, Any], key: str, form: re.Pattern[str]) -> str:
    value = answer.get(key)
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise ShapeUnknown(f"{key} {brief(value)}")
    return value


def maybe_text(answer: Mapping[str, Any], key: str, form: re.Pattern[str]) -> str | None:
    return None if answer.get(key) in (None, "") else text(answer, key, form)


def word(answer: Mapping[str, Any], key: str) -> str:
    """One of the vendor's words; what has not the form of one is none that we know, and cut."""
    value = answer.get(key)
    if not isinstance(value, str) or not value:
        raise ShapeUnknown(f"{key} {brief(value)}")
    return value if WORD.fullmatch(value) else foreign(value, LONGEST_WORD) or "?"


def symbol(answer: Mapping[str, Any]) -> str:
    return text(answer, "symbol", SYMBOL)


def shown_symbol(answer: Mapping[str, Any]) -> str | None:
    """The symbol of what cannot be read, for a person to look for; as none of ours when it has not a symbol's form."""
    value = answer.get("symbol")
    if not isinstance(value, str) or not value:
        return None
    return value if SYMBOL.fullmatch(value) else brief(value)


def maybe_id(answer: Mapping[str, Any], key: str) -> str | None:
    """An id that may stand in an address; anything else is no id."""
    value = answer.get(key)
    return value if isinstance(value, str) and ID.fullmatch(value) else None


def foreign_id(answer: Mapping[str, Any], key: str) -> str:
    """An id that whoever placed the order made up, in whatever letters. Only ours are acted upon."""
    value = answer.get(key)
    if value not in (None, "") and not isinstance(value, str):
        raise ShapeUnknown(f"{key} {brief(value)}")
    return value if value and ID.fullmatch(value) else foreign(value or "", LONGEST_FOREIGN_ID)


def flag(answer: Mapping[str, Any], key: str) -> bool:
    value = answer.get(key)
    if not isinstance(value, bool):
        raise ShapeUnknown(f"{key} {brief(value)}")
    return value


def amount(answer: Mapping[str, Any], key: str) -> Decimal:
    """Money, rounded to nine places: the vendor's own example of yesterday's equity has fourteen."""
    return _number(answer, key)[1]


def quantity(answer: Mapping[str, Any], key: str) -> Decimal:
    """Shares, which have nine places at most; what has more is a number that nothing was bought in."""
    told, rounded = _number(answer, key)
    if told != rounded:
        raise ShapeUnknown(f"{key} {brief(answer.get(key))}")
    return rounded


def _number(answer: Mapping[str, Any], key: str) -> tuple[Decimal, Decimal]:
    """The number as told, and to nine places."""
    value = answer.get(key)
    shown = value if isinstance(value, str) else "" if isinstance(value, bool) else _plain(value)
    if len(shown) > LONGEST_NUMBER or NUMBER.fullmatch(shown) is None:
        raise ShapeUnknown(f"{key} {brief(value)}")
    told = Decimal(shown)
    if told and told.adjusted() >= DIGITS_BEFORE_POINT:
        raise ShapeUnknown(f"{key} {brief(value)}")
    exponent = int(told.as_tuple().exponent)
    return told, told if -DIGITS_BEHIND_POINT <= exponent <= 0 else told.quantize(ONE if exponent > 0 else PLACES)


def _plain(value: object) -> str:
    """A number of JSON as text; one too long to be written out is no number of ours."""
    fits = isinstance(value, (Decimal, float)) or (isinstance(value, int) and abs(value) < TOO_LARGE)
    return str(value) if fits else ""


def maybe_amount(answer: Mapping[str, Any], key: str) -> Decimal | None:
    return None if answer.get(key) is None else amount(answer, key)


def maybe_quantity(answer: Mapping[str, Any], key: str) -> Decimal | None:
    return None if answer.get(key) is None else quantity(answer, key)


def check_worth(qty: Decimal, *prices: Decimal | None) -> None:
    """Refuse shares and price that fit each alone and together are more money than sums can carry."""
    for price in prices:
        if price is not None and abs(qty * price) >= TOO_LARGE:
            raise ShapeUnknown(f"qty {qty} at {price}")


def moment(answer: Mapping[str, Any], key: str) -> datetime:
    """RFC 3339 with up to nanoseconds, to the microsecond we keep."""
    value = answer.get(key)
    if not isinstance(value, str) or len(value) > LONGEST_MOMENT:
        raise ShapeUnknown(f"{key} {brief(value)}")
    try:
        read = datetime.fromisoformat(NANOSECONDS.sub(r"\1", value))
        if read.tzinfo is None:
            raise ShapeUnknown(f"{key} without a zone {brief(value)}")
        if read.year in YEARS:
            return read.astimezone(UTC)
    except (ValueError, OverflowError) as strange:
        raise strange if isinstance(strange, ShapeUnknown) else ShapeUnknown(f"{key} {brief(value)}") from None
    raise ShapeUnknown(f"{key} {brief(value)}")
