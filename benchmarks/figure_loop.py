"""What a long-running loop holds after 400 cycles, a session's worth, beside what it held after 10."""

from __future__ import annotations

from crash.desk import OPEN
from venue.venue import Venue

from benchmarks.desk import make_desk, names
from benchmarks.figures import Curve, Figure, Results, Taken
from benchmarks.lab import Lab, Sample, Work, expect, work

ROWS = 40
FEW, MANY = 10, 400
MARKS = (10, 50, 100, 200, 300, 400)
MOST_RUNS = 3


def measure(lab: Lab) -> Results:
    with Venue(now=OPEN) as venue:
        desk = make_desk(lab.directory("loop"), venue, names(ROWS), triggered=True)

        def check(sample: Sample) -> None:
            expect(sample.said.count("SUBMITTED ") == 2, "the loop sent something else than its two orders")
            expect(sample.said.count("Gate mode=LIVE status=PASS") == max(MARKS) + 1, "not every cycle was LIVE")

        def before() -> None:
            desk.reset()
            venue.book.orders.clear()

        marks = ",".join(map(str, MARKS))
        loop = work("loop", lab.python, "loop.py", OPEN.isoformat(), marks, env=desk.environ)
        loop = Work(loop.name, loop.argv, loop.env, before, check)
        told = [lab.take(loop).told["resident_kb"] for _ in range(min(lab.runs, MOST_RUNS))]
    held = {mark: Taken.of([one[str(mark)] / 1024 for one in told]) for mark in MARKS}
    return Results(
        [Figure("loop", f"loop's memory after {MANY} cycles", "MB", held[MANY], f"after {FEW}", held[FEW], 1.02)],
        [Curve("loop-memory", "Resident memory of a loop", "cycles", "MB", tuple(held.items()))],
    )
