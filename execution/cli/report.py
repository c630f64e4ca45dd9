"""Print one session in full: every order with its history, every refusal with its reason, every exit, closed gates.

Without --date it is of the last finished session. The short form of the same is `execution summary`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.report.detail import in_full
from execution.report.document import document
from execution.report.sheet import about, sheet
from execution.report.sources import chosen, read_session_report
from execution.report.tables import positions
from execution.report.terminal import print_sheet
from execution.wiring import open_service
from gates.base.errors import EXIT_DONE
from gates.base.output import say_json
from gates.base.record import replace


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--date", metavar="DATE", help="a session, or today; else the last finished one")
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    service = open_service(environ)
    report, curve = read_session_report(service, chosen(service, args.date))
    if args.json:
        say_json({"state_dir": str(service.state.root), **document(report, curve)})
        return EXIT_DONE
    shown = sheet(report, curve)
    held = tuple(one for one in (positions(report),) if one.rows)
    shown = replace(shown, about=about(report, "report"), tables=(*in_full(report), *held))
    print_sheet(shown, str(service.state.root))
    return EXIT_DONE
