"""A session is meant by `today`, `next`, `current` or a date; what means none says why."""

from __future__ import annotations

import pytest
from support.facts import TABLE, new_york

from gates.base.session_names import NoSuchSession, named_session
from gates.base.sessions import Session

ENDS = "2026-12-04"


@pytest.mark.parametrize(
    ("now", "name", "day"),
    [
        ("2026-11-20 08:00", "today", "2026-11-20"),
        ("2026-11-20 23:00", "today", "2026-11-20"),
        ("2026-11-20 09:29", "next", "2026-11-20"),
        ("2026-11-20 09:30", "next", "2026-11-23"),  # it has begun, so it is not the next one
        ("2026-11-20 09:30", "current", "2026-11-20"),
        ("2026-11-20 16:00", "current", "2026-11-23"),
        ("2026-11-25 16:00", "next", "2026-11-27"),  # after Thanksgiving
        ("2026-11-20 12:00", "2026-11-19", "2026-11-19"),
    ],
)
def test_a_name_means_a_session(now: str, name: str, day: str) -> None:
    found = named_session(TABLE, ENDS, new_york(now), name)
    assert isinstance(found, Session) and str(found) == day


@pytest.mark.parametrize(
    ("now", "name", "why"),
    [
        ("2026-11-21 12:00", "today", "2026-11-21 is no session; write next, or a date"),
        ("2026-12-04 10:00", "next", "the session table does not know it (ends 2026-12-04)"),
        ("2026-12-04 16:00", "current", "the session table does not know it (ends 2026-12-04)"),
        ("2026-11-20 12:00", "2026-11-21", "no trading session that day (table ends 2026-12-04)"),
        ("2026-11-20 12:00", "2026-02-30", "write a date such as 2026-11-20, today or next"),
        ("2026-11-20 12:00", "monday", "write a date such as 2026-11-20, today or next"),
    ],
)
def test_what_means_no_session_says_why(now: str, name: str, why: str) -> None:
    assert named_session(TABLE, ENDS, new_york(now), name) == NoSuchSession(why)
