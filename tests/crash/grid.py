"""The crash grid: every I/O step of the day, crossed with every way the venue can fail.

    python -m crash.grid [--slice N] [--fault NAME]

walks all points (or every N-th) in two processes, prints what broke, and counts. A point is one day
with one fault at one order, killed at one step, restarted until quiet, and held against every promise.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from venue import faults
from venue.venue import Venue

from crash.day import walk
from crash.desk import is_quiet, make_template, prepare, violations
from crash.zygote import Zygote

ENTRY, PROTECTION = 1, 3
"""Which POST of the day a fault is laid on: the first entry, or the protecting pair."""

FAULTS: dict[str, Callable[[Venue], object]] = {
    "none": lambda venue: None,
    "504": lambda venue: venue.faults.add(faults.accept_then_504(), nth=ENTRY),
    "504 html": lambda venue: venue.faults.add(faults.accept_then_504(html=True), nth=ENTRY),
    "504 hidden": lambda venue: (
        venue.faults.add(faults.accept_then_504(), nth=ENTRY),
        venue.faults.add(faults.hide(4), nth=ENTRY),
    ),
    "reset": lambda venue: venue.faults.add(faults.accept_then_reset(), nth=ENTRY),
    "silence": lambda venue: venue.faults.add(faults.accept_then_silence(), nth=ENTRY),
    "late": lambda venue: venue.faults.add(faults.accept_then_late(), nth=ENTRY),
    "drip": lambda venue: venue.faults.add(faults.slow_drip(), nth=ENTRY),
    "half a body": lambda venue: venue.faults.add(faults.half_body(), nth=ENTRY),
    "garbage": lambda venue: venue.faults.add(faults.garbage(), nth=ENTRY),
    "drop": lambda venue: venue.faults.add(faults.drop(), nth=ENTRY),
    "429": lambda venue: venue.faults.add(faults.rate_limited(), nth=ENTRY),
    "500": lambda venue: venue.faults.add(faults.server_error(), nth=ENTRY),
    "500 accepted": lambda venue: venue.faults.add(faults.server_error(accepts=True), nth=ENTRY),
    "refused": lambda venue: venue.faults.add(faults.refuse(403, 40310000, "insufficient buying power"), nth=ENTRY),
    "clock down once": lambda venue: venue.faults.add(faults.clock_down(), times=4),
    "reads 500": lambda venue: venue.faults.add(faults.server_error(), method="GET", path="/v2/orders*", times=3),
    "protection 504": lambda venue: venue.faults.add(faults.accept_then_504(), nth=PROTECTION),
    "protection reset": lambda venue: venue.faults.add(faults.accept_then_reset(), nth=PROTECTION),
    "protection dropped": lambda venue: venue.faults.add(faults.drop(), nth=PROTECTION),
    "cancel 500": lambda venue: venue.faults.add(faults.server_error(), method="DELETE", path="/v2/orders/*"),
}
SLOW = frozenset({"silence", "late", "drip"})
"""Faults that cost a request's whole time limit, a second of real time each."""


@dataclass(frozen=True, slots=True)
class Result:
    fault: str
    die_at: int | None
    steps: int
    wrong: tuple[str, ...]
    posts_per_intent: int
    said: str


def walk_point(template: Path, zygote: Zygote, fault: str, die_at: int | None) -> Result:
    with tempfile.TemporaryDirectory() as scratch, Venue() as venue:
        desk = prepare(venue, template, Path(scratch) / "state", zygote)
        FAULTS[fault](venue)
        steps = walk(desk, die_at)
        venue.faults.clear()
        wrong = violations(desk)
        if not is_quiet(desk):
            wrong.append("not quiet in the end")
        posts = max((len(venue.requests.posts(one)) for one in desk.our_orders()), default=0)
        return Result(fault, die_at, steps, tuple(wrong), posts, desk.said() if wrong else "")


def points(template: Path, zygote: Zygote, fault: str, every: int) -> Iterator[Result]:
    """The day without a death first, which says how many steps there are; then the deaths."""
    undisturbed = walk_point(template, zygote, fault, None)
    yield undisturbed
    for die_at in range(1, undisturbed.steps + 1, every):
        yield walk_point(template, zygote, fault, die_at)


def walk_fault(job: tuple[str, int]) -> list[Result]:
    fault, every = job
    with tempfile.TemporaryDirectory() as scratch, Zygote() as zygote:
        template = make_template(Path(scratch) / "template")
        return list(points(template, zygote, fault, every))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slice", type=int, default=1, metavar="N", help="every N-th step (1)")
    parser.add_argument("--fault", choices=FAULTS, action="append", help="only this one (may be repeated)")
    chosen = parser.parse_args()
    began, total, broken = time.monotonic(), 0, 0
    jobs = [(fault, chosen.slice) for fault in chosen.fault or FAULTS]
    sys.stdout.write(f"{'fault':20}{'steps':>7}{'points':>8}{'broken':>8}{'most POSTs per intent':>24}\n")
    with ProcessPoolExecutor(max_workers=2) as pool:
        for results in pool.map(walk_fault, jobs):
            bad = [result for result in results if result.wrong]
            most = max(result.posts_per_intent for result in results)
            total, broken = total + len(results), broken + len(bad)
            sys.stdout.write(f"{results[0].fault:20}{results[0].steps:7}{len(results):8}{len(bad):8}{most:24}\n")
            for result in bad:
                sys.stdout.write(f"  died at step {result.die_at}: {'; '.join(result.wrong)}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{total} points, {broken} broken, {time.monotonic() - began:.0f} s\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
