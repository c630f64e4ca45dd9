"""Ours: stored bars to a written watchlist, its time split by phase."""

import json
import sys
import time
from datetime import date
from pathlib import Path

from scanner.artifacts import Artifacts, write
from scanner.bars import store
from scanner.setups.scan import scan
from scanner.setups.thresholds import Thresholds

bars, universe, out = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()), Path(sys.argv[3])
listed = dict.fromkeys(universe, "NASDAQ")
began = time.perf_counter()
panel, origin = store.load(bars)
loaded = time.perf_counter()
found = scan(panel, Thresholds(), set(listed))
scanned = time.perf_counter()
write(Artifacts(out, date(2026, 11, 23)), found, origin.source, origin.updated_at, listed)
written = time.perf_counter()
rows = [[one.row.symbol, one.row.anchor, str(one.row.score)] for one in found.candidates]
phases = {"load": loaded - began, "scan": scanned - loaded, "write": written - scanned}
print(json.dumps({"seconds": written - began, **phases, "found": rows}))
