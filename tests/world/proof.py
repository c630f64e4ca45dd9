"""The world has to prove itself: each mend taken out again, one at a time, until a seed notices.

    python -m world.proof [--only R1,P3] [--seeds 5000] [--block 200] [--seconds 900] [--jobs 2]

takes seeds in blocks from 0 on. A copy of the tree that tells where it comes by walks the block once; every break that
no seed has found yet is then walked on a copy of its own, with the seeds of the block that come by its place, since
the others play as they do without it. It stops at its first find. What came of it is written to proof.txt after
each break and block, so that a run that was cut off goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gates.base.record import dataclass, replace
from world.breaks import BREAKS, Break, Change
from world.reached import places_of, told_in
from world.walk import stopwatch

CHECKOUT = Path(__file__).resolve().parents[2]
PROOF = Path(__file__).with_name("proof.txt")
TREES = ("execution", "gates", "scanner", "state_templates", "tests")
FOUND = re.compile(r"^seed (\d+): ([^:]+): ", re.MULTILINE)
BROKEN = re.compile(r"^BROKEN seed \d+: ([^:]+): ", re.MULTILINE)
CAME_BY = re.compile(r"^seed (\d+) came by: (.*)$", re.MULTILINE)
KNOWN = re.compile(
    r"(?P<name>\w+): (?:seed (?P<seed>\d+) \((?P<promise>.*)\)|not found), (?P<walked>\d+) seeds walked, "
    r"(?P<came>\d+) came by its place: .*"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which seed found a break, and by which promise; None when `walked` seeds did not, of which `came` came by."""

    one: Break
    seed: int | None = None
    promise: str = ""
    walked: int = 0
    came: int = 0

    def __str__(self) -> str:
        found = f"seed {self.seed} ({self.promise})" if self.seed is not None else "not found"
        return f"{self.one.name}: {found}, {self.walked} seeds walked, {self.came} came by its place: {self.one.what}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="world.proof", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="NAME,…", help="these breaks alone")
    parser.add_argument("--seeds", type=int, default=5000, metavar="N", help="walked at most (5000)")
    parser.add_argument("--block", type=int, default=200, metavar="N", help="seeds of a block (200)")
    parser.add_argument("--seconds", type=float, default=900, metavar="S", help="begin no block after that time (900)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    chosen = parser.parse_args(argv)
    began, only = stopwatch(), set(filter(None, chosen.only.split(",")))
    while stopwatch() - began < chosen.seconds:
        open_ones = [one for one in so_far() if one.seed is None and one.walked < chosen.seeds]
        open_ones = [one for one in open_ones if not only or one.one.name in only]
        if not open_ones:
            return 0
        first = min(one.walked for one in open_ones)
        block = range(first, min(first + chosen.block, chosen.seeds))
        came_by = came_by_places(block, chosen.jobs)
        for one in open_ones:
            if one.walked == first:
                remember(tried(one, block, came_by, chosen.jobs))
    return 1


def came_by_places(block: range, jobs: int) -> dict[str, list[int]]:
    """Per break, the seeds of the block that come by its place."""
    with scratch_tree() as tree:
        always = set[str]()
        for file, texts in places_of(BREAKS).items():
            source = (tree / file).read_text(encoding="utf-8")
            places = [(name, _offset(source, text), when) for name, text, when in texts]
            told, outside = told_in(source, places)
            (tree / file).write_text(told, encoding="utf-8")
            always |= outside
        said = _said(["--first", str(block.start), "--seeds", str(len(block)), "--jobs", str(jobs), "--reached"], tree)
    found = {int(seed): {*names.split(), *always} for seed, names in CAME_BY.findall(said)}
    if found.keys() != set(block):
        raise RuntimeError(f"the tree that tells where it comes by did not walk its block:\n{said[-2000:]}")
    return {one.name: [seed for seed in block if one.name in found[seed]] for one in BREAKS}


def _offset(source: str, text: str) -> int:
    """Where the text begins in the source, blank lines and indentation left out."""
    return source.index(text) + len(text) - len(text.lstrip())


def tried(before: Outcome, block: range, came_by: dict[str, list[int]], jobs: int) -> Outcome:
    """Walk what comes by of the block on a copy of the tree that has the defect again."""
    seeds = came_by[before.one.name]
    if not seeds:
        return replace(before, walked=block.stop)
    with broken_tree(before.one) as tree:
        listed = ",".join(map(str, seeds))
        said = _said(["--these", listed, "--jobs", str(jobs), "--stop", "--no-shrink"], tree)
    if (found := FOUND.search(said)) is not None:
        seed = int(found.group(1))
        came = before.came + seeds.index(seed) + 1
        return Outcome(before.one, seed, found.group(2), seed + 1, came)
    if f"{len(seeds)} seeds, " not in said:
        raise RuntimeError(f"{before.one.name} was not walked to its end:\n{said[-2000:]}")
    return replace(before, walked=block.stop, came=before.came + len(seeds))


def replayed(one: Break) -> dict[str, str]:
    """What each kept script of the defect's name says on a tree that has it again: which promise fails, or nothing."""
    with broken_tree(one) as tree:
        said = {
            script.stem: _said(["--replay", str(script), "--no-shrink"], tree)
            for script in sorted((tree / "tests" / "world" / "scripts").glob(f"{one.name}-*.json"))
        }
    return {name: found.group(1) if (found := BROKEN.search(text)) else "" for name, text in said.items()}


@contextmanager
def broken_tree(one: Break) -> Iterator[Path]:
    with scratch_tree() as tree:
        apply(tree, one.changes)
        yield tree


@contextmanager
def scratch_tree() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="avwap-proof-") as scratch:
        tree = Path(scratch)
        for name in TREES:
            shutil.copytree(CHECKOUT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        yield tree


def apply(tree: Path, changes: Iterable[Change]) -> None:
    for change in changes:
        file = tree / change.file
        file.write_text(replaced(file.read_text(encoding="utf-8"), change.old, change.new), encoding="utf-8")


def replaced(text: str, old: str, new: str) -> str:
    """The text with the one place changed; ValueError when there is none, or more than one."""
    if text.count(old) != 1:
        raise ValueError(f"stands there {text.count(old)} times: {old!r}")
    return text.replace(old, new)


def _said(options: Sequence[str], tree: Path) -> str:
    """What the world of that tree printed."""
    environ = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": f".{os.pathsep}.."}
    command = [sys.executable, "-m", "world", *options]
    done = subprocess.run(
        command,
        cwd=tree / "tests",
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def so_far() -> list[Outcome]:
    """What is known of each break, by the file."""
    lines = PROOF.read_text(encoding="utf-8").splitlines() if PROOF.exists() else []
    known = {found["name"]: found for line in lines if (found := KNOWN.fullmatch(line)) is not None}
    return [_known(one, known.get(one.name)) for one in BREAKS]


def _known(one: Break, found: re.Match[str] | None) -> Outcome:
    if found is None:
        return Outcome(one)
    seed = int(found["seed"]) if found["seed"] is not None else None
    return Outcome(one, seed, found["promise"] or "", int(found["walked"]), int(found["came"]))


def remember(outcome: Outcome) -> None:
    sys.stdout.write(f"{outcome}\n")
    sys.stdout.flush()
    known = [outcome if one.one.name == outcome.one.name else one for one in so_far()]
    PROOF.write_text("".join(f"{one}\n" for one in known), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
