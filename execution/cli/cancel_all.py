"""Cancel every open order of the account, stops and targets too. Positions stay.

Works from the broker's own lists, also while killed, paused, stale, suspended or without a ledger. Leaves the
latch `cancel-all`: nothing is opened until it is cleared. Shares of ours that lost their stop get one back from
the next cycles; to be rid of the shares use `execution flatten`. Exit 1 until nothing is left; say it again then.

  execution cancel-all --confirm PA3XXXXXXXXX
  execution cancel-all --ours-only         leave orders alone that are not ours
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.cli.stop_options import add_arguments, stop


def configure(parser: argparse.ArgumentParser) -> None:
    add_arguments(parser)
    parser.set_defaults(symbol=None)


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return stop(args, environ, closes=False)
