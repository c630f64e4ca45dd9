"""Holds the dated watchlist: its rows, its JSON shape and digest, and the CSV a person may hand in.

This is the door between scanner and execution and knows nothing of pandas. A list belongs to one
session, named inside the file and sealed with a digest of the rows; file times mean nothing. Every
row is a bracket in the making, so stop < entry < target or it is not a row.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec

from gates.base.money import parse_plain
from gates.base.statefile import StateUnreadable, converted, digest_of, read_document, render

SCHEMA = 2
OLDER = 1
NEW_IN_2 = frozenset({"setup", "avg_volume"})
"""Fields of a row that schema 1 did not have."""
SETUP = re.compile(r"[a-z][a-z0-9_]{0,31}")
SYMBOL = re.compile(r"[A-Z][A-Z0-9]{0,9}(\.[A-Z0-9]{1,4})?")
MADE_BY_SCANNER = "scanner, "
SAMPLE_SOURCE = "sample market"
"""Made-up bars; a list the scanner made of them is taken by no real broker's cycle."""
SAMPLE_MARK = "SAMPLE MARKET"
"""What stands on every table and picture of made-up bars, so that none is taken for the market's."""
COLUMNS = {"Symbol": "symbol", "Entry_Level": "entry", "Stop_Loss": "stop", "Target_R2": "target"}


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    symbol: str
    entry: Decimal
    stop: Decimal
    target: Decimal
    score: Decimal | None = None
    anchor: str | None = None
    anchor_date: date | None = None
    setup: str | None = None
    avg_volume: Decimal | None = None

    def problem(self) -> str | None:
        """Why this row is no bracket, None when it is one."""
        levels = (self.stop, self.entry, self.target)
        if not SYMBOL.fullmatch(self.symbol):
            return f"symbol {self.symbol!r} is not a US stock symbol"
        if not all(level.is_finite() and level > 0 for level in levels):
            return "entry, stop and target must be numbers above 0"
        if self.score is not None and not self.score.is_finite():
            return f"score {self.score} is not a number"
        if self.avg_volume is not None and not self.avg_volume.is_finite():
            return f"avg_volume {self.avg_volume} is not a number"
        if self.setup is not None and not SETUP.fullmatch(self.setup):
            return f"setup {self.setup!r} is not a word"
        if self.stop >= self.entry:
            return f"stop {self.stop} is not below entry {self.entry}"
        if self.target <= self.entry:
            return f"target {self.target} is not above entry {self.entry}"
        return None


class Coverage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    universe: int
    with_bars: int


class Watchlist(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: int
    session: date
    as_of: date | None
    generated_at: datetime
    source: str
    coverage: Coverage | None
    rows: tuple[Row, ...]
    sha256: str

    @property
    def is_made_up(self) -> bool:
        return self.source == MADE_BY_SCANNER + SAMPLE_SOURCE


class WatchlistInvalid(Exception):
    """A handed-in list with bad cells; one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def make_watchlist(
    session: date,
    rows: Iterable[Row],
    *,
    as_of: date | None,
    generated_at: datetime,
    source: str,
    coverage: Coverage | None = None,
) -> Watchlist:
    kept = tuple(rows)
    problems = rows_problems(kept)
    if problems:
        raise WatchlistInvalid(problems)
    sha256 = digest_of(msgspec.to_builtins(kept))
    return Watchlist(SCHEMA, session, as_of, generated_at.astimezone(UTC), source, coverage, kept, sha256)


def rows_problems(rows: Iterable[Row]) -> list[str]:
    problems, seen = [], set()
    for number, row in enumerate(rows, 1):
        if (problem := row.problem()) is not None:
            problems.append(f"row {number}: {problem}")
        if row.symbol in seen:
            problems.append(f"row {number}: symbol {row.symbol} stands there twice")
        seen.add(row.symbol)
    return problems


def to_bytes(watchlist: Watchlist) -> bytes:
    return render(msgspec.to_builtins(watchlist))


def load_watchlist(path: Path) -> Watchlist:
    """The list in a file, or StateUnreadable with what is wrong."""
    document = read_document(path, SCHEMA, OLDER)
    watchlist = converted(path, document, _with_plain_numbers)
    if watchlist.sha256 != digest_of(document["rows"]):
        raise StateUnreadable(path, "digest does not match its rows")
    problems = rows_problems(watchlist.rows)
    if problems:
        raise StateUnreadable(path, problems[0])
    return watchlist


def _with_plain_numbers(document: Mapping[str, Any]) -> Watchlist:
    """Levels as plain decimal strings; Decimal itself would also take 1_000 and 1E+2."""
    rows = document.get("rows")
    for number, row in enumerate(rows if isinstance(rows, list) else (), 1):
        for level in ("entry", "stop", "target"):
            text = row.get(level) if isinstance(row, dict) else None
            if not isinstance(text, str) or parse_plain(text) is None:
                raise ValueError(f"row {number}: {level} {text!r} is not a plain number")
        if document["schema"] == OLDER and (unknown := sorted(NEW_IN_2.intersection(row))):
            raise ValueError(f"row {number}: schema {OLDER} has no field `{unknown[0]}`")
    return msgspec.convert(document, Watchlist, strict=True)


def parse_csv(text: str) -> tuple[Row, ...]:
    """Rows of a CSV with the columns Symbol, Entry_Level, Stop_Loss, Target_R2; all bad cells at once."""
    reader = csv.reader(StringIO(text.removeprefix("\ufeff")), strict=True)
    lines: list[tuple[int, list[str]]] = []
    ended = 0
    try:
        for cells in reader:
            lines.append((ended + 1, cells))
            ended = reader.line_num
    except csv.Error as broken:
        raise WatchlistInvalid([f"not readable as CSV (line {reader.line_num}: {broken})"]) from None
    if not lines:
        raise WatchlistInvalid([f"empty file; the first line names the columns {', '.join(COLUMNS)}"])
    header = [name.strip() for name in lines[0][1]]
    problems = [f"line 1: column {name} is missing" for name in COLUMNS if name not in header]
    problems += [f"line 1: column {name} stands there twice" for name in COLUMNS if header.count(name) > 1]
    if problems:
        raise WatchlistInvalid(problems)
    table = _Table(header)
    for number, cells in lines[1:]:
        if any(cell.strip() for cell in cells):
            table.read(number, cells)
    if table.problems:
        raise WatchlistInvalid(table.problems)
    return tuple(table.rows)


class _Table:
    """Collects the rows of a CSV, and a problem for each bad cell."""

    def __init__(self, header: list[str]) -> None:
        self._width = len(header)
        self._places = {column: header.index(column) for column in COLUMNS}
        self._first_seen: dict[str, int] = {}
        self.rows: list[Row] = []
        self.problems: list[str] = []

    def read(self, number: int, cells: list[str]) -> None:
        """Turn one line into a row, or into its problems."""
        if len(cells) != self._width:
            self.problems.append(f"line {number}: has {len(cells)} cells, the header has {self._width}")
            return
        before = len(self.problems)
        symbol = self._symbol(number, cells)
        levels = self._levels(number, cells)
        if len(self.problems) > before:
            return
        row = Row(symbol, levels["entry"], levels["stop"], levels["target"])
        problem = row.problem()
        if problem is None:
            self.rows.append(row)
        else:
            self.problems.append(f"line {number}: {problem}")

    def _symbol(self, number: int, cells: list[str]) -> str:
        written = cells[self._places["Symbol"]].strip()
        symbol = written.upper() if written.isascii() else written
        if not SYMBOL.fullmatch(symbol):
            self.problems.append(f"line {number}, Symbol: {symbol!r} is not a US stock symbol")
        elif symbol in self._first_seen:
            first = self._first_seen[symbol]
            self.problems.append(f"line {number}, Symbol: {symbol} stands in line {first} already")
        self._first_seen.setdefault(symbol, number)
        return symbol

    def _levels(self, number: int, cells: list[str]) -> dict[str, Decimal]:
        levels = {}
        for column, field in list(COLUMNS.items())[1:]:
            cell = cells[self._places[column]].strip()
            value = parse_plain(cell)
            if value is None or value <= 0:
                why = f"{cell!r} is not a plain number above 0, such as 101.35"
                self.problems.append(f"line {number}, {column}: {why}")
            else:
                levels[field] = value
        return levels
