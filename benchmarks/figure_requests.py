"""HTTP requests of one LIVE cycle, counted at the venue, for lists of 5 to 500 rows, and of one more.

Quotes and bars are asked for 500 symbols at a time, so up to there nothing may grow but the POSTs, one per
order."""

from __future__ import annotations

from crash.desk import OPEN
from venue.venue import Venue

from benchmarks.desk import make_desk, names
from benchmarks.figures import Curve, Figure, Results, Taken
from benchmarks.lab import Lab, Sample, expect

SIZES = (5, 10, 50, 100, 200, 201, 400, 500, 501)
MOST = 500
ORDERS = 5


def measure(lab: Lab) -> Results:
    counted = {size: _count(lab, size) for size in (SIZES[:3] if lab.small else SIZES)}
    within = Taken.of([count for size, count in counted.items() if size <= MOST])
    what = f"requests per cycle, 5 to {min(MOST, max(counted))} rows, orders apart"
    figures = [Figure("requests", what, "", within, most=counted[SIZES[0]])]
    points = tuple((size, Taken.of([count])) for size, count in counted.items())
    return Results(figures, [Curve("requests", "HTTP requests per cycle", "rows", "requests", points)])


def _count(lab: Lab, size: int) -> int:
    """Requests of a cold LIVE cycle that sends its five orders, without those five."""
    with Venue(now=OPEN) as venue:
        desk = make_desk(
            lab.directory(f"rows-{size}"),
            venue,
            names(size),
            triggered=True,
            MAX_LIVE_ORDERS_PER_DAY=str(ORDERS),
        )

        def check(sample: Sample) -> None:
            posts = len(venue.requests.posts())
            expect("Gate mode=LIVE status=PASS" in sample.said, f"not LIVE:\n{sample.said}")
            expect(posts == ORDERS, f"{posts} POSTs for {ORDERS} orders")
            expect(len(venue.book.orders) >= ORDERS, "the venue has no orders")

        lab.take(desk.cycle(lab, f"{size} rows", OPEN.isoformat(), check=check))
        return len(venue.requests) - ORDERS
