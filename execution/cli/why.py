"""Explain one symbol: what would happen to it now, and every gate's answer in order.

Works while the market is closed and reads only.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.cli import gates
from execution.report.standing import answers_document, gates_document
from execution.report.why import conclusion, explain_symbol
from execution.wiring import open_service
from gates.base.colours import BOLD
from gates.base.output import paint, paragraph, rows, say, say_json
from gates.base.sessions import new_york_text
from gates.catalog import ORDER_GATES


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("symbol", metavar="SYMBOL", type=str.upper)
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    service = open_service(environ)
    explained = explain_symbol(service, args.symbol)
    seen, planned = explained.seen, explained.planned
    if args.json:
        order_gates = answers_document(planned.answers if planned else ())
        say_json({**gates_document(service, seen), "symbol": args.symbol, "on_watchlist": explained.is_listed,
                  "order_gates": order_gates, "entries_today": [entry.client_order_id for entry in explained.entries],
                  "conclusion": conclusion(explained)})  # fmt: skip
        return 0
    paragraph(paint(f"{args.symbol}: {conclusion(explained)}", BOLD))
    say()
    gates.head(service, seen)
    say()
    gates.families(seen)
    if planned is not None:
        gates.family(f"order gates: {args.symbol}", planned.answers, {g.name: g.question for g in ORDER_GATES})
    for entry in explained.entries:
        say(paint(f"{entry.client_order_id} ({seen.mode.value} ledger)", BOLD))
        rows([(new_york_text(event.at), event.status.value, event.note or "") for event in entry.history], indent=2)
        say()
    return 0
