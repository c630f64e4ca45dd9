"""`python -m mutants MODULE …`: draws changes by seed, tries them, prints the table; 1 where one goes unnoticed."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from mutants import judged, runs
from mutants.changes import Change, changes_of

ROOT = Path(__file__).resolve().parents[2]
JUDGED = Path(__file__).with_name("judged.txt")
UNNOTICED, CANNOT = 1, 2


def main(given: list[str] | None = None) -> int:
    asked = _asked(given)
    root: Path = asked.root
    try:
        paths = runs.files_of(root, asked.modules)
        changes = [one for path in paths for one in changes_of(path, (root / path).read_text("utf-8"))]
        known = judged.read(asked.judged)
        judged.refuse_stale(known, changes, paths)
    except (FileNotFoundError, judged.Misjudged) as problem:
        return _cannot(str(problem))
    drawn = drawn_by(asked.seed, asked.sample, changes)
    touched = sorted({change.path for change in drawn})
    untested = [path for path in touched if not runs.tests_of(root, path)]
    if untested:
        return _cannot(f"no unit tests are known of {', '.join(untested)}; name them in runs.py")
    _say(f"{len(drawn)} of {len(changes)} changes in {len(touched)} modules, seed {asked.seed}")
    with tempfile.TemporaryDirectory(prefix="mutants-") as into:
        workers = multiprocessing.get_context("fork").Pool(asked.workers, runs.open_bench, (root, into))
        with workers:
            broken = [one for one in workers.imap_unordered(runs.checked, touched) if one is not None]
            if broken:
                return _cannot("\n".join(f"red without a change: {one.path}\n{one.said}" for one in broken))
            survivors = _survivors(workers.imap_unordered(runs.tried, drawn), len(drawn))
    _show(drawn, survivors, known)
    return UNNOTICED if any(one.key not in known for one in survivors) else 0


def drawn_by(seed: str, sample: int, changes: list[Change]) -> list[Change]:
    """So many of the changes, by the seed; all of them where there are no more, or 0 is asked."""
    if sample == 0 or sample >= len(changes):
        return sorted(changes)
    return sorted(random.Random(seed).sample(sorted(changes), sample))


def _asked(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("modules", nargs="+", metavar="MODULE", help="dotted names of modules or packages")
    parser.add_argument("--seed", default="1", help="which sample is drawn; 1")
    parser.add_argument("--sample", type=int, default=200, metavar="N", help="how many are drawn, 0 for all; 200")
    parser.add_argument("--root", type=Path, default=ROOT, metavar="DIR", help="the tree; this checkout")
    parser.add_argument("--judged", type=Path, default=JUDGED, metavar="FILE", help="survivors that were judged")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), metavar="N")
    return parser.parse_args(given)


def _survivors(tries: Iterable[tuple[Change, bool]], count: int) -> list[Change]:
    left = []
    for number, (change, is_noticed) in enumerate(tries, 1):
        if not is_noticed:
            left.append(change)
            _say(f"unnoticed {change}")
        if number % 20 == 0:
            _say(f"{number} of {count} tried, {len(left)} unnoticed")
    return sorted(left)


def _show(drawn: list[Change], survivors: list[Change], known: dict[judged.Key, str]) -> None:
    tried, left = Counter(one.path for one in drawn), Counter(one.path for one in survivors)
    lines = [f"{'module':<34}{'tried':>6}{'killed':>8}{'left':>6}"]
    rows = [(path, tried[path], left[path]) for path in sorted(tried)]
    for path, count, alive in (*rows, ("all", len(drawn), len(survivors))):
        lines.append(f"{path:<34}{count:>6}{count - alive:>8}{alive:>6}")
    for one in survivors:
        lines += [str(one), f"    judged: {known[one.key]}" if one.key in known else "    NOT JUDGED"]
    sys.stdout.write("\n".join(lines) + "\n")


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _cannot(why: str) -> int:
    _say(f"mutants: {why}")
    return CANNOT


if __name__ == "__main__":
    sys.exit(main())
