"""Go through the list for after the close: the day's orders, nothing left resting, LIVE off, the summary told.

Reads only and says what to do next. Exit 0, 1 with warnings, 2 when something must not be so.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.checks.ask import answers_of
from execution.checks.catalog import CLOSE_DAY
from execution.checks.finding import exit_code, worst
from execution.checks.show import by_question, counted, document, show, verdict
from gates.base.output import say, say_json


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    facts, answers = answers_of(CLOSE_DAY, environ)
    result = worst(answers)
    if args.json:
        say_json(document("close-day", facts, answers))
    else:
        show(facts, answers, by_question)
        say(f"close-day: {verdict(result)} ({counted(answers)})")
    return exit_code(result)
