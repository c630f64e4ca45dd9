"""Holds a person's word: who says it, when and why; it is kept beside what it did."""

from __future__ import annotations

from datetime import datetime

from gates.base.record import dataclass

LOCK_WAIT_SECONDS = 60
"""How long a person's word waits for a running cycle."""


@dataclass(frozen=True, slots=True)
class PersonsWord:
    at: datetime
    by: str
    why: str | None = None

    @property
    def reason(self) -> str:
        """Why, in one line; empty where none was given."""
        return " ".join((self.why or "").split())
