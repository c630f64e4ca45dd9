"""The world has to prove itself: each mend taken out again, one at a time, until a seed notices.

    python -m world.proof [--only R1,P3] [--seeds 5000] [--seconds 900] [--jobs 2]

works on a copy of the tree for each break, walks seeds from 0 and stops at the first find. What came of it is written
to proof.txt at once, so that a run that was cut off goes on where it was; a break found there already is passed over.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from world.breaks import BREAKS, Break

CHECKOUT = Path(__file__).resolve().parents[2]
PROOF = Path(__file__).with_name("proof.txt")
TREES = ("execution", "gates", "scanner", "state_templates", "tests")
FOUND = re.compile(r"^seed (\d+): ([^:]+): ", re.MULTILINE)
BROKEN = re.compile(r"^BROKEN seed \d+: ([^:]+): ", re.MULTILINE)
WALKED = re.compile(r"^(\d+) seeds, ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which seed found a break, and by which promise; None when `walked` seeds did not."""

    name: str
    seed: int | None
    promise: str
    walked: int

    def __str__(self) -> str:
        found = f"seed {self.seed} ({self.promise})" if self.seed is not None else "not found"
        return f"{self.name}: {found}, {self.walked} seeds walked"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="world.proof", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="NAME,…", help="these breaks, found already or not")
    parser.add_argument("--seeds", type=int, default=5000, metavar="N", help="walked at most (5000)")
    parser.add_argument("--seconds", type=float, default=900, metavar="S", help="of each break, about (900)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    chosen = parser.parse_args(argv)
    known, only = found_before(), set(filter(None, chosen.only.split(",")))
    missed = 0
    for one in BREAKS:
        if (only and one.name not in only) or (not only and one.name in known):
            continue
        outcome = tried(one, chosen.seeds, chosen.seconds, chosen.jobs)
        missed += outcome.seed is None
        sys.stdout.write(f"{outcome}: {one.what}\n")
        sys.stdout.flush()
        remember(outcome)
    return 1 if missed else 0


def tried(one: Break, seeds: int, seconds: float, jobs: int) -> Outcome:
    """Walk seeds on a copy of the tree that has the defect again."""
    bounds = ["--seeds", str(seeds), "--seconds", str(seconds), "--jobs", str(jobs)]
    with broken_tree(one) as tree:
        said = _said([*bounds, "--stop", "--no-shrink"], tree)
    found, walked = FOUND.search(said), WALKED.search(said)
    count = int(walked.group(1)) if walked else 0
    return Outcome(one.name, int(found.group(1)) if found else None, found.group(2) if found else "", count)


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
    with tempfile.TemporaryDirectory(prefix="avwap-proof-") as scratch:
        tree = Path(scratch)
        for name in TREES:
            shutil.copytree(CHECKOUT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        for change in one.changes:
            file = tree / change.file
            file.write_text(replaced(file.read_text(encoding="utf-8"), change.old, change.new), encoding="utf-8")
        yield tree


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


def found_before() -> dict[str, str]:
    """The breaks that a seed has found, each with its line."""
    lines = PROOF.read_text(encoding="utf-8").splitlines() if PROOF.exists() else []
    return {line.split(":")[0]: line for line in lines if ": seed " in line}


def remember(outcome: Outcome) -> None:
    lines = PROOF.read_text(encoding="utf-8").splitlines() if PROOF.exists() else []
    kept = [line for line in lines if line.split(":")[0] != outcome.name]
    PROOF.write_text("\n".join([*kept, str(outcome)]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
