"""Works out for which sessions, account and caps LIVE would be armed and until when, and what a person reads of it.

Nothing is written. The terms are what the person confirms and what `arm` then writes, so that nothing else is armed
than was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, time

from execution.broker.port import Account
from execution.checks import preflight as preflights
from execution.ledger.usage import SessionUsage
from execution.operator.refusal import Cause, Refusal
from execution.planning.rows import usage_now
from execution.service import Service
from execution.state import arming
from execution.state.arming import Armed
from execution.state.directory import StateDir
from execution.state.switches import other_token
from execution.view.broker_view import account_mismatch
from execution.view.look import Look, look_without_writing
from gates.base.record import dataclass
from gates.base.sessions import NEW_YORK, Session, SessionTable, new_york_text
from gates.base.statefile import StateMissing, StateUnreadable
from gates.verdict import refusals

AT_THE_CLOSE = "close"
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
MOST_SESSIONS = 5
BY_ARMING = frozenset({"live_trading", "confirm_token", "arm"})
"""Mode gates that fail before arming and pass after it, once the keys are in the environment."""
STANDING_ENTRY = frozenset({"paused", "latched", "unresolved"})


@dataclass(frozen=True, slots=True)
class ArmRequest:
    """Holds what a person asks for. `endpoint` says where orders go, as whoever opened the service knows it."""

    by: str
    endpoint: str
    sessions: int = 1
    until: str = AT_THE_CLOSE
    override: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """Holds what would be armed, and what a person should know before confirming it."""

    armed: Armed
    account: Account
    used: SessionUsage | None
    ledger_problem: str | None
    in_the_way: tuple[str, ...]
    """What keeps LIVE from beginning once it is armed."""


@dataclass(frozen=True, slots=True)
class NotArmed(Refusal):
    terms: Terms | None = None
    """What was asked for, where it is known and only its preflight does not stand for it."""


def terms_of(service: Service, request: ArmRequest) -> Terms | NotArmed:
    """What would be armed now."""
    no = _cannot(service, request)
    if no is not None:
        return no
    seen, _ = look_without_writing(service)
    if seen.session is None:
        return NotArmed(Cause.REQUEST, f"no session is known, the session table ends {service.table_ends}")
    account = _account(seen)
    if isinstance(account, NotArmed):
        return account
    sessions = sessions_to_arm(service.table, seen.now, request.sessions)
    if isinstance(sessions, NotArmed):
        return sessions
    until = until_of(request.until, sessions[-1], seen.now)
    if isinstance(until, NotArmed):
        return until
    preflight, problem = preflight_problem(service.state, sessions[0], account.number)
    override = " ".join(request.override.split()) if request.override is not None else None
    armed = Armed(
        schema=arming.SCHEMA,
        armed_at=seen.now,
        by=request.by,
        host=arming.this_host(),
        account=account.number,
        endpoint=request.endpoint,
        sessions=tuple(session.day for session in sessions),
        until=until,
        limits=arming.limits_of(service.settings.limits),
        preflight=preflight,
        override=override,
    )
    ledger = seen.ledgers.live.ledger
    used = usage_now(seen, ledger) if ledger is not None else None
    terms = Terms(armed, account, used, seen.ledgers.live.problem, tuple(_in_the_way(seen, account)))
    return terms if problem is None or override else NotArmed(Cause.REQUEST, problem, terms=terms)


def _cannot(service: Service, request: ArmRequest) -> NotArmed | None:
    """What keeps LIVE from being armed by request, files and settings alone; the broker is asked after it."""
    if not 1 <= request.sessions <= MOST_SESSIONS:
        return NotArmed(Cause.REQUEST, f"{request.sessions}: write a number from 1 to {MOST_SESSIONS}", "sessions")
    if request.override is not None and not request.override.strip():
        return NotArmed(Cause.REQUEST, "is empty; write why no preflight is needed", "override")
    counts = other_token(service.state)
    if counts is not None:
        remedy = f"as root: rm {counts}, then say it again"
        return NotArmed(Cause.REQUEST, f"{counts} is there and counts before {service.state.token}; {remedy}")
    if service.mistakes:
        return NotArmed(Cause.SETTINGS, "\n".join(["mend the settings first:", *map(str, service.mistakes)]))
    return None


def _account(seen: Look) -> Account | NotArmed:
    account = seen.view.account
    if account is None:
        return NotArmed(Cause.BROKER, f"account unavailable ({seen.view.account_problem})")
    mismatch = account_mismatch(seen.view, seen.record)
    return account if mismatch is None else NotArmed(Cause.REQUEST, f"account mismatch ({mismatch})")


def _in_the_way(seen: Look, account: Account) -> Iterator[str]:
    if account.blocked is not None:
        yield f"account blocked ({account.blocked})"
    for answer in refusals(seen.mode_answers):
        if answer.gate not in BY_ARMING:
            yield answer.verdict.reason
    for answer in refusals(seen.entry_answers):
        if answer.gate in STANDING_ENTRY:
            yield answer.verdict.reason


def sessions_to_arm(table: SessionTable, now: datetime, count: int) -> tuple[Session, ...] | NotArmed:
    """The session being traded or the next one, and the ones after it."""
    sessions = table.closing_after(now, count)
    if len(sessions) < count:
        why = f"the session table ends {table.last_day}; refresh it with `make sessions`"
        return NotArmed(Cause.REQUEST, why)
    return sessions


def until_of(text: str, last: Session, now: datetime) -> datetime | NotArmed:
    """When LIVE ends in the last session armed for: at its close, or at a New York time before that."""
    if text == AT_THE_CLOSE:
        return last.closes
    matched = CLOCK.fullmatch(text)
    if matched is None:
        return NotArmed(Cause.REQUEST, f"{text}: write close, or a New York time such as 12:00", "until")
    until = datetime.combine(last.day, time(int(matched[1]), int(matched[2])), NEW_YORK).astimezone(now.tzinfo)
    why = None
    if until > last.closes:
        why = f"session {last} closes {new_york_text(last.closes)}; write an earlier time"
    elif until <= max(now, last.opens):
        why = f"that is not after the open and now ({new_york_text(now)})"
    return until if why is None else NotArmed(Cause.REQUEST, f"{text}: {why}", "until")


def preflight_problem(state: StateDir, session: Session, account: str) -> tuple[str, str | None]:
    """What the preflight record says, in words, and why it does not cover this arming; None where it does."""
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
