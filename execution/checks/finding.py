"""Defines a question, its answer, and how answers are put together.

    PASS      as it should be
    WARN      works, and a person should look
    FAIL      must not be so
    NO-DATA   cannot be known now, with the reason; counts as neither

A finding carries its evidence with number and limit, and what to do next in words. Every check is
asked; one that raises is a FAIL that says so; the worst answer wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Generic, TypeVar

from gates.base.record import dataclass

EXIT_PASS, EXIT_WARN, EXIT_FAIL = 0, 1, 2
BUG = "a bug of ours: treat it as a No, and report it with this line"

T = TypeVar("T")
Facts = TypeVar("Facts")


class Result(Enum):
    PASS = "PASS"
    WARN = "WARN"
    FAIL = "FAIL"
    NO_DATA = "NO-DATA"


@dataclass(frozen=True, slots=True)
class Finding:
    """`action` is empty only where there is nothing to do."""

    result: Result
    evidence: str
    action: str = ""


def passed(evidence: str) -> Finding:
    return Finding(Result.PASS, evidence)


def warning(evidence: str, action: str) -> Finding:
    return Finding(Result.WARN, evidence, action)


def failed(evidence: str, action: str) -> Finding:
    return Finding(Result.FAIL, evidence, action)


def no_data(evidence: str, action: str = "") -> Finding:
    return Finding(Result.NO_DATA, evidence, action)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be had, in place of it. `is_bug` when we tripped over it ourselves, `missing` when its file
    is not there."""

    why: str
    action: str = ""
    is_bug: bool = False
    missing: bool = False


class Unanswered(Exception):
    """Raised by a check that needs what is not known; its answer is NO-DATA."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.why)
        self.unknown = unknown


def need(fact: T | Unknown) -> T:
    if isinstance(fact, Unknown):
        raise Unanswered(fact)
    return fact


@dataclass(frozen=True, slots=True)
class Check(Generic[Facts]):
    """One question: its name, the question in plain words, who answers it. `may_be_unknown` says that
    a LIVE start may go ahead without an answer."""

    name: str
    question: str
    answer: Callable[[Facts], Finding]
    may_be_unknown: bool = False


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """What one check said."""

    check: str
    question: str
    finding: Finding

    @property
    def result(self) -> Result:
        return self.finding.result


def ask(check: Check[Facts], facts: Facts) -> CheckAnswer:
    """Ask one check. One that raises, or answers with anything but a finding, has failed."""
    try:
        finding = check.answer(facts)
        if not isinstance(finding, Finding):
            finding = _broken(check.name, "gave no finding")
    except Unanswered as unanswered:
        unknown = unanswered.unknown
        finding = failed(unknown.why, BUG) if unknown.is_bug else no_data(unknown.why, unknown.action)
    except Exception as broken:  # noqa: BLE001 - whatever a check trips over is a FAIL, never a crash
        finding = _broken(check.name, f"broke ({type(broken).__name__}: {broken})")
    return CheckAnswer(check.name, check.question, finding)


def ask_all(checks: Iterable[Check[Facts]], facts: Facts) -> tuple[CheckAnswer, ...]:
    return tuple(ask(check, facts) for check in checks)


def unknown_fails(checks: Iterable[Check[Facts]], answers: Iterable[CheckAnswer]) -> tuple[CheckAnswer, ...]:
    """The answers where every NO-DATA that may not be is a FAIL."""
    may = {check.name for check in checks if check.may_be_unknown}
    return tuple(
        CheckAnswer(one.check, one.question, failed(f"not known: {one.finding.evidence}", one.finding.action))
        if one.result is Result.NO_DATA and one.check not in may
        else one
        for one in answers
    )


def worst(answers: Iterable[CheckAnswer]) -> Result:
    """FAIL before WARN before PASS; nothing known at all is a FAIL."""
    results = {answer.result for answer in answers}
    for result in (Result.FAIL, Result.WARN, Result.PASS):
        if result in results:
            return result
    return Result.FAIL


def exit_code(result: Result) -> int:
    return {Result.PASS: EXIT_PASS, Result.WARN: EXIT_WARN}.get(result, EXIT_FAIL)


def _broken(name: str, what: str) -> Finding:
    return failed(f"check {name} {what}", BUG)
