"""End a kill: lift the broker's suspend, then remove KILL_SWITCH. Says no while the cause stands elsewhere.

A latch (`execution latches show`) or the KILL_SWITCH variable is a cause of its own and is cleared where it
lies. Who killed and why, and who ended it and why, are kept in latches.json.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime

from execution.act.suspend import suspend
from execution.service import Service
from execution.state import latches
from execution.state.directory import StateDir
from execution.state.markers import known_state_dir, said_inside, take_down, who
from execution.state.switches import kills, root_kill_file
from execution.wiring import open_service
from gates.base.errors import EXIT_DONE, EXIT_NOT_FINISHED, UsageError
from gates.base.locks import only_one
from gates.base.output import say

LOCK_WAIT_SECONDS = 60


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why it is safe again; kept")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    reason = " ".join(args.reason.split())
    if not reason:
        raise UsageError("--reason is empty; write why it is safe again")
    known_state_dir(environ)  # says what is wrong with its name before anything else does
    return unkill_with(open_service(environ), reason, who(environ), datetime.now(UTC))


def unkill_with(service: Service, reason: str, by: str, now: datetime) -> int:
    """Lift the broker's suspend, keep what the kill file said, and only then remove it."""
    state = service.state
    _refuse_while_latched(service)
    for line in suspend(service, on=False):
        say(line)
    liftable = [path for path in kills(state) if path != root_kill_file(state)]
    if not liftable:
        say(f"No kill file ({state.kill_switch} is not there).")
        return _of_root(state)
    with only_one(state.lock, LOCK_WAIT_SECONDS):
        for path in liftable:
            inside = latches.keep_marker(state.latches, path, now, by, reason)
            take_down(path)
            say(f"UNKILLED: {path} removed; it said: {inside}")
    return _of_root(state)


def _of_root(state: StateDir) -> int:
    """A kill file in root's folder stays until root removes it; while it is there nothing is over."""
    for path in kills(state):
        say(f"STILL KILLED: {path} ({said_inside(path)}); when that is over too, as root: rm {path}")
    return EXIT_NOT_FINISHED if kills(state) else EXIT_DONE


def _refuse_while_latched(service: Service) -> None:
    """The kill is over only when no other cause is in force."""
    found = []
    if service.settings.kill_switch:
        found.append("the KILL_SWITCH variable is set (environment or .env); take it out there and restart the unit")
    known, problem = latches.in_force(service.state.latches)
    if problem is not None:
        known = (f"{latches.UNREADABLE} ({problem})",)
    found += [
        f"latched in {service.state.latches}: {one}; `execution latches clear {one.split()[0]} --reason TEXT`"
        for one in known
    ]
    if found:
        raise UsageError("not unkilled, nothing was changed:\n" + "\n".join(found))
