"""Tick the runbook's six boxes before LIVE, go or no-go: each by evidence and nothing else.

Exit 0 is GO, 1 is GO with something to look at, 2 is NO-GO. A box that cannot be known is not ticked.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.checks.ask import answers_of
from execution.checks.catalog import GO_NO_GO
from execution.checks.finding import Result, exit_code, worst
from execution.checks.show import by_question, counted, document, show
from gates.base.output import RESULTS, paint, say, say_json

WORDS = {Result.PASS: "GO", Result.WARN: "GO, but look at the warnings", Result.FAIL: "NO-GO: do not enable LIVE"}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    facts, answers = answers_of(GO_NO_GO, environ, must_be_known=True)
    result = worst(answers)
    if args.json:
        say_json({**document("go-nogo", facts, answers), "go": result is not Result.FAIL})
    else:
        show(facts, answers, by_question)
        say(f"{paint(WORDS[result], RESULTS[result.value])} ({counted(answers)})")
    return exit_code(result)
