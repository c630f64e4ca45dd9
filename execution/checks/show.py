"""Shows answers: a table people can read at night, or JSON; the same words in both.

Evidence may quote what others said, so everything goes through the redaction before it is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from execution.checks.facts import Facts
from execution.checks.finding import CheckAnswer, Finding, Result, worst
from execution.settings.redaction import hide_text
from execution.snapshots.effective import known_secrets
from execution.state.directory import StateDir
from gates.base.colours import BOLD
from gates.base.output import Painted, paint, pairs, result_word, say, table
from gates.base.sessions import new_york_text

Label = Callable[[CheckAnswer], str]


def by_name(answer: CheckAnswer) -> str:
    return answer.check


def by_question(answer: CheckAnswer) -> str:
    return answer.question


def without_secrets(
    answers: Iterable[CheckAnswer], environ: Mapping[str, str], state: StateDir
) -> tuple[CheckAnswer, ...]:
    known = known_secrets(environ, state)

    def clean(finding: Finding) -> Finding:
        return Finding(finding.result, hide_text(finding.evidence, known), hide_text(finding.action, known))

    return tuple(CheckAnswer(one.check, one.question, clean(one.finding)) for one in answers)


def show(facts: Facts, answers: tuple[CheckAnswer, ...], label: Label = by_name) -> None:
    pairs(
        [
            ("state dir", str(facts.state_root)),
            ("broker", facts.broker_name),
            ("now", f"{new_york_text(facts.now)}, {_session(facts)}"),
        ]
    )
    say()
    rows = [(label(answer), verdict(answer.result), answer.finding.evidence) for answer in answers]
    table(("check", "result", "evidence"), rows)
    todo = [(label(one), one.finding.action) for one in answers if one.finding.action]
    if todo:
        say()
        say(paint("what to do", BOLD))
        pairs(todo)
    say()


def counted(answers: Iterable[CheckAnswer]) -> str:
    """2 FAIL, 1 WARN, 17 PASS, 2 NO-DATA"""
    counts = Counter(answer.result for answer in answers)
    order = (Result.FAIL, Result.WARN, Result.PASS, Result.NO_DATA)
    return ", ".join(f"{counts[result]} {result.value}" for result in order if counts[result])


def verdict(result: Result) -> Painted:
    return result_word(result.value)


def document(verb: str, facts: Facts, answers: tuple[CheckAnswer, ...]) -> dict[str, object]:
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
