"""The verbs as a forked child runs them: the function behind each command's front door, with the clock it was given."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

from gates.base.record import dataclass

BY = "tester"


@dataclass(frozen=True, slots=True)
class FixedClock:
    moment: datetime
    token_written: datetime

    def now(self) -> datetime:
        return self.moment

    def written_at(self, file_time: float) -> datetime:
        return self.token_written

    def sleep(self, seconds: float) -> None:
        raise AssertionError("a single cycle does not sleep")


class PatientClock(FixedClock):
    """For verbs that wait a moment between two looks at the broker."""

    def sleep(self, seconds: float) -> None:
        return


def load_all() -> None:
    """Import once, in the server, what every child needs."""
    import execution.broker.alpaca.client
    import execution.cli.arm
    import execution.cli.cancel_all
    import execution.cli.disarm
    import execution.cli.flatten
    import execution.cli.kill
    import execution.cli.ledger
    import execution.cli.run
    import execution.cli.stop_options  # noqa: F401 - imported for the children


def carry_out(verb: list[str], environ: dict[str, str], clock: FixedClock) -> int:
    """One verb. At the keyboard, errors become exit codes as the command's own door makes them."""
    from gates.base.errors import EXIT_STATE, OperatorError
    from gates.base.statefile import StateUnreadable, StateUnwritable

    typed = TYPED.get(verb[0])
    if typed is None:
        return _started(verb, environ, clock)
    try:
        return typed(verb[1:], environ, clock)
    except (OperatorError, StateUnreadable, StateUnwritable) as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code if isinstance(error, OperatorError) else EXIT_STATE


def _started(verb: list[str], environ: dict[str, str], clock: FixedClock) -> int:
    """What timers start."""
    from execution.cli.run import one
    from execution.cycle import sweep
    from execution.wiring import open_service

    service = open_service(environ, clock=clock, damaged_record=verb in (["run"], ["sweep"]))
    if verb == ["sweep"]:
        return sweep(service)
    if verb[0] == "watch":
        from execution.cli.watch import watch_and_show

        return watch_and_show(service, act="--act" in verb)
    if verb != ["run"]:
        raise LookupError(f"no such verb here: {verb}")
    return one(service)


def _rebuild(words: list[str], environ: dict[str, str], clock: FixedClock) -> int:
    return _ledger(["rebuild"], environ, clock)


def _ledger(words: list[str], environ: dict[str, str], clock: FixedClock) -> int:
    from execution.cli import ledger
    from execution.wiring import open_service

    args = _parsed(ledger.configure, words)
    return ledger.act(open_service(environ, clock=clock), args)


def _stop(words: list[str], environ: dict[str, str], clock: FixedClock, *, closes: bool) -> int:
    from execution.cli import cancel_all, flatten
    from execution.cli.stop_options import stop_with
    from execution.wiring import open_service

    patient = PatientClock(clock.moment, clock.token_written)
    service = open_service(environ, clock=patient, any_record=True)
    args = _parsed((flatten if closes else cancel_all).configure, words)
    return stop_with(service, args, BY, closes=closes)


def _flatten(words: list[str], environ: dict[str, str], clock: FixedClock) -> int:
    return _stop(words, environ, clock, closes=True)


def _cancel_all(words: list[str], environ: dict[str, str], clock: FixedClock) -> int:
    return _stop(words, environ, clock, closes=False)


def _arm(words: list[str], environ: dict[str, str], clock: FixedClock) -> int:
    from execution.cli import arm
    from execution.wiring import open_service

    args = _parsed(arm.configure, words)
    return arm.arm_with(open_service(environ, clock=clock), args, BY)


def _disarm(words: list[str], environ: dict[str, str], clock: FixedClock) -> int:
    from execution.cli import disarm

    return disarm.main(argparse.Namespace(), environ)


def _kill(words: list[str], environ: dict[str, str], clock: FixedClock) -> int:
    from execution.cli import kill

    return kill.main(_parsed(kill.configure, words), environ)


def _unkill(words: list[str], environ: dict[str, str], clock: FixedClock) -> int:
    from execution.cli import unkill
    from execution.operator.word import PersonsWord
    from execution.wiring import open_service

    args = _parsed(unkill.configure, words)
    return unkill.unkill_with(open_service(environ, clock=clock), PersonsWord(clock.now(), BY, args.reason))


TYPED: dict[str, Callable[[list[str], dict[str, str], FixedClock], int]] = {
    "flatten": _flatten,
    "cancel-all": _cancel_all,
    "ledger": _ledger,
    "rebuild": _rebuild,
    "arm": _arm,
    "disarm": _disarm,
    "kill": _kill,
    "unkill": _unkill,
}
"""What a person types."""


def _parsed(configure: Callable[[argparse.ArgumentParser], Any], words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    configure(parser)
    return parser.parse_args(words)
