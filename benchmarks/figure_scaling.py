"""What a cycle's time does when the list or the ledger grows a thousandfold."""

from __future__ import annotations

from contextlib import ExitStack

from crash.desk import OPEN
from venue.venue import Venue

from benchmarks.desk import make_desk, names
from benchmarks.figures import Curve, Figure, Results, Taken
from benchmarks.lab import Lab, Sample, expect

ROWS = (5, 50, 500, 1_000, 2_000, 5_000)
ENTRIES = (0, 50, 500, 1_000, 2_000, 5_000)
USUAL_ROWS = 40
MOST_RUNS = 7
STRAIGHT = 1.25
"""How far above a straight line the largest size may lie; a square would lie at 2 and more."""


def measure(lab: Lab) -> Results:
    rows, entries = (ROWS[:4], ENTRIES[:4]) if lab.small else (ROWS, ENTRIES)
    by_rows = _curve(lab, "rows", "Cold DRY_RUN cycle by rows of the watchlist", "rows", [(n, 0) for n in rows])
    by_entries = _curve(
        lab,
        "entries",
        f"Cold DRY_RUN cycle of {USUAL_ROWS} rows by entries in the ledger",
        "ledger entries",
        [(USUAL_ROWS, n) for n in entries],
    )
    return Results([_straightness(by_rows), _straightness(by_entries)], [by_rows, by_entries])


def _curve(lab: Lab, name: str, title: str, x_name: str, sizes: list[tuple[int, int]]) -> Curve:
    with ExitStack() as open_venues:
        works = {}
        for rows, entries in sizes:
            venue = open_venues.enter_context(Venue(now=OPEN))
            root = lab.directory(f"{name}-{rows}-{entries}")
            desk = make_desk(root, venue, names(rows), names(entries, "T"), DRY_RUN="1")

            def check(sample: Sample, rows: int = rows) -> None:
                expect(f"Plan rows={rows} approved=0" in sample.said, f"another plan:\n{sample.said}")

            works[(rows, entries)] = desk.cycle(lab, f"{rows} rows, {entries} entries", OPEN.isoformat(), check=check)
        taken = lab.in_turn(*works.values(), most_runs=MOST_RUNS)
    place = 0 if name == "rows" else 1
    points = [(size[place], Taken.of([s.seconds * 1000 for s in taken[work.name]])) for size, work in works.items()]
    return Curve(f"cycle-by-{name}", title, x_name, "ms", tuple(points))


def _straightness(curve: Curve) -> Figure:
    """The time at the largest size beside what a straight line through the smallest and the last but one says."""
    (x0, first), (x1, before), (x2, last) = curve.points[0], curve.points[-2], curve.points[-1]
    expected = first.median + (before.median - first.median) / (x1 - x0) * (x2 - x0)
    return Figure(
        curve.name,
        f"cycle at {x2:,.0f} {curve.x_name} beside the straight line to it",
        "ms",
        last,
        f"through {x0:,.0f} and {x1:,.0f}",
        Taken.of([expected]),
        STRAIGHT,
        f"{1000 * curve.slope:.3g} {curve.y_name} per thousand {curve.x_name}",
    )
