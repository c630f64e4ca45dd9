"""Putting answers together is one-sided: one No is enough, and silence is a No."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import pytest

from gates.base.record import FrozenInstanceError
from gates.verdict import Answer, Gate, Status, Verdict, allow, ask, ask_all, no_data, refusals, refuse, strictest

YES = Answer("first", allow("first", "fine"))
NO = Answer("second", refuse("second", "not fine (2 of 1)"))
UNASKED = Answer("unasked", no_data("unasked", "not known"))
LATER_NO = Answer("third", refuse("third", "not fine either"))


def gate(answer: Callable[[Any], Any], name: str = "odd") -> Gate[Any]:
    return Gate(name, "Does it answer?", answer)


def raising(error: BaseException) -> Callable[[object], Verdict]:
    def answer(_: object) -> Verdict:
        raise error

    return answer


@pytest.mark.parametrize(
    ("verdict", "passed"),
    [
        (allow("code", "reason"), True),
        (refuse("code", "reason"), False),
        (Verdict("PASS", "code", "reason"), False),
        (Verdict(True, "code", "reason"), False),
        (Verdict(None, "code", "reason"), False),
    ],
)
def test_only_the_pass_status_passes(verdict: Verdict, passed: bool) -> None:
    assert verdict.passed is passed


def test_allow_and_refuse_are_whole_verdicts() -> None:
    assert allow("code", "reason") == Verdict(Status.PASS, "code", "reason")
    assert refuse("code", "reason") == Verdict(Status.FAIL, "code", "reason")


def test_a_question_that_could_not_be_asked_has_a_status_of_its_own_and_is_a_no() -> None:
    assert [status.value for status in Status] == ["PASS", "FAIL", "NO-DATA"]
    assert no_data("code", "reason") == Verdict(Status.NO_DATA, "code", "reason")
    assert not no_data("code", "reason").passed


def test_a_verdict_cannot_be_changed_after_the_fact() -> None:
    with pytest.raises(FrozenInstanceError):
        refuse("code", "reason").status = Status.PASS  # type: ignore[misc]


def test_ask_names_the_gate_and_keeps_its_verdict() -> None:
    assert ask(gate(lambda facts: allow("code", f"saw {facts}")), 7) == Answer("odd", allow("code", "saw 7"))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("bad"), "ValueError: bad"),
        (KeyError("AAPL"), "KeyError: 'AAPL'"),
        (AttributeError("no such fact"), "AttributeError: no such fact"),
        (ZeroDivisionError("by zero"), "ZeroDivisionError: by zero"),
        (AssertionError(), "AssertionError: "),
        (RecursionError("too deep"), "RecursionError: too deep"),
        (MemoryError(), "MemoryError: "),
        (StopIteration(), "StopIteration: "),
        (OSError(5, "Input/output error"), "OSError: [Errno 5] Input/output error"),
    ],
)
def test_a_gate_that_raises_has_said_no(error: Exception, words: str) -> None:
    assert ask(gate(raising(error)), None) == Answer("odd", refuse("odd.broken", f"gate odd broke ({words})"))


def test_a_comparison_with_nan_is_a_no() -> None:
    def cap(limit: Decimal) -> Verdict:
        return allow("cap", "fits") if Decimal(1) < limit else refuse("cap", "full")

    answer = ask(gate(cap), Decimal("NaN"))
    assert (answer.verdict.status, answer.verdict.code) == (Status.FAIL, "odd.broken")
    assert InvalidOperation.__name__ in answer.verdict.reason


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), SystemExit(0)])
def test_an_operators_interrupt_is_not_an_answer(stop: BaseException) -> None:
    with pytest.raises(type(stop)):
        ask(gate(raising(stop)), None)


@pytest.mark.parametrize("silence", [None, True, 1, "PASS", Status.PASS, YES, Verdict, {"status": "PASS"}])
def test_anything_but_a_verdict_is_a_no(silence: object) -> None:
    assert ask(gate(lambda _: silence), None) == Answer("odd", refuse("odd.broken", "gate odd gave no verdict"))


def test_every_gate_is_asked_and_every_answer_kept_in_order() -> None:
    asked: list[str] = []

    def noting(name: str, verdict: Verdict) -> Gate[object]:
        def answer(_: object) -> Verdict:
            asked.append(name)
            return verdict

        return gate(answer, name)

    gates = (noting("first", NO.verdict), gate(raising(ValueError("x")), "broken"), noting("last", YES.verdict))
    answers = ask_all(iter(gates), None)
    assert [answer.gate for answer in answers] == ["first", "broken", "last"]
    assert [answer.passed for answer in answers] == [False, False, True]
    assert asked == ["first", "last"]


def test_asking_no_gates_gives_no_answers() -> None:
    assert ask_all((), None) == ()


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        ((), ()),
        ((YES,), ()),
        ((YES, NO, LATER_NO), (NO, LATER_NO)),
        ((NO, YES), (NO,)),
        ((UNASKED, NO, YES), (NO, UNASKED)),
    ],
)
def test_refusals_are_the_noes_in_order(answers: tuple[Answer, ...], left: tuple[Answer, ...]) -> None:
    assert refusals(answers) == left


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ((), refuse("no_answer", "no gate answered")),
        ((YES,), allow("ok", "live trading confirmed")),
        ((YES, YES), allow("ok", "live trading confirmed")),
        ((YES, NO), NO.verdict),
        ((NO, YES), NO.verdict),
        ((YES, NO, LATER_NO), NO.verdict),
        ((LATER_NO, NO), LATER_NO.verdict),
        ((UNASKED, YES), UNASKED.verdict),
        ((UNASKED, YES, NO), NO.verdict),
        ((Answer("odd", Verdict("PASS", "odd", "looks fine")),), Verdict("PASS", "odd", "looks fine")),
    ],
)
def test_the_first_no_wins_and_silence_is_a_no(answers: tuple[Answer, ...], verdict: Verdict) -> None:
    assert strictest(answers, "live trading confirmed") == verdict
