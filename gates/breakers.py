"""Closes entries while anything is latched, until a person clears it."""

from __future__ import annotations

from gates.facts import EntryFacts, OrderFacts
from gates.verdict import Verdict, allow, no_data, refuse


def latched(facts: EntryFacts) -> Verdict:
    """No latch is in force, and that is known."""
    if facts.latches_problem is not None:
        return refuse("latched.unreadable", f"latches unreadable ({facts.latches_problem})")
    if facts.latches:
        return refuse("latched", f"latched: {'; '.join(facts.latches)}")
    return allow("latched", "nothing latched")


def symbol_latched(facts: OrderFacts) -> Verdict:
    """No latch of this symbol is in force, and that is known."""
    if facts.latched is not None:
        return refuse("latched.symbol", f"latched: {facts.latched}")
    if not facts.latches_known:
        return no_data("latched.symbol", "not known: the latches are unreadable")
    return allow("latched.symbol", "not latched")
