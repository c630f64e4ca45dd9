"""The peer: deadman-kit's ledger, one write-ahead append per intent, with what its executor writes."""

import json
import sys
import tempfile
import time
from pathlib import Path

from deadman import Ledger, Paths, SystemClock

root, intents, times = Path(tempfile.mkdtemp(dir=sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
taken = []
for number in range(times):
    paths = Paths(root / str(number))
    ledger = Ledger(paths, SystemClock())
    payloads = [
        {
            "stage": "write_ahead",
            "client_order_id": f"dm-{number:04}-{place:020}",
            "symbol": f"S{place:03}",
            "side": "buy",
            "is_exit": False,
            "requested_base": 4.0,
            "resolved": {"amount_usd": 400.48, "amount_base": 4.0, "amount_contracts": None},
            "intent": {"symbol": f"S{place:03}", "side": "buy", "units": "BASE", "amount": 4.0, "kind": "ENTRY"},
            "price": 100.12,
            "order_type": "limit",
        }
        for place in range(intents)
    ]
    began = time.perf_counter()
    for payload in payloads:
        ledger.append("ORDER_SENT", payload, actor="deadman.executor")
    taken.append(time.perf_counter() - began)
    report = ledger.verify()
    assert report.ok and report.entries_checked == intents, report
print(json.dumps({"seconds": taken}))
