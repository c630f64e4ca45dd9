"""Finds every place where a kill file counts, and the token file that counts.

Both lie in the state directory, which belongs to the service's user. On a droplet they may lie in `switches/` beside
the settings file too: root's own folder, which the service reads and cannot write. A service that was taken over can
remove a kill file from its own directory, and not from there (docs/decisions/0075).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from execution.state.directory import StateDir
from execution.state.neighbour import kill_file_beside
from execution.state.presence import presence
from gates.base.environment import env_file_of
from gates.facts import Presence

FOLDER = "switches"


def folder_of(environ: Mapping[str, str]) -> Path | None:
    """The folder beside the settings file in force, its links followed; None where there is none. One that cannot be
    looked for counts as there, and what is in it then as unreadable."""
    folder = Path(os.path.realpath(env_file_of(environ))).parent / FOLDER
    return None if presence(folder) is Presence.ABSENT else folder


def root_kill_file(state: StateDir) -> Path | None:
    """Root's own place for a kill file, which no verb writes."""
    return state.switches / state.kill_switch.name if state.switches is not None else None


def kill_files(state: StateDir) -> tuple[Path, ...]:
    """Where a kill file counts, root's place first."""
    root = root_kill_file(state)
    return (state.kill_switch,) if root is None else (root, state.kill_switch)


def kills(state: StateDir) -> tuple[Path, ...]:
    """The kill files in force: root's, our own, and one where the runbook's directory is another than ours."""
    beside = kill_file_beside(state)
    in_force = tuple(path for path in kill_files(state) if presence(path).in_force)
    return in_force if beside is None else (*in_force, beside)


def kill_presence(state: StateDir) -> Presence:
    """One kill file is a kill; a place of ours or of root's that cannot be looked into is one too."""
    seen = {presence(path) for path in kills(state)}
    return next((one for one in (Presence.PRESENT, Presence.UNCHECKABLE) if one in seen), Presence.ABSENT)


def token_files(state: StateDir) -> tuple[Path, ...]:
    """Where the confirm token may lie, root's place first."""
    own = (state.token,)
    return own if state.switches is None else (state.switches / state.token.name, *own)


def other_token(state: StateDir) -> Path | None:
    """The token that counts before the state directory's own, which the verbs write; None where there is none."""
    counts = token_file(state)
    return counts if counts != state.token else None


def token_file(state: StateDir) -> Path:
    """The token file that counts: root's, where one is there or cannot be looked for."""
    return next((path for path in token_files(state) if presence(path).in_force), state.token)
