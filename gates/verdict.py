"""Defines the answer every gate gives, and how answers are put together.

A verdict is a status, a code for machines and a reason for people; the reason names the number and
the limit whether the gate passed or not. NO-DATA is the answer to a question that could not be asked,
and it is a No like FAIL. Putting verdicts together is one-sided on purpose: one No
is enough, and silence is a No, so a forgotten or broken gate can close trading but never open it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Generic, TypeVar

from gates.base.record import dataclass


class Status(Enum):
    PASS = "PASS"
    FAIL = "FAIL"
    NO_DATA = "NO-DATA"


@dataclass(frozen=True, slots=True)
class Verdict:
    status: Status
    code: str
    reason: str

    @property
    def passed(self) -> bool:
        return self.status is Status.PASS


def allow(code: str, reason: str) -> Verdict:
    return Verdict(Status.PASS, code, reason)


def refuse(code: str, reason: str) -> Verdict:
    return Verdict(Status.FAIL, code, reason)


def no_data(code: str, reason: str) -> Verdict:
    """The question could not be asked; counts as a No."""
    return Verdict(Status.NO_DATA, code, reason)


Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True)
class Gate(Generic[Facts]):
    """One question: its name in the journal, the question in plain words, and who answers it."""

    name: str
    question: str
    answer: Callable[[Facts], Verdict]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one gate said."""

    gate: str
    verdict: Verdict

    @property
    def passed(self) -> bool:
        return self.verdict.passed


def ask(gate: Gate[Facts], facts: Facts) -> Answer:
    """Ask one gate. A gate that raises, or answers with anything but a verdict, has said No."""
    try:
        verdict = gate.answer(facts)
    except Exception as broken:  # noqa: BLE001 - whatever a gate trips over, the answer is No
        verdict = refuse(f"{gate.name}.broken", f"gate {gate.name} broke ({type(broken).__name__}: {broken})")
    if not isinstance(verdict, Verdict):
        verdict = refuse(f"{gate.name}.broken", f"gate {gate.name} gave no verdict")
    return Answer(gate.name, verdict)


def ask_all(gates: Iterable[Gate[Facts]], facts: Facts) -> tuple[Answer, ...]:
    """Ask every gate and keep every answer; nothing is skipped because an earlier gate failed."""
    return tuple(ask(gate, facts) for gate in gates)


def refusals(answers: Iterable[Answer]) -> tuple[Answer, ...]:
    """Every No in printing order. What is known comes before what could not be asked."""
    noes = (answer for answer in answers if not answer.passed)
    return tuple(sorted(noes, key=lambda answer: answer.verdict.status is Status.NO_DATA))


def strictest(answers: tuple[Answer, ...], all_pass: str) -> Verdict:
    """The first of the refusals; `all_pass` as the reason when there is none; no answer is a No."""
    if not answers:
        return refuse("no_answer", "no gate answered")
    noes = refusals(answers)
    return noes[0].verdict if noes else allow("ok", all_pass)
