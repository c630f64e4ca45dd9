"""Does the drill's steps in a scratch state directory, as real processes, and says what was seen.

The scratch directory, an environment written out in full and the simulated broker keep a drill away
from everything real: nothing of the operator's environment but PATH and the terminal gets in.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from execution.drill.script import CSV, DRY_RUN_DAY, STEPS, TOKEN, DrillStep
from execution.state.directory import StateDir
from gates.base.environment import CHECKOUT
from gates.base.record import dataclass
from gates.base.statefile import StateUnreadable, read_bytes, render, replace

SCHEMA = 1
STEP_SECONDS = 120
FROM_OUTSIDE = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "NO_COLOR")


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step showed; `missing` is empty when it passed."""

    step: DrillStep
    command: str
    said: str
    missing: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.missing


class Stage:
    """Keeps one scratch state directory and the service's environment as the operator sets it, step by step."""

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self._state = StateDir(root / "state")
        self._csv = root / "watchlist.csv"
        self._csv.write_text(CSV)
        self._outside = {name: environ[name] for name in FROM_OUTSIDE if name in environ}
        self._service: dict[str, str] = dict(DRY_RUN_DAY)

    def play(self, steps: Iterable[DrillStep] = STEPS) -> Iterator[StepResult]:
        """Step after step; after one that failed the rest would only confuse."""
        for step in steps:
            outcome = self._do(step)
            yield outcome
            if not outcome.passed:
                return

    def _do(self, step: DrillStep) -> StepResult:
        for name, value in step.sets.items():
            if value is None:
                self._service.pop(name, None)
            else:
                self._service[name] = self._token() if value == TOKEN else value
        words = [self._filled(word) for word in step.command]
        shown = f"execution {' '.join(words)}"
        try:
            done = subprocess.run(
                [sys.executable, "-m", "execution", *words],
                cwd=CHECKOUT,
                env=self._environment(),
                capture_output=True,
                text=True,
                errors="backslashreplace",
                timeout=STEP_SECONDS,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return StepResult(step, shown, "", (f"an end within {STEP_SECONDS} s",))
        said = done.stdout + done.stderr
        patterns = [self._filled(pattern) for pattern in step.sees]
        missing = [pattern for pattern in patterns if re.search(pattern, said, re.MULTILINE) is None]
        if done.returncode not in step.codes:
            missing.insert(0, f"exit {' or '.join(map(str, step.codes))} (it was {done.returncode})")
        return StepResult(step, shown, said, tuple(missing))

    def _environment(self) -> dict[str, str]:
        own = {"AVWAP_STATE_DIR": str(self._state.root), "AVWAP_ENV_FILE": os.devnull}
        return {**self._outside, **self._service, **own}

    def _filled(self, text: str) -> str:
        if "{account}" in text:
            text = text.replace("{account}", self._account())
        return text.replace("{csv}", str(self._csv))

    def _account(self) -> str:
        try:
            return self._state.read_record().account or "unbound"
        except StateUnreadable:
            return "unknown"

    def _token(self) -> str:
        try:
            return read_bytes(self._state.token).decode("utf-8", "surrogateescape")
        except StateUnreadable:
            return ""


def is_whole(outcomes: list[StepResult]) -> bool:
    """Every step was done and seen."""
    return len(outcomes) == len(STEPS) and all(outcome.passed for outcome in outcomes)


def keep_record(path: Path, at: datetime, session: str, outcomes: list[StepResult]) -> None:
    """drill.json, for `go-nogo`: when, in which session, and whether every step was seen."""
    passed = is_whole(outcomes)
    steps = [{"title": one.step.title, "command": one.command, "passed": one.passed} for one in outcomes]
    document = {"schema": SCHEMA, "at": at.isoformat(timespec="seconds"), "session": session, "passed": passed}
    replace(path, render({**document, "steps": steps}))
