"""Stored bars to a written watchlist, 3,000 symbols x 500 sessions, beside a pandas loop per symbol; its
arithmetic alone beside numpy doing only the cumulative sums; and by the number of symbols, for the slope."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks import ROOT
from benchmarks.figures import Curve, Figure, Results, Taken
from benchmarks.lab import OUR_PATH, Lab, Sample, expect, work
from benchmarks.peers import python_of
from gates.base.sessionfile import load_sessions
from scanner.bars import store
from scanner.bars.sample import sample_days, sample_panel, sample_symbols

LAST = date(2026, 11, 20)
SESSIONS = 500
SYMBOLS = 3_000
SIZES = (1_000, 3_000, 6_000, 12_000)
PEER_RUNS = 2
CURVE_RUNS = 3


def measure(lab: Lab) -> Results:
    count = 300 if lab.small else SYMBOLS
    bars, universe = _make(lab, count)
    results = Results(_beside_pandas(lab, bars, universe, count))
    if not lab.small:
        results.curves.append(_by_symbols(lab))
    return results


def _beside_pandas(lab: Lab, bars: Path, universe: Path, count: int) -> list[Figure]:
    path = {"PYTHONPATH": str(ROOT)}
    out = lab.directory("written")
    found: list[object] = []

    def ours(sample: Sample) -> None:
        found[:] = sample.told["found"]
        expect(bool(found), "no candidate was found")

    def theirs(sample: Sample) -> None:
        expect(sample.told["found"] == found, "the two scans found different candidates")

    pandas = work("pandas", python_of("alpaca"), "scan_pandas.py", bars, universe, env=path, check=theirs, slow=True)
    scan = work("ours", lab.python, "scan_ours.py", bars, universe, out, env=path, check=ours)
    bare = work("bare", lab.python, "scan_bare.py", bars, universe, env=path)
    taken = lab.in_turn(scan, pandas, bare, most_runs=PEER_RUNS)
    told = {name: [sample.told for sample in samples] for name, samples in taken.items()}
    phases = ", ".join(
        f"{name} {Taken.of([one[name] * 1000 for one in told['ours']]).median:.0f} ms"
        for name in ("load", "scan", "write")
    )

    def seconds(name: str, key: str, factor: float = 1.0) -> Taken:
        return Taken.of([one[key] * factor for one in told[name]])

    what = f"scanner, cache to watchlist, {count:,} x {SESSIONS}"
    arithmetic = seconds("bare", "scan", 1000)
    sums = f"bare cumulative sums, the same {told['bare'][0]['sessions']} sessions"
    halves = "finding nine anchors for every symbol is two fifths of it, and no sum; processor time"
    memory = {name: Taken.of([sample.peak_mb for sample in samples]) for name, samples in taken.items()}
    return [
        Figure(
            "scan.pandas",
            what,
            "s",
            seconds("ours", "seconds"),
            "pandas loop",
            seconds("pandas", "seconds"),
            0.05,
            f"{phases}; {len(found)} candidates",
        ),
        Figure("scan.memory", "peak memory of that scan", "MB", memory["ours"], "pandas loop", memory["pandas"]),
        Figure(
            "scan.bare", "the scan's arithmetic", "ms", arithmetic, sums, seconds("bare", "window", 1000), 3.0, halves
        ),
        Figure(
            "scan.whole",
            "the scan's arithmetic",
            "ms",
            arithmetic,
            f"bare cumulative sums, all {SESSIONS} sessions",
            seconds("bare", "whole", 1000),
            3.0,
        ),
    ]


def _by_symbols(lab: Lab) -> Curve:
    works = {}
    for size in SIZES:
        bars, universe = _make(lab, size)
        works[size] = work(
            f"{size}", lab.python, "scan_ours.py", bars, universe, lab.directory(f"out-{size}"), env=OUR_PATH
        )
    taken = lab.in_turn(*works.values(), most_runs=CURVE_RUNS)
    points = [(size, Taken.of([one.told["seconds"] * 1000 for one in taken[f"{size}"]])) for size in SIZES]
    return Curve("scan-by-symbols", f"Stored bars to watchlist, {SESSIONS} sessions", "symbols", "ms", tuple(points))


def _make(lab: Lab, count: int) -> tuple[Path, Path]:
    """Sample bars in the scanner's own store, and the universe as a list."""
    bars, universe = lab.scratch / f"bars-{count}.parquet", lab.scratch / f"universe-{count}.json"
    if not bars.exists():
        table = load_sessions(ROOT / "state_templates" / "sessions.json")
        panel = sample_panel(sample_symbols(count), sample_days(table, LAST, SESSIONS))
        through = dict.fromkeys(panel.symbols, LAST)
        made_at = datetime(2026, 11, 20, 22, tzinfo=UTC)
        store.save(bars, panel, store.Origin(store.SCHEMA, "benchmark", date(2024, 1, 2), made_at, through))
        universe.write_text(json.dumps(sample_symbols(count)))
    return bars, universe
