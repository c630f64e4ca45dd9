"""Looks at the state directory whose path the runbook prints, where it is not the one in force.

Without `execution units install`, which makes that path a link, a `touch` of its KILL_SWITCH or a token made there
would land in a directory that no cycle reads. So its KILL_SWITCH counts for every process that may look there, and
that it exists is said. Nothing else in it is read, and one that may not be looked into says nothing.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from execution.statedir import StateDir, presence
from gates.facts import Presence


def neighbour(state: StateDir) -> Path | None:
    """The runbook's directory, where it is there and another than the one in force."""
    try:
        found = os.stat(state.runbook)
    except OSError:
        return None
    if not stat.S_ISDIR(found.st_mode):
        return None
    try:
        return None if os.path.samestat(found, os.stat(state.root)) else state.runbook
    except OSError:
        return state.runbook


def kill_files(state: StateDir) -> tuple[Path, ...]:
    """Every kill file that is in force, our own first."""
    own = (state.kill_switch,) if presence(state.kill_switch).in_force else ()
    beside = neighbour(state)
    if beside is None:
        return own
    there = beside / state.kill_switch.name
    return (*own, there) if presence(there) is Presence.PRESENT else own


def kill_presence(state: StateDir) -> Presence:
    """The mark of our own kill file; where there is none, that of the runbook's directory."""
    own = presence(state.kill_switch)
    return own if own.in_force or not kill_files(state) else Presence.PRESENT


def neighbour_words(state: StateDir) -> str | None:
    """What to say of it, None where there is none."""
    beside = neighbour(state)
    if beside is None:
        return None
    there = beside / state.kill_switch.name
    killed = f"; {there} is there, so the kill switch is active" if there in kill_files(state) else ""
    return (
        f"state directory {beside} exists too and is not the one in force ({state.root}): nothing in it counts but a "
        f"{state.kill_switch.name}; AVWAP_STATE_DIR names the one in force{killed}"
    )
