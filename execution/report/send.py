"""Sends the summary to Slack: once per session, also when the host was down at the close, never a flood.

What was told is in alerts.json, under one name per session, written in the same replace as the message
itself. What cannot be sent now waits in the outbox for the next teller. The picture is a file in the
state dir, because a message that waits has to find it later.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path

from execution.channel.messages import Message, MessageLevel
from execution.notify import alerts
from execution.notify.outbox import tell, was_told
from execution.report.curve import Curve, worth_drawing
from execution.report.message import message
from execution.report.sources import newest_finished, read_session_report
from execution.service import Service
from gates.base import below
from gates.base.clock import Stopwatch
from gates.base.record import dataclass
from gates.base.sessions import Session, SessionTable, new_york_day
from gates.base.statefile import make_directory, replace

MOST_SESSIONS = 3
"""After a long absence only the last sessions are told; the ledgers have the others."""
BUDGET_SECONDS = 8.0
TRIES = 4
PICTURES_KEPT = timedelta(days=30)


class SendResult(Enum):
    SENT = "sent"
    WAITS = "waits in the outbox; it goes out with the next cycle that tells"
    BELOW = "kept back by SLACK_MIN_LEVEL"
    NOT_KEPT = "neither sent nor kept; run it again"
    NO_CHANNEL = "there is no Slack to send it to"


@dataclass(frozen=True, slots=True)
class Sending:
    session: Session
    result: SendResult


@dataclass(frozen=True, slots=True)
class DueSummaries:
    """The sessions whose summary is to be told, oldest first; the last one that was told, and when."""

    sessions: tuple[Session, ...]
    last_told: date | None = None
    told_at: datetime | None = None


def due(service: Service) -> DueSummaries:
    told = told_days(service)
    used_since = service.state.read_record().created_at
    sessions = untold(service.table, service.clock.now(), used_since, frozenset(told))
    last = max(told, default=None)
    return DueSummaries(sessions, last, told[last] if last is not None else None)


def told_days(service: Service) -> dict[date, datetime]:
    """The sessions whose summary was told, and when."""
    return alerts.summaries_told(alerts.peek(service.state.alerts).once)


def untold(table: SessionTable, now: datetime, used_since: datetime, told: frozenset[date]) -> tuple[Session, ...]:
    """Finished sessions that are to be told, oldest first. Where nothing was ever told only the newest is."""
    last = newest_finished(table, now)
    sessions: list[Session] = []
    session: Session | None = last
    while session is not None and len(sessions) < MOST_SESSIONS and session.closes > used_since:
        if told and session.day <= max(told):
            break
        sessions.append(session)
        session = table.before(session.day) if told else None
    return tuple(reversed(sessions))


def send(service: Service, session: Session, *, again: bool = False) -> Sending:
    """Tell one session; `again` tells it whatever was told before."""
    if service.channel is None:
        return Sending(session, SendResult.NO_CHANNEL)
    report, curve = read_session_report(service, session)
    said = message(report, curve, _picture(service, session, curve))
    if said.level.rank < MessageLevel(service.settings.slack_min_level).rank:
        return Sending(session, SendResult.BELOW)
    name = alerts.summary_name(session.day)
    once = None if not report.finished or (again and was_told(service, name)) else name
    return Sending(session, _tell(service, said, once))


def _tell(service: Service, said: Message, once: str | None) -> SendResult:
    """A cycle may be telling just now and hold the lock for its few seconds: then once more."""
    watch = Stopwatch(BUDGET_SECONDS)
    for _ in range(TRIES):
        if tell(service, [said], watch.left_seconds(), once=once):
            return SendResult.SENT
        if any((one.kind, one.at) == (said.kind, said.at) for one in alerts.peek(service.state.alerts).outbox):
            return SendResult.WAITS
    return SendResult.NOT_KEPT


def _picture(service: Service, session: Session, curve: Curve) -> str | None:
    """The curve as a file, where the channel takes pictures. Without it the words go out all the same."""
    if not service.settings.slack_bot_token or not worth_drawing(curve):
        return None
    path = service.state.summaries / f"{session}.png"
    try:
        from execution.report.chart import draw

        make_directory(service.state.summaries)
        _forget_old(service.state.summaries, new_york_day(service.clock.now()))
        replace(path, draw(curve, on_white=True))
    except Exception as broken:  # noqa: BLE001 - a full disk or a plotting library that fails keeps no summary back
        service.journal.warning(f"Summary {session}: no picture ({type(broken).__name__}: {broken})")
        return None
    return str(path)


def _forget_old(directory: Path, today: date) -> None:
    for path in below.paths(directory, ".png"):
        try:
            if date.fromisoformat(path.stem) < today - PICTURES_KEPT:
                below.unlink(path)
        except (ValueError, OSError):
            continue
