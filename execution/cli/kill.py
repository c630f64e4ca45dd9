"""Stop now: create KILL_SWITCH in the state directory. Nothing new leaves, whatever the settings say.

Needs no network and no valid settings; the file's name alone is enough. With --broker the account's own
suspend flag is set at the broker too, which stops every other host and program on this account.

  execution kill --reason "odd fills in AAPL"
  execution unkill --reason "was a data glitch"        undoes both
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from execution.operator.kill import Killed, NotKilled, kill
from execution.operator.word import PersonsWord
from execution.state.markers import known_state_dir, who
from gates.base import below
from gates.base.errors import EXIT_DONE, EXIT_STATE, OperatorError
from gates.base.output import say
from gates.base.statefile import StateUnreadable, StateUnwritable


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", metavar="TEXT", help="why; written into the file")
    parser.add_argument("--broker", action="store_true", help="set the broker's own suspend flag too")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    state = known_state_dir(environ)
    done = kill(state, PersonsWord(datetime.now(UTC), who(environ), args.reason))
    code = EXIT_DONE
    if isinstance(done, NotKilled):
        code = EXIT_STATE
        remedy = "set KILL_SWITCH=1 in the unit's environment, or stop its timer: systemctl stop execution.timer"
        sys.stderr.write(f"execution: NOT KILLED by file: {done.why}; {remedy}\n")
    else:
        for line in _lines(done):
            say(line)
    if not below.is_there(state.record):
        say(f"WARNING: {state.root} is not an initialised state directory; is it the one the service uses?")
    return max(code, _tell_broker(environ)) if args.broker else code


def _lines(done: Killed) -> Iterator[str]:
    yield f"KILLED: {'; '.join(done.said)}"
    yield done.stays
    if done.root_file is not None and done.root_kills:
        yield f"KILLED: {done.root_file} is there too; only root removes it, `unkill` does not"
    elif done.root_file is not None:
        one = done.root_file
        yield f"A service that was taken over could remove that file; as root, one that it cannot: touch {one}"
    yield (
        "The next cycle cancels our unfilled entries and keeps positions protected (KILL_CANCELS_ENTRIES, "
        "KILL_PROTECTS_POSITIONS). `execution flatten` closes positions; `execution unkill` undoes the kill."
    )


def _tell_broker(environ: Mapping[str, str]) -> int:
    """Set the broker's own suspend. The kill file is there already, and a broker that cannot be told changes nothing
    about it."""
    from execution.act.suspend import suspend
    from execution.wiring import open_service

    try:
        for line in suspend(open_service(environ, any_record=True), on=True):
            say(line)
    except (OperatorError, StateUnreadable, StateUnwritable) as problem:
        remedy = "suspend trading on its own page"
        sys.stderr.write(f"execution: the broker was NOT told: {' '.join(str(problem).split())}; {remedy}\n")
        return problem.exit_code if isinstance(problem, OperatorError) else EXIT_STATE
    return EXIT_DONE
