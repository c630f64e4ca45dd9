"""Latches and breakers in force, by name with their cause, as latches.json says. Reads only.

A file that cannot be read is itself news, because the gates take it for a latch in force.
"""

from __future__ import annotations

from collections.abc import Mapping

from execution.statedir import StateDir
from gates.statefile import StateMissing, StateUnreadable, read_sealed

SCHEMA = 1
BY_HAND = frozenset({"flatten", "cancel-all", "suspend-lifted"})
"""Latches that follow from what an operator did; every other one is a breaker."""


def latched(state: StateDir) -> Mapping[str, str]:
    try:
        found = read_sealed(state.latches, SCHEMA)["latches"]
        return {str(one["name"]): f"{one['why']} (set by {one['by']})" for one in found}
    except StateMissing:
        return {}
    except StateUnreadable as broken:
        return {"unreadable": broken.what}
    except (KeyError, TypeError):
        return {"unreadable": f"{state.latches.name} has a shape we do not know"}


def words(name: str, *, tripped: bool) -> str:
    if name in BY_HAND:
        return f"Latch {'in force' if tripped else 'cleared'}: {name}"
    return f"Breaker {'tripped' if tripped else 'cleared'}: {name}"
