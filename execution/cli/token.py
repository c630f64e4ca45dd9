"""Make the confirm token alone, as the runbook does with openssl: it serves one session.

`execution arm` makes one that is bound to host, account, caps and session; prefer that.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.arming import write_token
from execution.markers import known_state_dir
from execution.saying import lines_for_the_token
from execution.statedir import require_used
from gates.common.errors import EXIT_DONE
from gates.common.output import say


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("new",), help="write a new token file; the old token ends")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    state = known_state_dir(environ)
    require_used(state)
    write_token(state)
    say(f"{state.token} written, 0600. The text itself is not shown.\n")
    for line in lines_for_the_token(state):
        say(line)
    return EXIT_DONE
