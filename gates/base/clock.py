"""Tells the time, as an argument: one `now` per cycle, always aware, always UTC inside.

The wall clock is the operator's machine; the simulated broker brings a clock of its own
(`broker/simulated/clock.py`) that can be set and runs as fast as it is asked to. Both answer the
same three questions, so a day can be rehearsed in a second with nothing patched.
"""

from __future__ import annotations

import gc
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The moment all of this cycle is judged by."""

    def written_at(self, file_time: float) -> datetime:
        """When a file with this modification time was written, told by this clock."""

    def sleep(self, seconds: float) -> None:
        """Let time pass between two cycles of a loop."""


def wall_now() -> datetime:
    """The machine's own time, for those who stand outside a cycle's clock."""
    return datetime.now(UTC)


class WallClock:
    def now(self) -> datetime:
        return wall_now()

    def written_at(self, file_time: float) -> datetime:
        return datetime.fromtimestamp(file_time, UTC)

    def sleep(self, seconds: float) -> None:
        """The pause is also when a loop's garbage is collected: left to itself it grows for some 200 cycles,
        and is then collected in the middle of one."""
        gc.collect()
        time.sleep(seconds)


class Stopwatch:
    """How much of a cycle's time budget is left; counts real seconds, whatever the clock says."""

    def __init__(self, budget_seconds: float) -> None:
        self._ends = time.monotonic() + budget_seconds

    def left_seconds(self) -> float:
        return self._ends - time.monotonic()
