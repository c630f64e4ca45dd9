"""The engine: every check is asked, a broken one fails, the worst wins, silence passes nothing."""

from __future__ import annotations

from typing import Any, cast

import pytest

from execution.checks.catalog import CLOSE_DAY, DOCTOR, EVERY, GO_NO_GO, MORNING, PREFLIGHT
from execution.checks.finding import (
    BUG,
    Check,
    CheckAnswer,
    Finding,
    Result,
    Unknown,
    ask,
    ask_all,
    exit_code,
    failed,
    need,
    no_data,
    passed,
    unknown_fails,
    warning,
    worst,
)

PASS, WARN, FAIL, NO_DATA = Result.PASS, Result.WARN, Result.FAIL, Result.NO_DATA


def check(answer: Any, name: str = "disk", **changes: Any) -> Check[None]:
    return Check(name, "Is there room?", answer, **changes)


def answers(*results: Result) -> tuple[CheckAnswer, ...]:
    return tuple(CheckAnswer(str(n), "?", Finding(result, "seen", "do")) for n, result in enumerate(results))


def test_an_answer_carries_check_and_question() -> None:
    assert ask(check(lambda _: passed("5 MiB free")), None) == CheckAnswer(
        "disk", "Is there room?", passed("5 MiB free")
    )


def broken(_: None) -> Finding:
    raise ZeroDivisionError("by nought")


@pytest.mark.parametrize(
    ("answer", "evidence"),
    [
        (broken, "check disk broke (ZeroDivisionError: by nought)"),
        (lambda _: None, "check disk gave no finding"),
        (lambda _: True, "check disk gave no finding"),
    ],
)
def test_a_broken_check_is_a_fail_and_says_so(answer: Any, evidence: str) -> None:
    assert ask(check(answer), None).finding == failed(evidence, BUG)


def test_what_is_needed_and_not_known_is_no_data() -> None:
    unknown = cast(int | Unknown, Unknown("no answer", "ask again"))
    assert ask(check(lambda _: passed(f"{need(unknown)}")), None).finding == no_data("no answer", "ask again")
    assert need(5) == 5


def test_what_we_tripped_over_while_gathering_is_a_fail() -> None:
    unknown = cast(int | Unknown, Unknown("could not be gathered (KeyError: 'x')", is_bug=True))
    assert ask(check(lambda _: passed(f"{need(unknown)}")), None).finding == failed(unknown.why, BUG)


def test_one_broken_check_does_not_hide_the_others() -> None:
    asked = ask_all([check(broken), check(lambda _: passed("fine"), "clock")], None)
    assert [one.result for one in asked] == [FAIL, PASS]


@pytest.mark.parametrize(
    ("results", "result", "code"),
    [
        ((PASS,), PASS, 0), ((PASS, NO_DATA), PASS, 0), ((PASS, WARN, NO_DATA), WARN, 1), ((WARN, FAIL, PASS), FAIL, 2),
        ((NO_DATA, FAIL), FAIL, 2), ((NO_DATA, NO_DATA), FAIL, 2), ((), FAIL, 2),
    ],
)  # fmt: skip
def test_the_worst_wins_and_no_data_counts_as_neither(results: tuple[Result, ...], result: Result, code: int) -> None:
    assert worst(answers(*results)) is result
    assert exit_code(result) == code


def test_a_start_hangs_on_what_must_be_known() -> None:
    checks = (check(broken, "0", may_be_unknown=True), check(broken, "1"), check(broken, "2"))
    judged = unknown_fails(checks, answers(NO_DATA, NO_DATA, WARN))
    assert [one.finding for one in judged] == [
        no_data("seen", "do"),
        failed("not known: seen", "do"),
        warning("seen", "do"),
    ]


def test_names_are_unique_and_every_question_is_one() -> None:
    for checks in (DOCTOR, PREFLIGHT, GO_NO_GO, MORNING, CLOSE_DAY, EVERY):
        names = [one.name for one in checks]
        assert len(names) == len(set(names))
        assert all(one.question for one in checks)


def test_a_live_start_does_not_hang_on_these_alone() -> None:
    unknown_is_fine = {one.name for one in PREFLIGHT if one.may_be_unknown}
    assert unknown_is_fine == {"data_feed", "timers", "drop_ins", "slack"}
    assert not any(one.may_be_unknown for one in GO_NO_GO)
