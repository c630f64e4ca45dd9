"""Print one session's summary: orders, fills, refusals, caps used, profit, closed gates, the ledger's digest.

Without --date it is of the last finished session: after the close today's, before it the one before.
--html writes a page that needs nothing else. --send tells Slack, once per session, the sessions before
it too that were not told yet (three at most); with --date it is told again.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from execution.report.document import document
from execution.report.sheet import sheet
from execution.report.sources import chosen, read_session_report
from execution.report.terminal import print_sheet
from execution.service import Service
from execution.wiring import open_service
from gates.base.errors import EXIT_DONE, EXIT_NOT_FINISHED, EXIT_NOT_NOW, SettingsError, UsageError
from gates.base.output import paragraph, say, say_json
from gates.base.sessions import Session, new_york_text


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--date", metavar="DATE", help="a session, or today; else the last finished one")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write it as a page of its own")
    parser.add_argument("--send", action="store_true", help="tell Slack, once per session; again with --date")
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if args.send and (args.json or args.html):
        raise UsageError("--send goes without --json and --html; call the verb once for each")
    service = open_service(environ)
    if args.send:
        return _send(service, args.date)
    report, curve = read_session_report(service, chosen(service, args.date))
    if args.html is not None:
        from execution.report.page import write_page

        write_page(args.html, report, curve)
        paragraph(f"Written: {args.html}, session {report.session}, from {service.state.root}")
    elif args.json:
        say_json({"state_dir": str(service.state.root), **document(report, curve)})
    else:
        print_sheet(sheet(report, curve), str(service.state.root))
    return EXIT_DONE


def _send(service: Service, text: str | None) -> int:
    from execution.report import send as report_send

    if service.channel is None:
        remedy = "set SLACK_WEBHOOK_URL, or SLACK_BOT_TOKEN and SLACK_CHANNEL"
        raise SettingsError([f"there is no Slack to send to; {remedy}"])
    wanted = (chosen(service, text),) if text else _due(service)
    code = EXIT_DONE
    for session in wanted:
        result = report_send.send(service, session, again=bool(text)).result
        say(f"Summary of {session}: {result.value}")
        if result is report_send.SendResult.NOT_KEPT:
            code = EXIT_NOT_NOW
        elif result is report_send.SendResult.WAITS and code == EXIT_DONE:
            code = EXIT_NOT_FINISHED
    return code


def _due(service: Service) -> tuple[Session, ...]:
    """The sessions to tell; where there is none, why."""
    from execution.report.send import due

    found = due(service)
    if found.sessions:
        return found.sessions
    last, at = found.last_told, found.told_at
    if last is not None and at is not None:
        say(f"Summary of {last} was told {new_york_text(at)}; --date {last} tells it again")
    else:
        say("No session has finished yet since this state dir was made; nothing to send")
    return ()
