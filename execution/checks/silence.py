"""Finds what `execution watch` tells, each as one line with a verdict: service, timers, outbox, watchlist.

The service is judged by heartbeat.json alone, so a host without a broker, a network or a working
setting can still be judged. Silence is: the session is open and for longer than the limit no cycle has
come to its end. The first cycle of a session has the limit from the open.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from execution.service import Service
from execution.state import heartbeat
from execution.state.heartbeat import Heartbeat
from execution.view.watchlist import read_watchlist
from gates.base.sessions import Session, new_york_text
from gates.base.statefile import StateMissing, StateUnreadable

MOST_FAILED_IN_A_ROW = 3
"""So many cycles that fail one after the other are no longer a passing outage."""
BEFORE_OPEN = timedelta(minutes=60)
SYSTEMD = Path("/run/systemd/system")
CYCLES = ("execution.timer", "execution-loop.timer")
"""Either starts cycles; one of the two is enough."""
OTHERS = ("execution-sweep.timer", "execution-summary.timer", "scanner.timer")
ASK_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Silence:
    """How long nothing was heard, and in which mode it was when it was last heard."""

    seconds: int
    limit_seconds: int
    words: str
    mode: str | None
    failed_in_a_row: int = 0

    @property
    def is_silent(self) -> bool:
        return self.seconds > self.limit_seconds


def silence(service: Service, session: Session, now: datetime) -> Silence:
    """How long the service has been silent in this open session."""
    limit = service.settings.watch_silent_seconds
    try:
        beat = heartbeat.read(service.state.heartbeat)
    except StateMissing:
        return _silence(None, "no heartbeat was ever written", session, now, limit)
    except StateUnreadable as broken:
        return Silence(limit + 1, limit, f"heartbeat.json {broken.what}", None)
    last = beat.last_end
    if (last - now).total_seconds() > limit:
        return Silence(limit + 1, limit, f"heartbeat of {new_york_text(last)} lies ahead of the clock", beat.mode)
    if beat.finished_at is None:
        words = f"a cycle began {new_york_text(beat.started_at)} as process {beat.pid} and has not finished"
        if last != beat.started_at:
            words += f"; the last one that did ended {new_york_text(last)}"
    else:
        words = f"the last cycle ended {new_york_text(last)} with exit {beat.exit_code}"
    return _silence(beat, words, session, now, limit)


def _silence(beat: Heartbeat | None, words: str, session: Session, now: datetime, limit: int) -> Silence:
    last = session.opens if beat is None else max(session.opens, beat.last_end)
    seconds = max(0, int((now - last).total_seconds()))
    mode = beat.mode if beat is not None and beat.session == str(session) else None
    failed = beat.failed_in_a_row if beat is not None else 0
    return Silence(seconds, limit, f"{words}; {seconds}s of silence, limit {limit}s", mode, failed)


def watchlist_problem(service: Service, now: datetime) -> tuple[Session | None, str | None]:
    """The session a list is due for, from an hour before its open, and what is wrong with that list."""
    session = service.table.current_or_next(now)
    if session is None or now < session.opens - BEFORE_OPEN:
        return None, None
    facts, rows = read_watchlist(service, session)
    return session, facts.problem or (None if rows else "watchlist empty (0 rows)")


def timers_off() -> str | None:
    """Timers that are installed and do not run, in words; None where no systemd can be asked."""
    systemctl = shutil.which("systemctl")
    if not SYSTEMD.is_dir() or systemctl is None:
        return None
    command = [systemctl, "show", "--property=Id,LoadState,ActiveState,UnitFileState", *CYCLES, *OTHERS]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ASK_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return off(done.stdout)


def off(shown: str) -> str:
    """What `systemctl show` says, as the names of timers that ought to run and do not."""
    units = [_properties(block.splitlines()) for block in shown.strip().split("\n\n") if block.strip()]
    loaded = [unit for unit in units if unit.get("LoadState") == "loaded"]
    running = {unit["Id"] for unit in loaded if unit.get("ActiveState") == "active"}
    found = [unit["Id"] for unit in loaded if unit["Id"] in CYCLES]
    missing = found[:1] if found and not running & set(CYCLES) else []
    enabled = [unit["Id"] for unit in loaded if unit["Id"] in OTHERS and unit.get("UnitFileState") == "enabled"]
    return ", ".join([*missing, *(name for name in enabled if name not in running)])


def _properties(lines: Iterable[str]) -> dict[str, str]:
    return {name: value for name, _, value in (line.partition("=") for line in lines)}
