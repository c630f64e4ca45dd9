"""Promise 2: killed at any sync, rename or write of a LIVE cycle, one order per intent.

strace kills the process right before its n-th call, for every n it makes. Then cycles run
until all is quiet: the broker has one order, the caps hold, nothing is in doubt, and every seal and
link of the ledgers holds.
"""

from __future__ import annotations

import os
import shutil

import pytest
from support.desk import AAPL, Desk, NewDesk, side_by_side

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")

KILLED = (137, -9)


def traced(desk: Desk, call: str) -> int:
    """How many such calls a cycle makes, counted on a copy."""
    log = desk.root / f"trace-{call}"
    desk.do("run", before=("strace", "-f", "-qq", "-o", str(log), "-e", f"trace={call}"))
    return len(log.read_text().splitlines())


def killed_at(desk: Desk, call: str, number: int) -> None:
    injected = f"inject={call}:signal=SIGKILL:when={number}"
    done = desk.do("run", before=("strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", injected))
    assert done.code in KILLED, f"{call} {number}: {done.code} {done.said}"


@pytest.mark.parametrize("call", ["fsync", "renameat", "write"])
def test_a_live_cycle_killed_anywhere_is_one_order(one_row: Desk, another: NewDesk, call: str) -> None:
    calls = traced(another("count", like=one_row), call)
    assert calls >= 5, "strace saw nothing to kill at"

    def journey(number: int) -> None:
        desk = another(f"{call}-{number}", like=one_row)
        desk.env["MAX_LIVE_ORDERS_PER_DAY"] = "1"
        killed_at(desk, call, number)
        desk.check_books()
        assert len(desk.taken()) <= 1
        assert {order["client_order_id"] for order in desk.taken()} <= set(desk.entries())
        later = desk.cycles(5)
        where = f"{call} {number}: {later.said}"
        assert desk.taken_symbols() == ["AAPL"], where
        assert list(desk.entries().values()) == ["filled"], where
        assert "Gate mode=LIVE status=PASS" in later.said, where
        desk.check_books()
        assert not list(desk.state.rglob(".*.tmp")), "what a dead writer left is cleared"

    every = 2 if call == "write" else 1  # most writes are journal lines, with nothing between two of them
    side_by_side(range(every, calls + 1, every), journey)


@pytest.mark.slow
def test_a_rollover_killed_anywhere_loses_nothing(one_row: Desk, another: NewDesk) -> None:
    evening = another("evening", like=one_row)
    evening.sim("behave", "AAPL", "partial", "--number", "4")
    evening.cycles(2)
    finished = evening.ledger_path().read_bytes()
    day = evening.session
    evening.next_session(AAPL)
    evening.arm()
    count = evening.copy(evening.root.with_name("count"))
    points = [(call, n) for call in ("fsync", "link") for n in range(1, traced(count, call) + 1)]
    assert len(points) > 10

    def journey(point: tuple[str, int]) -> None:
        call, number = point
        desk = evening.copy(evening.root.with_name(f"{call}-{number}"))
        killed_at(desk, call, number)
        desk.check_books()
        kept = [path.read_bytes() for path in [desk.ledger_path(), *desk.archives()]]
        assert finished in kept, f"{point}: the finished ledger is gone"
        later = desk.cycle()
        assert later.mode == "LIVE", f"{point}: {later.said}"
        assert (desk.state / "ledger" / "LIVE" / f"{day}.json").read_bytes() == finished, point
        assert [entry["filled_qty"] for entry in desk.ledger()["carried"]] == ["4"], point
        desk.check_books()

    side_by_side(points, journey)
