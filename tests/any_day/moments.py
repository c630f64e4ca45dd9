"""The moments at which the journeys have to pass: those at which a clock, a calendar or a table turns."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gates.base.environment import CHECKOUT
from gates.base.record import dataclass
from gates.base.sessionfile import load_sessions
from gates.base.sessions import NEW_YORK


@dataclass(frozen=True, slots=True)
class Moment:
    """`at` is told in New York, `zone` is what the host believes in."""

    name: str
    at: datetime
    zone: str = "UTC"

    def __str__(self) -> str:
        return f"{self.at:%a %Y-%m-%d %H:%M %Z}"

    @property
    def at_the_host(self) -> str:
        return f"{self.at.astimezone(ZoneInfo(self.zone)):%a %H:%M} {self.zone}"


def _new_york(text: str, *, again: bool = False) -> datetime:
    """`again` is the second of two hours of one name."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK, fold=int(again))


def _end_of_the_table() -> datetime:
    last = load_sessions(CHECKOUT / "state_templates" / "sessions.json").last_day
    return _new_york(f"{last} 15:00")


LAST = _end_of_the_table()
MOMENTS = (
    Moment("half-day", _new_york("2026-11-27 12:58")),
    Moment("half-day-evening", _new_york("2026-11-27 14:20")),
    Moment("thanksgiving", _new_york("2026-11-26 11:00")),
    Moment("saturday", _new_york("2026-11-28 12:00")),
    Moment("sunday-night", _new_york("2026-11-29 23:30")),
    Moment("session", _new_york("2026-12-02 11:00"), "America/New_York"),
    Moment("one-to-midnight", _new_york("2026-12-01 23:59")),
    Moment("new-years-eve", _new_york("2026-12-31 12:00")),
    Moment("new-years-day", _new_york("2027-01-01 00:05")),
    Moment("clocks-forward", _new_york("2027-03-14 01:59"), "America/New_York"),
    Moment("clocks-back", _new_york("2027-11-07 01:59"), "America/New_York"),
    Moment("hour-that-comes-twice", _new_york("2027-11-07 01:30", again=True), "America/New_York"),
    Moment("tokyo", _new_york("2026-12-02 10:00"), "Asia/Tokyo"),
    Moment("chatham", _new_york("2026-12-02 14:30"), "Pacific/Chatham"),
    Moment("table-last-session", LAST),
    Moment("table-day-after", LAST + timedelta(days=1)),
    Moment("table-monday-after", LAST + timedelta(days=7 - LAST.weekday()) - timedelta(hours=5)),
)


def of_commit(commit: str, count: int) -> Sequence[Moment]:
    """Always the same for one commit, and every moment in turn over many."""
    drawn = random.Random(hashlib.sha256(commit.strip().encode()).digest())
    chosen = drawn.sample(MOMENTS, count)
    return [moment for moment in MOMENTS if moment in chosen]
