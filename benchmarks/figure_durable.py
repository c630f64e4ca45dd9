"""All intents of a cycle, from memory to a disk that may lose power: ours writes one sealed ledger and fsyncs
file and directory; deadman-kit appends, chains and fsyncs twice for each; SQLite commits one transaction."""

from __future__ import annotations

import statistics

from benchmarks.figures import Figure, Results, Taken
from benchmarks.lab import OUR_PATH, Lab, work
from benchmarks.peers import pinned, python_of

SIZES = (5, 1)
TIMES = 20


def measure(lab: Lab) -> Results:
    peer = python_of("deadman")
    found = Results()
    for intents in SIZES:
        root = lab.directory(f"intents-{intents}")
        times = 5 if lab.small else TIMES
        taken = lab.in_turn(
            work("ours", lab.python, "durable_ours.py", root, intents, times, env=OUR_PATH),
            work("deadman", peer, "durable_deadman.py", root, intents, times),
            work("sqlite", lab.python, "durable_sqlite.py", root, intents, times),
        )
        ms = {
            name: Taken.of([statistics.median(sample.told["seconds"]) * 1000 for sample in samples])
            for name, samples in taken.items()
        }
        what = f"durable write of a cycle's {intents} intents" if intents > 1 else "durable write of a single intent"
        most = 1.0 if intents > 1 else None
        found.figures += [
            Figure(f"durable.{intents}.deadman", what, "ms", ms["ours"], pinned("deadman"), ms["deadman"], most),
            Figure(f"durable.{intents}.sqlite", what, "ms", ms["ours"], "SQLite WAL FULL", ms["sqlite"]),
        ]
    return found
