"""Gathers the facts and asks a list of checks, for every verb of checks; no secret is in the answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from execution.checks.facts import Facts
from execution.checks.finding import Check, CheckAnswer, ask_all, unknown_fails
from execution.checks.gather import gather
from execution.checks.show import without_secrets
from execution.state.directory import StateDir


def answers_of(
    checks: Iterable[Check[Facts]], environ: Mapping[str, str], *, must_be_known: bool = False
) -> tuple[Facts, tuple[CheckAnswer, ...]]:
    """The facts and every answer; with `must_be_known` a NO-DATA that may not be is a FAIL."""
    checks = tuple(checks)
    facts = gather(environ)
    answers = ask_all(checks, facts)
    if must_be_known:
        answers = unknown_fails(checks, answers)
    return facts, without_secrets(answers, environ, StateDir(facts.state_root))
