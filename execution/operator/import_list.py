"""Takes a hand-made or foreign list for the watchlist of a session; another list there is replaced only when asked."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from execution.operator.refusal import Cause, Refusal
from execution.service import Service
from gates.base.locks import only_one
from gates.base.record import dataclass
from gates.base.sessions import Session
from gates.base.statefile import StateUnreadable, create, replace
from scanner.watchlist import COLUMNS, Watchlist, WatchlistInvalid, load_watchlist, make_watchlist, parse_csv, to_bytes

REMEDY = f"name a CSV with the columns {', '.join(COLUMNS)}"


@dataclass(frozen=True, slots=True)
class ListRequest:
    """Holds the bytes of a CSV, what a person calls it, and whether it may replace another list of its session."""

    session: Session
    data: bytes
    name: str
    replaces: bool = False


class ListChange(Enum):
    NEW = "new"
    SAME = "the same rows were there"
    REPLACED = "in the place of another list"


@dataclass(frozen=True, slots=True)
class Imported:
    path: Path
    rows: int
    became: ListChange


class NotImported(Refusal):
    __slots__ = ()


def import_list(service: Service, request: ListRequest) -> Imported | NotImported:
    """Write the whole list or nothing of it."""
    watchlist = _watchlist(service, request)
    if isinstance(watchlist, NotImported):
        return watchlist
    path, data, rows = service.state.watchlist(request.session.day), to_bytes(watchlist), len(watchlist.rows)
    with only_one(service.state.lock):
        if create(path, data):
            return Imported(path, rows, ListChange.NEW)
        before = _before(path)
        if before is not None and before.rows == watchlist.rows:
            return Imported(path, rows, ListChange.SAME)
        if not request.replaces:
            there = f"{len(before.rows)} rows from {before.source}" if before else "an unreadable list"
            why = f"{path} exists ({there}); say --replace to put {request.name} in its place"
            return NotImported(Cause.REQUEST, why)
        replace(path, data)
    return Imported(path, rows, ListChange.REPLACED)


def _before(path: Path) -> Watchlist | None:
    try:
        return load_watchlist(path)
    except StateUnreadable:
        return None


def _watchlist(service: Service, request: ListRequest) -> Watchlist | NotImported:
    before = service.table.before(request.session.day)
    try:
        return make_watchlist(
            request.session.day,
            parse_csv(request.data.decode("utf-8")),
            as_of=before.day if before else None,
            generated_at=service.clock.now(),
            source=f"imported {Path(request.name).name}",
        )
    except UnicodeDecodeError:
        return NotImported(Cause.REQUEST, f"{request.name} cannot be read (not UTF-8 text); {REMEDY}")
    except WatchlistInvalid as invalid:
        lines = [f"{request.name}: {problem}" for problem in invalid.problems]
        if len(lines) == 1:
            return NotImported(Cause.REQUEST, f"{lines[0]}; nothing imported")
        return NotImported(Cause.REQUEST, "\n".join([*lines, f"nothing imported ({len(lines)} problems)"]))
