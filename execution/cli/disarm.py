"""Take LIVE away: remove the confirm token and the arm record. Needs no network and no valid settings.

Without the token file every cycle is DRY_RUN, whatever the environment says. To stop what is going on this
very minute use `execution kill`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from execution.cli.token_lines import is_droplet, lines_after_disarming
from execution.operator.disarm import NotDisarmed, disarm
from execution.state.markers import known_state_dir
from gates.base.errors import EXIT_DONE, EXIT_STATE
from gates.base.output import say

GOES_ON = (
    "The next cycle is DRY_RUN: it opens nothing, cancels entries whose time is over and keeps positions "
    "protected. `execution flatten` closes them."
)
"""Positions and stops do not end with LIVE."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description = __doc__


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    state = known_state_dir(environ)
    done = disarm(state)
    if isinstance(done, NotDisarmed):
        remedy = "take LIVE_TRADING out of the unit's environment, or stop its timer: systemctl stop execution.timer"
        sys.stderr.write(f"execution: NOT DISARMED: {done.why}; {remedy}\n")
        return EXIT_STATE
    removed = " and ".join(done.removed)
    say(f"DISARMED: {removed} removed from {state.root}" if removed else f"Was not armed ({state.root}).")
    say(done.stays)
    say(GOES_ON)
    counts = done.still_there
    if counts is not None:
        sys.stderr.write(f"execution: NOT DISARMED: {counts} is there, which is root's; as root: rm {counts}\n")
    for line in lines_after_disarming(droplet=is_droplet(environ)):
        say(line)
    return EXIT_DONE if counts is None else EXIT_STATE
