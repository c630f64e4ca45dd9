"""Asks systemd itself about the rendered units, before one of them is in place.

`systemd-analyze verify` prints what it does not understand and then goes on, and PID 1 would do the same with
a hardening setting that is misspelt. So every line it prints about one of our files is a No.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from execution.units.pieces import SYSTEM, Piece
from execution.units.target import Target

STAND_IN = "/bin/true"


def complaints(pieces: list[Piece], target: Target) -> list[str] | None:
    """What is wrong with the units; None where systemd-analyze is not to be had."""
    tool = shutil.which("systemd-analyze")
    if tool is None:
        return None
    with tempfile.TemporaryDirectory(prefix="avwap-units-") as scratch:
        units = [_lay_out(piece, Path(scratch), target) for piece in pieces if piece.path.startswith(SYSTEM)]
        names = [str(path) for path in units if path.suffix in (".service", ".timer")]
        done = subprocess.run(
            [tool, "verify", "--man=no", "--recursive-errors=no", *names],
            env={**os.environ, "SYSTEMD_UNIT_PATH": f"{scratch}:", "SYSTEMD_LOG_COLOR": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        said = [line.replace(f"{scratch}/", "") for line in done.stderr.splitlines() if line.strip()]
        ours = {path.name for path in units}
        about_us = [line for line in said if any(name in line for name in ours)]
        return about_us or ([f"systemd-analyze left with {done.returncode}", *said] if done.returncode else [])


def _lay_out(piece: Piece, scratch: Path, target: Target) -> Path:
    path = scratch / piece.path.removeprefix(f"{SYSTEM}/")
    path.parent.mkdir(exist_ok=True)
    text = piece.content.decode()
    if not (target.venv / "bin" / "execution").exists():  # written for another machine: its programs are not here
        text = re.sub(re.escape(f"{target.venv}/bin/") + r"(execution|scanner)\b", STAND_IN, text)
    path.write_text(text)
    return path
