"""End a pause: remove PAUSED from the state directory. No other switch is touched.

Who paused and why, and who ended it and why, are kept in latches.json.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime

from execution.state.latches import UNREADABLE, keep_marker
from execution.state.markers import known_state_dir, take_down, who
from execution.state.presence import presence
from gates.base.errors import EXIT_DONE, UsageError
from gates.base.locks import only_one
from gates.base.output import say
from gates.base.statefile import StateUnreadable

LOCK_WAIT_SECONDS = 60


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", default="no reason given", metavar="TEXT", help="why it goes on; kept")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    state = known_state_dir(environ)
    if not presence(state.paused).in_force:
        say(f"Was not paused ({state.paused} is not there).")
        return EXIT_DONE
    with only_one(state.lock, LOCK_WAIT_SECONDS):
        try:
            inside = keep_marker(state.latches, state.paused, datetime.now(UTC), who(environ), args.reason)
        except StateUnreadable as broken:
            remedy = f"`execution latches clear {UNREADABLE} --reason TEXT` puts it aside"
            raise UsageError(f"not resumed, nothing was changed: {broken}; {remedy}") from None
        take_down(state.paused)
    say(f"RESUMED: {state.paused} removed; it said: {inside}")
    return EXIT_DONE
