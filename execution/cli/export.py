"""Orders and exits of many sessions as flat rows: JSON lines, or CSV for a spreadsheet.

Columns are stable and money is decimal text. A ledger in the range that cannot be read, or that the
chain says is gone, ends the export with its name: rows are never left out silently.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from execution.ledger.day import Ledger
from execution.report.rows import csv_lines, rows
from execution.report.sources import LedgerShelf, counted_in, read_shelf
from execution.service import Service
from execution.wiring import open_service
from gates.base.errors import EXIT_DONE, UsageError
from gates.base.output import say
from gates.base.statefile import StateUnreadable, replace
from gates.mode import Mode

MODES = {"live": Mode.LIVE, "dry-run": Mode.DRY_RUN}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("jsonl", "csv"), default="csv", help="rows as (csv)")
    parser.add_argument("--from", dest="first", metavar="DATE", help="first session (else from the beginning)")
    parser.add_argument("--to", dest="last", metavar="DATE", help="last session (else to the newest)")
    parser.add_argument("--mode", choices=MODES, default="live")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write it there, whole or not at all")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    service = open_service(environ)
    first = _day("--from", args.first) if args.first else date.min
    last = _day("--to", args.last) if args.last else date.max
    if first > last:
        raise UsageError(f"--from {first} is later than --to {last}")
    ledgers = trusted(service, MODES[args.mode], first)
    found = rows(ledgers, first, last, counted_in(service.table))
    lines = list(csv_lines(found)) if args.format == "csv" else [json.dumps(one) for one in found]
    if args.out is None:
        for line in lines:
            say(line)
        return EXIT_DONE
    replace(args.out, "".join(f"{line}\n" for line in lines).encode("utf-8"))
    orders = sum(1 for one in found if one["row"] == "order")
    say(f"Written: {args.out}, {orders} orders and {len(found) - orders} exits, {args.mode}, from {service.state.root}")
    return EXIT_DONE


def trusted(service: Service, mode: Mode, first: date) -> list[Ledger]:
    """Every ledger that can say something of session `first` or later; a later one may hold what was seen
    late, so all of those have to be readable and in their chain."""
    file = service.state.ledger(mode)
    shelf = read_shelf(file)
    if shelf.problem is not None:
        raise StateUnreadable(file.archive_dir, f"cannot be listed: {shelf.problem}")
    _refuse_broken(shelf, first)
    return [one.ledger for one in shelf.kept if one.ledger is not None]


def _refuse_broken(shelf: LedgerShelf, first: date) -> None:
    for one in shelf.kept:
        if one.problem is not None and (one.day is None or one.day >= first):
            raise StateUnreadable(Path(one.path), f"{one.problem}; nothing exported, rows would be missing")
    for day, what in shelf.breaks():
        if day >= first:
            raise StateUnreadable(Path(shelf.kept[-1].path).parent, f"{what}; nothing exported, rows would be missing")


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text}: write a date such as 2026-11-20") from None
