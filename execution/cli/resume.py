"""End a pause: remove PAUSED from the state directory. No other switch is touched."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.markers import known_state_dir, said_inside, take_down
from gates.common.errors import EXIT_DONE
from gates.common.output import say


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description = __doc__


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    state = known_state_dir(environ)
    was = said_inside(state.paused)
    if not take_down(state.paused):
        say(f"Was not paused ({state.paused} is not there).")
        return EXIT_DONE
    say(f"RESUMED: {state.paused} removed; it said: {was}")
    return EXIT_DONE
