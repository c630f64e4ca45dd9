"""Tells how long a trade was held: in sessions, and in hours of an open market. Pure.

Both come from the session table, so a half-day counts three and a half hours, a weekend none, and a change of the
clocks nothing. Outside the table the answer is not known.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from gates.base.record import dataclass
from gates.base.sessions import SessionTable, new_york_day

HOUR = Decimal(3600)
MINUTES_EXACT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class HeldTime:
    """`sessions` is how many it was held in, the first and the last included; `hours` are those of an open market."""

    sessions: int
    hours: Decimal


def held_time(table: SessionTable, since: datetime | None, until: datetime | None) -> HeldTime | None:
    if since is None or until is None or table.first_day is None or table.last_day is None:
        return None
    if new_york_day(since) < table.first_day or new_york_day(until) > table.last_day:
        return None
    touched = table.touching(since, until)
    spans = ((min(until, one.closes) - max(since, one.opens)) for one in touched)
    seconds = sum(spans, timedelta()).total_seconds()
    return HeldTime(len(touched), (Decimal(seconds) / HOUR).quantize(MINUTES_EXACT))
