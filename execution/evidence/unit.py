"""Asks systemd about one unit: whether it is tried again by itself, and its last lines, without any secret."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence

from execution.settings.redaction import Known, hide_text

NAME = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.:@\\-]{0,200}")
"""What can be the name of a unit."""
LINES = 12
MOST_CHARACTERS = 220
ASK_SECONDS = 10
FAILED, NO_RESTART = "failed", "no"
"""systemd's own words, of ActiveState= and of Restart=."""


def is_tried_again(unit: str) -> bool:
    """Whether systemd starts it again by itself. From version 254 on `OnFailure=` runs after each try, and not after
    the last alone; then the unit is `failed`. What systemd does not tell counts as failed."""
    answer = _answer("systemctl", "show", "--property=ActiveState,Restart", unit)
    values = dict(line.split("=", 1) for line in answer.splitlines() if "=" in line)
    return values.get("Restart", NO_RESTART) != NO_RESTART and values.get("ActiveState", FAILED) != FAILED


def last_lines(unit: str, known: Known) -> tuple[str, ...]:
    """Its last lines in the journal without any secret, or why there are none."""
    program = shutil.which("journalctl")
    if program is None:
        return ("(no journalctl on this host)",)
    try:
        done = _run([program, f"--unit={unit}", f"--lines={LINES}", "--no-pager", "--quiet", "--output=cat"])
    except (OSError, subprocess.SubprocessError) as broken:
        return (f"(journalctl did not answer: {type(broken).__name__})",)
    lines = hide_text(_text(done.stdout), known).splitlines()
    return tuple(line[:MOST_CHARACTERS] for line in lines[-LINES:]) or ("(the journal has no lines of it)",)


def _answer(name: str, *arguments: str) -> str:
    """What a program printed; nothing where it could not be asked."""
    program = shutil.which(name)
    if program is None:
        return ""
    try:
        done = _run([program, *arguments])
    except (OSError, subprocess.SubprocessError):
        return ""
    return _text(done.stdout) if done.returncode == 0 else ""


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, timeout=ASK_SECONDS, check=False)


def _text(printed: bytes) -> str:
    return printed.decode("utf-8", "backslashreplace")
