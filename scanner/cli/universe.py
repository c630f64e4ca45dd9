"""Show or refresh the list of stocks that are looked at.

The list comes from a fund's holdings (SCAN_UNIVERSE_HOLDINGS, a CSV such as iShares publishes, path or
address) or, without that, from Alpaca's assets narrowed to the SCAN_UNIVERSE_SIZE most traded. When a
refresh fails the last good list stays.

  scanner universe show
  scanner universe refresh
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping

from gates.base.errors import EXIT_DONE, OperatorError, UsageError
from gates.base.locks import only_one
from gates.base.output import pairs, say, say_json, width
from scanner.morning import fresh_table, refresh_universe, stored_universe
from scanner.wiring import Scanner, open_scanner

WIDTH_OF_A_PAGE = 96
SYMBOL_WIDTH = 8


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="show|refresh")
    shown = actions.add_parser("show", help="where it is from, how old, which stocks")
    shown.add_argument("--json", action="store_true", help="machine-readable")
    refreshed = actions.add_parser("refresh", help="ask the source again")
    refreshed.add_argument(
        "--accept-shrink", action="store_true", help="take a list that lacks more than a fifth of the last one"
    )


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    scanner = open_scanner(environ)
    if args.action == "show":
        _show(scanner, args.json)
    else:
        _refresh(scanner, args.accept_shrink)
    return EXIT_DONE


def _show(scanner: Scanner, as_json: bool) -> None:
    stocks = stored_universe(scanner)
    if stocks is None:
        raise UsageError(f"no universe in {scanner.universe}; `scanner universe refresh` makes it")
    if as_json:
        say_json({"state_dir": str(scanner.root), "source": stocks.source, "refreshed_at": stocks.refreshed_at,
                  "age_days": stocks.age_days(scanner.clock.now()), "symbols": stocks.symbols})  # fmt: skip
        return
    exchanges = Counter(exchange or "unknown" for exchange in stocks.symbols.values())
    pairs(
        [
            ("file", str(scanner.universe)),
            ("source", stocks.source),
            ("age", f"{stocks.age_days(scanner.clock.now())} days ({stocks.refreshed_at:%Y-%m-%d %H:%M} UTC)"),
            ("stocks", f"{len(stocks.symbols):,}"),
            ("exchanges", ", ".join(f"{name} {count:,}" for name, count in sorted(exchanges.items()))),
        ]
    )
    say()
    names = list(stocks.symbols)
    beside = max(1, (width() or WIDTH_OF_A_PAGE) // SYMBOL_WIDTH)
    for start in range(0, len(names), beside):
        say("".join(name.ljust(SYMBOL_WIDTH) for name in names[start : start + beside]).rstrip())


def _refresh(scanner: Scanner, accept_shrink: bool) -> None:
    with only_one(scanner.lock):
        table = fresh_table(scanner)
        _, as_of = scanner.session_and_as_of(table)
        before = stored_universe(scanner)
        try:
            refresh_universe(scanner, scanner.source(table), as_of, before, accept_shrink=accept_shrink)
        except OperatorError as failed:
            if before is not None:
                days = before.age_days(scanner.clock.now())
                kept = f"kept: {len(before.symbols):,} stocks of {days} days ago, from {before.source}"
                scanner.journal.warning(f"universe not refreshed ({failed}); {kept}")
            raise
