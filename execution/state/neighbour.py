"""Looks at the state directory whose path the runbook prints, where it is not the one in force.

Without `execution units install`, which makes that path a link, a `touch` of its KILL_SWITCH or a token made there
would land in a directory that no cycle reads. So its KILL_SWITCH counts for every process that may look there, and
that it exists is said. Nothing else in it is read, and one that may not be looked into says nothing.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from execution.state.directory import StateDir
from execution.state.presence import presence
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


def kill_file_beside(state: StateDir) -> Path | None:
    """The kill file in the runbook's directory, where it is there for certain."""
    beside = neighbour(state)
    there = beside / state.kill_switch.name if beside is not None else None
    return there if there is not None and presence(there) is Presence.PRESENT else None


def neighbour_words(state: StateDir) -> str | None:
    """What to say of it, None where there is none."""
    beside = neighbour(state)
    if beside is None:
        return None
    there = kill_file_beside(state)
    killed = f"; {there} is there, so the kill switch is active" if there is not None else ""
    return (
        f"state directory {beside} exists too and is not the one in force ({state.root}): nothing in it counts but a "
        f"{state.kill_switch.name}; AVWAP_STATE_DIR names the one in force{killed}"
    )
