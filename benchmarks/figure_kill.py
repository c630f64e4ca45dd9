"""The kill file is made at a random moment of a LIVE cycle that has twenty orders to send; how many POSTs
reach the venue after that moment, and how late the last of them comes.

The check stands right before each POST, so the one call that was past it may still arrive, and no other."""

from __future__ import annotations

import random
import threading
import time

from crash.desk import OPEN
from crash.forks import Forks
from venue.faults import EVERY, call
from venue.venue import Venue

from benchmarks.desk import make_desk, names
from benchmarks.figures import Figure, Results, Taken
from benchmarks.lab import Lab, expect
from gates.base.record import dataclass, field

MOMENTS = 200
ORDERS = 20
LONGEST_WAIT_SECONDS = 0.003
"""A POST takes a millisecond or two here, so the moment falls anywhere within the next few."""


@dataclass
class Arrivals:
    """When POSTs reached the venue, and when the kill file stood."""

    posts: list[float] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def note(self, *_: object) -> None:
        with self.changed:
            self.posts.append(time.perf_counter())
            self.changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.posts) >= count, timeout=30):
                raise TimeoutError(f"the venue saw {len(self.posts)} POSTs, awaited {count}")


def measure(lab: Lab) -> Results:
    chance = random.Random(20261120)
    after: list[int] = []
    late_ms: list[float] = []
    stopped = 0
    with Forks() as forks:
        for number in range(10 if lab.small else MOMENTS):
            counted, late, sent = _one(lab, forks, number, chance)
            after.append(counted)
            stopped += sent < ORDERS
            if counted:
                late_ms.append(late * 1000)
    note = (
        f"{len(after)} moments, {stopped} cycles stopped before their last order; "
        f"the call in flight arrived {len(late_ms)} times, {max(late_ms, default=0):.1f} ms late at most"
    )
    what = "POSTs that arrive after the kill file exists"
    figures = [Figure("kill.posts", what, "", Taken.of(after), most=1, note=note)]
    if late_ms:
        figures.append(Figure("kill.late", "kill file to last POST, where one arrived", "ms", Taken.of(late_ms)))
    return Results(figures)


def _one(lab: Lab, forks: Forks, number: int, chance: random.Random) -> tuple[int, float, int]:
    """POSTs after the kill file was there, the seconds to the last of them, and how many there were at all."""
    arrivals = Arrivals()
    with Venue(now=OPEN) as venue:
        desk = make_desk(
            lab.directory(f"moment-{number}"),
            venue,
            names(ORDERS),
            triggered=True,
            MAX_LIVE_ORDERS_PER_DAY=str(ORDERS),
            MAX_LIVE_POSITIONS=str(ORDERS),
            MAX_LIVE_GROSS_NOTIONAL="100000",
        )
        desk.reset()
        venue.faults.add(call(arrivals.note, first=True), times=EVERY)
        outcome = []
        cycle = threading.Thread(target=lambda: outcome.append(forks.run(desk.environ, OPEN)))
        cycle.start()
        arrivals.wait_for(chance.randint(1, ORDERS - 2))
        time.sleep(chance.uniform(0, LONGEST_WAIT_SECONDS))
        (desk.root / "KILL_SWITCH").touch()
        stands = time.perf_counter()
        cycle.join()
        expect(outcome[0].exit_code == 0, f"the cycle ended with {outcome[0].exit_code}:\n{outcome[0].output}")
        sent = len(venue.requests.posts())
        expect(sent == ORDERS or "kill switch active (file)" in outcome[0].output, "neither sent nor stopped")
    late = [moment for moment in arrivals.posts if moment > stands]
    return len(late), (late[-1] - stands if late else 0.0), sent
