"""Reads sessions.json as a SessionTable, or says why not.

A cycle never computes the exchange's calendar, it reads this file, which `scanner.calendar` writes
and seals. The seal says the file is what was written; the checks here say that what was written is
a calendar, because a wrong close keeps a token alive and a missing day opens a ledger too early.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from itertools import pairwise
from pathlib import Path
from typing import Any

from gates.base.sessions import SessionTable, make_session
from gates.base.statefile import converted, read_sealed

SCHEMA = 1
EXCHANGE = "XNYS"
FIELDS = frozenset(
    {"schema", "exchange", "source", "generated_at", "first", "last"}
    | {"opens", "closes", "early_closes", "sessions", "sha256"}
)
CLOCK = re.compile(r"[0-2][0-9]:[0-5][0-9]")
MOMENT = "%Y-%m-%dT%H:%M:%SZ"


def load_sessions(path: Path) -> SessionTable:
    """The table in the file; StateUnreadable when a single field is not as it should be."""
    return converted(path, read_sealed(path, SCHEMA), _table)


def _table(document: dict[str, Any]) -> SessionTable:
    strange = sorted(document.keys() ^ FIELDS)
    if strange:
        raise ValueError(f"has missing or unknown fields: {', '.join(strange)}")
    if document["exchange"] != EXCHANGE:
        raise ValueError(f"has exchange {document['exchange']!r}, want {EXCHANGE}")
    if not isinstance(document["source"], str) or not document["source"]:
        raise ValueError("has no source")
    if not _is_moment(document["generated_at"]):
        raise ValueError(f"generated_at {document['generated_at']!r} is not a moment such as 2026-11-20T15:31:02Z")
    opens, closes = _clock("opens", document["opens"]), _clock("closes", document["closes"])
    if not opens < closes:
        raise ValueError(f"closes {closes:%H:%M} is not after opens {opens:%H:%M}")
    days = _days(document["sessions"])
    for field, day in (("first", days[0]), ("last", days[-1])):
        if document[field] != day.isoformat():
            raise ValueError(f"has {field} {document[field]!r}, the sessions say {day}")
    early = _early_closes(document["early_closes"], opens, closes)
    strangers = early.keys() - set(days)
    if strangers:
        raise ValueError(f"has an early close on {min(strangers)}, which is no session")
    return SessionTable([make_session(day, opens, early.get(day, closes)) for day in days])


def _days(value: object) -> list[date]:
    if not isinstance(value, list) or not value:
        raise ValueError("has no list of sessions")
    days = [_day(item) for item in value]
    for earlier, later in pairwise(days):
        if earlier >= later:
            raise ValueError(f"sessions are not in order ({earlier} before {later})")
    return days


def _day(value: object) -> date:
    """A weekday as 2026-11-20; the other ISO spellings of a date are not taken."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise ValueError(f"{value!r} is not a date such as 2026-11-20")
    if day.weekday() > 4:
        raise ValueError(f"session {day} is a {day:%A}")
    return day


def _early_closes(value: object, opens: time, closes: time) -> dict[date, time]:
    if not isinstance(value, dict):
        raise ValueError("has no table of early closes")
    early = {_day(day): _clock(f"early close of {day}", close) for day, close in value.items()}
    for day, close in early.items():
        if not opens < close < closes:
            raise ValueError(f"early close {close:%H:%M} of {day} is not between {opens:%H:%M} and {closes:%H:%M}")
    return early


def _clock(field: str, value: object) -> time:
    if isinstance(value, str) and CLOCK.fullmatch(value) and value < "24":
        return time.fromisoformat(value)
    raise ValueError(f"{field} {value!r} is not a time such as 16:00")


def _is_moment(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).strftime(MOMENT) == value
    except ValueError:
        return False
