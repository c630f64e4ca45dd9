"""Show what is latched, or clear one latch with a reason that is kept.

A latch closes entries until a person clears it. `flatten` also keeps the janitor from protecting what is
being closed; `flatten:AAPL` does both for that one symbol. Cleared while shares are still held, they get
their stops back in the next cycles. A latches.json that cannot be read is the latch `unreadable`: clearing it
puts the file aside.

  execution latches show
  execution latches clear flatten --reason "all closed, checked on the broker's page"
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime

from execution.cli.refusals import error_of
from execution.operator.unlatch import NotUnlatched, unlatch
from execution.operator.word import PersonsWord
from execution.state import latches
from execution.state.directory import StateDir
from execution.state.latches import Cleared, Latch, Latches
from execution.state.markers import known_state_dir, who
from gates.base.errors import EXIT_DONE
from gates.base.output import paragraph, say, say_json, table
from gates.base.sessions import new_york_text
from gates.base.statefile import StateUnreadable


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="show|clear")
    show = actions.add_parser("show", help="what is latched, and what was cleared")
    show.add_argument("--json", action="store_true", help="machine-readable")
    clear = actions.add_parser("clear", help="end one latch")
    clear.add_argument("name", metavar="NAME")
    clear.add_argument("--reason", required=True, metavar="TEXT", help="why it is safe again; kept")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    state = known_state_dir(environ)
    if args.action == "clear":
        return _clear(state, args.name, PersonsWord(datetime.now(UTC), who(environ), args.reason))
    try:
        found, problem = latches.load(state.latches), None
    except StateUnreadable as broken:
        found, problem = Latches(), broken.what
    if args.json:
        say_json(_document(state, found, problem))
        return EXIT_DONE
    paragraph(f"State dir {state.root}")
    say()
    if problem is not None:
        paragraph(f"{state.latches.name} is unreadable ({problem}); it closes entries like a latch.")
        say(f"`execution latches clear {latches.UNREADABLE} --reason TEXT` puts it aside.")
    elif not found.latches:
        say("Nothing is latched.")
    else:
        table(("latch", "since", "by", "why"), [_row(one) for one in found.latches])
    if found.cleared:
        say()
        rows = [(*_row(one.latch), new_york_text(one.at), one.by, one.why) for one in found.cleared]
        table(("was latched", "since", "by", "why", "cleared", "by", "because"), rows)
    return EXIT_DONE


def _clear(state: StateDir, name: str, word: PersonsWord) -> int:
    done = unlatch(state, name, word)
    if isinstance(done, NotUnlatched):
        raise error_of(done)
    say(f"State dir {state.root}\ncleared: {done.latch}")
    if done.protects_again:
        say("Shares of ours that are still held get their stops back in the next cycles.")
    return EXIT_DONE


def _row(latch: Latch) -> tuple[str, str, str, str]:
    return latch.name, new_york_text(latch.at), latch.by, latch.why


def _document(state: StateDir, found: Latches, problem: str | None) -> dict[str, object]:
    return {
        "state_dir": str(state.root),
        "problem": problem,
        "latches": [_plain(latch) for latch in found.latches],
        "cleared": [_cleared(one) for one in found.cleared],
    }


def _plain(latch: Latch) -> dict[str, object]:
    return {"name": latch.name, "at": latch.at, "by": latch.by, "why": latch.why}


def _cleared(one: Cleared) -> dict[str, object]:
    return {**_plain(one.latch), "cleared_at": one.at, "cleared_by": one.by, "because": one.why}
