"""Judge whether the service is alive, by heartbeat, timers, outbox and the watchlist before the open, and tell.

For a timer of its own, because a dead process cannot report itself: silence is told once, and once when
it is over. It asks the broker nothing. With --act, and WATCH_SUSPEND_SECONDS set, a silence of that
length while LIVE makes it set the broker's own suspend flag; `execution unkill` lifts it.
Exit: 0 all well, 1 something needs a look, 2 silent or three cycles failed in a row, 69 it could not be told (it is
said again next time).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from execution.checks.finding import Result, exit_code, worst
from execution.checks.watch import WatchReport, watch
from execution.service import Service
from execution.wiring import open_service
from gates.base.errors import EXIT_UNREACHABLE
from gates.base.output import paragraph, say_json, table
from gates.base.record import replace
from gates.base.sessions import new_york_text


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--act", action="store_true", help="suspend trading at the broker when LIVE and silent too long"
    )
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    service = open_service(environ)
    journal = replace(service.journal, out=sys.stderr)  # what is printed here is a table or JSON
    return watch_and_show(replace(service, journal=journal), act=args.act, as_json=args.json)


def watch_and_show(service: Service, *, act: bool = False, as_json: bool = False) -> int:
    report = watch(service, act=act)
    _show(service, report, as_json=as_json)
    result = worst(report.answers)
    return EXIT_UNREACHABLE if result is not Result.FAIL and not report.delivered else exit_code(result)


def _show(service: Service, report: WatchReport, *, as_json: bool) -> None:
    found = [(one.check, one.result.value, one.finding.evidence) for one in report.answers]
    if as_json:
        rows = [{"what": what, "status": status, "words": words} for what, status, words in found]
        say_json({"state_dir": str(service.state.root), "now": report.now, "findings": rows})
        return
    paragraph(f"State dir {service.state.root}, {new_york_text(report.now)}")
    table(("", "status", "what was found"), found)
