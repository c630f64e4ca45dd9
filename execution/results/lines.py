"""Keeps sealed lines in a file, each chained to the one before; nothing in it is ever changed or removed.

A line is a JSON object with `schema`, the seal of the line before as `previous` (null in the first), and its own seal.
One that a death tore, or that was changed later, is named and hides no other line.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from execution.records import to_record
from gates.base.record import dataclass
from gates.base.statefile import (
    SEAL,
    StateMissing,
    StateUnreadable,
    append_line,
    digest_of_rest,
    parse_document,
    read_bytes,
    sealed,
)

T = TypeVar("T", bound=msgspec.Struct)
PREVIOUS = "previous"


@dataclass(frozen=True, slots=True)
class Lines(Generic[T]):
    """The records that can be read, oldest first; what is wrong with the others, in words; the newest seal."""

    found: tuple[T, ...] = ()
    problems: tuple[str, ...] = ()
    seal: str | None = None


def read_lines(path: Path, kind: type[T], schema: int) -> Lines[T]:
    """Every line of the file. A file that is missing has none; StateUnreadable where it is no file that can be read."""
    try:
        data = read_bytes(path)
    except StateMissing:
        return Lines()
    found: list[T] = []
    problems: list[str] = []
    seal: str | None = None
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            document = _checked(path, parse_document(path, line), schema)
            found.append(to_record(path, {name: value for name, value in document.items() if name != SEAL}, kind))
        except StateUnreadable as broken:
            problems.append(f"{path.name} line {number}: {broken.what}")
            continue
        if document[PREVIOUS] != seal:
            problems.append(f"{path.name} line {number}: does not follow the line before")
        seal = str(document[SEAL])
    return Lines(tuple(found), tuple(problems), seal)


def add_line(path: Path, after: str | None, record: msgspec.Struct) -> None:
    """Durably append a record behind the line with that seal."""
    document = sealed({**msgspec.to_builtins(record), PREVIOUS: after})
    append_line(path, json.dumps(document, ensure_ascii=False).encode("utf-8"))


def _checked(path: Path, document: dict[str, Any], schema: int) -> dict[str, Any]:
    if document.get("schema") != schema or isinstance(document.get("schema"), bool):
        raise StateUnreadable(path, f"has schema {document.get('schema')!r}, want {schema}")
    if document.get(SEAL) != digest_of_rest(document):
        raise StateUnreadable(path, "digest does not match its content")
    if PREVIOUS not in document:
        raise StateUnreadable(path, "does not say which line it follows")
    return document
