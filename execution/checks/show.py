"""How answers are shown: a table people can read at night, or JSON; the same words in both.

Evidence may quote what others said, so everything goes through the redaction before it is shown.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from execution.checks.facts import Facts
from execution.checks.finding import Answer, Finding, Result, worst
from execution.keeping.effective import known_secrets
from execution.keeping.redaction import hide_text
from execution.statedir import StateDir
from gates.common.output import BOLD, DIM, GREEN, RED, paint, pairs, say
from gates.sessions import new_york_text

YELLOW, GREY = "33", "90"
COLOURS = {Result.PASS: GREEN, Result.WARN: YELLOW, Result.FAIL: RED, Result.NO_DATA: GREY}
NARROWEST = 40
RESULT_WIDTH = len(Result.NO_DATA.value)

Label = Callable[[Answer], str]


def by_name(answer: Answer) -> str:
    return answer.check


def by_question(answer: Answer) -> str:
    return answer.question


def without_secrets(answers: Iterable[Answer], environ: Mapping[str, str], state: StateDir) -> tuple[Answer, ...]:
    known = known_secrets(environ, state)

    def clean(finding: Finding) -> Finding:
        return Finding(finding.result, hide_text(finding.evidence, known), hide_text(finding.action, known))

    return tuple(Answer(one.check, one.question, clean(one.finding)) for one in answers)


def show(facts: Facts, answers: tuple[Answer, ...], label: Label = by_name) -> None:
    pairs(
        [
            ("state dir", str(facts.state_root)),
            ("broker", facts.broker_name),
            ("now", f"{new_york_text(facts.now)}, {_session(facts)}"),
        ]
    )
    say()
    width = max(len(label(answer)) for answer in answers)
    say(paint(f"{'check'.ljust(width)}  {'result'.ljust(RESULT_WIDTH)}  evidence", BOLD))
    for answer in answers:
        first, *more = _wrapped(answer.finding.evidence, width + RESULT_WIDTH + 4)
        say(f"{label(answer).ljust(width)}  {word(answer.result)}  {first}")
        for line in more:
            say(f"{'':{width + RESULT_WIDTH + 4}}{line}")
    todo = [(label(one), one.finding.action) for one in answers if one.finding.action]
    if todo:
        say(f"\n{paint('what to do', BOLD)}")
    for name, action in todo:
        first, *more = _wrapped(action, width + 2)
        say(f"{paint(name.ljust(width), DIM)}  {first}")
        for line in more:
            say(f"{'':{width + 2}}{line}")
    say()


def counted(answers: Iterable[Answer]) -> str:
    """2 FAIL, 1 WARN, 17 PASS, 2 NO-DATA"""
    counts = Counter(answer.result for answer in answers)
    order = (Result.FAIL, Result.WARN, Result.PASS, Result.NO_DATA)
    return ", ".join(f"{counts[result]} {result.value}" for result in order if counts[result])


def word(result: Result) -> str:
    """As wide as the widest of them, so that columns stand."""
    return paint(result.value.ljust(RESULT_WIDTH), COLOURS[result])


def verdict(result: Result) -> str:
    return paint(result.value, COLOURS[result])


def document(verb: str, facts: Facts, answers: tuple[Answer, ...]) -> dict[str, object]:
    return {
        "verb": verb,
        "state_dir": str(facts.state_root),
        "broker": facts.broker_name,
        "now": facts.now,
        "session": str(facts.session) if facts.session else None,
        "result": worst(answers).value,
        "checks": [
            {
                "check": one.check,
                "question": one.question,
                "result": one.result.value,
                "evidence": one.finding.evidence,
                "action": one.finding.action,
            }
            for one in answers
        ],
    }


def _session(facts: Facts) -> str:
    if facts.session is None:
        return "no session known"
    if facts.pulse.opened is not None:
        return f"session {facts.session} open until {new_york_text(facts.session.closes)}"
    return f"market closed, session {facts.session} opens {new_york_text(facts.session.opens)}"


def _wrapped(text: str, indent: int) -> list[str]:
    """One line, or on a terminal as many as fit beside what stands before them."""
    if not sys.stdout.isatty():
        return [text]
    return textwrap.wrap(text, max(NARROWEST, shutil.get_terminal_size().columns - indent)) or [""]
