"""Do cycles run when one is due? An idle day is healthy; a dead timer, a bad end and a wrong clock are not."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest
from support.checks import AT, BEAT
from support.facts import SESSION, TABLE, new_york

from execution.checks import liveness
from execution.checks.finding import Finding, failed, passed, warning
from execution.checks.heartbeat import Pulse
from execution.state.heartbeat import MISSING, Heartbeat, NoHeartbeat

DO = liveness.REMEDY
NEVER = MISSING
CLOSED = "market closed until 2026-11-20 09:30:00 EST"


def beat(seconds_ago: float, now: datetime = AT, *, code: int | None = 0, finished: bool = True) -> Heartbeat:
    ended = now - timedelta(seconds=seconds_ago)
    began = ended - timedelta(seconds=2) if finished else ended
    return msgspec.structs.replace(
        BEAT, started_at=began, finished_at=ended if finished else None, exit_code=code if finished else None
    )


def pulse(beat: Heartbeat | NoHeartbeat, now: datetime = AT) -> Pulse:
    return Pulse(now, beat, TABLE.open_at(now), TABLE.current_or_next(now), 120)


@pytest.mark.parametrize(
    ("found", "finding"),
    [
        (beat(58), passed("last cycle 58s ago (limit 120s), exit 0, mode DRY_RUN")),
        (beat(120), passed("last cycle 120s ago (limit 120s), exit 0, mode DRY_RUN")),
        (beat(121), failed("last cycle 121s ago (limit 120s)", DO)),
        (beat(10, code=69), warning("last cycle 10s ago (limit 120s), exit 69 (broker unreachable)", DO)),
        (beat(10, code=78), failed("last cycle 10s ago (limit 120s), exit 78 (settings)", DO)),
        (beat(10, code=74), failed("last cycle 10s ago (limit 120s), exit 74 (state not writable)", DO)),
        (beat(10, code=70), failed("last cycle 10s ago (limit 120s), exit 70", DO)),
        (beat(30, finished=False), passed("the cycle that did not finish began 30s ago (limit 120s): at work")),
        (beat(200, finished=False), failed("the cycle that did not finish began 200s ago (limit 120s)", DO)),
        (beat(-50), passed("last cycle 0s ago (limit 120s), exit 0, mode DRY_RUN")),
        (beat(-100), failed("last cycle is 100s in the future (limit 60s)", "look at the host's clock")),
        (NEVER, failed("no cycle has ever run, session open for 3660s (limit 120s)", DO)),
        (
            NoHeartbeat("is empty"),
            failed("heartbeat.json: is empty", "move the file away; the next cycle writes it anew"),
        ),
    ],
)
def test_in_the_session(found: Heartbeat | NoHeartbeat, finding: Finding) -> None:
    assert liveness.heartbeat(pulse(found)) == finding


@pytest.mark.parametrize(
    ("found", "finding"),
    [
        (beat(16 * 3600), passed(f"{CLOSED}; last cycle 2026-11-19 15:59:58 EST, exit 0")),
        (beat(300 * 3600), passed(f"{CLOSED}; last cycle 2026-11-07 19:59:58 EST, exit 0")),
        (NEVER, passed(f"{CLOSED}; no cycle has run yet")),
        (beat(60, code=78), warning(f"{CLOSED}; last cycle 2026-11-20 07:58:58 EST, exit 78 (settings)", DO)),
        (beat(60, finished=False), warning(f"{CLOSED}; last cycle 2026-11-20 07:59:00 EST, not finished", DO)),
    ],
)
def test_an_idle_day_is_healthy(found: Heartbeat | NoHeartbeat, finding: Finding) -> None:
    eight = new_york("2026-11-20 08:00")
    if isinstance(found, Heartbeat):
        early = eight - AT
        end = found.finished_at + early if found.finished_at else None
        found = msgspec.structs.replace(found, started_at=found.started_at + early, finished_at=end)
    assert liveness.heartbeat(pulse(found, eight)) == finding


def test_a_session_that_has_just_opened_has_missed_nothing() -> None:
    just = SESSION.opens + timedelta(seconds=120)
    assert liveness.heartbeat(pulse(beat(16 * 3600, just), just)).result.value == "PASS"
    assert liveness.heartbeat(pulse(NEVER, just)) == passed("no cycle yet, session open for 120s (limit 120s)")
    then = just + timedelta(seconds=1)
    assert liveness.heartbeat(pulse(beat(16 * 3600, then), then)) == failed("last cycle 57600s ago (limit 120s)", DO)
    assert liveness.heartbeat(pulse(NEVER, then)).result.value == "FAIL"


def test_a_table_that_has_ended_is_no_idle_day() -> None:
    assert liveness.heartbeat(Pulse(AT, BEAT, None, None, 120)) == failed(
        "the session table does not know today, so no cycle trades", "`scanner run` refreshes it"
    )


@pytest.mark.parametrize(
    ("found", "now", "age"),
    [
        (beat(58), AT, 58.0),
        (beat(-50), AT, 0.0),
        (beat(90_000), new_york("2026-11-20 09:31:00"), 60.0),
        (NEVER, AT, 3660.0),
        (NoHeartbeat("is empty"), AT, None),
        (beat(58), new_york("2026-11-20 18:00:00"), None),
    ],
)
def test_the_age_that_counts_is_since_a_cycle_was_due(
    found: Heartbeat | NoHeartbeat, now: datetime, age: float | None
) -> None:
    assert pulse(found, now).late_seconds == age
