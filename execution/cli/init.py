"""Make the state directory: private, with blank ledgers, the session table, and nothing overwritten.

Into a directory that was used before, only what holds no memory is put back. With --new-account the
directory is bound anew at the next cycle; refused while anything of ours is open.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.operator.initialise import initialise
from execution.wiring import read_settings
from gates.base.clock import wall_now
from gates.base.output import say
from gates.base.statefile import StateUnreadable, StateUnwritable


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--new-account", action="store_true", help="bind to another account; the old ledgers are kept aside"
    )


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    parsed, state = read_settings(environ)
    try:
        said = initialise(state, parsed.settings, wall_now(), new_account=args.new_account)
    except StateUnwritable as broken:
        remedy = "mend its owner and mode, or name another directory with AVWAP_STATE_DIR"
        raise StateUnreadable(broken.path, f"cannot be written ({broken.cause.strerror}); {remedy}") from None
    for line in said:
        say(line)
    return 0
