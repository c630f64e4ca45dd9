"""Take LIVE away: remove the confirm token and the arm record. Needs no network and no valid settings.

Without the token file every cycle is DRY_RUN, whatever the environment says. To stop what is going on this
very minute use `execution kill`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from execution.cli.token_lines import is_droplet, lines_after_disarming
from execution.state.arming import disarm
from execution.state.directory import StateDir
from execution.state.inventory import stays_open
from execution.state.markers import known_state_dir
from execution.state.switches import other_token
from gates.base.errors import EXIT_DONE, EXIT_STATE
from gates.base.output import say
from gates.base.statefile import StateUnwritable


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description = __doc__


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    state = known_state_dir(environ)
    try:
        gone = disarm(state)
    except StateUnwritable as broken:
        remedy = "take LIVE_TRADING out of the unit's environment, or stop its timer: systemctl stop execution.timer"
        sys.stderr.write(f"execution: NOT DISARMED: {broken}; {remedy}\n")
        return EXIT_STATE
    say(f"DISARMED: {' and '.join(gone)} removed from {state.root}" if gone else f"Was not armed ({state.root}).")
    _say_what_goes_on(state)
    counts = other_token(state)
    if counts is not None:
        sys.stderr.write(f"execution: NOT DISARMED: {counts} is there, which is root's; as root: rm {counts}\n")
    for line in lines_after_disarming(droplet=is_droplet(environ)):
        say(line)
    return EXIT_DONE if counts is None else EXIT_STATE


def _say_what_goes_on(state: StateDir) -> None:
    """Positions and stops do not end with LIVE."""
    say(stays_open(state))
    say(
        "The next cycle is DRY_RUN: it opens nothing, cancels entries whose time is over and keeps positions "
        "protected. `execution flatten` closes them."
    )
