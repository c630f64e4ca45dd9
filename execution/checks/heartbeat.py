"""Reads the heartbeat from disk, and judges whether a cycle is overdue. `health` reads nothing else; it stays small.

This is the one judgement for all who ask: `doctor`, `health`, `watch` and what it tells. A cycle is overdue when the
session is open and for longer than WATCH_SILENT_SECONDS no cycle has come to its end; the first cycle of a session has
that long from the open. A heartbeat that cannot be read, or lies ahead of the clock, says nothing: overdue.
"""

from __future__ import annotations

from datetime import datetime

from execution.state.directory import StateDir
from execution.state.heartbeat import Heartbeat, NoHeartbeat, read_or_none
from gates.base.record import dataclass
from gates.base.sessions import Session, SessionTable

FUTURE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Pulse:
    """The last cycle, and whether one is due: `opened` is the session being traded, `coming` the next;
    `limit_seconds` is how long no cycle may come to its end."""

    now: datetime
    beat: Heartbeat | NoHeartbeat
    opened: Session | None
    coming: Session | None
    limit_seconds: int

    @property
    def ahead_seconds(self) -> float:
        """How far the heartbeat lies ahead of the clock, where that is more than clocks may differ by; else 0."""
        if isinstance(self.beat, NoHeartbeat):
            return 0
        ahead = (max(self.beat.started_at, self.beat.last_end) - self.now).total_seconds()
        return ahead if ahead > FUTURE_SECONDS else 0

    @property
    def late_seconds(self) -> int | None:
        """For how long a cycle has been due and none came to its end; None where none is due or nothing is known."""
        if self.opened is None or self.ahead_seconds:
            return None
        if isinstance(self.beat, NoHeartbeat):
            return int((self.now - self.opened.opens).total_seconds()) if self.beat.missing else None
        return max(0, int((self.now - max(self.opened.opens, self.beat.last_end)).total_seconds()))

    @property
    def is_overdue(self) -> bool:
        late = self.late_seconds
        return self.opened is not None and (late is None or late > self.limit_seconds)


def take_pulse(state: StateDir, table: SessionTable, now: datetime, limit_seconds: int) -> Pulse:
    return Pulse(now, read_or_none(state.heartbeat), table.open_at(now), table.current_or_next(now), limit_seconds)
