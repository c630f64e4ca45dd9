"""What it costs to ask everything about one order. Ours are all order gates, the look at the kill file and the
caps once more; the peer's chain looks at its kill file, reads its halt and its day's numbers, and checks."""

from __future__ import annotations

from benchmarks.figures import Figure, Results, Taken
from benchmarks.lab import OUR_PATH, Lab, work
from benchmarks.peers import pinned, python_of

TIMES = 2_000


def measure(lab: Lab) -> Results:
    root = lab.directory("gates")
    times = 500 if lab.small else TIMES
    taken = lab.in_turn(
        work("ours", lab.python, "gates_ours.py", root, times, env=OUR_PATH),
        work("deadman", python_of("deadman"), "gates_deadman.py", root, times),
    )
    peer = Taken.of([sample.told["order"] * 1e6 for sample in taken["deadman"]])
    asked, every = taken["ours"][0].told["gates"]
    order = Taken.of([sample.told["order"] * 1e6 for sample in taken["ours"]])
    everything = Taken.of([sample.told["everything"] * 1e6 for sample in taken["ours"]])
    name = pinned("deadman")
    return Results(
        [
            Figure("gates.order", f"gate chain per order, {asked} answers", "us", order, name, peer, 1.0),
            Figure("gates.all", f"the cycle's own gates on top, {every} answers", "us", everything, name, peer),
        ]
    )
