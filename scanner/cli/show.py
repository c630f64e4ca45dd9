"""Show the list of the session about to be traded, or explain one symbol: every check, every anchor.

  scanner show             the list as it was written
  scanner show AAPL        all that is known of AAPL on the evening of the last session
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from gates.common.errors import EXIT_DONE, UsageError
from gates.common.output import say, say_json, status_word, table
from gates.money import show
from gates.statefile import StateMissing
from scanner.artifacts import Artifacts
from scanner.watchlist import Row, Watchlist, load
from scanner.wiring import Scanner, open_scanner


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
        watchlist = load(path)
    except StateMissing:
        raise UsageError(f"no list of session {session} in {path.parent}; `scanner run` makes it") from None
    if as_json:
        say_json({"state_dir": str(scanner.root), "session": watchlist.session, "as_of": watchlist.as_of,
                  "source": watchlist.source, "rows": [row_document(row) for row in watchlist.rows]})  # fmt: skip
        return
    say(f"{path}\n{_headline(watchlist)}\n")
    say_rows(watchlist.rows)


def _headline(watchlist: Watchlist) -> str:
    covered = watchlist.coverage
    of = f", {covered.with_bars:,} of {covered.universe:,} stocks with bars" if covered else ""
    return f"session {watchlist.session}, {len(watchlist.rows)} rows, from {watchlist.source}{of}"


def say_rows(rows: Sequence[Row]) -> None:
    cells = [
        (row.symbol, show(row.entry), show(row.stop), show(row.target), row.score, row.anchor, row.anchor_date)
        for row in rows
    ]
    table(
        ("symbol", "entry", "stop", "target", "score", "anchor", "since"), cells, right="entry stop target score"
    )


def row_document(row: Row) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def _explain(scanner: Scanner, symbol: str, as_json: bool) -> None:
    from scanner.cli.stored import stored_scan  # arithmetic is loaded only when something is worked out

    stored = stored_scan(scanner)
    row = stored.row_of(symbol)
    found = stored.scan
    on_list = next((one for one in found.candidates if one.row.symbol == symbol), None)
    answers, anchors = found.explain(row)
    if as_json:
        say_json(
            {
                "state_dir": str(scanner.root),
                "symbol": symbol,
                "as_of": found.as_of,
                "candidate": row_document(on_list.row) if on_list else None,
                "checks": [{"check": one.check, "passed": one.passed, "words": one.words} for one in answers],
                "anchors": {
                    name: [{"check": one.check, "passed": one.passed, "words": one.words} for one in checks]
                    for name, checks in anchors.items()
                },
            }
        )
        return
    say(f"{symbol} after {found.as_of}, state dir {scanner.root}\n")
    table(("check", "", "why"), [(one.check, status_word(one.passed), one.words) for one in answers])
    for name, checks in anchors.items():
        say(f"\n{stored.anchor_title(row, name)}")
        table(("check", "", "why"), [(one.check, status_word(one.passed), one.words) for one in checks])
    say()
    if on_list:
        level = on_list.row
        say(f"ON THE LIST: entry {show(level.entry)}, stop {show(level.stop)}, target {show(level.target)}")
        for reason in on_list.reasons:
            say(f"  {reason}")
    else:
        say(f"NOT ON THE LIST: {stored.why_not(row)}")
