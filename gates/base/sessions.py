"""Tells which exchange session a moment belongs to, from our own table.

The table is a list of trading days with their New York opening and closing times, half-days
included, shipped through 2027 in `state_templates/sessions.json`. A moment past its end has no
session, and that is a No everywhere: weekday arithmetic has opened the market on Thanksgiving.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from gates.base.record import dataclass

NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True, order=True)
class Session:
    """One trading day: its New York date and the aware moments it opens and closes."""

    day: date
    opens: datetime
    closes: datetime

    def __str__(self) -> str:
        return self.day.isoformat()

    @property
    def is_half_day(self) -> bool:
        return self.closes.astimezone(NEW_YORK).hour < 16

    def contains(self, moment: datetime) -> bool:
        return self.opens <= moment < self.closes


def make_session(day: date, opens: time, closes: time) -> Session:
    return Session(
        day,
        datetime.combine(day, opens, NEW_YORK).astimezone(UTC),
        datetime.combine(day, closes, NEW_YORK).astimezone(UTC),
    )


class SessionTable:
    """The exchange's sessions in order. Every question outside the table is answered with None."""

    def __init__(self, sessions: Iterable[Session]) -> None:
        self._sessions = tuple(sorted(sessions))
        self._days = [session.day for session in self._sessions]
        self._closes = [session.closes for session in self._sessions]

    @property
    def first_day(self) -> date | None:
        return self._days[0] if self._days else None

    @property
    def last_day(self) -> date | None:
        return self._days[-1] if self._days else None

    def on(self, day: date) -> Session | None:
        """The session of that New York date, None on a holiday and outside the table."""
        position = bisect_left(self._days, day)
        if position < len(self._days) and self._days[position] == day:
            return self._sessions[position]
        return None

    def current_or_next(self, moment: datetime) -> Session | None:
        """The first session that closes after `moment`: the one being traded, or the next one."""
        following = self.closing_after(moment, 1)
        return following[0] if following else None

    def closing_after(self, moment: datetime, count: int) -> tuple[Session, ...]:
        """The first `count` sessions that close after `moment`; () before the table begins."""
        if not self._sessions or new_york_day(moment) < self._days[0]:
            return ()
        position = bisect_right(self._closes, moment)
        return self._sessions[position : position + max(0, count)]

    def open_at(self, moment: datetime) -> Session | None:
        session = self.current_or_next(moment)
        return session if session is not None and session.contains(moment) else None

    def touching(self, first: datetime, last: datetime) -> tuple[Session, ...]:
        """The sessions that were open at some moment from `first` to `last`."""
        position = bisect_right(self._closes, first)
        end = bisect_right(self._days, new_york_day(last))
        return tuple(one for one in self._sessions[position:end] if one.opens <= last)

    def before(self, day: date) -> Session | None:
        """The last session dated earlier than `day`."""
        position = bisect_left(self._days, day)
        return self._sessions[position - 1] if position else None

    def after(self, day: date) -> Session | None:
        """The first session dated later than `day`."""
        position = bisect_right(self._days, day)
        return self._sessions[position] if position < len(self._days) else None


SessionOf = Callable[[datetime], date]
"""The session a moment is counted in."""


def counted_in(table: SessionTable) -> SessionOf:
    """A moment belongs to the session of its New York date; on a day without one, to the session before."""

    def session_of(moment: datetime) -> date:
        day = new_york_day(moment)
        if table.on(day) is not None:
            return day
        before = table.before(day)
        return before.day if before is not None else day

    return session_of


def new_york_day(moment: datetime) -> date:
    return moment.astimezone(NEW_YORK).date()


def new_york_text(moment: datetime) -> str:
    """2026-11-20 15:31:02 EST, the way every journal line and table tells time."""
    return moment.astimezone(NEW_YORK).strftime("%Y-%m-%d %H:%M:%S %Z")


def new_york_midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, NEW_YORK).astimezone(UTC)
