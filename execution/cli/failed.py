"""Tell that a systemd unit failed, with its last journal lines. For `OnFailure=`.

Works with broken settings and without a broker; it needs the state directory only to remember that it
told, so that a unit that fails every minute is told once an hour.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.evidence.unit import NAME, is_tried_again, last_lines
from execution.notify.unit_failed import tell_unit_failed
from execution.snapshots.effective import known_secrets
from execution.wiring import open_voice
from gates.base.errors import EXIT_DONE, EXIT_UNREACHABLE
from gates.base.output import say


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("unit", metavar="UNIT", type=_unit, help="as in OnFailure=execution-failed@%%n.service")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if is_tried_again(args.unit):
        say(f"{args.unit} failed and is tried again; it is told when it has given up")
        return EXIT_DONE
    voice = open_voice(environ)
    if voice is None or voice.channel is None:
        say(f"{args.unit} failed; no Slack is set, no message is sent")
        return EXIT_DONE
    told = tell_unit_failed(voice, args.unit, last_lines(args.unit, known_secrets(environ, voice.state)))
    outcome = "told" if told else "not told yet, the line above says why"
    say(f"State dir {voice.state.root}: {args.unit} failed; {outcome}")
    return EXIT_DONE if told else EXIT_UNREACHABLE


def _unit(text: str) -> str:
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a unit")
    return text
