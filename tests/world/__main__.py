"""Walk the world: any number of seeds, one of them, or a script.

python -m world --seeds 1000 [--first 0] [--jobs 2]    counts, and the shrunken script of each kind of failure
python -m world --seed 17                              one seed, told step by step
python -m world --replay FILE                          a script as a failure printed it
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from world.draw import draw
from world.script import read
from world.walk import Walked, keep, shrink, stopwatch, walk, walk_many


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="world", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=1000, metavar="N", help="how many (1000)")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first of them (0)")
    parser.add_argument("--these", default="", metavar="SEED,…", help="these seeds instead")
    parser.add_argument("--jobs", type=int, metavar="N", help="processes (one per core)")
    parser.add_argument("--without", default="", metavar="KIND,…", help="leave these kinds of events out")
    parser.add_argument("--seconds", type=float, metavar="S", help="look at no further seed after that time")
    parser.add_argument("--stop", action="store_true", help="stop at the first failure")
    parser.add_argument("--reached", action="store_true", help="say which places each came by, in a tree that tells")
    parser.add_argument("--keep", action="store_true", help="write what failed into seeds.txt, to be walked always")
    parser.add_argument("--no-shrink", action="store_true", help="tell failures in one line each")
    parser.add_argument("--seed", type=int, metavar="SEED", help="one seed, told step by step, shrunk when it fails")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="a script, told step by step")
    chosen = parser.parse_args()
    without = frozenset(filter(None, chosen.without.split(",")))
    if chosen.replay is not None or chosen.seed is not None:
        return _tell(
            walk(read(chosen.replay) if chosen.replay else draw(chosen.seed, without), tell=True), chosen.no_shrink
        )
    return _count(chosen)


def _tell(walked: Walked, no_shrink: bool) -> int:
    sys.stdout.write("\n".join(walked.story) + "\n")
    if walked.promise is None:
        sys.stdout.write(f"every promise held; {walked.commands} commands, trace {walked.trace}\n")
        return 0
    sys.stdout.write(f"BROKEN {(walked if no_shrink else shrink(walked)).told()}")
    return 1


def _count(chosen: argparse.Namespace) -> int:
    began, commands, seeds = stopwatch(), 0, 0
    without = frozenset(filter(None, chosen.without.split(",")))
    kinds: Counter[str] = Counter()
    listed = [int(seed) for seed in chosen.these.split(",") if seed]
    for walked in walk_many(listed or range(chosen.first, chosen.first + chosen.seeds), chosen.jobs, without):
        seeds, commands = seeds + 1, commands + walked.commands
        if chosen.reached:
            sys.stdout.write(f"seed {walked.script.seed} came by: {' '.join(sorted(walked.reached))}\n")
        late = chosen.seconds is not None and stopwatch() - began > chosen.seconds
        if walked.promise is None and not late:
            continue
        if walked.promise is None:
            break
        kinds[walked.promise] += 1
        if chosen.keep:
            keep(walked)
        if chosen.no_shrink or kinds[walked.promise] > 1:
            sys.stdout.write(f"seed {walked.script.seed}: {walked.promise}: {walked.shown}\n")
        else:
            sys.stdout.write(shrink(walked).told())
        sys.stdout.flush()
        if chosen.stop or late:
            break
    seconds = stopwatch() - began
    for promise, count in kinds.most_common():
        sys.stdout.write(f"{count:6}  {promise}\n")
    failed = sum(kinds.values())
    sys.stdout.write(
        f"{seeds} seeds, {commands} commands, {failed} failed, {seconds:.0f} s, {commands / seconds:.0f} a second\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
