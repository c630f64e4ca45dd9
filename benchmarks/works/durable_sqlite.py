"""A yardstick: the same intents as rows of one SQLite transaction, WAL, synchronous=FULL."""

import json
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

root, intents, times = Path(tempfile.mkdtemp(dir=sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
path = root / "ledger.db"
base = sqlite3.connect(path, isolation_level=None)
assert base.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",)
base.execute("PRAGMA synchronous=FULL")
base.execute("CREATE TABLE intents (id TEXT PRIMARY KEY, symbol TEXT, qty TEXT, price TEXT, stop TEXT, target TEXT)")
taken = []
for number in range(times):
    rows = [(f"avx-{number}-{place}", f"S{place:03}", "4", "100.12", "95", "110") for place in range(intents)]
    began = time.perf_counter()
    base.execute("BEGIN IMMEDIATE")
    base.executemany("INSERT INTO intents VALUES (?, ?, ?, ?, ?, ?)", rows)
    base.execute("COMMIT")
    taken.append(time.perf_counter() - began)
assert base.execute("SELECT count(*) FROM intents").fetchone() == (intents * times,)
print(json.dumps({"seconds": taken}))
