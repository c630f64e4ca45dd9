"""A cold DRY_RUN cycle of 40 rows beside a bare alpaca-py script that reads the same; a cycle that finds the
market closed beside importing that package's trading client."""

from __future__ import annotations

from crash.desk import OPEN
from venue.venue import Venue

from benchmarks.desk import CLOSED, make_desk, names
from benchmarks.figures import Figure, Results, Taken
from benchmarks.lab import Lab, Sample, Work, expect, work
from benchmarks.peers import pinned, python_of

ROWS = 40


def measure(lab: Lab) -> Results:
    peer = python_of("alpaca")
    with Venue(now=OPEN) as venue:
        symbols = names(ROWS)
        desk = make_desk(lab.directory("cycle"), venue, symbols, DRY_RUN="1")
        asked: list[tuple[str, str]] = []

        def ours(sample: Sample) -> None:
            expect("Gate mode=DRY_RUN" in sample.said, f"no DRY_RUN cycle:\n{sample.said}")
            expect("Gate entries status=PASS" in sample.said, f"the cycle may not enter:\n{sample.said}")
            asked[:] = _asked(venue)

        def theirs(sample: Sample) -> None:
            expect(f"{ROWS} quotes" in sample.said, f"the peer read something else: {sample.said}")
            found = _asked(venue)
            expect(found == asked, f"different reads: {asked} and {found}")

        def closed(sample: Sample) -> None:
            expect("Market closed; skipping cycle." in sample.said, f"not closed:\n{sample.said}")
            expect(not _asked(venue), "a closed-market cycle asked the broker")

        env = dict(venue.env)
        taken = lab.in_turn(
            desk.cycle(lab, "cycle", OPEN.isoformat(), check=ours),
            work("bare", peer, "bare_reads.py", ",".join(symbols), env=env, check=theirs),
            desk.cycle(lab, "closed", CLOSED.isoformat(), check=closed),
            work("import", peer, "bare_import.py"),
            Work("python", [lab.python, "-c", "pass"]),
        )
    wall = {name: Taken.of([sample.seconds * 1000 for sample in samples]) for name, samples in taken.items()}
    peak = {name: Taken.of([sample.peak_mb for sample in samples]) for name, samples in taken.items()}
    bare = f"bare {pinned('alpaca')} script"
    start = f"starting Python alone: {wall['python'].median:.0f} ms, {peak['python'].median:.0f} MB"
    same = f"{len(asked)} reads each"
    imported = "import alpaca.trading.client"
    return Results(
        [
            Figure(
                "cycle.wall", f"cold DRY_RUN cycle, {ROWS} rows", "ms", wall["cycle"], bare, wall["bare"], 0.5, same
            ),
            Figure("cycle.memory", "peak memory of that cycle", "MB", peak["cycle"], bare, peak["bare"], 0.5, start),
            Figure("closed.wall", "cold cycle, market closed", "ms", wall["closed"], imported, wall["import"], 0.25),
            Figure(
                "closed.memory",
                "peak memory of that cycle, market closed",
                "MB",
                peak["closed"],
                imported,
                peak["import"],
            ),
        ]
    )


def _asked(venue: Venue) -> list[tuple[str, str]]:
    found = sorted((entry.method, entry.path) for entry in venue.requests)
    venue.requests.clear()
    return found
