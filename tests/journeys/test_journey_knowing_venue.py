"""The verbs of the checks as processes on the wall clock, against a venue that goes wrong under them.

The market is closed by the exchange and by the desk's table, whatever day it is; only what does not hang on that
is compared, and `tests/execution/checks/test_gather.py` holds the clock still and compares all.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support import host
from support.desk import CHECKOUT, Desk, Done
from support.sessions import lay_sessions
from venue import faults
from venue.faults import EVERY
from venue.venue import Venue

from execution.checks import preflight as checks_preflight

ON_BROKER = ("account", "clock", "unresolved", "naked", "reconciliation")


@pytest.fixture
def venue() -> Iterator[Venue]:
    """On the wall clock, and closed by the exchange yesterday, today and tomorrow."""
    now = host.wall()
    with Venue(now=now) as opened:
        for days in (-1, 0, 1):
            opened.hours.close_on(now.date() + timedelta(days=days))
        opened.run_clock()
        yield opened


@pytest.fixture
def desk(tmp_path: Path, venue: Venue) -> Desk:
    """Initialised for that venue, by settings alone: no list, no token."""
    made = Desk(tmp_path, {**venue.env, "BROKER": "alpaca", "HTTP_TIMEOUT_SECONDS": "3", "CYCLE_BUDGET_SECONDS": "20"})
    lay_sessions(made.state)
    made.ok("init")
    return made


def asked(desk: Desk, verb: str, **changes: str) -> tuple[Done, dict[str, dict[str, str]]]:
    done = desk.do(verb, "--json", **changes)
    document: dict[str, Any] = json.loads(done.out)
    assert done.code == {"PASS": 0, "WARN": 1, "FAIL": 2}[document["result"]], done.said
    return done, {one["check"]: one for one in document["checks"]}


def results(checks: dict[str, dict[str, str]], *names: str) -> list[str]:
    return [checks[name]["result"] for name in names]


def test_a_venue_that_answers(desk: Desk, venue: Venue) -> None:
    _, checks = asked(desk, "doctor")
    assert results(checks, "broker", *ON_BROKER) == ["PASS"] * 6
    assert checks["key"]["evidence"] == f"PK… key, paper (ALPACA_PAPER=1), {venue.url}"
    assert {entry.method for entry in venue.requests} == {"GET"}


def hang(venue: Venue) -> None:
    venue.faults.add(faults.silence(), method="GET", path="*", times=EVERY)


def drip(venue: Venue) -> None:
    venue.faults.add(faults.slow_drip(), method="GET", path="*", times=EVERY)


def talk_nonsense(venue: Venue) -> None:
    venue.faults.add(faults.garbage(), method="GET", path="*", times=EVERY)


def break_down(venue: Venue) -> None:
    venue.faults.add(faults.server_error(), method="GET", path="*", times=EVERY)


@pytest.mark.parametrize("go_wrong", [hang, drip, talk_nonsense, break_down])
def test_a_venue_that_does_not_is_told_in_bounded_time(
    desk: Desk, venue: Venue, go_wrong: Callable[[Venue], None]
) -> None:
    go_wrong(venue)
    began = time.monotonic()
    done, checks = asked(desk, "doctor")
    assert done.code == 2 and time.monotonic() - began < host.PATIENCE_SECONDS
    assert results(checks, "broker", *ON_BROKER) == ["FAIL", *["NO-DATA"] * 5]
    assert results(checks, "settings", "secrets", "disk", "ledger") == ["PASS"] * 4


def test_a_venue_that_is_down_fails_the_preflight(desk: Desk) -> None:
    done, checks = asked(desk, "preflight", APCA_API_BASE_URL="http://127.0.0.1:1")
    assert done.code == 2
    assert results(checks, "broker", *ON_BROKER) == ["FAIL"] * 6
    kept = checks_preflight.read(desk.state / "preflight.json")
    assert (kept.account, kept.passed) == (None, False)


def test_a_skewed_clock(desk: Desk, venue: Venue) -> None:
    venue.faults.add(faults.clock_offset(-90))
    _, checks = asked(desk, "doctor")
    assert checks["clock"]["result"] == "FAIL"
    assert "(limit 5s)" in checks["clock"]["evidence"]


def test_wrong_keys_are_told_without_them(desk: Desk, venue: Venue) -> None:
    wrong = "not-the-secret-of-the-venue-1234567890"
    echo = faults.refuse(403, 40310000, f"forbidden for {wrong}")
    venue.faults.add(echo, method="GET", path="*", times=EVERY)
    for verb in ("doctor", "preflight", "go-nogo", "morning", "close-day", "health"):
        for arguments in ((verb,), (verb, "--json")):
            done = desk.do(*arguments, APCA_API_SECRET_KEY=wrong)
            assert wrong not in done.said and venue.key not in done.said
            assert "Traceback" not in done.said


CUT_OFF = """
import socket, sys
def no(*_, **__):
    raise AssertionError("health must not touch the network")
socket.socket.connect = no
from execution.__main__ import main
sys.exit(main(["health"]))
"""


def test_health_asks_nobody(desk: Desk, venue: Venue) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CUT_OFF],
        cwd=CHECKOUT,
        env={**desk.environment(), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (0, 1, 2) and done.stderr == ""
    assert done.stdout.count("\n") == 1
    assert list(venue.requests) == []
