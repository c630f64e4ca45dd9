"""What is latched closes entries, and so does not knowing what is latched."""

from __future__ import annotations

import pytest
from support.facts import entry_facts

from gates.breakers import latched
from gates.facts import EntryFacts
from gates.verdict import Verdict, allow, refuse

FLATTEN = "flatten (set 2026-11-20 10:31:02 EST by alice: odd fills)"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (entry_facts(), allow("latched", "nothing latched")),
        (entry_facts(latches=(FLATTEN,)), refuse("latched", f"latched: {FLATTEN}")),
        (entry_facts(latches=(FLATTEN, "other (…)")), refuse("latched", f"latched: {FLATTEN}; other (…)")),
        (entry_facts(latches_problem="is empty"), refuse("latched.unreadable", "latches unreadable (is empty)")),
        (
            entry_facts(latches=(FLATTEN,), latches_problem="digest does not match its content"),
            refuse("latched.unreadable", "latches unreadable (digest does not match its content)"),
        ),
    ],
)
def test_latched(facts: EntryFacts, expected: Verdict) -> None:
    assert latched(facts) == expected
