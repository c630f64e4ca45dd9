"""Finds the session that a person means by `today`, `next`, `current` or a date."""

from __future__ import annotations

from datetime import date, datetime

from gates.base.record import dataclass
from gates.base.sessions import Session, SessionTable, new_york_day

TODAY, NEXT, CURRENT = "today", "next", "current"
"""`current` is the session being traded, or the next one when none is; `next` is never one that has begun."""


@dataclass(frozen=True, slots=True)
class NoSuchSession:
    """Says why no session is meant by a name."""

    why: str


def named_session(table: SessionTable, table_ends: str, now: datetime, name: str) -> Session | NoSuchSession:
    """`table_ends` says in words how far the table reaches, or why there is none."""
    today = new_york_day(now)
    if name == TODAY:
        return table.on(today) or NoSuchSession(f"{today} is no session; write next, or a date")
    if name in (NEXT, CURRENT):
        session = table.current_or_next(now)
        if name == NEXT and session is not None and session.opens <= now:
            session = table.after(session.day)
        return session or NoSuchSession(f"the session table does not know it (ends {table_ends})")
    try:
        day = date.fromisoformat(name)
    except ValueError:
        return NoSuchSession(f"write a date such as {today}, today or next")
    return table.on(day) or NoSuchSession(f"no trading session that day (table ends {table_ends})")
