"""Ours: a first fill of the store, from the venue to one Parquet file."""

import json
import os
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

from gates.base.clock import WallClock
from gates.base.settings import Secret
from scanner.bars.alpaca import AlpacaHost, AlpacaSource
from scanner.bars.update import BarShelf, WantedBars, update

EVENING = datetime(2026, 11, 20, 22, tzinfo=UTC)


class Evening(WallClock):
    def now(self) -> datetime:
        return EVENING

    def sleep(self, seconds: float) -> None:
        pass


root, symbols = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
url, key, secret = os.environ["URL"], Secret(os.environ["KEY"]), Secret(os.environ["SECRET"])
host = AlpacaHost(url, key, secret, 60)
source = AlpacaSource(host, host, "sip", Evening())
began = time.perf_counter()
wanted = WantedBars(frozenset(symbols), 500, date(2026, 11, 20), lambda day: True)
panel, report = update(BarShelf(root), source, wanted, EVENING, lambda done, total, item: None)
seconds = time.perf_counter() - began
assert not report.failed and not report.odd, (report.failed, report.odd)
last = round(float(panel.close[:, -1].sum()), 2)
print(json.dumps({"seconds": seconds, "found": [report.bars, last], "requests": report.requests}))
