"""Opens the state directory in force, or says why it is not known; each caller decides what that means.

What the settings say is found by `gates.base.where`, which the scanner asks too. Here root's folder of switches is
added to it, so that no caller can forget it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from execution.settings.parsing import env_file_lines
from execution.state.directory import StateDir
from execution.state.switches import folder_of
from gates.base.settings import STATE_DIR
from gates.base.where import Unplaced, state_root

NOWHERE = Path(f"({STATE_DIR.name} is wrong)")
"""Stands for a directory that is not known, where what else there is shall be looked at: nothing lies there."""


def state_dir(environ: Mapping[str, str]) -> StateDir | Unplaced:
    """The state directory in force, whatever other settings say."""
    place = state_root(environ, env_file_lines)
    return place if isinstance(place, Unplaced) else state_at(place, environ)


def state_at(root: Path, environ: Mapping[str, str]) -> StateDir:
    """The state directory that lies there, with root's own switches for it."""
    return StateDir(root, folder_of(environ))
