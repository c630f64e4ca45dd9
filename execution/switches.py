"""Find every place where a kill file counts, and the token file that counts.

Both lie in the state directory, which belongs to the service's user. On a droplet they may lie in `switches/` beside
the settings file too: root's own folder, which the service reads and cannot write. A service that was taken over can
remove a kill file from its own directory, and not from there (docs/decisions/0075).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from execution.statedir import StateDir, presence
from gates.common.environment import env_file_of
from gates.facts import Presence

FOLDER = "switches"


def folder_of(environ: Mapping[str, str]) -> Path | None:
    """The folder beside the settings file in force, its links followed; None where there is none. One that cannot be
    looked for counts as there, and what is in it then as unreadable."""
    folder = Path(os.path.realpath(env_file_of(environ))).parent / FOLDER
    return None if presence(folder) is Presence.ABSENT else folder


def kill_files(state: StateDir) -> tuple[Path, ...]:
    """Where a kill file counts, root's place first."""
    own = (state.kill_switch,)
    return own if state.switches is None else (state.switches / state.kill_switch.name, *own)


def kills(state: StateDir) -> tuple[Path, ...]:
    """The kill files in force."""
    return tuple(path for path in kill_files(state) if presence(path).in_force)


def kill_presence(state: StateDir) -> Presence:
    """One kill file is a kill; a place that cannot be looked into is one too."""
    seen = {presence(path) for path in kill_files(state)}
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
