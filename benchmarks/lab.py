"""Where figures are measured: whole processes, taken in turn, their results checked before they count.

A B C A B C …: a machine that slows down slows all of them. The first round warms the caches and is
thrown away.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks import ROOT
from gates.base.record import dataclass, field

WORKS = ROOT / "benchmarks" / "works"
OUR_PATH = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
"""For works that use what is not installed: the tests' own builders and the venue."""


class WrongResult(Exception):
    """A work did something else than it had to; nothing was measured."""


@dataclass(frozen=True, slots=True)
class Sample:
    seconds: float
    peak_mb: float
    said: str

    @property
    def told(self) -> dict[str, Any]:
        """The last line, which a work that has more to tell prints as JSON."""
        found: dict[str, Any] = json.loads(self.said.splitlines()[-1])
        return found


@dataclass(frozen=True, slots=True)
class Work:
    """One process to be measured. `before` puts its world in order, `check` raises WrongResult."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None
    check: Callable[[Sample], None] = lambda sample: None
    slow: bool = False


def work(name: str, python: str, script: str, *arguments: object, **more: Any) -> Work:
    """A script of `works/` under that interpreter."""
    return Work(name, [python, str(WORKS / script), *map(str, arguments)], **more)


class Lab:
    """`runs` is how often each figure is taken; `small` asks for the smallest sizes there are."""

    def __init__(self, scratch: Path, runs: int, small: bool = False) -> None:
        self.scratch = scratch
        self.runs = runs
        self.small = small
        self.python = sys.executable

    def __enter__(self) -> Self:
        self._spawner = subprocess.Popen(
            [self.python, "-I", "-S", str(ROOT / "benchmarks" / "spawner.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._spawner.stdin is not None and self._spawner.stdout is not None
        self._spawner.stdin.close()
        self._spawner.wait(timeout=30)
        self._spawner.stdout.close()

    def directory(self, name: str) -> Path:
        path = self.scratch / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def take(self, one: Work) -> Sample:
        one.before()
        output = self.scratch / "output"
        environ = {"PATH": os.environ.get("PATH", ""), "HOME": str(self.scratch), **one.env}
        job = {"argv": list(one.argv), "env": environ, "output": str(output)}
        assert self._spawner.stdin is not None and self._spawner.stdout is not None
        self._spawner.stdin.write(json.dumps(job) + "\n")
        self._spawner.stdin.flush()
        answer = json.loads(self._spawner.stdout.readline())
        said = output.read_text("utf-8", "replace")
        if answer["code"] != 0:
            raise WrongResult(f"{one.name} ended with {answer['code']}:\n{said[-2000:]}")
        sample = Sample(answer["seconds"], answer["peak_mb"], said)
        one.check(sample)
        return sample

    def in_turn(self, *works: Work, most_runs: int = 1_000) -> dict[str, list[Sample]]:
        """Each of them so many times, one after the other, after a round that does not count; a work that is
        `slow` is left out of that round, for it needs a minute and not a warm cache."""
        taken: dict[str, list[Sample]] = {one.name: [] for one in works}
        for number in range(min(self.runs, most_runs) + 1):
            for one in works:
                if number:
                    taken[one.name].append(self.take(one))
                elif not one.slow:
                    self.take(one)
        return taken


def expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise WrongResult(otherwise)
