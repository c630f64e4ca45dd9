"""Reads the heartbeat on disk, and whether a cycle is due. `health` loads nothing more, so it stays small."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from execution.checks.finding import Unknown
from execution.state import heartbeat
from execution.state.directory import StateDir
from execution.state.heartbeat import Heartbeat
from gates.base.sessions import Session, SessionTable
from gates.base.statefile import StateUnreadable


@dataclass(frozen=True, slots=True)
class Pulse:
    """The last cycle, and whether one is due: `opened` is the session being traded, `coming` the next;
    `limit_seconds` is how long no cycle may come to its end."""

    now: datetime
    beat: Heartbeat | Unknown
    opened: Session | None
    coming: Session | None
    limit_seconds: int


def take_pulse(state: StateDir, table: SessionTable, now: datetime, limit_seconds: int) -> Pulse:
    beat: Heartbeat | Unknown
    try:
        beat = heartbeat.read(state.heartbeat)
    except StateUnreadable as broken:
        beat = Unknown(f"{broken.path.name}: {broken.what}")
    return Pulse(now, beat, table.open_at(now), table.current_or_next(now), limit_seconds)
