"""Asks what `execution watch` tells, each as one check: service, cycles, timers, watchlist, outbox.

The service is judged by heartbeat.json alone, so a host without a broker, a network or a working
setting can still be judged; `checks.heartbeat` says when a cycle is overdue, which is what silence means here.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum, auto
from pathlib import Path

from execution.checks.finding import Check, Finding, failed, passed, warning
from execution.checks.heartbeat import Pulse
from execution.checks.liveness import REMEDY
from execution.service import Service
from execution.state.heartbeat import NoHeartbeat
from execution.view.watchlist import read_watchlist
from gates.base.record import dataclass
from gates.base.sessions import Session, new_york_text

MOST_FAILED_IN_A_ROW = 3
"""So many cycles that fail one after the other are no longer a passing outage."""
BEFORE_OPEN = timedelta(minutes=60)
SYSTEMD = Path("/run/systemd/system")
CYCLES = ("execution.timer", "execution-loop.timer")
"""Either starts cycles; one of the two is enough."""
OTHERS = ("execution-sweep.timer", "execution-summary.timer", "scanner.timer")
ASK_SECONDS = 5


class Delivery(Enum):
    """What became of the messages."""

    NO_CHANNEL = auto()
    ALL_TOLD = auto()
    WAITING = auto()
    NOT_KEPT = auto()


@dataclass(frozen=True, slots=True)
class Watched:
    """What the watch judges by, and when the session table ends."""

    pulse: Pulse
    table_ends: str
    timers: str | None
    list_session: Session | None
    list_problem: str | None
    delivery: Delivery
    waiting: int = 0


def service_alive(seen: Watched) -> Finding:
    pulse = seen.pulse
    if pulse.opened is not None:
        return failed(silence_words(pulse), REMEDY) if pulse.is_overdue else passed(silence_words(pulse))
    if pulse.coming is None:
        said = f"the session table does not know today (ends {seen.table_ends})"
        return warning(said, "`scanner run` refreshes it")
    return passed("the session is closed; no cycle is due")


def cycles_succeed(seen: Watched) -> Finding:
    if seen.pulse.opened is None:
        return passed("no cycle is due")
    beat = seen.pulse.beat
    failing = 0 if isinstance(beat, NoHeartbeat) else beat.failed_in_a_row
    said = f"{failing} failed in a row, limit {MOST_FAILED_IN_A_ROW}"
    return failed(said, REMEDY) if failing >= MOST_FAILED_IN_A_ROW else passed(said)


def timers_run(seen: Watched) -> Finding:
    if seen.timers:
        return warning(seen.timers, "`systemctl enable --now NAME` starts a timer")
    return passed("run" if seen.timers == "" else "no systemd to ask")


def list_is_there(seen: Watched) -> Finding:
    if seen.list_problem:
        return warning(seen.list_problem, "`scanner run` writes it, `execution watchlist import` brings another")
    return passed(f"for session {seen.list_session}" if seen.list_session is not None else "none is due yet")


def all_told(seen: Watched) -> Finding:
    if seen.delivery is Delivery.NO_CHANNEL:
        return warning("no Slack is set; no message is sent", "set SLACK_WEBHOOK_URL")
    if seen.delivery is Delivery.ALL_TOLD:
        return passed("empty, all was told")
    if seen.delivery is Delivery.NOT_KEPT:
        return warning("nothing can be told or kept now; the warning says why", "mend what the warning names")
    one = seen.waiting == 1
    return warning(
        f"{seen.waiting} message{'' if one else 's'} wait{'s' if one else ''}", "they are told again next time"
    )


WATCH = (
    Check("service", "Do cycles run when one is due?", service_alive),
    Check("cycles", "Do cycles succeed?", cycles_succeed),
    Check("timers", "Do the installed timers run?", timers_run),
    Check("watchlist", "Is there a list for the session?", list_is_there),
    Check("outbox", "Was everything told?", all_told),
)


def silence_words(pulse: Pulse) -> str:
    """What was last heard in this open session, and for how long nothing was."""
    beat, limit = pulse.beat, pulse.limit_seconds
    if isinstance(beat, NoHeartbeat):
        if not beat.missing:
            return f"heartbeat.json {beat.what}"
        words = "no heartbeat was ever written"
    elif pulse.ahead_seconds:
        return f"heartbeat of {new_york_text(max(beat.started_at, beat.last_end))} lies ahead of the clock"
    elif beat.finished_at is None:
        words = f"a cycle began {new_york_text(beat.started_at)} as process {beat.pid} and has not finished"
        if beat.last_end != beat.started_at:
            words += f"; the last one that did ended {new_york_text(beat.last_end)}"
    else:
        words = f"the last cycle ended {new_york_text(beat.last_end)} with exit {beat.exit_code}"
    return f"{words}; {pulse.late_seconds}s of silence, limit {limit}s"


def mode_of(pulse: Pulse) -> str | None:
    """The mode the last cycle was in, where it was one of this session."""
    beat = pulse.beat
    return None if isinstance(beat, NoHeartbeat) or beat.session != str(pulse.opened) else beat.mode


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
