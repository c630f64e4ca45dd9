"""Starts each cycle as the fork of one process that has everything imported, with a clock, and kills it where told.

The parent test holds threads (the venue), so it must not fork itself; this process is single-threaded
and cheap to fork. Jobs and answers are lines of JSON on stdin and stdout; the child is a real process
with real sockets and files and dies a real death. `support.forkserver` starts whole commands at their front
door; a child here runs the function behind it, counts its steps of I/O and has one stream for all it says.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from support.records import compile_records

from crash.commands import FixedClock, carry_out, load_all
from gates.base.record import dataclass

TESTS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one cycle ended: its exit code, or None when it was killed; its steps when it was not."""

    exit_code: int | None
    steps: int
    output: str


class Forks:
    """The parent's end."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "crash.forks"],
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
    load_all()
    compile_records()
    gc.collect()
    gc.freeze()  # or each child's first collection looks at all of it, and copies its pages
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
        code = carry_out(job["verb"], job["environ"], FixedClock(now, now - timedelta(hours=1)))
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001 - a child never returns into the server
        import traceback

        raw_write(2, traceback.format_exc().encode())
    finally:
        raw_write(steps_write, str(steps.count).encode())
        os._exit(code)


if __name__ == "__main__":
    serve()
