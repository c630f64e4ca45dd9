"""Ask what must hold before a LIVE start, and keep the answer for `arm` in preflight.json.

Exit 0 when all pass, 1 with warnings, 2 when something fails; with --strict a warning fails too. What
cannot be known fails, but for what a start does not hang on (quotes before the open, timers where
there is no systemd, Slack when it is not configured): that is named and passes.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.checks.ask import answers_of
from execution.checks.catalog import PREFLIGHT
from execution.checks.finding import Result
from execution.checks.show import counted, document, show
from execution.operator.preflight import PreflightJudged, keep_preflight
from gates.base.output import RESULTS, paint, paragraph, say_json


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--strict", action="store_true", help="a warning fails too")
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    facts, answers = answers_of(PREFLIGHT, environ, must_be_known=True)
    done = keep_preflight(facts, answers, strict=args.strict)
    found, where = done.record, _where(done)
    unknown = [answer.check for answer in answers if answer.result is Result.NO_DATA]
    if args.json:
        more = {"strict": found.strict, "failing": list(found.failing), "acceptable_no_data": unknown, "record": where}
        say_json({**document("preflight", facts, answers), "passed": done.passed, **more})
        return done.code
    show(facts, answers)
    if unknown:
        paragraph(f"not known, and acceptable for a start: {', '.join(unknown)}")
    paragraph(where)
    strictly = " --strict" if args.strict else ""
    outcome = "passed" if done.passed else f"NOT passed: {', '.join(found.failing) or where}"
    said = f"preflight{strictly}: {found.result} ({counted(answers)}), {outcome}"
    paragraph(paint(said, RESULTS[found.result]))
    return done.code


def _where(done: PreflightJudged) -> str:
    if done.not_kept is not None:
        return f"no record kept: {done.not_kept}"
    return f"recorded for session {done.record.session} in {done.path}"
