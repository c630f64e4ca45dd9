"""Show, verify, rebuild, settle, explain or export the daily ledger.

`show` and `verify` read only. `rebuild` makes today's live ledger anew from the broker's record and
the newest archive when the one on disk is lost or broken. `settle` is the operator's word on an
order that does not settle by itself, `explain` the word on shares that nothing explains: those of ours that
are gone, or those that are held and not ours. Both need evidence, which stays in the ledger. `export` writes every
ledger as an older release reads it, into a directory of its own, for the way back from an upgrade.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from execution.cli.refusals import error_of
from execution.ledger.chain import chain
from execution.ledger.day import Ledger
from execution.ledger.explain import Explanation
from execution.ledger.file import to_document
from execution.operator.export_older import NotExported, export_older
from execution.operator.settle import (
    SETTLED_AS,
    NotRebuilt,
    NotSettled,
    SettleRequest,
    StaysUnexplained,
    explain,
    rebuild,
    settle,
)
from execution.orders import OrderStatus
from execution.report.results import remark
from execution.service import Service
from execution.wiring import open_service
from gates.base.errors import EXIT_DONE, UsageError
from gates.base.money import parse_plain, show, show_told
from gates.base.output import paragraph, say, say_json, status_word, table
from gates.base.statefile import StateUnreadable
from gates.mode import Mode

MODES = {"live": Mode.LIVE, "dry-run": Mode.DRY_RUN}
EXIT_FAIL = 2


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    show_parser = actions.add_parser("show", help="print a session's ledger")
    show_parser.add_argument("--mode", choices=MODES, default="live")
    show_parser.add_argument("--session", metavar="DATE", help="a finished session; else the current ledger")
    show_parser.add_argument("--json", action="store_true", help="machine-readable")
    verify_parser = actions.add_parser("verify", help="check every digest and the chain of days; exit 2 on a break")
    verify_parser.add_argument("--json", action="store_true", help="machine-readable")
    actions.add_parser("rebuild", help="make a lost or broken live ledger anew from the broker's record")
    settle_parser = actions.add_parser("settle", help="say what became of an order, with evidence")
    settle_parser.add_argument("id", metavar="ID", help="client order id, avx-…")
    settle_parser.add_argument("--as", dest="status", required=True, choices=[status.value for status in SETTLED_AS])
    settle_parser.add_argument("--evidence", required=True, metavar="TEXT", help="what you saw, and where")
    settle_parser.add_argument("--filled-qty", metavar="N", help="shares filled (filled: default all; else 0)")
    settle_parser.add_argument("--price", metavar="PRICE", help="average price of the fill (default: the limit)")
    explain_parser = actions.add_parser("explain", help="say what became of unexplained shares, with evidence")
    explain_parser.add_argument("symbol", metavar="SYMBOL")
    explain_parser.add_argument("--shares", required=True, metavar="N", help="how many of them this explains")
    explain_parser.add_argument("--evidence", required=True, metavar="TEXT", help="what you saw, and where")
    explain_parser.add_argument("--price", metavar="PRICE", help="what they were sold at (default: not known)")
    export_parser = actions.add_parser("export", help="every ledger as an older release reads it, for the way back")
    export_parser.add_argument("--schema", required=True, type=int, metavar="N", help="the older release's, 1")
    export_parser.add_argument(
        "--to", metavar="DIR", type=Path, help="a new directory (ledger-schema-N in the state dir)"
    )


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return act(open_service(environ), args)


def act(service: Service, args: argparse.Namespace) -> int:
    """What was asked for, on this service."""
    if args.action == "show":
        return _show(service, args)
    if args.action == "verify":
        return _verify(service, args.json)
    verbs = {"rebuild": _rebuild, "settle": _settle, "explain": _explain, "export": _export}
    return verbs[args.action](service, args)


def _show(service: Service, args: argparse.Namespace) -> int:
    file = service.state.ledger(MODES[args.mode])
    path = file.path
    if args.session:
        try:
            path = file.archive_path(date.fromisoformat(args.session))
        except ValueError:
            raise UsageError(f"--session {args.session}: write a date such as 2026-11-20") from None
    try:
        ledger = file.load_from(path)
    except StateUnreadable as broken:
        raise StateUnreadable(path, f"{broken.what}; {_remedy(file.mode, args.session)}") from None
    if args.json:
        say_json({"state_dir": str(service.state.root), "path": str(path), "ledger": to_document(ledger)})
        return EXIT_DONE
    paragraph(str(path))
    paragraph(f"{ledger.mode.value} ledger of {ledger.date_ny}, account {ledger.account or 'not bound yet'}")
    say()
    _print_entries("entries", ledger)
    if ledger.exits:
        say()
        rows = [
            (e.symbol, e.kind, e.qty, show_told(e.price), show_told(e.realized), e.entry, remark(e))
            for e in ledger.exits
        ]
        header = ("exit", "kind", "qty", "price", "realized", "entry", "note")
        table(header, rows, right="qty price realized")
    return EXIT_DONE


def _remedy(mode: Mode, session: str | None) -> str:
    if session:
        return "`execution ledger verify` shows every session there is"
    if mode is Mode.LIVE:
        return "`execution ledger rebuild` makes it anew from the broker's record"
    return "move it away; the next cycle begins it again"


def _print_entries(title: str, ledger: Ledger) -> None:
    rows = [
        (e.symbol, e.qty, show(e.limit_price), show(e.notional), e.status.value, e.filled_qty,
         "carried" if e in ledger.carried else "", e.order_id, e.client_order_id)
        for e in ledger.everything()
    ]  # fmt: skip
    if not rows:
        say(f"No {title}.")
        return
    header = ("symbol", "qty", "limit", "notional", "status", "filled", "from before", "order", "client order id")
    table(header, rows, right="qty limit notional filled")


def _verify(service: Service, as_json: bool) -> int:
    links = [link for mode in Mode for link in chain(service.state.ledger(mode))]
    if as_json:
        say_json({"state_dir": str(service.state.root), "ledgers": [
            {"mode": link.mode, "session": link.session, "problem": link.problem} for link in links]})  # fmt: skip
    else:
        paragraph(f"State dir {service.state.root}")
        say()
        cells = [
            (link.mode, link.session, status_word(link.problem is None), link.problem or "digest and chain hold")
            for link in links
        ]
        table(("mode", "session", "status", "finding"), cells)
    return EXIT_FAIL if any(link.problem is not None for link in links) else EXIT_DONE


def _rebuild(service: Service, args: argparse.Namespace) -> int:
    done = rebuild(service)
    if isinstance(done, NotRebuilt):
        raise error_of(done)
    say(f"State dir {service.state.root}")
    made = f"made anew for session {done.ledger.date_ny} from the broker's record of {done.ledger.account}"
    say(f"Live ledger was {done.was}; {made}.")
    if done.put_aside:
        say(f"The old file was put aside as {done.put_aside}")
    for what in done.unreadable:
        say(f"Left out, for the broker's answer could not be read: {what}")
    say()
    _print_entries("orders of ours at the broker today", done.ledger)
    return EXIT_DONE


def _explain(service: Service, args: argparse.Namespace) -> int:
    shares, price = _number(args.shares, "--shares"), _number(args.price, "--price")
    word = Explanation(args.symbol.upper(), shares or Decimal(0), args.evidence.strip(), price)
    done = explain(service, word)
    if isinstance(done, StaysUnexplained):
        raise error_of(done)
    say(f"State dir {service.state.root}\n{done.symbol}: {done.shares} shares explained ({done.evidence})")
    return EXIT_DONE


def _settle(service: Service, args: argparse.Namespace) -> int:
    filled, price = _number(args.filled_qty, "--filled-qty"), _number(args.price, "--price")
    done = settle(service, SettleRequest(args.id, OrderStatus(args.status), args.evidence, filled, price))
    if isinstance(done, NotSettled):
        raise error_of(done)
    became = f"{done.before.status.value} -> {done.after.status.value}"
    say(f"State dir {service.state.root}\n{args.id}: {became} ({args.evidence})")
    return EXIT_DONE


def _export(service: Service, args: argparse.Namespace) -> int:
    done = export_older(service.state, args.schema, args.to)
    if isinstance(done, NotExported):
        raise error_of(done)
    say(f"State dir {service.state.root}")
    for path in done.written:
        paragraph(f"wrote {path}")
    say(f"{len(done.written)} ledgers of schema {args.schema}; those in the state dir are as they were")
    return EXIT_DONE


def _number(text: str | None, name: str) -> Decimal | None:
    if text is None:
        return None
    value = parse_plain(text)
    if value is None:
        raise UsageError(f"{name} {text!r} is not a plain number")
    return value
