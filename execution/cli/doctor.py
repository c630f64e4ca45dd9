"""Ask every check about this installation: what was found, and what to do next.

Reads only. Exit 0 when all pass, 1 when something should be looked at, 2 when something must not be so.
NO-DATA is what cannot be known now, such as the age of quotes while the market is closed.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.checks.ask import answers_of
from execution.checks.catalog import DOCTOR
from execution.checks.finding import exit_code, worst
from execution.checks.show import counted, document, show, verdict
from gates.base.output import say, say_json


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    facts, answers = answers_of(DOCTOR, environ)
    result = worst(answers)
    if args.json:
        say_json(document("doctor", facts, answers))
    else:
        show(facts, answers)
        say(f"doctor: {verdict(result)} ({counted(answers)})")
    return exit_code(result)
