"""The peer: the chain of deadman-kit's executor for one entry, in its order, without sending anything."""

import json
import sys
import tempfile
import time
from pathlib import Path

from deadman import (
    DailyLimits,
    EntryHalt,
    Intent,
    KillSwitch,
    Ledger,
    Limits,
    OrderSanity,
    Paths,
    SystemClock,
    WriterIdentity,
    resolve_units,
    spot_long_only_is_exit,
)

root, times = Path(tempfile.mkdtemp(dir=sys.argv[1])), int(sys.argv[2])
clock, paths = SystemClock(), Paths(root)
ident, ledger = WriterIdentity(clock), Ledger(paths, clock)
kill, halt = KillSwitch(paths, ledger), EntryHalt(paths, clock, ident, ledger)
caps = Limits(
    max_trades_per_day=20, max_daily_loss_usd=50.0, max_notional_usd_per_order=1000.0, worst_case_fee_bps=80.0
)
limits = DailyLimits(paths, caps, spot_long_only_is_exit, clock, ident, ledger)
sanity = OrderSanity(allowed_symbols=frozenset({"AAPL"}), max_latency_ms=500, max_spread_bps=20)
intent, before = (
    Intent(symbol="AAPL", side="buy", units="BASE", amount=4.0, kind="ENTRY", client_id=name)
    for name in ("now", "before")
)
limits.record_fill(before, 400.0, 0.1)


def chain() -> int:
    assert kill.check().allowed
    is_exit = spot_long_only_is_exit(intent, None)
    assert not is_exit and halt.active() is None
    resolved = resolve_units(intent, 101.35, None)
    assert limits.check(intent, resolved, None).allowed
    sane = sanity.check(
        intent,
        resolved,
        broker_status="connected",
        latency_ms=42.0,
        bid=101.20,
        ask=101.25,
        size_available=1000.0,
        is_exit=is_exit,
        ref_price=101.25,
    )
    assert sane.allowed, sane
    return int(sanity.quantize(intent, resolved, amount_step=1.0, price=101.35).amount_base)


for _ in range(200):
    chain()
began = time.perf_counter()
for _ in range(times):
    chain()
taken = (time.perf_counter() - began) / times
assert chain() == 4
print(json.dumps({"order": taken}))
