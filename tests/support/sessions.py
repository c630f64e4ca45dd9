"""The sessions the tests' desks trade on: the shipped table, 56 years on.

Calendars repeat every 28 years, so each day keeps its weekday, and Thanksgiving and its half-day stay in their
week. The simulated clock follows the real one into every later session; here none comes in anybody's lifetime, so a
desk stands in the same session whatever day, hour and year the tests run in, past the shipped table's end too.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from gates.base.environment import CHECKOUT
from gates.base.statefile import SEAL, render, sealed
from scanner import calendar

YEARS = 56
LONG_AGO = "2001-01-02"
"""A table answers only from its first day on, so one session stands before anybody's clock."""
FRIDAY = "2082-11-06"
MONDAY = "2082-11-09"
"""It begins eight whole sessions on eight week-days: nothing comes between a journey and its next session."""


def far_sessions(first: str = "") -> bytes:
    """A sealed table; its sessions begin with `first`, or with all the history there is."""
    shipped = (CHECKOUT / "state_templates" / "sessions.json").read_text()
    moved = json.loads(re.sub(r'"(\d{4})(-\d\d-\d\d")', lambda day: f'"{int(day[1]) + YEARS}{day[2]}', shipped))
    del moved[SEAL]
    moved["sessions"] = [LONG_AGO, *(day for day in moved["sessions"] if day >= first)]
    moved["early_closes"] = {day: at for day, at in moved["early_closes"].items() if day >= first}
    moved["first"] = LONG_AGO
    moved["source"] = calendar.source_now()  # or the scanner would ask the real calendar
    return render(sealed(moved))


def lay_sessions(state: Path, first: str = "") -> None:
    """Into a directory that is yet to be initialised."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    (state / "sessions.json").write_bytes(far_sessions(first))
    (state / "sessions.json").chmod(0o600)
