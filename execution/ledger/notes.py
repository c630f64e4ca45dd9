"""Writes the notes that our own events of an order's history bear, and tells from a note what its event is. Pure.

The ledger's file has a note for each event and no kind, and a program that does not know a field refuses the file
(docs/decisions/0105). So the kind is derived from the note, here and nowhere else, and from whole notes of ours alone:
a note also carries the broker's words, which decide nothing.
"""

from __future__ import annotations

import re
from enum import Enum

LOOK = "looked, not found by id nor among the session's orders"
LOST = "the broker knows it no longer, by id or in any list; `execution ledger settle` says what became of it"
FOUND = "found again"
ADOPTED = "adopted from the broker's record"
INTENDED_FOUND = f"intended found at start; {LOOK}"

_LOOKED = re.compile(rf"(?:intended found at start; )?{LOOK}|proven absent: {LOOK}, [0-9]+ times")


class EventKind(Enum):
    """What an event is beside the status it leads to."""

    LOOKED = "a look that did not find the order"
    ADOPTED = "an order that the ledger did not know, taken from the broker's record"
    PLAIN = "a step of the order, or the word of a broker or a person"


def proven_absent(looks: int) -> str:
    return f"proven absent: {LOOK}, {looks} times"


def kind_of(note: str | None) -> EventKind:
    """What the event is that bears this note."""
    if note is None:
        return EventKind.PLAIN
    if _LOOKED.fullmatch(note) is not None:
        return EventKind.LOOKED
    return EventKind.ADOPTED if note == ADOPTED else EventKind.PLAIN
