"""Works out for which sessions and until when LIVE is armed, and whether a passing preflight covers it."""

from __future__ import annotations

import re
from datetime import datetime, time

from execution.checks import preflight as preflights
from execution.state.directory import StateDir
from gates.base.errors import UsageError
from gates.base.sessions import NEW_YORK, Session, SessionTable, new_york_text
from gates.base.statefile import StateMissing, StateUnreadable

AT_THE_CLOSE = "close"
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def sessions_to_arm(table: SessionTable, now: datetime, count: int) -> tuple[Session, ...]:
    """The session being traded or the next one, and the ones after it."""
    sessions = table.closing_after(now, count)
    if len(sessions) < count:
        raise UsageError(f"the session table ends {table.last_day}; refresh it with `make sessions`")
    return sessions


def until_of(text: str, last: Session, now: datetime) -> datetime:
    """When LIVE ends in the last session armed for: at its close, or at a New York time before that."""
    if text == AT_THE_CLOSE:
        return last.closes
    matched = CLOCK.fullmatch(text)
    if matched is None:
        raise UsageError(f"--until {text}: write close, or a New York time such as 12:00")
    until = datetime.combine(last.day, time(int(matched[1]), int(matched[2])), NEW_YORK).astimezone(now.tzinfo)
    if until > last.closes:
        raise UsageError(f"--until {text}: session {last} closes {new_york_text(last.closes)}; write an earlier time")
    if until <= max(now, last.opens):
        raise UsageError(f"--until {text}: that is not after the open and now ({new_york_text(now)})")
    return until


def preflight_problem(state: StateDir, session: Session, account: str) -> tuple[str, str | None]:
    """What the preflight record says, in words, and why it does not speak for this arming, or None."""
    try:
        found = preflights.read(state.preflight)
    except StateMissing:
        return "none", "no preflight was run"
    except StateUnreadable as broken:
        return "unreadable", f"the preflight record is unreadable ({broken.what})"
    said = f"{found.result} of session {found.session}, {new_york_text(found.at)}"
    if found.session != session.day:
        return said, f"the last preflight was of session {found.session}"
    if found.account != account:
        return said, f"the last preflight was of account {found.account or 'unknown'}"
    if not found.passed:
        return said, f"the last preflight did not pass ({found.result}: {', '.join(found.failing) or 'see there'})"
    return said, None
