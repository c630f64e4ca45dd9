"""Open nothing until `execution resume`: create PAUSED in the state directory.

What is held stays looked after, and LIVE stays LIVE. Needs no network and no valid settings.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from execution.operator.pause import NotPaused, pause
from execution.operator.word import PersonsWord
from execution.state.markers import known_state_dir, who
from gates.base import below
from gates.base.errors import EXIT_DONE, EXIT_STATE
from gates.base.output import say


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", metavar="TEXT", help="why; written into the file")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    state = known_state_dir(environ)
    done = pause(state, PersonsWord(datetime.now(UTC), who(environ), args.reason))
    if isinstance(done, NotPaused):
        remedy = "set DRY_RUN=1 in the unit's environment, or stop its timer: systemctl stop execution.timer"
        sys.stderr.write(f"execution: NOT PAUSED: {done.why}; {remedy}\n")
        return EXIT_STATE
    say(f"PAUSED: {'; '.join(done.said)}")
    if not below.is_there(state.record):
        say(f"WARNING: {state.root} is not an initialised state directory; is it the one the service uses?")
    return EXIT_DONE
