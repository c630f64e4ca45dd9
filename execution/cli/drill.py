"""Play a whole session in fast-forward on the simulated broker, in a scratch directory: nothing real is touched.

Arm, enter, lose the network after a submit and settle it, hit a cap, kill, cancel, flatten, disarm,
summary. Every step is the command you would type; every journal line is the one you would see on the
real day. The record of the drill is kept in the state directory, where `execution go-nogo` looks for it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from execution.drill.script import STEPS
from execution.drill.stage import Stage, StepResult, is_whole, keep_record
from execution.wiring import open_service
from gates.base.colours import BOLD, DIM
from gates.base.errors import EXIT_DONE, EXIT_NOT_FINISHED, UsageError
from gates.base.output import paint, say, say_json, status_word
from gates.base.sessions import new_york_text


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keep", metavar="DIR", type=Path, help="leave the scratch directory here, to look at")
    parser.add_argument("--quiet", action="store_true", help="one line per step, without what the commands say")
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    service = open_service(environ)  # the drill is for this state directory, and its record is kept there
    now = service.clock.now()
    session = service.table.current_or_next(now)
    with ExitStack() as undo:
        stage = Stage(_scratch(args.keep, undo), environ)
        if not args.json:
            say(f"Drill of {len(STEPS)} steps on a simulated account; state dir {service.state.root} is not traded in.")
        outcomes: list[StepResult] = []
        for outcome in stage.play():
            outcomes.append(outcome)
            if not args.json:
                _show(len(outcomes), outcome, quiet=args.quiet)
    passed = is_whole(outcomes)
    keep_record(service.state.drill, now, str(session or "unknown"), outcomes)
    if args.json:
        rows = [{"title": one.step.title, "command": one.command, "passed": one.passed, "missing": one.missing}
                for one in outcomes]  # fmt: skip
        say_json({"state_dir": str(service.state.root), "at": now, "passed": passed, "steps": rows})
    else:
        words = "passed" if passed else f"stopped at step {len(outcomes)}"
        say(f"\n{status_word(passed)}  drill {words}, {len(outcomes)} of {len(STEPS)} steps, {new_york_text(now)}")
        say(f"      recorded in {service.state.drill}")
    return EXIT_DONE if passed else EXIT_NOT_FINISHED


def _scratch(keep: Path | None, undo: ExitStack) -> Path:
    if keep is None:
        return Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="avwap-drill-")))
    try:
        keep.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise UsageError(f"--keep {keep}: exists already; name a new directory") from None
    except OSError as broken:
        raise UsageError(f"--keep {keep}: {broken.strerror}") from None
    return keep.absolute()


def _show(number: int, outcome: StepResult, *, quiet: bool) -> None:
    if quiet:
        say(f"{status_word(outcome.passed)}  {number:2}  {outcome.step.title}")
    else:
        say(f"\n{paint(f'{number}. {outcome.step.title}', BOLD)}")
        for name, value in outcome.step.sets.items():
            say(paint(f"   {name}={_shown(name, value)}", DIM))
        say(f"   $ {outcome.command}")
        for line in outcome.said.splitlines():
            say(f"   {line}".rstrip())
    for pattern in outcome.missing:
        say(f"   {status_word(False)}  not seen: {pattern}")


def _shown(name: str, value: str | None) -> str:
    if value is None:
        return "(removed)"
    return "(the token of the file)" if name == "LIVE_CONFIRM_TOKEN" else value
