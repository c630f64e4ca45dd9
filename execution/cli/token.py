"""Make the confirm token alone, as the runbook does with openssl, or hand it on: it serves one session.

`execution arm` makes one that is bound to host, account, caps and session; prefer that.

  execution token new
  execution token print | ...      the text, for a pipe that puts it where the service reads it
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from execution.cli.token_lines import is_droplet, lines_for_the_token
from execution.state.arming import require_own_token, write_token
from execution.state.directory import require_used
from execution.state.markers import known_state_dir
from execution.state.switches import token_file
from gates.base.errors import EXIT_DONE, UsageError
from gates.base.output import say
from gates.base.statefile import StateUnreadable, read_bytes

FORM = re.compile(rb"[A-Za-z0-9-]{16,200}")
"""What `arm`, `token new` and the runbook's openssl make."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("new", "print"),
        help="new: write a new file, the old token ends; print: its text, into a pipe",
    )


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    state = known_state_dir(environ)
    require_used(state)
    if args.action == "print":
        return _print(token_file(state))
    require_own_token(state)
    write_token(state)
    say(f"{state.token} written, 0600. The text itself is not shown.\n")
    for line in lines_for_the_token(state, droplet=is_droplet(environ)):
        say(line)
    return EXIT_DONE


def _print(path: Path) -> int:
    """The exact text, to a program and never to a screen."""
    if sys.stdout.isatty():
        raise UsageError("token print writes into a pipe, not on a screen; `execution arm` prints the whole line")
    text = read_bytes(path)
    if not FORM.fullmatch(text):
        raise StateUnreadable(path, "is no token (16 to 200 letters, digits and - are wanted)")
    sys.stdout.buffer.write(text)
    return EXIT_DONE
