"""One session's summary: orders, fills, refusals, caps used, profit, closed gates, the ledger's digest.

Without --date it is of the last finished session: after the close today's, before it the one before.
--html writes a page that needs nothing else; --send tells Slack, once per session.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from execution.service import Service
from execution.story.curve import Curve
from execution.story.document import document
from execution.story.session import Story
from execution.story.sources import session_of_day, tell, usual
from execution.story.terminal import print_sheet
from execution.story.view import sheet
from execution.wiring import open_service
from gates.common.errors import EXIT_DONE
from gates.common.output import say, say_json
from gates.sessions import Session


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--date", metavar="DATE", help="a session, or today; else the last finished one")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write it as a page of its own")
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    service = open_service(environ)
    session = chosen(service, args.date)
    story, curve = tell(service, session)
    if args.html is not None:
        return _write_page(args.html, story, curve)
    if args.json:
        say_json({"state_dir": str(service.state.root), **document(story, curve)})
    else:
        print_sheet(sheet(story, curve), str(service.state.root))
    return EXIT_DONE


def chosen(service: Service, text: str | None) -> Session:
    now = service.clock.now()
    if text:
        return session_of_day(service.table, text, now)
    return usual(service.table, now, service.state.read_record().created_at)


def _write_page(path: Path, story: Story, curve: Curve) -> int:
    from execution.story.page import write_page

    write_page(path, story, curve)
    say(f"Written: {path}")
    return EXIT_DONE
