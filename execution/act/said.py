"""Holds one line of the janitor for the journal, and its level.

Whoever finds a thing knows whether a person should look at it; the words are never read again to find out.
"""

from __future__ import annotations

from gates.base.logs import Level
from gates.base.record import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    level: Level
    text: str


def noted(text: str) -> Said:
    """What went as it should."""
    return Said(Level.INFO, text)


def warned(text: str) -> Said:
    """What a person should look at."""
    return Said(Level.WARNING, text)
