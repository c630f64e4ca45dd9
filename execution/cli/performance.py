"""Measure many trades together: win rate, R, expectancy, profit factor, Sharpe, Sortino, drawdown, exposure, fees.

Derived each time from the ledgers and archives. Open trades are marked at the last close that a sweep kept, and stand
first. Deposits and withdrawals are no profit, because only the ledgers' prices count.

  execution performance --since 2026-01-02 --by exit
  execution performance --html performance.html
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from execution.cli import which_trades
from execution.cli.which_trades import read
from execution.ledger.shelf import uncollected
from execution.report import performance as told
from execution.report.terminal import print_sheet
from execution.results.close import Close, read_closes
from execution.results.figures import GROUPS, grouped
from execution.results.performance import measure
from execution.service import Service
from execution.wiring import open_service
from gates.base.errors import EXIT_DONE, UsageError
from gates.base.output import paragraph, say_json
from gates.base.sessions import new_york_text
from gates.base.statefile import StateUnreadable
from gates.mode import Mode

MADE_OF = "the ledgers and their archives, and the closes that were kept"


def configure(parser: argparse.ArgumentParser) -> None:
    which_trades.add_options(parser)
    groups = ", ".join(GROUPS)
    parser.add_argument("--by", choices=GROUPS, metavar="WHAT", help=f"a row of figures for each {groups}")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write it as a page of its own")
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if args.json and args.html:
        raise UsageError("--json goes without --html; call the verb once for each")
    with uncollected():
        _answer(open_service(environ), args)
    return EXIT_DONE


def _answer(service: Service, args: argparse.Namespace) -> None:
    book = read(service, args)
    closes = _closes(service) if book.wanted.mode is Mode.LIVE else ()
    found = measure(book.trades, book.sessions, closes)
    groups = grouped(args.by, book.trades, found.marks) if args.by else ()
    if args.json:
        say_json({"state_dir": str(service.state.root), **told.document(book, found, args.by, groups)})
        return
    shown = told.sheet(book, found, args.by, groups, new_york_text(service.clock.now()))
    if args.html is None:
        print_sheet(shown, str(service.state.root))
        return
    from execution.report.page import write_sheet

    write_sheet(args.html, shown, told.curve(found), service.broker_name, MADE_OF)
    paragraph(f"Written: {args.html}, {found.whole.trades} trades, from {service.state.root}")


def _closes(service: Service) -> tuple[Close, ...]:
    """Those of the account that the state directory is bound to."""
    account = service.state.read_record().account
    try:
        lines = read_closes(service.state.equity)
    except StateUnreadable:
        return ()
    return tuple(one for one in lines.found if account in (None, one.account))
