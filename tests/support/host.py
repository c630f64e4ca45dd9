"""What a test takes over from the machine it runs on: where programs lie, and which clock the machine shows.

Every other variable is taken out of the environment before the first test is imported (`conftest.py`), so that
what a developer's shell sets, and CI's does not, decides nothing. `make any-day` puts the whole machine at another
moment by variables; a process that gets an environment written out in full gets those as well.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

PATIENCE_SECONDS = 60
"""Long enough for anything that ends at all, on a machine under any load; what has no bound never ends."""
PLACES = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONUTF8")
CLOCK = (
    "TZ", "LD_PRELOAD", "FAKETIME", "FAKETIME_SHARED", "FAKETIME_DONT_FAKE_MONOTONIC", "DONT_FAKE_MONOTONIC",
    "FILE_TIMES_AHEAD_NS",
)  # fmt: skip
MOVED = ("PYTHONPATH",)
"""Only where the clock was moved: it leads to the shim for file times."""
RUNNERS = ("CI", "PYTEST_", "COV_", "COVERAGE_", "HYPOTHESIS_")


def forget_the_rest() -> None:
    for name in list(os.environ):
        if name not in (*PLACES, *clock_names()) and not name.startswith(RUNNERS):
            del os.environ[name]


def clock_names() -> tuple[str, ...]:
    return (*CLOCK, *MOVED) if "FAKETIME" in os.environ else ("TZ",)


def clock() -> dict[str, str]:
    """The variables that hold the machine's clock and time zone, where they were set."""
    return {name: os.environ[name] for name in clock_names() if name in os.environ}


def environment(**variables: str) -> dict[str, str]:
    """What a process needs to be found and to know the time, and no more than is named here."""
    return {"PATH": os.environ["PATH"], **clock(), **variables}


def wall() -> datetime:
    """The machine's own time, for the few tests that cannot bring a time along."""
    return datetime.now(UTC)


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it comes to be so: for what another thread or process still has to note."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > ends:
            return False
        threading.Event().wait(0.01)
    return True
