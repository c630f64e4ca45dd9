"""Judges whether a cycle runs when one is due, for the doctor and for `health`, which asks nothing else.

An idle day is healthy: outside the session nothing needs to have run, and a session that has just
opened has not missed a cycle yet. A heartbeat from the future is as bad as an old one. How old is too old
is the same for all who judge it: WATCH_SILENT_SECONDS without a cycle that came to its end.
"""

from __future__ import annotations

from execution.checks.finding import Finding, failed, passed, warning
from execution.checks.heartbeat import FUTURE_SECONDS, Pulse
from execution.state.heartbeat import Heartbeat, NoHeartbeat
from gates.base.errors import EXIT_DONE, EXIT_SETTINGS, EXIT_STATE, EXIT_UNREACHABLE
from gates.base.sessions import new_york_text

REMEDY = "systemctl status execution.timer execution.service; `execution run` by hand says what is wrong"


def heartbeat(pulse: Pulse) -> Finding:
    beat = pulse.beat
    if isinstance(beat, NoHeartbeat) and not beat.missing:
        return failed(f"heartbeat.json: {beat.what}", "move the file away; the next cycle writes it anew")
    if pulse.coming is None:
        return failed("the session table does not know today, so no cycle trades", "`scanner run` refreshes it")
    if pulse.ahead_seconds:
        said = f"last cycle is {pulse.ahead_seconds:.0f}s in the future (limit {FUTURE_SECONDS}s)"
        return failed(said, "look at the host's clock")
    return _idle(pulse, beat) if pulse.opened is None else _in_session(pulse, beat)


def _idle(pulse: Pulse, beat: Heartbeat | NoHeartbeat) -> Finding:
    coming = pulse.coming
    closed = f"market closed until {new_york_text(coming.opens)}" if coming is not None else "market closed"
    if isinstance(beat, NoHeartbeat):
        return passed(f"{closed}; no cycle has run yet")
    ended = _ended_badly(beat)
    said = f"{closed}; last cycle {new_york_text(beat.started_at)}"
    return warning(f"{said}, {ended}", REMEDY) if ended else passed(f"{said}, exit 0")


def _in_session(pulse: Pulse, beat: Heartbeat | NoHeartbeat) -> Finding:
    assert pulse.opened is not None
    limit = pulse.limit_seconds
    open_for = (pulse.now - pulse.opened.opens).total_seconds()
    if isinstance(beat, NoHeartbeat):
        if not pulse.is_overdue:
            return passed(f"no cycle yet, session open for {open_for:.0f}s (limit {limit}s)")
        return failed(f"no cycle has ever run, session open for {open_for:.0f}s (limit {limit}s)", REMEDY)
    began, age = (max(0.0, (pulse.now - at).total_seconds()) for at in (beat.started_at, beat.last_end))
    said = f"last cycle {age:.0f}s ago (limit {limit}s)"
    if beat.finished_at is None:
        before = f", the last one that did ended {age:.0f}s ago" if beat.last_end != beat.started_at else ""
        said = f"the cycle that did not finish began {began:.0f}s ago{before} (limit {limit}s)"
    if pulse.is_overdue:
        return failed(said, REMEDY)
    if beat.finished_at is None:
        return passed(f"{said}: at work")
    ended = _ended_badly(beat)
    if ended is None:
        return passed(f"{said}, exit 0, mode {beat.mode or 'not asked'}")
    found = warning if beat.exit_code == EXIT_UNREACHABLE else failed
    return found(f"{said}, {ended}", REMEDY)


def _ended_badly(beat: Heartbeat) -> str | None:
    if beat.finished_at is None:
        return "not finished"
    words = {
        EXIT_UNREACHABLE: " (broker unreachable)",
        EXIT_SETTINGS: " (settings)",
        EXIT_STATE: " (state not writable)",
    }
    return None if beat.exit_code == EXIT_DONE else f"exit {beat.exit_code}{words.get(beat.exit_code or 0, '')}"
