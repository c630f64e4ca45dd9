"""Promise 3, two processes: started together a hundred times, one works and the other leaves with 75.

Both wait at a barrier with everything imported, so that they really meet. Each pair starts on a fresh
copy of the same morning, and whatever the pair did, one order of the one symbol exists.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.desk import CHECKOUT, Desk, NewDesk

ROUNDS = 100

# Forks two cycles per state directory from one warm process; prints the pair's exit codes. A child
# waits for the end of a pipe that closes when the parent lets go of it.
PAIRS = """
import os, sys
from execution.__main__ import main
import execution.cli.run
for number, state in enumerate(sys.argv[1:]):
    os.environ["AVWAP_STATE_DIR"] = state
    barrier, gate = os.pipe()
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            os.close(gate)
            said = os.open(f"{state}.said", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(said, 1), os.dup2(said, 2)
            os.read(barrier, 1)
            os._exit(main(["run"]))
        children.append(child)
    os.close(barrier)
    os.close(gate)
    print(*(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children), flush=True)
"""


@pytest.mark.slow
def test_a_hundred_pairs_started_together(one_row: Desk, tmp_path: Path) -> None:
    one_row = one_row.copy(tmp_path / "armed")
    one_row.arm()
    desks = [one_row.copy(tmp_path / str(number)) for number in range(ROUNDS)]
    done = subprocess.run(
        [sys.executable, "-c", PAIRS, *(str(desk.state) for desk in desks)],
        cwd=CHECKOUT,
        env=one_row.environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    pairs = [tuple(sorted(map(int, line.split()))) for line in done.stdout.splitlines()]
    assert len(pairs) == ROUNDS
    assert set(pairs) <= {(0, 75), (0, 0)}, sorted(set(pairs))
    assert (0, 75) in pairs, "they never met; the barrier does not work"
    for desk in desks:
        said = Path(f"{desk.state}.said").read_text()
        assert desk.taken_symbols() == ["AAPL"], said
        assert len(desk.entries()) == 1
        assert said.count("SUBMITTED AAPL") == 1
        desk.check_books()


def test_pairs_of_cold_processes(one_row: Desk, another: NewDesk) -> None:
    """The same with processes that share nothing but the directory, each started from nothing."""
    codes = []
    for number in range(5):
        desk = another(number, like=one_row)
        pair = [
            subprocess.Popen(
                [sys.executable, "-m", "execution", "run"],
                cwd=CHECKOUT,
                env=desk.environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(2)
        ]
        codes += [process.wait(60) for process in pair]
        assert desk.taken_symbols() == ["AAPL"]
        desk.check_books()
    assert set(codes) <= {0, 75}


def test_who_comes_second_writes_nothing_and_says_who_is_there(live_desk: Desk) -> None:
    """The lock is held from outside, so every verb that writes meets it; verbs that read do not."""
    handle = os.open(live_desk.state / "execution.lock", os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        before = live_desk.digest()
        for verb in (("run",), ("sim", "clock", "+1m"), ("ledger", "rebuild"), ("init",),
                     ("ledger", "settle", "avx-1", "--as", "filled", "--evidence", "x"),
                     ("watchlist", "import", str(live_desk.csv()), "--session", "next")):  # fmt: skip
            done = live_desk.do(*verb)
            assert done.code == 75, f"{verb}: {done.said}"
            assert "another process is at work" in done.said
        for verb in (("gates",), ("status", "--json"), ("why", "AAPL")):
            live_desk.ok(*verb)
        assert live_desk.digest() == before
    finally:
        os.close(handle)
    assert live_desk.cycle().submitted == ["AAPL", "MSFT", "KO"]


def test_a_lock_file_that_cannot_be_locked_lets_nothing_leave(live_desk: Desk) -> None:
    lock = live_desk.state / "execution.lock"
    lock.unlink()
    lock.symlink_to(live_desk.root / "elsewhere")
    linked = live_desk.do("run")
    assert (linked.code, live_desk.taken()) == (74, []), linked.said
    lock.unlink()
    lock.mkdir()
    assert (live_desk.do("run").code, live_desk.taken()) == (74, [])
    lock.rmdir()
    assert live_desk.cycle().submitted == ["AAPL", "MSFT", "KO"]


def test_a_loop_and_a_neighbour(one_row: Desk, another: NewDesk) -> None:
    """A loop takes the lock per cycle; a neighbour's turn is a 75 for one of them, never a second order."""
    desk = another("loop", like=one_row)
    looping = subprocess.Popen(
        [sys.executable, "-m", "execution", "run", "--loop", "--max-cycles", "60"],
        cwd=CHECKOUT,
        env=desk.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    codes = {desk.do("run").code for _ in range(3)}
    said, _ = looping.communicate(timeout=60)
    assert codes <= {0, 75}
    assert looping.returncode in (0, 75), said
    assert desk.taken_symbols() == ["AAPL"]
    assert json.loads(desk.ok("status", "--json").out)["used"]["orders"] == 1
