"""A process that has everything imported and forks one child per cycle.

The parent test holds threads (the venue), so it must not fork itself; this process is single-threaded
and cheap to fork. Jobs and answers are lines of JSON on stdin and stdout; the child is a real process
with real sockets and files and dies a real death.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

TESTS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one cycle ended: its exit code, or None when it was killed; its steps when it was not."""

    exit_code: int | None
    steps: int
    output: str


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


class Zygote:
    """The parent's end."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "crash.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": f"{TESTS}:{TESTS.parent}"},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()

    def run(
        self, environ: dict[str, str], now: datetime, die_at: int | None = None, verb: tuple[str, ...] = ("run",)
    ) -> Outcome:
        assert self._process.stdin is not None and self._process.stdout is not None
        job = {"environ": environ, "now": now.isoformat(), "die_at": die_at, "verb": list(verb)}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Outcome(**answer)


def serve() -> None:
    import execution.broker.alpaca
    import execution.cli.ledger
    import execution.cli.run
    import execution.cli.sweep
    import execution.stopping_verb  # noqa: F401 - imported once, here, for every child

    for line in sys.stdin:
        sys.stdout.write(json.dumps(_fork(json.loads(line))) + "\n")
        sys.stdout.flush()


def _fork(job: dict[str, Any]) -> dict[str, Any]:
    output_read, output_write = os.pipe()
    steps_read, steps_write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(output_read)
        os.close(steps_read)
        os.dup2(output_write, 1)
        os.dup2(output_write, 2)
        _child(job, steps_write)
    os.close(output_write)
    os.close(steps_write)
    with os.fdopen(output_read, "rb") as output, os.fdopen(steps_read, "rb") as steps:
        said, counted = output.read(), steps.read()
    _, status = os.waitpid(child, 0)
    return {
        "exit_code": os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else None,
        "steps": int(counted or 0),
        "output": said.decode("utf-8", "replace"),
    }


def _child(job: dict[str, Any], steps_write: int) -> None:
    """Run one verb and leave without ever returning into the server."""
    from crash.steps import Steps

    raw_write = os.write
    code = 70
    steps = Steps(job["die_at"])
    try:
        now = datetime.fromisoformat(job["now"])
        steps.install()
        code = _verb(job["verb"], job["environ"], FixedClock(now, now - timedelta(hours=1)))
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001 - a child never returns into the server
        import traceback

        raw_write(2, traceback.format_exc().encode())
    finally:
        raw_write(steps_write, str(steps.count).encode())
        os._exit(code)


def _verb(verb: list[str], environ: dict[str, str], clock: FixedClock) -> int:
    from execution.cli.run import one
    from execution.cycle import sweep
    from execution.wiring import open_service

    if verb[0] in ("flatten", "cancel-all"):
        return _stop(verb, environ, PatientClock(clock.moment, clock.token_written))

    if verb[0] == "ledger":
        return _ledger(verb, environ, clock)
    service = open_service(environ, clock=clock, damaged_record=verb in (["run"], ["sweep"]))
    if verb == ["sweep"]:
        return sweep(service)
    if verb == ["rebuild"]:
        from execution.cli.ledger import rebuild_ledger

        return rebuild_ledger(service)
    if verb[0] == "watch":
        from execution.cli.watch import watch

        return watch(service, act="--act" in verb)
    return one(service)


def _ledger(verb: list[str], environ: dict[str, str], clock: FixedClock) -> int:
    from execution.cli import ledger
    from execution.wiring import open_service
    from gates.common.errors import OperatorError
    from gates.statefile import StateUnreadable

    parser = argparse.ArgumentParser()
    ledger.configure(parser)
    try:
        return ledger.act(open_service(environ, clock=clock), parser.parse_args(verb[1:]))
    except (OperatorError, StateUnreadable) as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code if isinstance(error, OperatorError) else 74


def _stop(verb: list[str], environ: dict[str, str], clock: FixedClock) -> int:
    """At the keyboard: errors become exit codes as the command's own door makes them."""
    from execution.stopping_verb import add_arguments, stop_with
    from execution.wiring import open_service
    from gates.common.errors import OperatorError

    parser = argparse.ArgumentParser()
    add_arguments(parser)
    try:
        service = open_service(environ, clock=clock, any_record=True)
        return stop_with(service, parser.parse_args(verb[1:]), "tester", closes=verb[0] == "flatten")
    except OperatorError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


if __name__ == "__main__":
    serve()
