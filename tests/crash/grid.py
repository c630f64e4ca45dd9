"""The crash grid: every I/O step of a day, crossed with every way the venue can fail and with what operators say.

    python -m crash.grid [--slice N] [--of NAME] [--minutes N]

A point is one day, killed at one step, restarted until quiet, and held against every promise. The walks: the `live`
day under every fault (`live/504`), the days on which the broker itself is the trouble (`split`, `lag`, `both-legs`),
and each verb of an operator on each day (`lag/flatten`), where the verb is what is killed. The account is one on
margin: it takes a sale of what is not there. All points (or those of every N-th step) are walked in two processes;
what broke is printed, and the figure. With `--minutes` no point is begun after that time but a walk's day without a
death, and the figure says how many points there would have been.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path

from venue.venue import Venue

from crash.day import DAYS, LIVE, walk
from crash.desk import Desk, make_template, prepare
from crash.faults import FAULTS
from crash.forks import Forks
from crash.promises import is_quiet, violations
from crash.verbs import VERBS, walk_verb
from gates.base.record import dataclass

NO_FAULT = "none"


@dataclass(frozen=True, slots=True)
class Walk:
    """What is walked at every step: a day, with a fault of the venue or with a verb."""

    day: str
    fault: str = NO_FAULT
    verb: str | None = None

    @property
    def name(self) -> str:
        more = self.verb or (self.fault if self.fault != NO_FAULT else None)
        return f"{self.day}/{more}" if more else self.day


WALKS = {
    one.name: one
    for one in (
        *(Walk(day, verb=verb) for verb in VERBS for day in DAYS),
        *(Walk(day) for day in DAYS),
        *(Walk(LIVE.name, fault) for fault in FAULTS if fault != NO_FAULT),
    )
}


@dataclass(frozen=True, slots=True)
class Result:
    walk: str
    die_at: int | None
    steps: int
    wrong: tuple[str, ...]
    posts_per_intent: int
    said: str


def walk_point(template: Path, forks: Forks, what: Walk, die_at: int | None) -> Result:
    with tempfile.TemporaryDirectory() as scratch, Venue() as venue:
        desk = prepare(venue, template, Path(scratch) / "state", forks)
        venue.book.account.may_short = True
        FAULTS[what.fault](venue)
        steps, wrong = _walked(desk, what, die_at)
        posts = max((len(venue.requests.posts(one)) for one in desk.our_orders()), default=0)
        return Result(what.name, die_at, steps, tuple(wrong), posts, desk.said() if wrong else "")


def _walked(desk: Desk, what: Walk, die_at: int | None) -> tuple[int, list[str]]:
    day = DAYS[what.day]
    if what.verb is not None:
        return walk_verb(desk, day, VERBS[what.verb], die_at)
    steps = walk(desk, die_at, day)
    return steps, [*violations(desk), *([] if is_quiet(desk) else ["not quiet in the end"])]


def points(template: Path, forks: Forks, what: Walk, every: int, until: float = math.inf) -> Iterator[Result]:
    """The day without a death first, which says how many steps there are; then the deaths, as far as time lasts."""
    undisturbed = walk_point(template, forks, what, None)
    yield undisturbed
    for die_at in range(1, undisturbed.steps + 1, every):
        if time.monotonic() > until:
            return
        yield walk_point(template, forks, what, die_at)


def walk_all(job: tuple[str, int, float]) -> list[Result]:
    name, every, until = job
    with tempfile.TemporaryDirectory() as scratch, Forks() as forks:
        template = make_template(Path(scratch) / "template")
        return list(points(template, forks, WALKS[name], every, until))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slice", type=int, default=1, metavar="N", help="every N-th step (1)")
    parser.add_argument("--of", default="*", metavar="NAME", help="only walks named so: live/504, */flatten, lag*")
    parser.add_argument("--minutes", type=float, default=math.inf, metavar="N", help="begin no point after that")
    chosen = parser.parse_args()
    began = time.monotonic()
    jobs = [(name, chosen.slice, began + 60 * chosen.minutes) for name in WALKS if fnmatchcase(name, chosen.of)]
    if not jobs:
        parser.error(f"--of {chosen.of}: no such walk; there are {', '.join(WALKS)}")
    walked, there_are, broken = 0, 0, 0
    sys.stdout.write(f"{'walk':24}{'steps':>7}{'points':>8}{'broken':>8}{'most POSTs per intent':>24}\n")
    with ProcessPoolExecutor(max_workers=2) as pool:
        for results in pool.map(walk_all, jobs):
            bad = [result for result in results if result.wrong]
            most = max(result.posts_per_intent for result in results)
            steps = results[0].steps
            walked, broken = walked + len(results), broken + len(bad)
            there_are += 1 + steps
            sys.stdout.write(f"{results[0].walk:24}{steps:7}{len(results):8}{len(bad):8}{most:24}\n")
            for result in bad:
                sys.stdout.write(f"  died at step {result.die_at}: {'; '.join(result.wrong)}\n")
            sys.stdout.flush()
    seconds = time.monotonic() - began
    sys.stdout.write(f"{walked} of {there_are} points, {broken} broken, {seconds:.0f} s\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
