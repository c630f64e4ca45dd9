"""Show the account at each close, as the evening's sweep kept it: equity, cash, positions, realised, unrealised.

SPY stands beside it when the scanner has its bars. A session without a sweep is not known. `other` is what neither
sales of ours nor the prices of what we hold explain: deposits, withdrawals, fees, another trader.

  execution equity
  execution equity --png equity.png
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from execution.cli.which_trades import day
from execution.report import equity as told
from execution.report.tables import some
from execution.report.terminal import print_table
from execution.results.close import Close, read_closes
from execution.results.lines import Lines
from execution.service import Service
from execution.wiring import open_service
from gates.base.errors import EXIT_DONE, UsageError
from gates.base.output import pairs, paragraph, say, say_json, width

SPY = "SPY"
ASK_SECONDS = 60
LONGEST_LINE = 120


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", metavar="DATE", help="closes of this session or later (else all)")
    parser.add_argument("--png", metavar="FILE", type=Path, help="draw it there")
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if args.json and args.png:
        raise UsageError("--json goes without --png; call the verb once for each")
    since = day("--since", args.since) if args.since else date.min
    service = open_service(environ)
    lines = read_closes(service.state.equity)
    account = service.state.read_record().account
    closes = [one for one in lines.found if one.session >= since and account in (None, one.account)]
    closes.sort(key=lambda one: one.session)
    found = told.steps(closes, service.table, market(environ, len(closes)) if closes else {})
    if args.json:
        shown = {"state_dir": str(service.state.root), "account": account, "problems": list(lines.problems)}
        say_json({**shown, "sessions": told.document(found), "not_known": list(told.missing(found)),
                  "change": told.change_document(told.whole(found)),
                  "beside_spy": told.change_document(told.whole(found, beside_market=True))})  # fmt: skip
    elif args.png is not None:
        if not found:
            raise UsageError("--png: no close was kept yet; `execution sweep` keeps one after the close")
        told.write_picture(args.png, found)
        paragraph(f"Written: {args.png}, {len(found)} sessions, from {service.state.root}")
    else:
        _show(service, found, lines)
    return EXIT_DONE


def _show(service: Service, found: tuple[told.Step, ...], lines: Lines[Close]) -> None:
    pairs(_facts(service, found))
    if found:
        print_table(told.table(found))
    gone = told.missing(found)
    notes = [f"Not known, no sweep kept the close: {some([str(one) for one in gone])}."] if gone else []
    for words in (*notes, *(f"Note: {problem}." for problem in lines.problems)):
        say()
        paragraph(words)


def _facts(service: Service, found: tuple[told.Step, ...]) -> list[tuple[str, str]]:
    facts = [("account", service.state.read_record().account or "not bound yet")]
    if not found:
        facts.append(("equity", "no close was kept yet; `execution sweep` keeps one after each close"))
    else:
        equity = [one.close.equity if one.close is not None else None for one in found]
        spy = [one.market for one in found]
        room = min(LONGEST_LINE, (width() or LONGEST_LINE) - 12)
        facts += [("equity", f"{equity[-1]:,.2f}" if equity[-1] is not None else "not known")]
        facts += [("", told.line(equity, room)), ("change", _change(told.whole(found)))]
        if any(one is not None for one in spy):
            facts += [(SPY, told.line(spy, room)), ("beside it", _change(told.whole(found, beside_market=True)))]
        else:
            facts.append((SPY, "no bars; `scanner run` fetches them"))
    return [*facts, ("state dir", str(service.state.root))]


def _change(found: told.EquityChange | None) -> str:
    """`+1.20 %, SPY +0.40 %, 2026-11-20 to 2026-11-25`"""
    if found is None:
        return "NO-DATA"
    beside = f", {SPY} {told.share(found.market)}" if found.market is not None else ""
    return f"{told.share(found.equity)}{beside}, {found.first} to {found.last}"


def market(environ: Mapping[str, str], sessions: int) -> dict[date, Decimal]:
    """The closes of SPY that the scanner has stored. It is asked as a person would ask it, because what reads bars
    belongs to no room of ours; where it has no answer there is none here."""
    command = [sys.executable, "-m", "scanner", "bars", "show", SPY, "--sessions", str(sessions + 30), "--json"]
    try:
        done = subprocess.run(
            command, env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True, timeout=ASK_SECONDS, check=True
        )
        bars = json.loads(done.stdout, parse_float=Decimal)["last"]
        return {date.fromisoformat(one["day"]): Decimal(one["close"]) for one in bars}
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return {}
