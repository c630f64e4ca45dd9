"""Ask what must hold before a LIVE start, and keep the answer for `arm` in preflight.json.

Exit 0 when all pass, 1 with warnings, 2 when something fails; with --strict a warning fails too. What
cannot be known fails, but for what a start does not hang on (quotes before the open, timers where
there is no systemd, Slack when it is not configured): that is named and passes.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Literal, cast

from execution.checks import preflight as checks_preflight
from execution.checks.ask import answers_of
from execution.checks.catalog import PREFLIGHT
from execution.checks.facts import Facts
from execution.checks.finding import EXIT_FAIL, CheckAnswer, Result, Unknown, exit_code, worst
from execution.checks.preflight import Preflight
from execution.checks.show import counted, document, show
from execution.state.directory import StateDir
from gates.base.output import RESULTS, paint, paragraph, say_json
from gates.base.statefile import StateUnwritable


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--strict", action="store_true", help="a warning fails too")
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    facts, answers = answers_of(PREFLIGHT, environ, must_be_known=True)
    found = judged(facts, answers, strict=args.strict)
    kept, where = _keep(facts, found)
    code = exit_code(Result(found.result)) if found.passed and kept else EXIT_FAIL
    unknown = [answer.check for answer in answers if answer.result is Result.NO_DATA]
    if args.json:
        more = {"strict": found.strict, "failing": list(found.failing), "acceptable_no_data": unknown, "record": where}
        say_json({**document("preflight", facts, answers), "passed": code != EXIT_FAIL, **more})
        return code
    show(facts, answers)
    if unknown:
        paragraph(f"not known, and acceptable for a start: {', '.join(unknown)}")
    paragraph(where)
    strictly = " --strict" if args.strict else ""
    outcome = "passed" if code != EXIT_FAIL else f"NOT passed: {', '.join(found.failing) or where}"
    said = f"preflight{strictly}: {found.result} ({counted(answers)}), {outcome}"
    paragraph(paint(said, RESULTS[found.result]))
    return code


def judged(facts: Facts, answers: tuple[CheckAnswer, ...], *, strict: bool) -> Preflight:
    """The record: the worst answer, and by name what stands against a start."""
    against = (Result.FAIL, Result.WARN) if strict else (Result.FAIL,)
    account = None if isinstance(facts.look, Unknown) else facts.look.view.account
    return Preflight(
        schema=checks_preflight.SCHEMA,
        at=facts.now,
        session=facts.session.day if facts.session is not None else facts.now.date(),
        account=account.number if account is not None else None,
        result=cast(Literal["PASS", "WARN", "FAIL"], worst(answers).value),
        strict=strict,
        failing=tuple(answer.check for answer in answers if answer.result in against),
    )


def _keep(facts: Facts, found: Preflight) -> tuple[bool, str]:
    path = StateDir(facts.state_root).preflight
    try:
        checks_preflight.write(path, found)
    except StateUnwritable as unwritable:
        return False, f"no record kept: {unwritable}"
    return True, f"recorded for session {found.session} in {path}"
