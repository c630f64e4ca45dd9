"""What the watch makes of heartbeat.json and of systemd's own answers."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from support.checks import AT, BEAT
from support.facts import SESSION, TABLE

from execution.checks import liveness
from execution.checks.finding import Result, ask_all
from execution.checks.heartbeat import Pulse
from execution.checks.silence import WATCH, Delivery, Watched, off, silence_words
from execution.state.heartbeat import MISSING, Heartbeat, NoHeartbeat


def unit(name: str, active: str = "active", load: str = "loaded", enabled: str = "enabled") -> str:
    return f"Id={name}\nLoadState={load}\nActiveState={active}\nUnitFileState={enabled}"


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ([unit("execution.timer"), unit("scanner.timer")], ""),
        ([unit("execution.timer", "inactive")], "execution.timer"),
        ([unit("execution.timer", "inactive"), unit("execution-loop.timer")], ""),
        ([unit("execution.timer", "failed"), unit("execution-loop.timer", "inactive")], "execution.timer"),
        ([unit("execution.timer", "inactive", "not-found", "")], ""),
        ([unit("execution.timer"), unit("scanner.timer", "inactive")], "scanner.timer"),
        ([unit("execution.timer"), unit("scanner.timer", "inactive", enabled="disabled")], ""),
        ([unit("execution.timer", "inactive"), unit("scanner.timer", "failed")], "execution.timer, scanner.timer"),
        ([], ""),
    ],
)
def test_timers_that_ought_to_run_and_do_not(units: list[str], expected: str) -> None:
    assert off("\n\n".join(units)) == expected


# --- silence --------------------------------------------------------------------------------------


def ended(seconds_ago: float, **changed: object) -> Heartbeat:
    at = AT - timedelta(seconds=seconds_ago)
    return msgspec.structs.replace(BEAT, started_at=at - timedelta(seconds=2), finished_at=at, **changed)


def pulse(beat: Heartbeat | NoHeartbeat) -> Pulse:
    return Pulse(AT, beat, SESSION, SESSION, 120)


BEATS = [
    (ended(120), "the last cycle ended 2026-11-20 10:29:00 EST with exit 0; 120s of silence, limit 120s", False),
    (ended(121), "the last cycle ended 2026-11-20 10:28:59 EST with exit 0; 121s of silence, limit 120s", True),
    (ended(-60), "the last cycle ended 2026-11-20 10:32:00 EST with exit 0; 0s of silence, limit 120s", False),
    (ended(-61), "heartbeat of 2026-11-20 10:32:01 EST lies ahead of the clock", True),
    (MISSING, "no heartbeat was ever written; 3660s of silence, limit 120s", True),
    (NoHeartbeat("is empty"), "heartbeat.json is empty", True),
]


@pytest.mark.parametrize(("beat", "words", "silent"), BEATS)
def test_watch_and_health_judge_alike(beat: Heartbeat | NoHeartbeat, words: str, silent: bool) -> None:
    seen = pulse(beat)
    assert (silence_words(seen), seen.is_overdue) == (words, silent)
    assert (liveness.heartbeat(seen).result is Result.FAIL) is silent
    assert answers(seen)["service"] == ("FAIL" if silent else "PASS", words)


def test_a_beginning_long_ago_with_an_end_to_come_is_no_sign_of_life() -> None:
    """The doctor looked at the beginning alone, and passed."""
    beat = msgspec.structs.replace(ended(600), finished_at=AT + timedelta(days=1))
    assert pulse(beat).is_overdue and liveness.heartbeat(pulse(beat)).result is Result.FAIL


# --- the watch's own checks -----------------------------------------------------------------------


def answers(seen: Pulse, **changed: object) -> dict[str, tuple[str, str]]:
    facts: dict[str, object] = {"timers": None, "list_session": SESSION, "list_problem": None}
    facts |= {"delivery": Delivery.ALL_TOLD, **changed}
    asked = ask_all(WATCH, Watched(seen, "2027-12-31", **facts))  # type: ignore[arg-type]
    return {one.check: (one.result.value, one.finding.evidence) for one in asked}


def test_all_is_well() -> None:
    assert answers(pulse(ended(10)), timers="") == {
        "service": ("PASS", silence_words(pulse(ended(10)))),
        "cycles": ("PASS", "0 failed in a row, limit 3"),
        "timers": ("PASS", "run"),
        "watchlist": ("PASS", "for session 2026-11-20"),
        "outbox": ("PASS", "empty, all was told"),
    }


@pytest.mark.parametrize(
    ("check", "changed", "answer"),
    [
        ("timers", {"timers": None}, ("PASS", "no systemd to ask")),
        ("timers", {"timers": "scanner.timer"}, ("WARN", "scanner.timer")),
        ("watchlist", {"list_session": None}, ("PASS", "none is due yet")),
        ("watchlist", {"list_problem": "watchlist empty (0 rows)"}, ("WARN", "watchlist empty (0 rows)")),
        ("outbox", {"delivery": Delivery.NO_CHANNEL}, ("WARN", "no Slack is set; no message is sent")),
        ("outbox", {"delivery": Delivery.WAITING, "waiting": 1}, ("WARN", "1 message waits")),
        ("outbox", {"delivery": Delivery.WAITING, "waiting": 2}, ("WARN", "2 messages wait")),
        (
            "outbox",
            {"delivery": Delivery.NOT_KEPT},
            ("WARN", "nothing can be told or kept now; the warning says why"),
        ),
    ],
)
def test_what_needs_a_look(check: str, changed: dict[str, object], answer: tuple[str, str]) -> None:
    assert answers(pulse(ended(10)), **changed)[check] == answer


@pytest.mark.parametrize(("failing", "result"), [(2, "PASS"), (3, "FAIL")])
def test_cycles_that_fail_in_a_row(failing: int, result: str) -> None:
    found = answers(pulse(ended(10, failed_in_a_row=failing)))
    assert found["cycles"] == (result, f"{failing} failed in a row, limit 3")


def test_outside_the_session_no_cycle_is_due() -> None:
    closed = answers(Pulse(AT, MISSING, None, TABLE.current_or_next(AT), 120))
    assert closed["service"] == ("PASS", "the session is closed; no cycle is due")
    assert closed["cycles"] == ("PASS", "no cycle is due")
    unknown = answers(Pulse(AT, MISSING, None, None, 120))
    assert unknown["service"] == ("WARN", "the session table does not know today (ends 2027-12-31)")
