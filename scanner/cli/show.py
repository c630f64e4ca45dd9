"""Show the list of the session about to be traded, or explain one symbol: the answer, every check, every anchor.

scanner show             the list as it was written
scanner show AAPL        all that is known of AAPL on the evening of the last session
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from gates.base.colours import BOLD
from gates.base.errors import EXIT_DONE, UsageError
from gates.base.money import show
from gates.base.output import paint, paragraph, rows, say, say_json, status_word, table
from gates.base.statefile import StateMissing, StateUnreadable
from scanner.artifacts import Artifacts
from scanner.cli.mark import mark_of, marked
from scanner.watchlist import Row, Watchlist, load_watchlist
from scanner.wiring import Scanner, open_scanner

if TYPE_CHECKING:
    from scanner.setups.scan import Candidate


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("symbol", nargs="?", metavar="SYMBOL", help="explain this one")
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    scanner = open_scanner(environ)
    if args.symbol is None:
        _show_list(scanner, args.json)
    else:
        _explain(scanner, args.symbol.upper(), args.json)
    return EXIT_DONE


def _show_list(scanner: Scanner, as_json: bool) -> None:
    session, _ = scanner.session_and_as_of(scanner.table())
    path = Artifacts(scanner.root, session.day).watchlist
    try:
        watchlist = load_watchlist(path)
    except StateMissing:
        raise UsageError(f"no list of session {session} in {path.parent}; `scanner run` makes it") from None
    except StateUnreadable as broken:
        raise StateUnreadable(path, f"{broken.what}; `scanner run` makes it anew") from None
    if as_json:
        say_json({"state_dir": str(scanner.root), "session": watchlist.session, "as_of": watchlist.as_of,
                  "source": watchlist.source, "rows": [row_document(row) for row in watchlist.rows]})  # fmt: skip
        return
    paragraph(str(path))
    paragraph(_headline(watchlist))
    say()
    say_rows(watchlist.rows)


def _headline(watchlist: Watchlist) -> str:
    covered = watchlist.coverage
    of = f", {covered.with_bars:,} of {covered.universe:,} stocks with bars" if covered else ""
    said = f"session {watchlist.session}, {len(watchlist.rows)} rows, from {watchlist.source}{of}"
    return marked(said, mark_of(watchlist.source))


def say_rows(rows: Sequence[Row]) -> None:
    cells = [
        (row.symbol, show(row.entry), show(row.stop), show(row.target), row.score, row.anchor, row.anchor_date)
        for row in rows
    ]
    table(("symbol", "entry", "stop", "target", "score", "anchor", "since"), cells, right="entry stop target score")


def row_document(row: Row) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def _explain(scanner: Scanner, symbol: str, as_json: bool) -> None:
    from scanner.cli.stored import stored_scan  # arithmetic is loaded only when something is worked out

    stored = stored_scan(scanner)
    row = stored.row_of(symbol)
    found = stored.scan
    candidate = next((one for one in found.candidates if one.row.symbol == symbol), None)
    answers, anchors = found.explain(row)
    written = _written(scanner)
    if as_json:
        listed = _row_in(written, symbol)
        say_json(
            {
                "state_dir": str(scanner.root),
                "symbol": symbol,
                "as_of": found.as_of,
                "made_up": bool(stored.mark),
                "listed": row_document(listed) if listed else None,
                "candidate": row_document(candidate.row) if candidate else None,
                "checks": [{"check": one.check, "passed": one.passed, "words": one.words} for one in answers],
                "anchors": {
                    name: [{"check": one.check, "passed": one.passed, "words": one.words} for one in checks]
                    for name, checks in anchors.items()
                },
            }
        )
        return
    why_not = stored.why_not(row) if candidate is None else ""
    said, *more = _verdict(scanner, symbol, written, candidate, why_not)
    paragraph(paint(said, BOLD))
    rows([(line,) for line in more], indent=2)
    say()
    paragraph(marked(f"{symbol} after {found.as_of}, state dir {scanner.root}", stored.mark))
    say()
    table(("check", "", "why"), [(one.check, status_word(one.passed), one.words) for one in answers])
    for name, checks in anchors.items():
        say()
        paragraph(stored.anchor_title(row, name))
        table(("check", "", "why"), [(one.check, status_word(one.passed), one.words) for one in checks])


def _written(scanner: Scanner) -> Watchlist | None:
    """The list the next cycle will read; None when there is none it could."""
    session, _ = scanner.session_and_as_of(scanner.table())
    try:
        return load_watchlist(Artifacts(scanner.root, session.day).watchlist)
    except StateUnreadable:
        return None


def _row_in(written: Watchlist | None, symbol: str) -> Row | None:
    return next((row for row in written.rows if row.symbol == symbol), None) if written else None


def _verdict(
    scanner: Scanner, symbol: str, written: Watchlist | None, candidate: Candidate | None, why_not: str
) -> Iterator[str]:
    """What the list says, first; and where a scan of the stored bars says otherwise, that too."""
    listed, scanned = _row_in(written, symbol), candidate.row if candidate else None
    would = f"a scan would list it: {_levels(scanned)}" if scanned else f"a scan would not list it: {why_not}"
    if listed:
        yield f"ON THE LIST: {_levels(listed)}"
        if written and not (scanned and _asks_for_the_same(listed, scanned)):
            yield f"the list is from {written.source}; {would}"
    elif written is None:
        session, _ = scanner.session_and_as_of(scanner.table())
        yield f"NOT ON A LIST: there is none of session {session}; {would}"
    elif scanned:
        yield f"NOT ON THE LIST: it is from {written.source}; {would}"
    else:
        yield f"NOT ON THE LIST: {why_not}"
    yield from candidate.reasons if candidate else ()


def _asks_for_the_same(listed: Row, scanned: Row) -> bool:
    """Whether both rows differ at most in what a list of schema 1 does not hold."""
    return listed == msgspec.structs.replace(scanned, setup=listed.setup, avg_volume=listed.avg_volume)


def _levels(row: Row) -> str:
    return f"entry {show(row.entry)}, stop {show(row.stop)}, target {show(row.target)}"
