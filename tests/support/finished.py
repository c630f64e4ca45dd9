"""A finished LIVE session for the journeys of summary, report and export: one stop hit, one share pile kept."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from support.desk import AAPL, Desk


def trade_a_session(desk: Desk, *, sold_at: str = "96.50") -> None:
    """AAPL and MSFT are bought, AAPL's price goes to `sold_at`, MSFT is kept; KO is one order too many."""
    desk.arm()
    desk.env["MAX_LIVE_ORDERS_PER_DAY"] = "2"
    desk.cycles(2)
    desk.sim("price", "AAPL", sold_at)
    desk.cycles(2)
    until_close(desk)


def trade_the_next_session(desk: Desk) -> None:
    """MSFT, which was carried, reaches its target; nothing is bought."""
    desk.next_session(AAPL)
    desk.sim("price", "AAPL", "90.00")
    desk.sim("price", "MSFT", "212.50")
    desk.cycles(2)
    until_close(desk)


def until_close(desk: Desk) -> None:
    desk.ok("run", "--loop", "--until-close", "--cycle-seconds", "3600")


def summary(desk: Desk, *options: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(desk.ok("summary", "--json", *options).out)
    return told


def realized(path: Path) -> Decimal:
    exits = json.loads(path.read_bytes())["exits"]
    return sum((Decimal(one["realized"]) for one in exits), Decimal(0))
