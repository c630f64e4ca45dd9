"""Close everything: cancel all open orders of the account and sell every position at the market.

Works from the broker's own lists, also while killed, paused, stale, suspended or without a ledger. Leaves the
latch `flatten`: nothing is opened and no stop is put back until it is cleared. Exit 1 until nothing is left; say
it again then, it never sells twice. In an emergency this is the command. With --symbol only that symbol is closed,
and the latch `flatten:SYM` holds for it alone: everything else goes on.

  execution flatten --confirm PA3XXXXXXXXX
  execution flatten --ours-only            leave orders and shares alone that are not ours
  execution flatten --symbol AAPL          close this one symbol
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.cli.stop_options import add_arguments, stop


def configure(parser: argparse.ArgumentParser) -> None:
    add_arguments(parser)
    parser.add_argument("--symbol", type=str.upper, metavar="SYM", help="close this symbol only")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return stop(args, environ, closes=True)
