"""What one cold cycle costs, beside peers measured in the same run.

Whole processes, start to exit, taken in turn (A B C A B C …) so that a machine that slows down slows
all of them; medians of wall time and peak memory. The venue and its 40 quotes are the same for ours
and for the bare script, which makes the same reads with alpaca-py's own clients.

    make bench
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from crash.desk import DAY, OPEN, make_template, settings  # noqa: E402 - the path comes first
from venue.venue import Venue  # noqa: E402

from execution.statedir import StateDir  # noqa: E402
from scanner.watchlist import Row, make_watchlist, to_bytes  # noqa: E402

ROUNDS = 11
SYMBOLS = [f"S{first}{second}" for first in "ABCDEFGH" for second in "ABCDE"]

CYCLE = """
import os, sys
from datetime import datetime, timedelta
sys.path[:0] = [%r]
now = datetime.fromisoformat(%r)
class At:
    def now(self): return now
    def written_at(self, file_time): return now - timedelta(hours=1)
    def sleep(self, seconds): pass
from execution.cli.run import one
from execution.wiring import open_service
sys.exit(one(open_service(os.environ, clock=At())))
"""

BARE = """
from alpaca.trading.client import TradingClient
from alpaca.trading.requests import GetOrdersRequest
from alpaca.trading.enums import QueryOrderStatus
from alpaca.data.historical import StockHistoricalDataClient
from alpaca.data.requests import StockLatestQuoteRequest
import os
key, secret, url = (os.environ[name] for name in ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY", "APCA_API_BASE_URL"))
trading = TradingClient(key, secret, url_override=url)
data = StockHistoricalDataClient(key, secret, url_override=url)
trading.get_clock(); trading.get_account(); trading.get_all_positions()
trading.get_orders(GetOrdersRequest(status=QueryOrderStatus.OPEN, limit=500, nested=True))
trading.get_orders(GetOrdersRequest(status=QueryOrderStatus.ALL, limit=500, nested=True))
data.get_stock_latest_quote(StockLatestQuoteRequest(symbol_or_symbols=%r, feed="iex"))
"""


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    code: str
    environ: dict[str, str]
    exit_code: int = 0


def measure(command: Command) -> tuple[float, float]:
    """Wall seconds and peak megabytes of one process; its result is checked before it counts."""
    began = time.perf_counter()
    child = os.posix_spawn(
        sys.executable,
        [sys.executable, "-c", command.code],
        {"PATH": os.environ.get("PATH", ""), **command.environ},
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - began
    code = os.waitstatus_to_exitcode(status)
    if code != command.exit_code:
        raise SystemExit(f"{command.name} ended with {code}, want {command.exit_code}; nothing was measured")
    return seconds, usage.ru_maxrss / 1024


def commands(scratch: Path, venue: Venue) -> list[Command]:
    state = StateDir(make_template(scratch / "state"))
    rows = [Row(symbol, Decimal(100), Decimal(95), Decimal(110)) for symbol in SYMBOLS]
    watchlist = make_watchlist(DAY, rows, as_of=None, generated_at=OPEN, source="bench")
    state.watchlist(DAY).write_bytes(to_bytes(watchlist))
    for symbol in SYMBOLS:
        venue.book.move_price(symbol, "99.00", "99.02", "99.01")
    environ = {**settings(state.root, venue.env), "DRY_RUN": "1"}
    closed = OPEN.replace(hour=23)
    return [
        Command("cold DRY_RUN cycle, 40 rows, venue", CYCLE % (str(ROOT), OPEN.isoformat()), environ),
        Command("bare alpaca-py script, same reads", BARE % SYMBOLS, environ),
        Command("cold cycle, market closed", CYCLE % (str(ROOT), closed.isoformat()), environ),
        Command("import alpaca.trading.client", "import alpaca.trading.client", environ),
        Command("python -c pass", "pass", environ),
    ]


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch, Venue(now=OPEN) as venue:
        listed = commands(Path(scratch), venue)
        taken: dict[str, list[tuple[float, float]]] = {command.name: [] for command in listed}
        for number in range(ROUNDS + 1):
            for command in listed:
                figure = measure(command)
                if number:  # the first round warms the caches
                    taken[command.name].append(figure)
    medians = {
        name: (statistics.median(f[0] for f in figures), statistics.median(f[1] for f in figures))
        for name, figures in taken.items()
    }
    print(f"{'median of ' + str(ROUNDS) + ' processes':40}{'wall ms':>9}{'spread':>15}{'peak MB':>9}")
    for name, (wall, peak) in medians.items():
        walls = [figure[0] * 1000 for figure in taken[name]]
        print(f"{name:40}{wall * 1000:9.0f}{min(walls):8.0f}-{max(walls):<6.0f}{peak:9.1f}")
    ours, bare, closed, imported, _ = medians.values()
    print(f"\ncycle / bare script: wall {ours[0] / bare[0]:.2f}, memory {ours[1] / bare[1]:.2f}")
    print(f"closed cycle / importing the trading client: wall {closed[0] / imported[0]:.2f}")


if __name__ == "__main__":
    main()
