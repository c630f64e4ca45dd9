"""The loop: one cycle after another, whatever a cycle does, until it is bounded or asked to stop."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest
from support.desk import CHECKOUT, Desk, new_desk

from execution.loop import LoopBounds, LoopJournal, StopSignal, run_loop
from execution.operator.initialise import TEMPLATES
from execution.service import Service
from execution.state.directory import StateDir
from gates.base.errors import EXIT_BUG, EXIT_DONE, EXIT_NOT_NOW, EXIT_SETTINGS, EXIT_STATE, EXIT_UNREACHABLE
from gates.base.logs import Journal, JournalLine, Level, LineKind
from gates.base.record import MISSING, dataclass, field, fields
from gates.base.repeats import Repeats
from gates.base.sessionfile import load_sessions
from gates.base.systemd import Notifier

CLOSE = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
FOREVER = LoopBounds(60, None, until_close=False)


@dataclass
class Clock:
    moment: datetime = CLOSE - timedelta(minutes=3)
    slept: list[float] = field(default_factory=list)
    before_sleep: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.before_sleep()
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)


def looped(
    cycle: Callable[[Service], int], bounds: LoopBounds, clock: Clock | None = None, state: Path = Path("/nowhere")
) -> tuple[int, str]:
    """A loop over a service of which only journal, clock and session table are looked at."""
    clock, said = clock or Clock(), StringIO()
    unused: dict[str, Any] = dict.fromkeys(one.name for one in fields(Service) if one.default is MISSING)
    unused |= {"state": StateDir(state), "begin_cycle": lambda: None}
    journal = Journal(now=clock.now, out=said, err=said)
    unused |= {"clock": clock, "journal": journal, "table": load_sessions(TEMPLATES / "sessions.json")}
    service = Service(**unused)
    return run_loop(service, cycle, bounds, Notifier("")), said.getvalue()


def playing(*codes: int) -> Callable[[Service], int]:
    left = iter(codes)
    return lambda _service: next(left)


@pytest.mark.parametrize("passing", [EXIT_DONE, EXIT_UNREACHABLE, EXIT_NOT_NOW])
def test_it_goes_on_after_what_the_next_cycle_may_mend(passing: int) -> None:
    code, _ = looped(playing(passing, passing, EXIT_DONE), LoopBounds(60, 3, until_close=False))
    assert code == EXIT_DONE


@pytest.mark.parametrize("ending", [EXIT_SETTINGS, EXIT_STATE])
def test_it_ends_at_what_no_cycle_can_mend(ending: int) -> None:
    assert looped(playing(EXIT_DONE, ending), FOREVER)[0] == ending


def test_it_survives_a_cycle_that_fails_and_says_so() -> None:
    count = iter(range(9))

    def cycle(_service: Service) -> int:
        if next(count) == 1:
            raise RuntimeError("a wall in the way")
        return EXIT_DONE

    code, said = looped(cycle, LoopBounds(60, 3, until_close=False))
    assert code == EXIT_DONE and "RuntimeError: a wall in the way" in said and next(count) == 3
    assert looped(cycle, LoopBounds(60, 1, until_close=False))[0] == EXIT_DONE


def test_a_last_cycle_that_fails_is_a_bug() -> None:
    assert looped(cast(Any, None), LoopBounds(60, 1, until_close=False))[0] == EXIT_BUG


def test_it_ends_at_the_close(tmp_path: Path) -> None:
    clock = Clock()
    code, said = looped(lambda _service: EXIT_DONE, LoopBounds(60, None, until_close=True), clock, tmp_path)
    assert (code, clock.slept) == (EXIT_DONE, [60, 60, 60])
    assert "Session over after 3 cycles" in said


def test_asked_within_a_cycle_it_finishes_that_one_and_sleeps_no_more() -> None:
    clock, finished = Clock(), []

    def cycle(_service: Service) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        finished.append(True)
        return EXIT_UNREACHABLE

    code, said = looped(cycle, FOREVER, clock)
    assert (code, finished, clock.slept) == (EXIT_DONE, [True], [])
    assert "Asked to stop after 1 cycles" in said


def test_asked_between_cycles_it_stops_at_once() -> None:
    clock = Clock(before_sleep=lambda: os.kill(os.getpid(), signal.SIGTERM))
    code, said = looped(lambda _service: EXIT_DONE, FOREVER, clock)
    assert (code, clock.slept) == (EXIT_DONE, []) and "Asked to stop" in said


@pytest.mark.parametrize(
    ("level", "kind", "is_heard"),
    [
        (Level.INFO, LineKind.MODE, True),
        (Level.WARNING, LineKind.SKIPPED, True),
        (Level.ERROR, LineKind.PLAIN, True),
        (Level.WARNING, LineKind.PLAIN, False),
        (Level.INFO, LineKind.GATE, False),
    ],
)
def test_what_a_cycle_was_is_heard_by_the_kind_of_a_line(level: Level, kind: LineKind, is_heard: bool) -> None:
    journal = LoopJournal(now=Clock().now, out=StringIO(), err=StringIO())
    journal.line(level, "Gate mode=LIVE; skipping cycle.", kind)
    assert journal.heard == ["Gate mode=LIVE; skipping cycle."] * is_heard


def answering(*answers: str) -> Callable[[Service], int]:
    """A cycle that gives the next of these answers, with the time in its text, and tells an event each time."""
    left = iter(answers)

    def cycle(service: Service) -> int:
        answer = next(left)
        service.journal.line(Level.WARNING, f"{answer} {service.clock.now():%M}", LineKind.GATE, ("gate", answer))
        service.journal.warning("an event")
        return EXIT_DONE

    return cycle


@pytest.mark.parametrize(
    ("repeats", "minutes"), [(1, "57 58 59 00 01 02"), (2, "57 59 00 01"), (3, "57 00 01"), (10, "57 00 01")]
)
def test_a_loop_prints_changes_and_every_so_many_repeats_and_all_events(repeats: int, minutes: str) -> None:
    bounds = LoopBounds(60, 6, until_close=False, log_repeats=repeats)
    _, said = looped(answering("A", "A", "A", "B", "A", "A"), bounds)
    answers = [line.split()[-1] for line in said.splitlines() if "event" not in line]
    assert (answers, said.count("an event")) == (minutes.split(), 6)


def test_what_is_not_printed_is_known_to_whoever_tells_of_trouble() -> None:
    heard: deque[JournalLine] = deque()
    repeats = Repeats(5)
    journal = LoopJournal(now=Clock().now, out=StringIO(), err=StringIO(), trouble=heard, repeats=repeats)
    for _ in range(3):
        repeats.begin_cycle()
        journal.line(Level.WARNING, "entries FAIL", LineKind.GATE, ("entries",))
    assert [line.text for line in heard] == ["entries FAIL"] * 3


def test_what_sigterm_did_before_it_does_again() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with StopSignal():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return new_desk(tmp_path / "desk")


GATE_LINES = ("Gate mode=", "Gate confirm_token ", "Gate allowlist=", "Gate caps(", "Gate watchlist ", "Gate entries ")


@pytest.mark.processes
def test_a_terminal_sees_changes_and_the_services_journal_every_gate_line_of_every_cycle(
    desk: Desk, tmp_path: Path
) -> None:
    bounds = ["run", "--loop", "--max-cycles", "6"]
    shown = desk.ok(*bounds, LOG_REPEATS="4").out
    assert [shown.count(f"] {start}") for start in GATE_LINES] == [2] * len(GATE_LINES)
    with open(tmp_path / "journal", "w+") as file:
        info = os.fstat(file.fileno())
        environ = desk.environment(JOURNAL_STREAM=f"{info.st_dev}:{info.st_ino}")
        command = [sys.executable, "-m", "execution", *bounds]
        subprocess.run(command, cwd=CHECKOUT, env=environ, stdout=file, check=True, timeout=120)
        file.seek(0)
        kept = file.read()
    assert [kept.count(f"] {start}") for start in GATE_LINES] == [6] * len(GATE_LINES)


@pytest.mark.processes
def test_systemd_hears_ready_alive_and_the_gate_line(desk: Desk, tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(path)
        heard.settimeout(5)
        desk.ok("run", "--loop", "--max-cycles", "2", NOTIFY_SOCKET=path)
        said = [heard.recv(500).decode() for _ in range(7)]
    gate = "STATUS=Gate mode=DRY_RUN status=FAIL reason=LIVE_TRADING disabled"
    cycles = [["WATCHDOG=1", "WATCHDOG=1", f"{gate} (cycle {number})"] for number in (1, 2)]
    assert said == ["READY=1", *cycles[0], *cycles[1]]


GROWTH = """
import os, sys
from execution.cli import run
from execution.__main__ import main
seen, one = [], run.one
def counted(service):
    code = one(service)
    seen.append(int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024)
    return code
run.one = counted
main(["run", "--loop", "--max-cycles", "240", "--cycle-seconds", "60"])
sys.stderr.write(f"KIB {seen[59]} {seen[-1]}")
"""


@pytest.mark.processes
def test_memory_stays_flat_over_a_session(desk: Desk) -> None:
    """A good part of a session in one process: after the first hour, less than a megabyte is added."""
    done = subprocess.run(
        [sys.executable, "-c", GROWTH], cwd=CHECKOUT, env=desk.environment(), capture_output=True, text=True, check=True
    )
    early, late = map(int, done.stderr.rsplit("KIB ", 1)[1].split())
    assert late - early < 1024, f"{early} KiB after 60 cycles, {late} KiB after 240"


def test_a_bug_is_said_without_the_secrets_its_words_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "aZ3kP9qLm2Xw7RtYc5Vb8NsHd4JfGu6TgEo1WiQx"
    monkeypatch.setenv("APCA_API_SECRET_KEY", secret)

    def broken(service: Service) -> int:
        raise RuntimeError(f"request with headers {secret} and {secret[7:20]}")

    code, said = looped(broken, LoopBounds(60, 1, until_close=False))
    assert code == EXIT_BUG and "RuntimeError: request with headers [redacted] and [redacted]" in said
