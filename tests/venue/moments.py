"""Time as the venue tells it: whole nanoseconds, because the vendor stamps orders with nine digits.

A Python datetime stops at microseconds, so a client that reads a stamp back and asks for everything
after it has lost three digits. Keeping the nanoseconds here lets tests meet that.
"""

from __future__ import annotations

import re
import threading
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
SECOND = 1_000_000_000
TICK_NS = 1_000_001
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:?\d\d)?)?")


def to_ns(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError(f"the venue takes aware datetimes only, not {moment.isoformat()}")
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def from_ns(ns: int) -> datetime:
    return _EPOCH + timedelta(microseconds=ns // 1000)


def stamp(ns: int) -> str:
    """2026-11-20T15:31:02.113000042Z, the form of every time in the trading API."""
    return f"{from_ns(ns):%Y-%m-%dT%H:%M:%S}.{ns % SECOND:09d}Z"


def new_york_stamp(ns: int) -> str:
    """2026-11-20T10:31:02.113000042-05:00, the form of the clock."""
    local = from_ns(ns).astimezone(NEW_YORK)
    offset = f"{local:%z}"
    return f"{local:%Y-%m-%dT%H:%M:%S}.{ns % SECOND:09d}{offset[:3]}:{offset[3:]}"


def read_stamp(text: str) -> int | None:
    """RFC 3339 or a bare date (its UTC midnight) as nanoseconds; None when it is neither."""
    match = _STAMP.fullmatch(text.strip())
    if match is None:
        return None
    day, clock, fraction, zone = match.groups()
    zone = "+00:00" if zone is None or zone in "Zz" else zone
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone}")
    except ValueError:
        return None
    return to_ns(moment) + int((fraction or "0").ljust(9, "0"))


class Timepiece:
    """The venue's watch: it stands still until it is set, advanced or told to run.

    `stamp` never gives the same nanosecond twice, as a real order desk does not; `tick_ns` is how
    far two orders of one instant lie apart. Set it to 1 to make them equal for anyone who reads
    microseconds.
    """

    def __init__(self, now: datetime) -> None:
        self.tick_ns = TICK_NS
        self._lock = threading.Lock()
        self._base = to_ns(now)
        self._running_since: int | None = None
        self._last_stamp = 0

    def now_ns(self) -> int:
        with self._lock:
            return self._now_ns()

    def now(self) -> datetime:
        return from_ns(self.now_ns())

    def set(self, now: datetime) -> None:
        with self._lock:
            self._base = to_ns(now)
            self._last_stamp = 0
            if self._running_since is not None:
                self._running_since = time.monotonic_ns()

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._base += int(seconds * SECOND)

    def run(self) -> None:
        """From here on the watch keeps real time."""
        with self._lock:
            self._base = self._now_ns()
            self._running_since = time.monotonic_ns()

    def stand_still(self) -> None:
        with self._lock:
            self._base = self._now_ns()
            self._running_since = None

    def stamp(self) -> int:
        with self._lock:
            self._last_stamp = max(self._now_ns(), self._last_stamp + self.tick_ns)
            return self._last_stamp

    def _now_ns(self) -> int:
        if self._running_since is None:
            return self._base
        return self._base + time.monotonic_ns() - self._running_since
