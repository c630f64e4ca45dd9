"""Seeds walked, alone or many over the cores; what failed is shrunk and told with how to play it again."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from gates.base.record import dataclass
from world.broken import Broken
from world.draw import draw
from world.ground import ground, scratch_parent
from world.reached import REACHED
from world.script import Script
from world.shrink import shrunk
from world.world import play

SEEDS_FILE = Path(__file__).with_name("seeds.txt")
SCRIPTS = Path(__file__).with_name("scripts")
"""What was found once, each shrunk to a few events; unlike a seed a script outlives a change of the weights."""
CHUNK = 10


@dataclass(frozen=True, slots=True)
class Walked:
    """What became of one script; `promise` is None when all held."""

    script: Script
    promise: str | None
    shown: str
    commands: int
    trace: str
    story: tuple[str, ...] = ()
    reached: frozenset[str] = frozenset()
    """Of the places that the tree was made to tell of, those that were come by (`world.reached`)."""

    def told(self) -> str:
        """The failure, and what plays it again."""
        return f"seed {self.script.seed}: {self.promise}: {self.shown}\n{self.script.text()}"


def walk(script: Script, *, tell: bool = False) -> Walked:
    found = ground()
    story: list[str] | None = [] if tell else None
    REACHED.clear()
    with tempfile.TemporaryDirectory(dir=scratch_parent()) as scratch:
        world, broken = play(script, Path(scratch), found.blank, found.table, story)
        shown = broken.shown.replace(scratch, "STATE") if broken else ""
        promise = broken.promise if isinstance(broken, Broken) else None
        return Walked(
            script, promise, shown, world.commands, world.trace.hexdigest(), tuple(story or ()), frozenset(REACHED)
        )


def walk_seed(seed: int, without: frozenset[str] = frozenset()) -> Walked:
    return walk(draw(seed, without))


def shrink(failed: Walked) -> Walked:
    return walk(shrunk(failed.script, lambda script: walk(script).promise == failed.promise))


def walk_some(seeds: Iterable[int], without: frozenset[str] = frozenset()) -> list[Walked]:
    return [walk_seed(seed, without) for seed in seeds]


def walk_many(seeds: Iterable[int], jobs: int | None = None, without: frozenset[str] = frozenset()) -> Iterator[Walked]:
    """Over the cores, in the order of the seeds."""
    listed = list(seeds)
    chunks = [listed[first : first + CHUNK] for first in range(0, len(listed), CHUNK)]
    with ProcessPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        for walked in pool.map(partial(walk_some, without=without), chunks):
            yield from walked


def kept_seeds() -> list[int]:
    """Seeds that ever failed, each with what it showed behind a #."""
    lines = SEEDS_FILE.read_text().splitlines() if SEEDS_FILE.exists() else []
    return [int(line.split("#")[0]) for line in lines if line.split("#")[0].strip()]


def keep(walked: Walked) -> None:
    if walked.script.seed not in kept_seeds():
        with SEEDS_FILE.open("a") as file:
            file.write(f"{walked.script.seed}  # {walked.promise}\n")


def stopwatch() -> float:
    return time.perf_counter()
