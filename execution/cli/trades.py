"""Show each trade with all its exits: planned and paid price, slippage, result, R, time held, how it ended.

Derived each time from the ledgers and archives; what they do not tell is not known, and never 0. Slippage is a cost per
share: above zero is worse than planned. A note is added by `execution note ID TEXT`.

  execution trades --since 2026-11-01
  execution trades --csv > trades.csv
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.cli import which_trades
from execution.cli.which_trades import read, span, time_held
from execution.report import trades as told
from execution.report.rows import csv_lines
from execution.report.tables import plural
from execution.report.terminal import print_table
from execution.results.book import Book
from execution.results.trade import TradeState
from execution.service import Service
from execution.wiring import open_service
from gates.base.colours import BOLD
from gates.base.errors import EXIT_DONE, UsageError
from gates.base.output import paint, pairs, paragraph, say, say_json


def configure(parser: argparse.ArgumentParser) -> None:
    which_trades.add_options(parser)
    parser.add_argument("--csv", action="store_true", help="rows for a spreadsheet: one per trade, one per exit")
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if args.csv and args.json:
        raise UsageError("--csv goes without --json; call the verb once for each")
    service = open_service(environ)
    book = read(service, args)
    if args.csv:
        rows = told.flat(told.shown(book), lambda one: time_held(service, one))
        for line in csv_lines(rows, told.COLUMNS, told.WORDS):
            say(line)
    elif args.json:
        say_json(_document(service, book))
    else:
        _show(service, book)
    return EXIT_DONE


def _show(service: Service, book: Book) -> None:
    found = told.shown(book)
    paragraph(paint(f"{book.wanted.mode.value}: {plural(len(found), 'trade')}, {span(book)}", BOLD))
    facts = [("broker", service.broker_name), ("account", book.account or "not bound yet")]
    pairs([*facts, ("state dir", str(service.state.root))])
    if found:
        print_table(told.table(found, lambda one: time_held(service, one)))
    for words in _below(book):
        say()
        paragraph(words)


def _below(book: Book) -> list[str]:
    found = told.shown(book)
    words = [f"{none}." for none in (told.unbought(book),) if none]
    working = [one.symbol for one in book.trades if one.state is TradeState.WORKING]
    if working:
        words.append(f"Still working, nothing bought yet: {', '.join(working)}.")
    if lacking := told.lacking(found):
        words.append(f"Not known of any of these trades: {', '.join(lacking)}.")
    return words + [f"Note: {problem}." for problem in book.problems]


def _document(service: Service, book: Book) -> dict[str, object]:
    ends = [one for one in book.trades if one.state is TradeState.UNBOUGHT]
    return {
        "state_dir": str(service.state.root),
        "broker": service.broker_name,
        "account": book.account,
        "mode": book.wanted.mode.value,
        "sessions": list(book.sessions),
        "problems": list(book.problems),
        "trades": told.documents(told.shown(book), lambda one: time_held(service, one)),
        "working": [one.ident for one in book.trades if one.state is TradeState.WORKING],
        "unbought": {one.ident: one.status.value for one in ends if one.status is not None},
    }
