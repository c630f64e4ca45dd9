"""Make the state directory: private, with blank ledgers, the session table, and nothing overwritten.

Into a directory that was used before, only what holds no memory is put back. With --new-account the
directory is bound anew at the next cycle; refused while anything of ours is open.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.initialise import initialise
from execution.wiring import read_settings
from gates.common.clock import wall_now
from gates.common.output import say


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--new-account", action="store_true", help="bind to another account; the old ledgers are kept aside"
    )


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    parsed, state = read_settings(environ)
    for line in initialise(state, parsed.settings, wall_now(), new_account=args.new_account):
        say(line)
    return 0
