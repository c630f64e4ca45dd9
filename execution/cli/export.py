"""Write orders and exits of many sessions as flat rows: JSON lines, or CSV for a spreadsheet.

Columns are stable and money is decimal text. A ledger in the range that cannot be read, or that the
chain says is gone, ends the export with its name: rows are never left out silently.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from execution.report.export import rows_between
from execution.report.rows import csv_lines
from execution.wiring import open_service
from gates.base.errors import EXIT_DONE, UsageError
from gates.base.output import say
from gates.base.statefile import replace
from gates.mode import Mode

MODES = {"live": Mode.LIVE, "dry-run": Mode.DRY_RUN}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("jsonl", "csv"), default="csv", help="form of the rows (csv)")
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
    found = rows_between(service, MODES[args.mode], first, last)
    lines = list(csv_lines(found)) if args.format == "csv" else [json.dumps(one) for one in found]
    if args.out is None:
        for line in lines:
            say(line)
        return EXIT_DONE
    replace(args.out, "".join(f"{line}\n" for line in lines).encode("utf-8"))
    orders = sum(1 for one in found if one["row"] == "order")
    say(f"Written: {args.out}, {orders} orders and {len(found) - orders} exits, {args.mode}, from {service.state.root}")
    return EXIT_DONE


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text}: write a date such as 2026-11-20") from None
