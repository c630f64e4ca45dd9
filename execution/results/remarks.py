"""Keeps the operator's notes on trades, in notes.jsonl.

An archived ledger is never written again, so a note on a trade that is over cannot stand in it. Each note is a sealed
line, chained to the one before; a trade may have many.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from execution.records import Moment, Record
from execution.results.lines import Lines, add_line, read_lines

SCHEMA = 1


class Remark(Record, frozen=True):
    """What a person said of the trade with this id."""

    schema: int
    at: Moment
    ident: str
    by: str
    text: str
    previous: str | None = None


def read_remarks(path: Path) -> Lines[Remark]:
    return read_lines(path, Remark, SCHEMA)


def add_remark(path: Path, ident: str, at: datetime, by: str, text: str) -> Remark:
    """Durably keep a note; whoever calls it holds the state directory's lock."""
    remark = Remark(SCHEMA, at.astimezone(UTC), ident, by, text)
    add_line(path, read_remarks(path).seal, remark)
    return remark
