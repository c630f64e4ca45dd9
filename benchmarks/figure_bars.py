"""A first fill: 3,000 symbols x 500 daily bars from a loopback venue into Parquet, beside alpaca-py's `.df`.

The venue has its bars rendered before anything counts: the first round makes it do so."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from benchmarks.figures import Figure, Results, Taken
from benchmarks.lab import OUR_PATH, WORKS, Lab, Sample, Work, expect, work
from benchmarks.peers import pinned, python_of
from scanner.bars.sample import sample_symbols
from scanner.bars.update import first_day

LAST = date(2026, 11, 20)
SYMBOLS = 3_000
SESSIONS = 500
PEER_RUNS = 2


def measure(lab: Lab) -> Results:
    symbols = lab.scratch / "symbols.json"
    symbols.write_text(json.dumps(sample_symbols(150 if lab.small else SYMBOLS)))
    with _venue(lab.python) as environ:
        found: list[object] = []

        def ours(sample: Sample) -> None:
            found[:] = sample.told["found"]

        def theirs(sample: Sample) -> None:
            expect(sample.told["found"] == found, f"different bars: {found} and {sample.told['found']}")

        env = {**environ, **OUR_PATH}
        mine = work("ours", lab.python, "bars_ours.py", lab.scratch / "ours", symbols, env=env, check=ours)
        first = first_day(LAST, SESSIONS)
        peer = python_of("alpaca")
        frames = work("peer", peer, "bars_frames.py", lab.scratch / "peer", symbols, first, env=environ, check=theirs)
        works = [_afresh(mine, lab.scratch / "ours"), _afresh(frames, lab.scratch / "peer")]
        taken = lab.in_turn(*works, most_runs=PEER_RUNS)
    name = f"{pinned('alpaca')} .df"
    seconds = {name: Taken.of([sample.told["seconds"] for sample in samples]) for name, samples in taken.items()}
    memory = {name: Taken.of([sample.peak_mb for sample in samples]) for name, samples in taken.items()}
    what = f"{found[0]:,} bars from venue to Parquet"
    note = f"in {taken['ours'][0].told['requests']} requests"
    return Results(
        [
            Figure("bars.wall", what, "s", seconds["ours"], name, seconds["peer"], 0.2, note),
            Figure("bars.memory", "peak memory of that fill", "MB", memory["ours"], name, memory["peer"]),
        ]
    )


def _afresh(one: Work, root: Path) -> Work:
    """Each fill begins with an empty directory."""

    def before() -> None:
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()

    return Work(one.name, one.argv, one.env, before, one.check)


@contextmanager
def _venue(python: str) -> Iterator[dict[str, str]]:
    server = subprocess.Popen(
        [python, WORKS / "bars_venue.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=OUR_PATH
    )
    assert server.stdout is not None and server.stdin is not None
    try:
        yield json.loads(server.stdout.readline())
    finally:
        server.stdin.close()
        server.wait(30)
        server.stdout.close()
