"""End a kill: lift the broker's suspend, then remove KILL_SWITCH. Says no while the cause stands elsewhere.

A latch (`execution latches show`) or the KILL_SWITCH variable is a cause of its own and is cleared where it
lies. Who killed and why, and who ended it and why, are kept in latches.json.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime

from execution.act.suspend import suspend
from execution.cli.refusals import error_of
from execution.operator.unkill import KillFile, NotUnkilled, may_unkill, unkill
from execution.operator.word import PersonsWord
from execution.service import Service
from execution.state.markers import known_state_dir, who
from execution.wiring import open_service
from gates.base.errors import EXIT_DONE, EXIT_NOT_FINISHED
from gates.base.output import say

NOT_ENDED = "not unkilled, nothing was changed:\n"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why it is safe again; kept")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    known_state_dir(environ)  # says what is wrong with its name before anything else does
    return unkill_with(open_service(environ), PersonsWord(datetime.now(UTC), who(environ), args.reason))


def unkill_with(service: Service, word: PersonsWord) -> int:
    """Lift the broker's suspend, and only then have the kill ended."""
    no = may_unkill(service, word)
    if no is not None:
        raise error_of(no, NOT_ENDED)
    for line in suspend(service, on=False):
        say(line)
    done = unkill(service, word)
    _say_removed(done.removed)
    if isinstance(done, NotUnkilled):
        raise error_of(done)
    if not done.removed:
        say(f"No kill file ({service.state.kill_switch} is not there).")
    for one in done.still:
        say(f"STILL KILLED: {one.path} ({one.inside}); when that is over too, as root: rm {one.path}")
    return EXIT_NOT_FINISHED if done.still else EXIT_DONE


def _say_removed(files: tuple[KillFile, ...]) -> None:
    for one in files:
        say(f"UNKILLED: {one.path} removed; it said: {one.inside}")
