"""Records read from disk: exactly as they were written, or unreadable with the reason."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

import execution.ledger.day
import execution.state.latches  # noqa: F401
from execution.records import Record, read_record, read_unsealed
from gates.base.statefile import StateMissing, StateUnreadable, sealed


class Holding(Record, frozen=True):
    schema: int
    symbol: str
    price: Decimal


GOOD = {"schema": 2, "symbol": "AAPL", "price": "101.35"}


def write(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(json.dumps(document))
    return path


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "holding.json"
    found = Holding(2, "AAPL", Decimal("101.35"))
    assert read_record(write(path, GOOD), Holding, 2) == found
    assert read_record(path, Holding, 3, 2) == found
    assert read_unsealed(write(path, sealed(GOOD)), Holding, 2) == found


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"schema": 1}, "has schema 1, want 2"),
        ({"symbol": 7}, r"Expected `str`, got `int` - at `\$.symbol`"),
        ({"side": "buy"}, "contains unknown field `side`"),
        ({"price": "NaN"}, "price is not a number"),
    ],
)
def test_anything_else_is_unreadable_with_file_and_reason(tmp_path: Path, change: dict[str, Any], what: str) -> None:
    path = tmp_path / "holding.json"
    with pytest.raises(StateUnreadable, match=what) as found:
        read_record(write(path, GOOD | change), Holding, 2)
    assert found.value.path == path
    if "schema" not in change:
        with pytest.raises(StateUnreadable, match=what):
            read_unsealed(write(path, sealed(GOOD | change)), Holding, 2)


def test_a_seal_that_does_not_hold_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StateUnreadable, match="digest does not match"):
        read_unsealed(write(tmp_path / "a", GOOD | {"sha256": "0"}), Holding, 2)
    with pytest.raises(StateMissing):
        read_record(tmp_path / "b", Holding, 2)


def kinds(record: type) -> list[type]:
    return [record, *(below for kind in record.__subclasses__() for below in kinds(kind))]


@pytest.mark.parametrize("record", [one for one in kinds(Record) if one is not Record], ids=lambda one: one.__name__)
def test_every_number_of_a_record_is_looked_at(record: type[Record]) -> None:
    """By the types themselves, which the record's own list is made without."""
    numbers = [one.name for one in msgspec.structs.fields(record) if Decimal in (one.type, *get_args(one.type))]
    assert list(record._numbers) == numbers
