"""The peer: the same maths as a pandas loop per symbol."""

import json
import sys
import time
from pathlib import Path

from pandas_scan import scan_with_pandas

from scanner.setups.thresholds import Thresholds

bars, universe = Path(sys.argv[1]), set(json.loads(Path(sys.argv[2]).read_text()))
began = time.perf_counter()
found = scan_with_pandas(bars, Thresholds(), universe)
seconds = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "found": [[one.symbol, one.anchor, f"{one.score:.2f}"] for one in found]}))
