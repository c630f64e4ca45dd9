"""Show the watchlist of a session, or import one from a CSV; `-` reads it from standard input.

The CSV needs the columns Symbol, Entry_Level, Stop_Loss and Target_R2; further columns are ignored.
Every bad cell is reported with its line and column, and then nothing is imported.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from execution.service import Service
from execution.wiring import open_service
from gates.base.errors import UsageError
from gates.base.locks import only_one
from gates.base.money import show
from gates.base.output import paragraph, say, say_json, table
from gates.base.sessions import Session, new_york_day
from gates.base.statefile import StateMissing, StateUnreadable, create, replace
from scanner.watchlist import COLUMNS, Watchlist, WatchlistInvalid, load, make_watchlist, parse_csv, to_bytes

STDIN = "-"


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="show|import")
    show_parser = actions.add_parser("show", help="print a session's list")
    show_parser.add_argument("--session", default="current", metavar="DATE", help="DATE, today or next")
    show_parser.add_argument("--json", action="store_true", help="machine-readable")
    import_parser = actions.add_parser("import", help="take a hand-made or foreign list")
    import_parser.add_argument("file", metavar="FILE.csv", type=Path, help="the list, or - for standard input")
    import_parser.add_argument("--session", required=True, metavar="DATE|today|next", help="the session it is for")
    import_parser.add_argument("--replace", action="store_true", help="put it in place of another list of that session")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    service = open_service(environ)
    session = named_session(service, args.session)
    return _show(service, session, args.json) if args.action == "show" else _import(service, session, args)


def named_session(service: Service, name: str) -> Session:
    """The session a person means by `today`, `next`, `current` or a date."""
    now = service.clock.now()
    today = new_york_day(now)
    if name == "today":
        session = service.table.on(today)
        if session is None:
            raise UsageError(f"today ({today}) is not a session; write next, or a date")
        return session
    if name in ("next", "current"):
        session = service.table.current_or_next(now)
        if name == "next" and session is not None and session.opens <= now:
            session = service.table.after(session.day)
        if session is None:
            raise UsageError(f"the session table does not know the next session (ends {service.table_ends})")
        return session
    try:
        day = date.fromisoformat(name)
    except ValueError:
        raise UsageError(f"--session {name}: write a date such as {today}, today or next") from None
    session = service.table.on(day)
    if session is None:
        raise UsageError(f"--session {name}: no trading session that day (table ends {service.table_ends})")
    return session


def _show(service: Service, session: Session, as_json: bool) -> int:
    path = service.state.watchlist(session.day)
    try:
        watchlist = load(path)
    except StateMissing:
        remedy = "`scanner run` makes it, or `execution watchlist import FILE.csv`"
        raise UsageError(f"no watchlist of session {session} in {service.state.watchlists}; {remedy}") from None
    except StateUnreadable as broken:
        raise StateUnreadable(
            path, f"{broken.what}; `scanner run` makes it anew, or an import with --replace"
        ) from None
    rows = [
        {"symbol": row.symbol, "entry": row.entry, "stop": row.stop, "target": row.target, "score": row.score,
         "anchor": row.anchor}
        for row in watchlist.rows
    ]  # fmt: skip
    if as_json:
        say_json({"state_dir": str(service.state.root), "session": watchlist.session, "source": watchlist.source,
                  "generated_at": watchlist.generated_at, "rows": rows})  # fmt: skip
        return 0
    paragraph(str(path))
    paragraph(f"session {watchlist.session}, {len(rows)} rows, from {watchlist.source}")
    say()
    cells = [
        (row.symbol, show(row.entry), show(row.stop), show(row.target), row.score, row.anchor) for row in watchlist.rows
    ]
    table(("symbol", "entry", "stop", "target", "score", "anchor"), cells, right="entry stop target score")
    return 0


def _import(service: Service, session: Session, args: argparse.Namespace) -> int:
    watchlist = _read_csv(service, session, args.file)
    path = service.state.watchlist(session.day)
    data = to_bytes(watchlist)
    with only_one(service.state.lock):
        if create(path, data):
            say(f"{path}: {len(watchlist.rows)} rows for session {session}")
            return 0
        try:
            before: Watchlist | None = load(path)
        except StateUnreadable:
            before = None
        if before is not None and before.sha256 == watchlist.sha256:
            say(f"{path}: the same {len(watchlist.rows)} rows are there already")
            return 0
        if not args.replace:
            there = f"{len(before.rows)} rows from {before.source}" if before else "an unreadable list"
            raise UsageError(f"{path} exists ({there}); say --replace to put {_name(args.file)} in its place")
        replace(path, data)
    say(f"{path}: replaced, {len(watchlist.rows)} rows for session {session}")
    return 0


def _bytes(file: Path) -> bytes:
    return sys.stdin.buffer.read() if str(file) == STDIN else file.read_bytes()


def _name(file: Path) -> str:
    return "standard input" if str(file) == STDIN else str(file)


def _read_csv(service: Service, session: Session, file: Path) -> Watchlist:
    before = service.table.before(session.day)
    try:
        rows = parse_csv(_bytes(file).decode("utf-8"))
        return make_watchlist(
            session.day,
            rows,
            as_of=before.day if before else None,
            generated_at=service.clock.now(),
            source=f"imported {Path(_name(file)).name}",
        )
    except (OSError, UnicodeDecodeError) as broken:
        why = getattr(broken, "strerror", None) or "not UTF-8 text"
        remedy = f"name a CSV with the columns {', '.join(COLUMNS)}"
        if isinstance(broken, PermissionError):
            remedy = f"hand it over: `execution watchlist import - < {file}`"
        raise UsageError(f"{_name(file)} cannot be read ({why}); {remedy}") from None
    except WatchlistInvalid as invalid:
        lines = [f"{_name(file)}: {problem}" for problem in invalid.problems]
        if len(lines) == 1:
            raise UsageError(f"{lines[0]}; nothing imported") from None
        raise UsageError("\n".join([*lines, f"nothing imported ({len(lines)} problems)"])) from None
