"""Keeps the simulated broker's clock: a session to practise in at any hour of any day.

It stands where it was put until a cycle or a verb advances it, so a rehearsal can be slow or a day long in a
second. Only the calendar moves it by itself: once the real world has come to a later session, so has
it, an hour after the open. An *epoch* notes at which real moment it came to a session; with them the
modification time of a file is told as the simulated moment it was written at, and a token made for
one simulated session does not serve the next.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec

from execution.records import Moment
from gates.base.sessions import Session, SessionTable

AFTER_OPEN = timedelta(minutes=60)
"""Where a session is entered: late enough for two closed 10-minute bars, with most of the day left."""

INSTANT = timedelta(microseconds=1)


class Epoch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At this moment of the wall clock, the simulated clock came to another session."""

    wall: Moment
    simulated: Moment


class Timeline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the record stores of time. Within one epoch the clock stays in one session."""

    now: Moment
    epochs: tuple[Epoch, ...]


def begun(session: Session, wall: datetime) -> Timeline:
    now = session.opens + AFTER_OPEN
    return Timeline(now, (Epoch(wall.astimezone(UTC), now),))


def present(timeline: Timeline, wall: datetime, table: SessionTable) -> Timeline:
    """As stored, or in the session of the wall clock once that is a later one."""
    actual = table.current_or_next(wall)
    if actual is None or not _is_later(actual, table.current_or_next(timeline.now), timeline.now):
        return timeline
    return moved(timeline, actual.opens + AFTER_OPEN, wall, table)


def moved(timeline: Timeline, moment: datetime, wall: datetime, table: SessionTable) -> Timeline:
    """At `moment`; an epoch is noted when that lies in another session."""
    epochs = timeline.epochs
    if table.current_or_next(moment) != table.current_or_next(timeline.now):
        epochs = (*epochs, Epoch(wall.astimezone(UTC), moment))
    return Timeline(moment, epochs)


def written_at(timeline: Timeline, file_time: float, table: SessionTable) -> datetime:
    """What this clock showed when a file of that modification time was written, at the latest.

    Real time is counted from the start of the epoch, but never out of its session: the clock had not
    left it, whatever it was advanced to since. Only a file written after the wall clock came to a
    later session belongs there, as a look at this clock would have.
    """
    wall = datetime.fromtimestamp(file_time, UTC)
    epoch = next((past for past in reversed(timeline.epochs) if past.wall <= wall), timeline.epochs[0])
    session, actual = table.current_or_next(epoch.simulated), table.current_or_next(wall)
    if actual is not None and _is_later(actual, session, epoch.simulated):
        shown = actual.opens + AFTER_OPEN
    else:
        shown = epoch.simulated + (wall - epoch.wall)
        if session is not None:
            shown = min(shown, session.closes - INSTANT)
    return min(shown, timeline.now)


def _is_later(session: Session, other: Session | None, moment: datetime) -> bool:
    """Whether a session follows the one `moment` belongs to, or the moment, should it have none."""
    return session.opens > moment if other is None else session.day > other.day


class Timepiece(Protocol):
    """Defines what a simulated broker lets its clock do."""

    def timeline(self) -> Timeline: ...

    def advance(self, seconds: float) -> None: ...


class SimulatedClock:
    """Tells the time to a cycle whose broker is the simulated one."""

    def __init__(self, broker: Timepiece, table: SessionTable) -> None:
        self._broker = broker
        self._table = table

    def now(self) -> datetime:
        return self._broker.timeline().now

    def written_at(self, file_time: float) -> datetime:
        return written_at(self._broker.timeline(), file_time, self._table)

    def sleep(self, seconds: float) -> None:
        self._broker.advance(seconds)
