"""Promises 1 and 2 on a disk that refuses: no order leaves that could not be written down.

A read-only directory, a full one, and single writes and syncs that fail. Whatever the moment, the
cycle ends with 74 naming path and cause, nothing is torn, and the next cycles make one order of it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from support.desk import READ_ONLY, Desk, Done, NewDesk, needs_mounts, side_by_side

STRACE = shutil.which("strace")
CALLS_OF_A_CYCLE = {"fsync": 13, "write": 17, "renameat": 6}


needs_strace = pytest.mark.skipif(STRACE is None, reason="needs strace")

# $0 is where a small disk is put, $1 the state dir to fill it with, $2 how many pages are left free.
SMALL_DISK = """
mount -t tmpfs -o size=1m,mode=0700 none "$0" && cp -a "$1/." "$0" || exit 99
dd if=/dev/zero of="$0/filler" bs=4k 2>/dev/null
truncate -s "-$(( $2 * 4096 ))" "$0/filler" || exit 99
from="$1"; shift 2
"$@"; code=$?
rm "$0/filler"; rm -r "$from"; cp -a "$0" "$from"
exit $code
"""


def check_nothing_is_torn(desk: Desk) -> None:
    """Sealed books, and no order at the broker that the ledger had not intended."""
    desk.check_books()
    assert {order["client_order_id"] for order in desk.taken()} <= set(desk.entries())
    assert desk.taken_symbols() in ([], ["AAPL"])


def check_it_heals(desk: Desk) -> None:
    desk.cycles(5)
    assert desk.taken_symbols() == ["AAPL"]
    assert list(desk.entries().values()) == ["filled"]
    desk.check_books()


def check_it_said_so(done: Done, desk: Desk, cause: str) -> None:
    assert done.code == 74, done.said
    assert cause in done.said, done.said
    assert str(desk.state) in done.said
    assert "Traceback" not in done.said


@needs_mounts
def test_a_read_only_directory_lets_nothing_leave(live_desk: Desk) -> None:
    before = live_desk.digest()
    read_only = ("unshare", "-m", "sh", "-c", READ_ONLY, str(live_desk.state))
    done = live_desk.do("run", before=read_only)
    check_it_said_so(done, live_desk, "Read-only file system")
    assert "nothing can be sent that cannot be recorded" in done.said
    assert done.submitted == [] and live_desk.taken() == []
    for verb in (("status",), ("gates",), ("why", "AAPL")):
        assert live_desk.do(*verb, before=read_only).code == 0, verb
    assert live_desk.digest() == before
    for verb in (("init",), ("sim", "clock", "+1m"), ("ledger", "rebuild")):
        assert live_desk.do(*verb, before=read_only).code in (64, 74), verb
    assert live_desk.cycle().submitted == ["AAPL", "MSFT", "KO"]


@needs_mounts
def test_a_full_disk_lets_nothing_leave_however_much_is_left(one_row: Desk, another: NewDesk) -> None:
    def journey(pages: int) -> None:
        desk = another(pages, like=one_row)
        disk = desk.root / "disk"
        disk.mkdir()
        done = desk.do(
            "run",
            before=("unshare", "-m", "bash", "-c", SMALL_DISK, str(disk), str(desk.state), str(pages)),
            AVWAP_STATE_DIR=str(disk),
        )
        assert done.code in (0, 74), done.said
        check_nothing_is_torn(desk)
        if done.code == 74:
            assert "No space left on device" in done.said and f"cannot write {disk}/" in done.said
        if pages == 0:
            assert done.code == 74 and desk.taken() == [], done.said
        check_it_heals(desk)

    side_by_side(range(5), journey)


@needs_strace
@pytest.mark.parametrize(("call", "error", "cause"), [
    ("fsync", "EIO", "Input/output error"),
    ("write", "ENOSPC", "No space left on device"),
    ("renameat", "EROFS", "Read-only file system"),
])  # fmt: skip
def test_any_single_call_may_fail(one_row: Desk, another: NewDesk, call: str, error: str, cause: str) -> None:
    def journey(number: int) -> None:
        desk = another(f"{call}-{number}", like=one_row)
        injected = f"inject={call}:error={error}:when={number}"
        done = desk.do("run", before=("strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", injected))
        assert done.code in (0, 74), f"{call} {number}: {done.code} {done.said}"
        if done.code == 74:
            check_it_said_so(done, desk, cause)
        check_nothing_is_torn(desk)
        if number % 4 == 3:
            check_it_heals(desk)

    side_by_side(range(1, CALLS_OF_A_CYCLE[call] + 1, 2), journey)


@needs_strace
def test_a_disk_that_fails_for_good_lets_nothing_leave(one_row: Desk, another: NewDesk) -> None:
    """From the n-th call on everything fails: what had not been intended by then never leaves."""

    def journey(case: tuple[str, str, int]) -> None:
        call, error, number = case
        desk = another("-".join(map(str, case)), like=one_row)
        injected = f"inject={call}:error={error}:when={number}+"
        done = desk.do("run", before=("strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", injected))
        assert done.code == 74, f"{case}: {done.said}"
        assert desk.taken() == [], f"{case}: {done.said}"
        assert "SUBMITTED" not in done.said

    side_by_side([("fsync", "EIO", 1), ("fsync", "EIO", 3), ("fsync", "EIO", 5), ("renameat", "ENOSPC", 2)], journey)


def test_a_broken_broker_record_is_no_answer_and_no_loss(live_desk: Desk) -> None:
    path: Path = live_desk.state / "simulated_broker.json"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    done = live_desk.do("run")
    assert done.code == 69 and "the simulated broker's record is unreadable" in done.said
    assert path.read_bytes() == whole[:-20]
    path.write_bytes(whole)
    assert live_desk.cycle().submitted == ["AAPL", "MSFT", "KO"]


def test_a_lost_session_table_opens_nothing_until_it_is_back(live_desk: Desk) -> None:
    path = live_desk.state / "sessions.json"
    table = path.read_bytes()
    path.unlink()
    done = live_desk.do("run")
    assert done.submitted == [] and live_desk.taken() == []
    assert "Session table does not know today" in done.said, done.said
    path.write_bytes(table)
    assert live_desk.cycle().submitted == ["AAPL", "MSFT", "KO"]


def test_a_directory_for_decisions_that_is_gone(live_desk: Desk) -> None:
    """What cannot be remembered may not be done: missed before the orders, or made again."""
    shutil.rmtree(live_desk.state / "decisions")
    done = live_desk.do("run")
    assert done.code == 0 or (done.code == 74 and live_desk.taken() == []), done.said
