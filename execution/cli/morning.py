"""Go through the morning list of the runbook: the scan, the cycles, Slack, yesterday's live ledger.

Reads only and says what to do next. Exit 0, 1 with warnings, 2 when something must not be so.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.checks.ask import answers_of
from execution.checks.catalog import MORNING
from execution.checks.finding import exit_code, worst
from execution.checks.show import by_question, counted, document, show, verdict
from gates.base.output import say, say_json


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    facts, answers = answers_of(MORNING, environ)
    result = worst(answers)
    if args.json:
        say_json(document("morning", facts, answers))
    else:
        show(facts, answers, by_question)
        say(f"morning: {verdict(result)} ({counted(answers)})")
    return exit_code(result)
