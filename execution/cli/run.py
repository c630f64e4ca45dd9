"""Run one execution cycle, or a loop of them.

A cycle asks every gate and then submits orders (LIVE) or records them (DRY_RUN) in the daily
ledger. LIVE needs both keys; everything else is DRY_RUN. systemd starts this every minute.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from contextlib import suppress

from execution.cycle import run_cycle
from execution.notify.after_cycle import tell_failed_start
from execution.service import Service
from execution.wiring import open_service, open_voice
from gates.base.clock import WallClock
from gates.base.errors import EXIT_STATE, OperatorError
from gates.base.logs import Journal, writes_to_journald
from gates.base.statefile import StateUnreadable, StateUnwritable


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="record only; can only make things safer")
    parser.add_argument(
        "--ignore-market-hours", action="store_true", help="go on when the market is closed; DRY_RUN on a real broker"
    )
    parser.add_argument(
        "--loop", action="store_true", help="cycle after cycle until a bound is met; prints changes (LOG_REPEATS)"
    )
    parser.add_argument("--cycle-seconds", type=_positive, default=60, metavar="N", help="pause between cycles (60)")
    parser.add_argument("--max-cycles", type=_positive, metavar="N", help="stop after N cycles")
    parser.add_argument("--until-close", action="store_true", help="stop at the session's close")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    try:
        service = open_service(
            environ, dry_run=args.dry_run, ignore_market_hours=args.ignore_market_hours, damaged_record=True
        )
    except (OperatorError, StateUnreadable) as error:
        if isinstance(error, StateUnreadable):
            _say_closed_gates(environ)
        code = _said(error, Journal(WallClock().now, under_journald=writes_to_journald(environ, sys.stderr)))
        _tell(error, environ)
        return code
    except Exception as bug:
        _tell(bug, environ)
        raise
    service.journal.info(f"Broker {service.broker_name}, state dir {service.state.root}")
    if not args.loop:
        return one(service)
    from execution.loop import LoopBounds, run_loop
    from gates.base.systemd import notifier

    # under journald every line stays: people grep the service's journal for the gates of a minute
    repeats = 1 if service.journal.under_journald else service.settings.log_repeats
    bounds = LoopBounds(args.cycle_seconds, args.max_cycles, args.until_close, repeats)
    return run_loop(service, one, bounds, notifier(environ))


def one(service: Service) -> int:
    """One cycle; what stops it is an ERROR line in the journal, like everything else it says."""
    try:
        return run_cycle(service)
    except (OperatorError, StateUnreadable) as error:
        return _said(error, service.journal)
    except StateUnwritable as unwritable:
        service.journal.error(f"{unwritable}; nothing can be sent that cannot be recorded")
        return EXIT_STATE


def _say_closed_gates(environ: Mapping[str, str]) -> None:
    """The gate lines of a cycle that has no state directory to work in: whoever made the directory by hand and greps
    for them finds each No. The line that says what to do comes after them."""
    with suppress(Exception):  # what ended the cycle is what must come out
        from execution.checks.open_anyhow import open_without_a_broker
        from execution.journal.say import say_gates
        from execution.view.look import look_without_a_broker

        service = open_without_a_broker(environ)
        say_gates(service, look_without_a_broker(service))


def _tell(error: Exception, environ: Mapping[str, str]) -> None:
    """A cycle that could not begin is told like one that failed, where it is known whom to tell."""
    with suppress(Exception):  # what ended the cycle is what must come out, not what telling it met
        voice = open_voice(environ)
        if voice is not None:
            tell_failed_start(voice, error)


def _said(error: Exception, journal: Journal) -> int:
    for line in str(error).splitlines():
        journal.error(line)
    return error.exit_code if isinstance(error, OperatorError) else EXIT_STATE


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)
