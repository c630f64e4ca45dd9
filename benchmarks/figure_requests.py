"""HTTP requests of one LIVE cycle, counted at the venue, for lists of 5 to 500 rows.

Quotes are asked for 200 symbols at a time, so a list of more than 200 rows costs one request more for every
200; nothing else may grow but the POSTs, one per order."""

from __future__ import annotations

from crash.desk import OPEN
from venue.venue import Venue

from benchmarks.desk import make_desk, names
from benchmarks.figures import Curve, Figure, Results, Taken
from benchmarks.lab import Lab, Sample, expect

SIZES = (5, 10, 50, 100, 200, 201, 400, 500)
ORDERS = 5
BATCH = 200


def measure(lab: Lab) -> Results:
    counted = {size: _count(lab, size) for size in (SIZES[:3] if lab.small else SIZES)}
    least = counted[SIZES[0]]
    within = Taken.of([count for size, count in counted.items() if size <= BATCH])
    figures = [Figure("requests.batch", "requests per cycle, 5 to 200 rows, orders apart", "", within, most=least)]
    if not lab.small:
        words = "one request for quotes per 200 symbols, as the design has it; nothing else grows"
        whole = Taken.of([counted[SIZES[-1]]])
        figures.append(
            Figure("requests.most", "requests per cycle at 500 rows, orders apart", "", whole, most=least, note=words)
        )
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
