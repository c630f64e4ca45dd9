"""Show the watchlist of a session, or import one from a CSV; `-` reads it from standard input.

The CSV needs the columns Symbol, Entry_Level, Stop_Loss and Target_R2; further columns are ignored.
Every bad cell is reported with its line and column, and then nothing is imported.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from execution.cli.refusals import error_of
from execution.operator.import_list import REMEDY, ListChange, ListRequest, NotImported, import_list
from execution.service import Service
from execution.wiring import open_service
from gates.base.errors import UsageError
from gates.base.money import show
from gates.base.output import paragraph, say, say_json, table
from gates.base.session_names import CURRENT, NoSuchSession, named_session
from gates.base.sessions import Session
from gates.base.statefile import StateMissing, StateUnreadable
from scanner.watchlist import SAMPLE_MARK, load_watchlist

STDIN = "-"
WORDS = {
    ListChange.NEW: "{rows} rows for session {session}",
    ListChange.SAME: "the same {rows} rows are there already",
    ListChange.REPLACED: "replaced, {rows} rows for session {session}",
}


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="show|import")
    show_parser = actions.add_parser("show", help="print a session's list")
    show_parser.add_argument("--session", default=CURRENT, metavar="DATE", help="DATE, today or next")
    show_parser.add_argument("--json", action="store_true", help="machine-readable")
    import_parser = actions.add_parser("import", help="take a hand-made or foreign list")
    import_parser.add_argument("file", metavar="FILE.csv", type=Path, help="the list, or - for standard input")
    import_parser.add_argument("--session", required=True, metavar="DATE|today|next", help="the session it is for")
    import_parser.add_argument("--replace", action="store_true", help="put it in place of another list of that session")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    service = open_service(environ)
    session = _session(service, args.session)
    return _show(service, session, args.json) if args.action == "show" else _import(service, session, args)


def _session(service: Service, name: str) -> Session:
    found = named_session(service.table, service.table_ends, service.clock.now(), name)
    if isinstance(found, NoSuchSession):
        raise UsageError(f"--session {name}: {found.why}")
    return found


def _show(service: Service, session: Session, as_json: bool) -> int:
    path = service.state.watchlist(session.day)
    try:
        watchlist = load_watchlist(path)
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
    mark = f"{SAMPLE_MARK}  " if watchlist.is_made_up else ""
    paragraph(f"{mark}session {watchlist.session}, {len(rows)} rows, from {watchlist.source}")
    say()
    cells = [
        (row.symbol, show(row.entry), show(row.stop), show(row.target), row.score, row.anchor) for row in watchlist.rows
    ]
    table(("symbol", "entry", "stop", "target", "score", "anchor"), cells, right="entry stop target score")
    return 0


def _import(service: Service, session: Session, args: argparse.Namespace) -> int:
    name = _name(args.file)
    done = import_list(service, ListRequest(session, _bytes(args.file), name, args.replace))
    if isinstance(done, NotImported):
        raise error_of(done)
    say(f"{done.path}: " + WORDS[done.became].format(rows=done.rows, session=session))
    return 0


def _bytes(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == STDIN else file.read_bytes()
    except OSError as broken:
        handed = isinstance(broken, PermissionError)
        remedy = f"hand it over: `execution watchlist import - < {file}`" if handed else REMEDY
        raise UsageError(f"{_name(file)} cannot be read ({broken.strerror}); {remedy}") from None


def _name(file: Path) -> str:
    return "standard input" if str(file) == STDIN else str(file)
