"""Make the confirm token alone, as the runbook does with openssl, or hand it on: it serves one session.

`execution arm` makes one that is bound to host, account, caps and session; prefer that.

  execution token new
  execution token print | ...      the text, for a pipe that puts it where the service reads it
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from execution.cli.refusals import error_of
from execution.cli.token_lines import is_droplet, lines_for_the_token
from execution.operator.token import NotMade, make_token, text_of_token
from execution.state.directory import StateDir
from execution.state.markers import known_state_dir
from gates.base.errors import EXIT_DONE, UsageError
from gates.base.output import say


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("new", "print"),
        help="new: write a new file, the old token ends; print: its text, into a pipe",
    )


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    state = known_state_dir(environ)
    if args.action == "print":
        return _print(state)
    made = make_token(state)
    if isinstance(made, NotMade):
        raise error_of(made)
    say(f"{made.path} written, 0600. The text itself is not shown.\n")
    for line in lines_for_the_token(state, droplet=is_droplet(environ)):
        say(line)
    return EXIT_DONE


def _print(state: StateDir) -> int:
    """The exact text, to a program and never to a screen."""
    if sys.stdout.isatty():
        raise UsageError("token print writes into a pipe, not on a screen; `execution arm` prints the whole line")
    sys.stdout.buffer.write(text_of_token(state))
    return EXIT_DONE
