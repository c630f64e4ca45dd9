"""Show, verify, rebuild, settle or explain the daily ledger.

`show` and `verify` read only. `rebuild` makes today's live ledger anew from the broker's record and
the newest archive when the one on disk is lost or broken. `settle` is the operator's word on an
order that does not settle by itself, `explain` the word on shares that nothing explains: those of ours that
are gone, or those that are held and not ours. Both need evidence, which stays in the ledger.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from execution.act.rebuild import rebuild
from execution.ledger.chain import chain
from execution.ledger.day import Ledger, moved, with_changed
from execution.ledger.explain import Explanation, NotExplained, explained
from execution.ledger.file import to_document
from execution.orders import OrderStatus, may_move
from execution.report.results import remark
from execution.service import Service
from execution.wiring import open_service
from gates.base.clock import Stopwatch
from gates.base.errors import EXIT_DONE, UsageError
from gates.base.locks import only_one
from gates.base.money import parse_plain, show, show_told
from gates.base.output import paragraph, say, say_json, status_word, table
from gates.base.statefile import StateUnreadable
from gates.mode import Mode

MODES = {"live": Mode.LIVE, "dry-run": Mode.DRY_RUN}
SETTLED_AS = ("filled", "cancelled", "expired", "rejected", "not_sent")
EXIT_FAIL = 2


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="show|verify|rebuild|settle|explain")
    show_parser = actions.add_parser("show", help="print a session's ledger")
    show_parser.add_argument("--mode", choices=MODES, default="live")
    show_parser.add_argument("--session", metavar="DATE", help="a finished session; else the current ledger")
    show_parser.add_argument("--json", action="store_true", help="machine-readable")
    verify_parser = actions.add_parser("verify", help="check every digest and the chain of days; exit 2 on a break")
    verify_parser.add_argument("--json", action="store_true", help="machine-readable")
    actions.add_parser("rebuild", help="make a lost or broken live ledger anew from the broker's record")
    settle_parser = actions.add_parser("settle", help="say what became of an order, with evidence")
    settle_parser.add_argument("id", metavar="ID", help="client order id, avx-…")
    settle_parser.add_argument("--as", dest="status", required=True, choices=SETTLED_AS)
    settle_parser.add_argument("--evidence", required=True, metavar="TEXT", help="what you saw, and where")
    settle_parser.add_argument("--filled-qty", metavar="N", help="shares filled (filled: default all; else 0)")
    settle_parser.add_argument("--price", metavar="PRICE", help="average price of the fill (default: the limit)")
    explain_parser = actions.add_parser("explain", help="say what became of unexplained shares, with evidence")
    explain_parser.add_argument("symbol", metavar="SYMBOL")
    explain_parser.add_argument("--shares", required=True, metavar="N", help="how many of them this explains")
    explain_parser.add_argument("--evidence", required=True, metavar="TEXT", help="what you saw, and where")
    explain_parser.add_argument("--price", metavar="PRICE", help="what they were sold at (default: not known)")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return act(open_service(environ), args)


def act(service: Service, args: argparse.Namespace) -> int:
    """What was asked for, on this service."""
    if args.action == "show":
        return _show(service, args)
    if args.action == "verify":
        return _verify(service, args.json)
    with only_one(service.state.lock):
        return {"rebuild": _rebuild, "settle": _settle, "explain": _explain}[args.action](service, args)


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
    return rebuild_ledger(service)


def _explain(service: Service, args: argparse.Namespace) -> int:
    """The operator's word, held against the position as the broker tells it now."""
    file, record = service.state.ledger(Mode.LIVE), service.state.read_record()
    ledger = file.load()
    file.check_archive(ledger)
    broker = service.broker(Stopwatch(service.settings.cycle_budget_seconds))
    account = broker.account().number
    if account not in (record.account, ledger.account):
        raise UsageError(f"account mismatch: state dir is bound to {record.account}, broker says {account}")
    symbol = args.symbol.upper()
    shares = _number(args.shares, "--shares", Decimal(0))
    price = _number(args.price, "--price", Decimal(0)) if args.price is not None else None
    if shares <= 0 or not args.evidence.strip():
        raise UsageError("--shares takes a number above 0, and --evidence what you saw and where")
    positions = broker.positions()
    if any(one.symbol in (None, symbol) for one in positions.unreadable):
        raise UsageError(f"the position of {symbol} could not be read; look at the broker's own page")
    found = sum((one.qty for one in positions if one.symbol == symbol), Decimal(0))
    after = explained(ledger, found, Explanation(symbol, shares, args.evidence.strip(), price), service.clock.now())
    if isinstance(after, NotExplained):
        raise UsageError(after.why)
    file.save(after)
    say(f"State dir {service.state.root}\n{symbol}: {shares} shares explained ({args.evidence.strip()})")
    return EXIT_DONE


def rebuild_ledger(service: Service) -> int:
    now = service.clock.now()
    session = service.table.current_or_next(now)
    if session is None:
        raise UsageError(f"the session table does not know today (ends {service.table_ends})")
    broker = service.broker(Stopwatch(service.settings.cycle_budget_seconds))
    account = broker.account().number
    bound = service.state.read_record().account
    if bound not in (None, account):
        raise UsageError(f"account mismatch: state dir is bound to {bound}, broker says {account}")
    settle_seconds = service.settings.unknown_settle_seconds
    done = rebuild(service.state.ledger(Mode.LIVE), session, account, broker, now, settle_seconds)
    say(f"State dir {service.state.root}")
    say(f"Live ledger was {done.was}; made anew for session {session} from the broker's record of {account}.")
    if done.put_aside:
        say(f"The old file was put aside as {done.put_aside}")
    for what in done.unreadable:
        say(f"Left out, for the broker's answer could not be read: {what}")
    say()
    _print_entries("orders of ours at the broker today", done.ledger)
    return EXIT_DONE


def _settle(service: Service, args: argparse.Namespace) -> int:
    file = service.state.ledger(Mode.LIVE)
    ledger = file.load()
    file.check_archive(ledger)
    entry = ledger.find(args.id)
    if entry is None:
        raise UsageError(f"{args.id} is not in the live ledger of {ledger.date_ny}; `execution ledger show` lists it")
    status = OrderStatus(args.status)
    if not args.evidence.strip():
        raise UsageError("--evidence is empty; write what you saw and where")
    if not may_move(entry.status, status):
        raise UsageError(f"{args.id} is {entry.status.value}; that cannot become {status.value}")
    filled = _number(args.filled_qty, "--filled-qty", entry.qty if status is OrderStatus.FILLED else entry.filled_qty)
    price = _number(args.price, "--price", entry.filled_avg_price or entry.limit_price)
    if not entry.filled_qty <= filled <= entry.qty or (status is OrderStatus.FILLED and filled != entry.qty):
        before = f"order of {entry.qty}, {entry.filled_qty} filled before"
        raise UsageError(f"--filled-qty {filled} does not fit {status.value}: {before}")
    if status in (OrderStatus.NOT_SENT, OrderStatus.REJECTED) and filled > 0:
        raise UsageError(f"an order with {filled} shares filled was not {status.value}")
    settled = moved(
        entry, status, service.clock.now(), f"settled by operator: {args.evidence}",
        filled_qty=filled, filled_avg_price=price if filled > 0 else entry.filled_avg_price,
    )  # fmt: skip
    file.save(with_changed(ledger, [settled]))
    say(f"State dir {service.state.root}\n{args.id}: {entry.status.value} -> {status.value} ({args.evidence})")
    return EXIT_DONE


def _number(text: str | None, name: str, default: Decimal) -> Decimal:
    if text is None:
        return default
    value = parse_plain(text)
    if value is None:
        raise UsageError(f"{name} {text!r} is not a plain number")
    return value
