"""Shows, confirms, waits for a running cycle and does it: what `cancel-all` and `flatten` share at the keyboard."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import msgspec

from execution.act.closing import Sight
from execution.act.flatten import LOOK_BACK, Stopping, Wanted
from execution.broker.errors import BrokerUnreachable
from execution.broker.port import Broker
from execution.cli.confirm import add_confirm, confirmed
from execution.service import Service
from execution.state import latches
from execution.state.directory import record_or_blank
from execution.state.ledgers import open_ledgers
from execution.state.markers import who
from execution.state.switches import kills
from execution.view.broker_view import BrokerView, account_is_ours
from execution.wiring import endpoint_of, open_service
from gates.base.clock import Stopwatch
from gates.base.errors import EXIT_DONE, EXIT_NOT_FINISHED, LockHeld, UsageError
from gates.base.locks import only_one
from gates.base.money import parse_plain
from gates.base.output import pairs, say, table

BUDGET_SECONDS = 240
MOST_WAIT_SECONDS = 3600
PATIENCE_SECONDS = 15


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ours-only", action="store_true", help="leave foreign orders and positions alone")
    parser.add_argument("--reason", metavar="TEXT", help="why, for whoever finds the latch")
    parser.add_argument("--wait", type=_seconds, metavar="SECONDS", help="for a running cycle (its budget and a bit)")
    add_confirm(parser)


def stop(args: argparse.Namespace, environ: Mapping[str, str], *, closes: bool) -> int:
    return stop_with(open_service(environ, any_record=True), args, who(environ), closes=closes)


def stop_with(service: Service, args: argparse.Namespace, by: str, *, closes: bool) -> int:
    verb = "flatten" if closes else "cancel-all"
    broker = service.broker(Stopwatch(BUDGET_SECONDS))
    account, stands_in = _account(service, broker)
    why = " ".join((args.reason or f"{verb}, no reason given").split())
    wanted = Wanted(closes, args.ours_only, by, why, args.symbol)
    pairs([*_head(service, account), *stands_in])
    sight = Stopping(service, broker, account, wanted, say).look()
    _require_something(service, wanted, sight)
    _show(sight, verb)
    confirmed(args.confirm, account, verb)
    wait = args.wait if args.wait is not None else service.settings.cycle_budget_seconds + PATIENCE_SECONDS
    try:
        with only_one(service.state.lock, wait, getting_out=True) as unlocked:
            if unlocked is not None:
                say(f"NOT LOCKED: {unlocked}; no cycle runs there either. Say `{verb}` from one place at a time.")
            broker = service.broker(Stopwatch(BUDGET_SECONDS))
            stopping = Stopping(service, broker, account, wanted, say)
            done = stopping.run()
    except LockHeld as held:
        raise LockHeld(f"nothing was done: {held} after {wait:.0f}s; stop the timer, or say it again") from None
    say()
    if not closes:
        say(_stays(service, stopping.last))
    if done:
        of = f" of {wanted.symbol}" if wanted.symbol is not None else ""
        say(f"DONE: nothing{of} is open{f' and nothing{of} is held' if closes else ''}, asked again.")
        return EXIT_DONE
    said = f"{f' --symbol {wanted.symbol}' if wanted.symbol else ''}{' --ours-only' if args.ours_only else ''}"
    say(f"NOT DONE. Say it again: execution {verb}{said} --confirm {account}")
    return EXIT_NOT_FINISHED


def _stays(service: Service, sight: Sight | None) -> str:
    """Shares outlive their orders: `cancel-all` took their stops too, and the next cycle puts them back."""
    if sight is None or sight.positions is None:
        return "Positions stay, and which ones is not known; their stops were cancelled with the rest."
    held = ", ".join(sorted(f"{one.symbol} {one.qty}" for one in sight.positions if one.qty != 0))
    if not held:
        return "No position stays."
    settings = service.settings
    if (settings.kill_switch or kills(service.state)) and not settings.kill_protects_positions:
        then = "no cycle puts a stop back while killed (KILL_PROTECTS_POSITIONS is off)"
    else:
        then = "the next cycles put stops back for what is ours, also while killed"
    return f"Positions stay, their stops go with the rest: {held}; {then}. `execution flatten` closes them."


def _require_something(service: Service, wanted: Wanted, sight: Sight) -> None:
    """A symbol that is not held is a typing mistake, except where an earlier call has begun to close it."""
    task = sight.task
    if wanted.symbol is None or latches.is_set(service.state.latches, wanted.latch):
        return
    if task.cancels or task.sales or task.left_alone or task.untold or sight.unreadable:
        return
    held = ", ".join(sorted({one.symbol for one in sight.positions or () if one.qty != 0})) or "nothing"
    raise UsageError(f"nothing was done; nothing is held of {wanted.symbol} and no order in it works (held: {held})")


def _account(service: Service, broker: Broker) -> tuple[str, list[tuple[str, str]]]:
    """Whose positions these are. While the broker cannot tell, the ledger's account stands in for it, where the
    broker lists an order that the ledger has from it (docs/decisions/0057)."""
    try:
        return broker.account().number, []
    except BrokerUnreachable as problem:
        record, live = record_or_blank(service.state), open_ledgers(service.state).live.ledger
        number = record.account or (live.account if live is not None else None)
        listed = (broker.open_orders(), broker.orders_since(service.clock.now() - LOOK_BACK))
        odd = tuple(odd for told in listed for odd in told.unreadable)
        view = BrokerView(open_orders=listed[0].items, orders=listed[1].items, unreadable_open=odd)
        if number is None or not account_is_ours(view, msgspec.structs.replace(record, account=number), live):
            raise BrokerUnreachable(
                f"{problem}; no order that the broker lists is known to the ledger, so whose account this is cannot "
                "be told: use the broker's own page"
            ) from None
        return number, [("WARNING", f"the broker does not tell the account ({problem}); {number} by the ledger")]


def _head(service: Service, account: str) -> list[tuple[str, str]]:
    rows = [
        ("state dir", str(service.state.root)),
        ("account", account),
        ("broker", f"{service.broker_name}, {endpoint_of(service)}"),
    ]
    bound = record_or_blank(service.state).account
    if bound != account:
        rows.append(("WARNING", f"the state dir is bound to {bound or 'no account'}"))
    rows += [("settings", f"{mistake} (no matter here)") for mistake in service.mistakes]
    return rows


def _show(sight: Sight, verb: str) -> None:
    task = sight.task
    say()
    rows: list[tuple[object, ...]] = [
        *(("cancel", o.symbol, f"{o.side} {o.kind}", o.qty, o.client_order_id) for o in task.cancels),
        *(("sell", s.symbol, "at the market", s.held, f"{s.ours} of them ours") for s in task.sales),
        *(("cannot be read", odd.symbol or "", odd.what, "", odd.order_id or "") for odd in sight.unreadable),
        *(("leave", symbol, "", "", why) for symbol, why in task.left_alone),
    ]
    if rows:
        table((verb, "symbol", "what", "shares", ""), rows, right="shares")
    else:
        say("Nothing is open.")


def _seconds(text: str) -> float:
    """A plain number up to an hour: `nan` would wait for ever while positions are open."""
    number = parse_plain(text)
    if number is None or number > MOST_WAIT_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to {MOST_WAIT_SECONDS}")
    return float(number)
