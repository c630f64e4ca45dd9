"""Tests that an event's kind is what our whole note says, and never what a broker's or a person's words hold."""

from __future__ import annotations

import msgspec
import pytest
from support.trading import NOW, S

from execution.ledger.day import Event
from execution.ledger.notes import ADOPTED, FOUND, LOOK, LOST, EventKind

# As ledgers of every version since the first have them: these words are in archives and stay readable.
FIRST_LOOK = "intended found at start; looked, not found by id nor among the session's orders"
ANY_LOOK = "looked, not found by id nor among the session's orders"
LAST_LOOK = "proven absent: looked, not found by id nor among the session's orders, 2 times"


@pytest.mark.parametrize(
    ("note", "kind"),
    [
        (None, EventKind.PLAIN),
        ("", EventKind.PLAIN),
        (FIRST_LOOK, EventKind.LOOKED),
        (ANY_LOOK, EventKind.LOOKED),
        (LAST_LOOK, EventKind.LOOKED),
        (LAST_LOOK.replace("2", "17"), EventKind.LOOKED),
        ("adopted from the broker's record", EventKind.ADOPTED),
        (LOST, EventKind.PLAIN),
        (FOUND, EventKind.PLAIN),
        ("sent again", EventKind.PLAIN),
        (f"HTTP 403: {LOOK}", EventKind.PLAIN),
        (f"{LOOK}; said the broker", EventKind.PLAIN),
        (f"settled by hand: {ADOPTED}", EventKind.PLAIN),
    ],
)
def test_an_event_is_what_our_whole_note_says(note: str | None, kind: EventKind) -> None:
    assert Event(NOW, S.UNKNOWN, note).kind is kind


def test_the_file_has_a_note_and_no_kind() -> None:
    """A program that does not know a field refuses the whole ledger."""
    assert set(msgspec.to_builtins(Event(NOW, S.UNKNOWN, LOOK))) == {"at", "status", "note"}
