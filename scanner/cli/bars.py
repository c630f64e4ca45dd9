"""Show or update the stored daily bars.

An update asks for the sessions that are missing and a week more; a symbol whose known week comes back
with other prices was restated (a split), and is fetched anew. An interrupted update goes on where it
stopped.

  scanner bars show            how many, from when to when
  scanner bars show AAPL       the last sessions of one symbol
  scanner bars update
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import numpy as np

from gates.base.errors import EXIT_DONE, EXIT_NOT_FINISHED, UsageError
from gates.base.locks import only_one
from gates.base.output import pairs, paragraph, say, say_json, table
from scanner.bars import store
from scanner.bars.panel import FIELDS, day_of
from scanner.cli.mark import mark_of, say_mark
from scanner.cli.stored import stored_mark, stored_panel
from scanner.morning import bars, check_final, current_universe, fresh_table
from scanner.wiring import Scanner, open_scanner

SHOWN_SESSIONS = 15


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="show|update")
    shown = actions.add_parser("show", help="what is stored")
    shown.add_argument("symbol", nargs="?", metavar="SYMBOL")
    shown.add_argument("--sessions", type=_count, default=SHOWN_SESSIONS, metavar="N", help="the last N of it (15)")
    shown.add_argument("--json", action="store_true", help="machine-readable")
    actions.add_parser("update", help="fetch what is missing")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    scanner = open_scanner(environ)
    if args.action == "update":
        return _update(scanner)
    if args.symbol:
        _show_symbol(scanner, args.symbol.upper(), args.sessions, args.json)
    else:
        _show(scanner, args.json)
    return EXIT_DONE


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of sessions, write 15 for instance")
    return int(text)


def _update(scanner: Scanner) -> int:
    with only_one(scanner.lock):
        calendar = fresh_table(scanner)
        _, as_of = scanner.session_and_as_of(calendar)
        check_final(scanner, as_of)
        source = scanner.source(calendar)
        stocks = current_universe(scanner, source, as_of, offline=False)
        _, report = bars(scanner, source, calendar, stocks, as_of, offline=False)
    paragraph(f"{report.bars:,} bars in {report.requests} requests through {as_of}, {len(report.restated)} restated")
    return EXIT_NOT_FINISHED if report.failed else EXIT_DONE


def _show(scanner: Scanner, as_json: bool) -> None:
    panel, origin = stored_panel(scanner), store.load_origin(scanner.shelf.bars)
    count = int((~np.isnan(panel.close)).sum())
    first = day_of(panel.days[0]) if len(panel.days) else None
    behind = sorted(symbol for symbol, day in origin.through.items() if day != panel.last_day)
    size = scanner.shelf.bars.stat().st_size
    if as_json:
        say_json({"state_dir": str(scanner.root), "source": origin.source, "updated_at": origin.updated_at,
                  "symbols": len(panel.symbols), "bars": count, "first": first, "last": panel.last_day,
                  "behind": behind, "bytes": size})  # fmt: skip
        return
    say_mark(mark_of(origin.source))
    pairs(
        [
            ("file", f"{scanner.shelf.bars} ({size / 1e6:.1f} MB)"),
            ("source", f"{origin.source}, split-adjusted, added to {origin.updated_at:%Y-%m-%d %H:%M} UTC"),
            ("symbols", f"{len(panel.symbols):,}"),
            ("sessions", f"{len(panel.days):,}, {first} to {panel.last_day}"),
            ("bars", f"{count:,}"),
            ("behind", f"{len(behind)}: {', '.join(behind[:8])}" if behind else "none"),
        ]
    )


def _show_symbol(scanner: Scanner, symbol: str, sessions: int, as_json: bool) -> None:
    panel = stored_panel(scanner)
    row = panel.row(symbol)
    if row is None:
        raise UsageError(f"no bars of {symbol} in {scanner.shelf.bars}")
    there = np.flatnonzero(~np.isnan(panel.close[row]))
    lines = [
        {"day": day_of(panel.days[column])} | {name: float(getattr(panel, name)[row, column]) for name in FIELDS}
        for column in there[-sessions:]
    ]
    if as_json:
        say_json({"state_dir": str(scanner.root), "symbol": symbol, "bars": len(there), "last": lines})
        return
    say_mark(stored_mark(scanner))
    paragraph(f"{symbol}: {len(there)} bars in {scanner.shelf.bars}")
    say()
    cells = [(one["day"], *(f"{one[name]:.2f}" for name in FIELDS[:4]), f"{one['volume']:,.0f}") for one in lines]
    table(("day", *FIELDS), cells, right=" ".join(FIELDS))
