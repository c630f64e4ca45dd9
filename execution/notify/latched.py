"""Latches and breakers in force, by name with their cause, in the words they are told with. Reads only.

A file that cannot be read is itself news, because the gates take it for a latch in force.
"""

from __future__ import annotations

from collections.abc import Mapping

from execution.state.directory import StateDir
from execution.state.latches import CANCEL_ALL, FLATTEN, SUSPEND_LIFTED, UNREADABLE, load, symbol_of
from gates.base.statefile import StateUnreadable

BY_HAND = frozenset({FLATTEN, CANCEL_ALL, SUSPEND_LIFTED, UNREADABLE})
"""Latches that follow from what an operator did, or from a damaged file; every other one is a breaker."""


def latched(state: StateDir) -> Mapping[str, str]:
    try:
        return {one.name: f"{one.why} (set by {one.by})" for one in load(state.latches).latches}
    except StateUnreadable as broken:
        return {UNREADABLE: broken.what}


def words(name: str, *, tripped: bool) -> str:
    if name in BY_HAND or symbol_of(name) is not None:
        return f"Latch {'in force' if tripped else 'cleared'}: {name}"
    return f"Breaker {'tripped' if tripped else 'cleared'}: {name}"
