"""Shows, confirms, waits for a running cycle and does it: what `cancel-all` and `flatten` share at the keyboard."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.act.closing import Sight
from execution.act.stop import StopWanted
from execution.cli.confirm import add_confirm, confirmed
from execution.cli.refusals import error_of
from execution.operator.stop import NotStopped, StopAccount, plan_stop, stops_come_back, whose_account
from execution.operator.stop import stop as stop_all
from execution.service import Service
from execution.state.markers import who
from execution.wiring import endpoint_of, open_service
from gates.base.errors import EXIT_DONE, EXIT_NOT_FINISHED
from gates.base.money import parse_plain
from gates.base.output import pairs, say, table

MOST_WAIT_SECONDS = 3600


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ours-only", action="store_true", help="leave foreign orders and positions alone")
    parser.add_argument("--reason", metavar="TEXT", help="why; kept with the latch")
    parser.add_argument("--wait", type=_seconds, metavar="SECONDS", help="wait for a running cycle (its budget + 15)")
    add_confirm(parser)


def stop(args: argparse.Namespace, environ: Mapping[str, str], *, closes: bool) -> int:
    return stop_with(open_service(environ, any_record=True), args, who(environ), closes=closes)


def stop_with(service: Service, args: argparse.Namespace, by: str, *, closes: bool) -> int:
    verb = "flatten" if closes else "cancel-all"
    whose = whose_account(service)
    if isinstance(whose, NotStopped):
        raise error_of(whose)
    why = " ".join((args.reason or f"{verb}, no reason given").split())
    pairs(_head(service, whose))
    plan = plan_stop(service, whose, StopWanted(closes, args.ours_only, by, why, args.symbol), say)
    if isinstance(plan, NotStopped):
        raise error_of(plan)
    _show(plan.sight, verb)
    done = stop_all(service, plan, confirmed(args.confirm, whose.account, verb), say, args.wait)
    if isinstance(done, NotStopped):
        raise error_of(done)
    say()
    if not closes:
        say(_stays(service, done.sight))
    symbol = args.symbol
    if done.done:
        of = f" of {symbol}" if symbol is not None else ""
        say(f"DONE: nothing{of} is open{f' and nothing{of} is held' if closes else ''}, asked again.")
        return EXIT_DONE
    said = f"{f' --symbol {symbol}' if symbol else ''}{' --ours-only' if args.ours_only else ''}"
    say(f"NOT DONE. Say it again: execution {verb}{said} --confirm {whose.account}")
    return EXIT_NOT_FINISHED


def _stays(service: Service, sight: Sight | None) -> str:
    """Shares outlive their orders: `cancel-all` took their stops too, and the next cycle puts them back."""
    if sight is None or sight.positions is None:
        return "Positions stay, and which ones is not known; their stops were cancelled with the rest."
    held = ", ".join(sorted(f"{one.symbol} {one.qty}" for one in sight.positions if one.qty != 0))
    if not held:
        return "No position stays."
    if stops_come_back(service):
        then = "the next cycles put stops back for what is ours, also while killed"
    else:
        then = "no cycle puts a stop back while killed (KILL_PROTECTS_POSITIONS is off)"
    return f"Positions stay, their stops go with the rest: {held}; {then}. `execution flatten` closes them."


def _head(service: Service, whose: StopAccount) -> list[tuple[str, str]]:
    rows = [
        ("state dir", str(service.state.root)),
        ("account", whose.account),
        ("broker", f"{service.broker_name}, {endpoint_of(service)}"),
    ]
    if whose.bound != whose.account:
        rows.append(("WARNING", f"the state dir is bound to {whose.bound or 'no account'}"))
    rows += [("settings", f"{mistake} (no matter here)") for mistake in service.mistakes]
    if whose.problem is not None:
        rows.append(
            ("WARNING", f"the broker does not tell the account ({whose.problem}); {whose.account} by the ledger")
        )
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
