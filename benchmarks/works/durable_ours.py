"""Ours: a cycle's intents from records in memory to a ledger that survives a power cut."""

import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.desk import DAY, names, recorded
from execution.ledger.day import blank, with_entries
from execution.ledger.file import LedgerFile
from gates.mode import Mode

root, intents, times = Path(tempfile.mkdtemp(dir=sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
file = LedgerFile(root, Mode.DRY_RUN)
before = blank(DAY, Mode.DRY_RUN, "PA3BENCH")
file.save(before)
new = [recorded(symbol) for symbol in names(intents)]
taken = []
for _ in range(times):
    began = time.perf_counter()
    file.save(with_entries(before, new))
    taken.append(time.perf_counter() - began)
assert len(file.load().entries) == intents
print(json.dumps({"seconds": taken}))
