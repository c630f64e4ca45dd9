"""Latched breakers: what was closed until a person clears it."""

from __future__ import annotations

from gates.facts import EntryFacts
from gates.verdict import Verdict, allow, refuse


def latched(facts: EntryFacts) -> Verdict:
    """No latch is in force, and that is known."""
    if facts.latches_problem is not None:
        return refuse("latched.unreadable", f"latches unreadable ({facts.latches_problem})")
    if facts.latches:
        return refuse("latched", f"latched: {'; '.join(facts.latches)}")
    return allow("latched", "nothing latched")
