"""What the scanner costs, beside peers doing the same work in the same run.

    make bench-scanner

Three figures. From stored bars to a written watchlist, 3,000 symbols x 500 sessions, against the same maths
as a pandas loop per symbol; the same for 1,000 to 12,000 symbols, for the slope; and 1.5 million bars from
a loopback venue into Parquet, against alpaca-py's own data frames. Every work is a process of its own, ours
and the peer's take turns, and what they found is compared before any figure counts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

from gates.common.sessionfile import load_sessions  # noqa: E402 - the path comes first
from scanner import store  # noqa: E402
from scanner.sample import sample_days, sample_panel, sample_symbols  # noqa: E402

LAST = date(2026, 11, 20)
SESSIONS = 500
SIZES = (1_000, 3_000, 6_000, 12_000)

PROLOGUE = f"""
import sys, time, json, re
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'tests')!r}, {str(ROOT / 'benchmarks')!r}]
from datetime import UTC, date, datetime
from pathlib import Path
LAST = date(2026, 11, 20)
def say(**figures):
    figures["peak_mb"] = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
    print(json.dumps(figures))
"""

OURS = PROLOGUE + """
from scanner import store
from scanner.artifacts import Artifacts, write
from scanner.sample import sample_symbols
from scanner.scan import scan
from scanner.thresholds import Thresholds
bars, count, out = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
universe = dict.fromkeys(sample_symbols(count), "NASDAQ")
began = time.perf_counter()
panel, origin = store.load(bars)
loaded = time.perf_counter()
found = scan(panel, Thresholds(), set(universe))
scanned = time.perf_counter()
write(Artifacts(out, date(2026, 11, 23)), found, origin.source, origin.updated_at, universe)
written = time.perf_counter()
say(seconds=written - began, load=loaded - began, scan=scanned - loaded, write=written - scanned,
    found=[[c.row.symbol, c.row.anchor, str(c.row.score)] for c in found.candidates])
"""

PANDAS = PROLOGUE + """
from pandas_scan import scan_with_pandas
from scanner.sample import sample_symbols
from scanner.thresholds import Thresholds
bars, count = Path(sys.argv[1]), int(sys.argv[2])
began = time.perf_counter()
found = scan_with_pandas(bars, Thresholds(), set(sample_symbols(count)))
say(seconds=time.perf_counter() - began, found=[[f.symbol, f.anchor, f"{f.score:.2f}"] for f in found])
"""

FETCH = PROLOGUE + """
import os
from gates.common.clock import WallClock
from gates.common.settings import Secret
from scanner.bars import alpaca_source
from scanner.sample import sample_symbols
from scanner.update import Shelf, update
class Now(WallClock):
    def now(self): return datetime(2026, 11, 20, 22, tzinfo=UTC)
    def sleep(self, seconds): pass
root, count = Path(sys.argv[1]), int(sys.argv[2])
url, key, secret = os.environ["URL"], Secret(os.environ["KEY"]), Secret(os.environ["SECRET"])
source = alpaca_source(url, url, key, secret, "sip", 60, Now())
began = time.perf_counter()
panel, report = update(Shelf(root), source, sample_symbols(count), 500, LAST, Now().now(), lambda day: True,
                       lambda done, total, item: None)
assert not report.failed and not report.odd, (report.failed, report.odd)
say(seconds=time.perf_counter() - began, found=[report.bars, round(float(panel.close[:, -1].sum()), 2)],
    requests=report.requests)
"""

SDK_FRAMES = PROLOGUE + """
import os
import pandas as pd
from alpaca.data.enums import Adjustment, DataFeed
from alpaca.data.historical import StockHistoricalDataClient
from alpaca.data.requests import StockBarsRequest
from alpaca.data.timeframe import TimeFrame
from scanner.sample import sample_symbols
from scanner.update import first_day
root, count = Path(sys.argv[1]), int(sys.argv[2])
client = StockHistoricalDataClient(os.environ["KEY"], os.environ["SECRET"], url_override=os.environ["URL"])
symbols = sample_symbols(count)
began = time.perf_counter()
frames = []
for start in range(0, len(symbols), 200):
    request = StockBarsRequest(symbol_or_symbols=list(symbols[start:start + 200]), timeframe=TimeFrame.Day,
        start=datetime.combine(first_day(LAST, 500), datetime.min.time()), end=datetime(2026, 11, 20, 21),
        adjustment=Adjustment.SPLIT, feed=DataFeed.SIP)
    frames.append(client.get_stock_bars(request).df)
frame = pd.concat(frames)
frame.to_parquet(root / "bars.parquet")
last = frame.groupby(level=0)["close"].last()
say(seconds=time.perf_counter() - began, found=[len(frame), round(float(last.sum()), 2)])
"""


def work(code: str, *arguments: object, **environ: str) -> dict[str, object]:
    """One process; what it says of itself."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, env={"PATH": os.environ.get("PATH", ""), **environ}, check=False
    )
    if done.returncode:
        raise SystemExit(f"a work ended with {done.returncode}; nothing was measured\n{done.stderr}")
    figures: dict[str, object] = json.loads(done.stdout)
    return figures


def make_bars(path: Path, count: int) -> None:
    table = load_sessions(ROOT / "state_templates" / "sessions.json")
    panel = sample_panel(sample_symbols(count), sample_days(table, LAST, SESSIONS))
    through = dict.fromkeys(panel.symbols, LAST)
    made_at = datetime(2026, 11, 20, 22, tzinfo=UTC)
    store.save(path, panel, store.Origin(store.SCHEMA, "benchmark", date(2024, 1, 2), made_at, through))


def median(figures: list[dict[str, object]], name: str = "seconds") -> float:
    return statistics.median(float(str(one[name])) for one in figures)


def line(name: str, figures: list[dict[str, object]]) -> None:
    seconds = [float(str(one["seconds"])) for one in figures]
    spread = f"{min(seconds):10.3f}-{max(seconds):<8.3f}"
    print(f"{name:44}{median(figures):10.3f} s{spread}{median(figures, 'peak_mb'):8.0f} MB")


def cache_to_watchlist(scratch: Path, rounds: int) -> None:
    bars = scratch / "bars.parquet"
    make_bars(bars, 3_000)
    ours, peer = [], []
    for number in range(rounds):
        ours.append(work(OURS, bars, 3_000, scratch))
        peer.append(work(PANDAS, bars, 3_000))
        if ours[number]["found"] != peer[number]["found"]:
            raise SystemExit("the two scans found different candidates; nothing was measured")
    print(f"\nstored bars to watchlist, 3,000 symbols x {SESSIONS} sessions, {len(list(ours[0]['found']))} candidates")  # type: ignore[call-overload]
    line("ours", ours)
    print("    " + ", ".join(f"{name} {median(ours, name) * 1000:.0f} ms" for name in ("load", "scan", "write")))
    line("pandas, a loop per symbol", peer)
    print(f"ours / pandas: {median(ours) / median(peer):.4f}, {median(peer) / median(ours):.0f} times as fast")


def scaling(scratch: Path, rounds: int) -> None:
    print("\nstored bars to watchlist, by number of symbols")
    for size in SIZES:
        bars = scratch / f"bars-{size}.parquet"
        make_bars(bars, size)
        figures = [work(OURS, bars, size, scratch) for _ in range(rounds)]
        line(f"{size:,} symbols, {1e6 * median(figures) / size:.1f} us a symbol", figures)
        bars.unlink()


def fetch(scratch: Path, rounds: int, count: int) -> None:
    """The venue is a process of its own and has its bars ready: the first round warms it."""
    serve = PROLOGUE + (
        "from venue.venue import Venue\n"
        "with Venue(now=datetime(2026, 11, 20, 22, tzinfo=UTC)) as venue:\n"
        "    venue.market.history_start = date(2024, 11, 1)\n"
        "    print(json.dumps([venue.url, venue.key, venue.secret]), flush=True)\n"
        "    sys.stdin.read()\n"
    )
    server = subprocess.Popen([sys.executable, "-c", serve], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None and server.stdin is not None
    url, key, secret = json.loads(server.stdout.readline())
    environ = {"URL": url, "KEY": key, "SECRET": secret}
    ours, peer = [], []
    try:
        for number in range(rounds + 1):
            with tempfile.TemporaryDirectory(dir=scratch) as one, tempfile.TemporaryDirectory(dir=scratch) as other:
                mine = work(FETCH, one, count, **environ)
                if number:
                    ours.append(mine)
                    peer.append(work(SDK_FRAMES, other, count, **environ))
                    if mine["found"] != peer[-1]["found"]:
                        raise SystemExit(f"different bars: {mine['found']}, {peer[-1]['found']}; nothing was measured")
    finally:
        server.stdin.close()
        server.wait(30)
    print(f"\nfrom venue to Parquet, {next(iter(ours[0]['found'])):,} bars in {ours[0]['requests']} requests")  # type: ignore[call-overload]
    line("ours", ours)
    line("alpaca-py's data frames", peer)
    print(f"ours / alpaca-py: {median(ours) / median(peer):.3f}, {median(peer) / median(ours):.1f} times as fast")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--symbols", type=int, default=3_000, help="of the fetch; 3,000 are 1.5 million bars")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        print(f"{'':44}{'median':>12}{'spread':>19}{'peak':>11}")
        cache_to_watchlist(scratch, chosen.rounds)
        scaling(scratch, chosen.rounds)
        fetch(scratch, max(1, chosen.rounds - 1), chosen.symbols)


if __name__ == "__main__":
    main()
