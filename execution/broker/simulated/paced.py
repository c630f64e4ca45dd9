"""Lets cycles use the simulated broker: its account in a file, and a clock that moves with the cycles.

It is apart from `wiring` so that a cycle on a real broker loads nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from execution.broker.simulated.broker import SimulatedBroker
from execution.broker.simulated.clock import SimulatedClock
from gates.base.clock import wall_now
from gates.base.sessions import SessionTable
from gates.base.statefile import StateUnreadable
from scanner.watchlist import load_watchlist

TICK_SECONDS = 60
COARSE = timedelta(minutes=1)
"""How far ahead a file's time may run by the coarseness of clocks and file systems alone."""


class HeldWall:
    """The wall clock as it was when a cycle began, so that a real close in the middle of a cycle does
    not move the simulated session under it."""

    def __init__(self) -> None:
        self.look_again()

    def look_again(self) -> None:
        self._moment = wall_now()

    def __call__(self) -> datetime:
        return self._moment


class PacedClock(SimulatedClock):
    """The simulated clock as cycles use it: read once, and moved only when a cycle begins, under its
    lock: by what was slept since the last one, or by a minute."""

    def __init__(self, broker: SimulatedBroker, table: SessionTable, wall: HeldWall) -> None:
        super().__init__(broker, table)
        self._simulated = broker
        self._wall = wall
        self._slept_seconds = 0.0
        self._shown: datetime | None = None

    def now(self) -> datetime:
        if self._shown is None:
            self._shown = super().now()
        return self._shown + timedelta(seconds=self._slept_seconds)

    def written_at(self, file_time: float) -> datetime:
        """A file dated ahead of the wall clock stays that far ahead, or it would be new for ever."""
        ahead = datetime.fromtimestamp(file_time, UTC) - self._wall()
        return self.now() + ahead if ahead > COARSE else super().written_at(file_time)

    def sleep(self, seconds: float) -> None:
        self._slept_seconds += seconds

    def begin_cycle(self) -> None:
        self._wall.look_again()
        self._simulated.advance(self._slept_seconds or TICK_SECONDS)
        self._slept_seconds, self._shown = 0.0, None


def simulated_broker(
    account: Path, watchlist: Callable[[date], Path], table: SessionTable, wall: Callable[[], datetime]
) -> SimulatedBroker:
    """The account that this file holds, its prices around the levels of the session's watchlist."""
    broker = SimulatedBroker(account, table, wall)
    session = table.current_or_next(broker.timeline().now)
    try:
        rows = load_watchlist(watchlist(session.day)).rows if session is not None else ()
    except StateUnreadable:
        rows = ()
    return SimulatedBroker(account, table, wall, {row.symbol: row.entry for row in rows})
