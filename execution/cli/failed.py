"""Tell that a systemd unit failed, with its last journal lines. For `OnFailure=`.

Works with broken settings and without a broker; it needs the state directory only to remember that it
told, so that a unit that fails every minute is told once an hour.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import timedelta

import msgspec

from execution.channel.messages import Message, MessageLevel
from execution.notify.alerts import BLANK, Alerts, Edge
from execution.notify.observe import last_known_mode
from execution.notify.outbox import BUDGET_SECONDS, Voice, tell_change
from execution.settings.redaction import hide_text
from execution.snapshots.effective import known_secrets
from execution.wiring import open_voice
from gates.base.clock import Stopwatch
from gates.base.errors import EXIT_DONE, EXIT_UNREACHABLE
from gates.base.output import say

UNIT = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.:@\\-]{0,200}")
LINES = 12
MOST_CHARACTERS = 220
ASK_SECONDS = 10
EVERY = timedelta(hours=1)
FAILED, NO_RESTART = "failed", "no"
"""systemd's own words, of ActiveState= and of Restart=."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("unit", metavar="UNIT", type=_unit, help="as in OnFailure=execution-failed@%%n.service")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if is_tried_again(args.unit):
        say(f"{args.unit} failed and is tried again; nobody is told yet")
        return EXIT_DONE
    voice = open_voice(environ)
    if voice is None or voice.channel is None:
        say(f"{args.unit} failed; no Slack is set, nobody is told")
        return EXIT_DONE
    message = _message(voice, args.unit, _journal(voice, args.unit, environ))
    watch = Stopwatch(BUDGET_SECONDS)
    told = tell_change(voice, lambda before: _hourly(voice, before, args.unit, message), watch, [message])
    outcome = "told" if told else "not told yet, the line above says why"
    say(f"State dir {voice.state.root}: {args.unit} failed; {outcome}")
    return EXIT_DONE if told else EXIT_UNREACHABLE


def is_tried_again(unit: str) -> bool:
    """Whether systemd starts it again by itself. From version 254 on `OnFailure=` runs after each try, and not after
    the last alone; then the unit is `failed`. What systemd does not tell counts as failed."""
    told = _asked("systemctl", "show", "--property=ActiveState,Restart", unit)
    values = dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
    return values.get("Restart", NO_RESTART) != NO_RESTART and values.get("ActiveState", FAILED) != FAILED


def _asked(*command: str) -> str:
    """What a program answered; nothing where it could not be asked."""
    program = shutil.which(command[0])
    if program is None:
        return ""
    try:
        done = subprocess.run([program, *command[1:]], capture_output=True, timeout=ASK_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "backslashreplace") if done.returncode == 0 else ""


def _message(voice: Voice, unit: str, lines: tuple[str, ...]) -> Message:
    return Message(
        kind="unit.failed",
        level=MessageLevel.ERROR,
        mode=last_known_mode(voice, BLANK),
        title=f"Unit failed: {unit}",
        at=voice.clock.now(),
        text=f"Its last lines are below; `systemctl status {unit}` has the rest.",
        lines=lines,
    )


def _hourly(voice: Voice, before: Alerts, unit: str, message: Message) -> tuple[Alerts, tuple[Message, ...]]:
    edge = f"unit:{unit}"
    last = before.edges.get(edge)
    if last is not None and timedelta(0) <= message.at - last.at < EVERY:
        return before, ()
    edges = {**before.edges, edge: Edge("failed", message.at)}
    mode = last_known_mode(voice, before)
    return msgspec.structs.replace(before, edges=edges), (msgspec.structs.replace(message, mode=mode),)


def _journal(voice: Voice, unit: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The unit's last lines without any secret, or why there are none."""
    journalctl = shutil.which("journalctl")
    if journalctl is None:
        return ("(no journalctl on this host)",)
    command = [journalctl, f"--unit={unit}", f"--lines={LINES}", "--no-pager", "--quiet", "--output=cat"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=ASK_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError) as broken:
        return (f"(journalctl did not answer: {type(broken).__name__})",)
    known = known_secrets(environ, voice.state)
    lines = hide_text(done.stdout.decode("utf-8", "backslashreplace"), known).splitlines()
    return tuple(line[:MOST_CHARACTERS] for line in lines[-LINES:]) or ("(the journal has no lines of it)",)


def _unit(text: str) -> str:
    if not UNIT.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a unit")
    return text
