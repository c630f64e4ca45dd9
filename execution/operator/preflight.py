"""Judges the answers of a preflight, and keeps the record that `arm` goes by."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

from execution.checks import preflight as preflights
from execution.checks.facts import Facts
from execution.checks.finding import EXIT_FAIL, CheckAnswer, Result, Unknown, exit_code, worst
from execution.checks.preflight import Preflight
from execution.state.directory import StateDir
from gates.base.record import dataclass
from gates.base.statefile import StateUnwritable


@dataclass(frozen=True, slots=True)
class PreflightJudged:
    """Holds the record, where it lies, and why it could not be kept, if it could not."""

    record: Preflight
    path: Path
    not_kept: str | None

    @property
    def passed(self) -> bool:
        return self.code != EXIT_FAIL

    @property
    def code(self) -> int:
        """The verb's exit code. A preflight that left no record fails, because `arm` goes by the record."""
        return exit_code(Result(self.record.result)) if self.record.passed and self.not_kept is None else EXIT_FAIL


def keep_preflight(facts: Facts, answers: tuple[CheckAnswer, ...], *, strict: bool) -> PreflightJudged:
    record, path = judged(facts, answers, strict=strict), StateDir(facts.state_root).preflight
    try:
        preflights.write(path, record)
    except StateUnwritable as unwritable:
        return PreflightJudged(record, path, str(unwritable))
    return PreflightJudged(record, path, None)


def judged(facts: Facts, answers: tuple[CheckAnswer, ...], *, strict: bool) -> Preflight:
    """The record: the worst answer, and by name what stands against a start."""
    against = (Result.FAIL, Result.WARN) if strict else (Result.FAIL,)
    account = None if isinstance(facts.look, Unknown) else facts.look.view.account
    return Preflight(
        schema=preflights.SCHEMA,
        at=facts.now,
        session=facts.session.day if facts.session is not None else facts.now.date(),
        account=account.number if account is not None else None,
        result=cast(Literal["PASS", "WARN", "FAIL"], worst(answers).value),
        strict=strict,
        failing=tuple(answer.check for answer in answers if answer.result in against),
    )
