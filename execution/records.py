"""Defines the shared shape of what lies on disk: frozen records that refuse unknown fields, and reads them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

import msgspec

from gates.base.statefile import SEAL, converted, read_document, read_sealed

T = TypeVar("T")


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what stands in a ledger: exact fields, finite numbers."""

    _numbers: ClassVar[tuple[str, ...]] = ()
    """Fields that may hold a number, by what is declared; looked up once, because archives hold a million records."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        declared = cls.__annotations__.items()
        cls._numbers = (*cls._numbers, *(name for name, kind in declared if "Decimal" in str(kind).split(" | ")))

    def __post_init__(self) -> None:
        for name in self._numbers:
            value = getattr(self, name)
            if value is not None and not value.is_finite():
                raise ValueError(f"{name} is not a number")


Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Fee(Record, frozen=True):
    """What an order cost beside its price, in whatever currency the broker took it; a rebate is below 0."""

    amount: Decimal
    currency: str


def read_record(path: Path, kind: type[T], schema: int, *older: int) -> T:
    """The record in a file of this schema, or of an older one that is named; StateUnreadable says what is wrong."""
    return to_record(path, read_document(path, schema, *older), kind)


def read_unsealed(path: Path, kind: type[T], schema: int) -> T:
    """The record in a file whose own digest holds; the digest is no part of it."""
    document = read_sealed(path, schema)
    return to_record(path, {name: value for name, value in document.items() if name != SEAL}, kind)


def to_record(path: Path, document: dict[str, Any], kind: type[T]) -> T:
    """The record a document of that file holds, with every field as it is written."""
    return converted(path, document, lambda found: msgspec.convert(found, kind, strict=True))
