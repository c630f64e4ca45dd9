"""One cycle as a process of its own while the broker's answer is beyond all bounds: it ends in time, small, as a No."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from crash.desk import Desk, NewDesk, settings
from crash.forks import TESTS
from support.bombs import bomb
from venue import faults
from venue.faults import EVERY, Fault
from venue.venue import Venue
from venue.wire import Response

from gates.base.errors import EXIT_DONE, EXIT_UNREACHABLE

MOST_MB = 250
MOST_STATE_BYTES = 1 << 20
AAPL = "avx-20261120-AAPL-entry-1"
CYCLE = """
import json, os, sys
from datetime import datetime, timedelta
from crash.commands import FixedClock, carry_out
now = datetime.fromisoformat(sys.argv[1])
code = carry_out(["run"], dict(os.environ), FixedClock(now, now - timedelta(hours=1)))
sys.stdout.flush()
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
peak = int(status["VmHWM"].split()[0]) // 1024  # of this program; rusage keeps what the parent had
sys.stderr.write(json.dumps({"code": code, "peak": peak}) + chr(10))
"""


@dataclass(frozen=True)
class Ended:
    code: int
    peak_mb: int
    seconds: float
    said: str


@pytest.fixture
def desk(at_venue: NewDesk, venue: Venue) -> Desk:
    """AAPL bought, MSFT and NVDA resting beyond their time, so that the janitor has something to do."""
    made = at_venue(MAX_LIVE_ORDERS_PER_DAY="3")
    assert made.cycle().exit_code == EXIT_DONE
    venue.book.fill(AAPL)
    venue.advance(200)
    return made


def cycle(desk: Desk) -> Ended:
    environ = {**settings(desk.root, desk.venue.env), **desk.extra, "HTTP_TIMEOUT_SECONDS": "10"}
    environ |= {"PATH": os.defpath, "PYTHONPATH": f"{TESTS}:{TESTS.parent}"}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", CYCLE, desk.venue.now().isoformat()],
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    *words, last = done.stderr.splitlines()
    figures = json.loads(last)
    return Ended(figures["code"], figures["peak"], time.monotonic() - began, done.stdout + "\n".join(words))


def told(path: str, key: str, value: Any, of: str | None = None) -> Fault:
    def change(payload: Any) -> Any:
        if isinstance(payload, list):
            return [change(one) for one in payload]
        if not isinstance(payload, dict):
            return payload
        mine = of is None or payload.get("client_order_id", payload.get("symbol", of)) == of
        return {
            name: value if name == key and mine else change(one) if isinstance(one, (dict, list)) else one
            for name, one in payload.items()
        }

    return faults.rewrite(change, path=path)


NUMBERS = {
    "quote 1e-200000000": told("/v2/stocks/quotes/latest", "bp", "1e-200000000"),
    "quote 1e-30000000": told("/v2/stocks/quotes/latest", "ap", "1e-30000000"),
    "quote 1e300000000": told("/v2/stocks/quotes/latest", "ap", "1e300000000"),
    "order filled_qty 1e300000000": told("/v2/orders*", "filled_qty", "1e300000000", AAPL),
    "order qty 1e300000000": told("/v2/orders*", "qty", "1e300000000", AAPL),
    "order price 1e14": told("/v2/orders*", "filled_avg_price", "99999999999999", AAPL),
    "position qty 1e300000000": told("/v2/positions", "qty", "1e300000000"),
    "equity 1e300000000": told("/v2/account", "equity", "1e300000000"),
    "equity 1e400000": told("/v2/account", "equity", "1e400000"),
    "status of 900,000 letters": told("/v2/account", "status", "S" * 900_000),
}


@pytest.mark.parametrize("fault", NUMBERS.values(), ids=NUMBERS.keys())
def test_a_number_or_text_beyond_bounds_ends_no_cycle(desk: Desk, fault: Fault) -> None:
    desk.venue.faults.add(fault)
    ended = cycle(desk)
    assert ended.code in (EXIT_DONE, EXIT_UNREACHABLE), ended.said
    assert ended.peak_mb < MOST_MB and ended.seconds < 60
    assert sum(path.stat().st_size for path in desk.root.rglob("*") if path.is_file()) < MOST_STATE_BYTES
    resting = [order.client_order_id for order in desk.venue.book.open_orders() if order.side == "buy"]
    assert resting == [], f"the janitor ended what was beyond its time\n{ended.said}"


VAST = bomb(700, b"x", b'{"id": "')

REPLIES: dict[str, Callable[[], Response]] = {
    "gzip bomb of 700 MB": lambda: Response(200, raw=VAST, headers={"Content-Encoding": "gzip"}),
    "40 MB": lambda: Response(200, raw=b"[" + b" " * (40 << 20) + b"]"),
    "3 million values": lambda: Response(200, raw=b"[" + b"[]," * 3_000_000 + b"[]]"),
    "a redirect with JSON": lambda: Response(302, [], headers={"Location": "/v2/elsewhere"}),
}


@pytest.mark.parametrize("path", ["/v2/positions", "/v2/clock"])
@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES.keys())
def test_a_reply_beyond_bounds_is_none(desk: Desk, reply: Callable[[], Response], path: str) -> None:
    fault = dataclasses.replace(faults.garbage(), instead=reply())
    desk.venue.faults.add(fault, method="GET", path=path, times=EVERY)
    ended = cycle(desk)
    assert ended.code == EXIT_UNREACHABLE, ended.said
    assert ended.peak_mb < MOST_MB and ended.seconds < 60
    assert "/v2/elsewhere" not in [one.path for one in desk.venue.requests.select()]
