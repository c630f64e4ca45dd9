"""Explain one symbol: what would happen to it now, and every gate's answer in order.

Works while the market is closed and reads only.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.cli import gates
from execution.ledger.day import Entry
from execution.planning.plan import Approved, Plan, Refused
from execution.planning.rows import NO_PLAN, plan_rows
from execution.view.look import Look, look_without_writing
from execution.wiring import open_service
from gates.base.money import show
from gates.base.output import BOLD, paint, paragraph, rows, say, say_json
from gates.base.sessions import new_york_text
from gates.catalog import ORDER_GATES, STANDING_GATES
from gates.mode import Mode
from gates.verdict import Answer, refusals


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("symbol", metavar="SYMBOL", type=str.upper)
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    service = open_service(environ)
    seen, broker = look_without_writing(service)
    plan = plan_rows(service, seen, broker, seen.rows) if broker is not None else NO_PLAN
    found = _of(plan, args.symbol)
    listed = any(row.symbol == args.symbol for row in seen.rows)
    entries = _entries(seen, args.symbol)
    conclusion = _conclusion(seen, found, listed, args.symbol)
    if args.json:
        document = gates.as_document(service, seen)
        order_gates = gates.answers_document(found.answers if found else ())
        say_json({**document, "symbol": args.symbol, "on_watchlist": listed, "order_gates": order_gates,
                  "entries_today": [entry.client_order_id for entry in entries], "conclusion": conclusion})  # fmt: skip
        return 0
    paragraph(paint(f"{args.symbol}: {conclusion}", BOLD))
    say()
    gates.head(service, seen)
    say()
    gates.families(seen)
    if found is not None:
        gates.family(f"order gates: {args.symbol}", found.answers, {g.name: g.question for g in ORDER_GATES})
    for entry in entries:
        say(paint(f"{entry.client_order_id} ({seen.mode.value} ledger)", BOLD))
        rows([(new_york_text(event.at), event.status.value, event.note or "") for event in entry.history], indent=2)
        say()
    return 0


def _of(plan: Plan, symbol: str) -> Approved | Refused | None:
    planned: tuple[Approved | Refused, ...] = (*plan.approved, *plan.refused)
    return next((one for one in planned if one.symbol == symbol), None)


def _entries(seen: Look, symbol: str) -> tuple[Entry, ...]:
    ledger = seen.ledger
    return tuple(entry for entry in ledger.everything() if entry.symbol == symbol) if ledger is not None else ()


def _conclusion(seen: Look, found: Approved | Refused | None, listed: bool, symbol: str) -> str:
    """One sentence: what would happen, or every reason why nothing does."""
    noes: list[Answer] = list(refusals(seen.entry_answers))
    if not listed:
        reason = seen.watchlist.problem or f"{symbol} is not on the watchlist of session {seen.watchlist.session}"
        others = [answer.verdict.reason for answer in noes if answer.gate != "watchlist"]
        return "No. " + "; ".join([reason, *others])
    if found is None:
        return "No. " + "; ".join(answer.verdict.reason for answer in noes)
    standing = {gate.name for gate in STANDING_GATES}
    against = refusals(found.answers)
    # a row that stands no chance is not priced, so what its prices would say is noise
    noes += [answer for answer in against if answer.gate in standing] or against
    if noes:
        return "No. " + "; ".join(dict.fromkeys(answer.verdict.reason for answer in noes))
    assert isinstance(found, Approved)
    verb = "submitted to the broker" if seen.mode is Mode.LIVE else "recorded in the dry-run ledger"
    request = found.request
    return f"Yes. The next cycle would have {request.qty} shares at {show(request.limit_price)} {verb}"
