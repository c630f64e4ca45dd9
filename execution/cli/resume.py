"""End a pause: remove PAUSED from the state directory. No other switch is touched.

Who paused and why, and who ended it and why, are kept in latches.json.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime

from execution.cli.refusals import error_of
from execution.operator.pause import NO_REASON, NotResumed, resume
from execution.operator.word import PersonsWord
from execution.state.markers import known_state_dir, who
from gates.base.errors import EXIT_DONE
from gates.base.output import say


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", default=NO_REASON, metavar="TEXT", help="why it goes on; kept")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    state = known_state_dir(environ)
    done = resume(state, PersonsWord(datetime.now(UTC), who(environ), args.reason))
    if isinstance(done, NotResumed):
        raise error_of(done, "not resumed, nothing was changed: ")
    if done.inside is None:
        say(f"Was not paused ({state.paused} is not there).")
    else:
        say(f"RESUMED: {state.paused} removed; it said: {done.inside}")
    return EXIT_DONE
