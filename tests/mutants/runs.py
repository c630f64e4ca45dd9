"""Tries a change in a copy of the tree, under the unit tests of its module.

Each worker has a copy of its own and forks a child for each change, with pytest loaded and nothing of the project.
Property tests are drawn the same way each time. A change under which the tests do not end is noticed by the time they
use, far beyond what they need.
"""

from __future__ import annotations

import os
import resource
import select
import shutil
import signal
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import msgspec  # noqa: F401  loaded once, for all children
import pytest

from mutants.changes import Change, changed

LEFT_OUT = (".git", ".venv", "state", "build", "__pycache__", "*.egg-info", ".*_cache", ".hypothesis", ".coverage")
OURS = ("gates", "execution", "scanner")
CPU_SECONDS = 60
WALL_SECONDS = 300
MEMORY_BYTES = 4 << 30
PASSED, FAILED, INTERRUPTED = 0, 1, 2
OPTIONS = ("-n", "0", "-x", "-q", "-p", "no:cacheprovider", "--no-header")

ALSO = {
    "execution.ledger.fills": ("tests/execution/report/test_session.py", "tests/execution/results/test_fold.py"),
    "execution.planning.attempts": ("tests/execution/planning/test_plan.py",),
    "execution.results.adapter": ("tests/execution/results/test_fold.py", "tests/execution/results/test_progress.py"),
    "execution.results.figures": ("tests/execution/results/test_performance.py",),
    "gates.base.environment": ("tests/execution/settings/test_parsing.py",),
    "gates.base.leftovers": ("tests/gates/base/test_statefile.py", "tests/gates/base/test_statefile_durability.py"),
    "gates.base.settings": ("tests/execution/settings/test_registry.py", "tests/execution/settings/test_parsing.py"),
    "gates.facts": (
        "tests/gates/test_exposure.py",
        "tests/gates/test_price.py",
        "tests/gates/test_switches.py",
        "tests/gates/test_inputs.py",
    ),
    "gates.switches": ("tests/gates/test_arm.py", "tests/gates/test_mode_matrix.py"),
}
"""Unit tests of a module beside those that bear its name."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The tests are red, or cannot be run, where nothing was changed."""

    path: str
    said: str


def files_of(root: Path, names: list[str]) -> list[str]:
    """The files of modules and packages, each once, in order."""
    found = set()
    for name in names:
        place = root.joinpath(*name.split("."))
        one = place.with_suffix(".py")
        if not place.is_dir() and not one.is_file():
            raise FileNotFoundError(f"{name} is no module of {root}")
        found |= set(place.rglob("*.py")) if place.is_dir() else {one}
    return sorted(str(path.relative_to(root)) for path in found)


def tests_of(root: Path, path: str) -> tuple[str, ...]:
    """The unit tests of a module: those that bear its name, and those listed beside them."""
    place, name = Path("tests") / Path(path).parent, Path(path).stem
    named = sorted({*(root / place).glob(f"test_{name}.py"), *(root / place).glob(f"test_{name}_*.py")})
    dotted = path.removesuffix(".py").replace("/", ".")
    return (*(str(one.relative_to(root)) for one in named), *ALSO.get(dotted, ()))


class Bench:
    """A copy of the tree in which one change at a time is tried."""

    def __init__(self, root: Path, into: Path) -> None:
        self.tree = into / "tree"
        shutil.copytree(root, self.tree, ignore=shutil.ignore_patterns(*LEFT_OUT))
        self.said = into / "said.txt"

    def is_noticed(self, change: Change) -> bool:
        place = self.tree / change.path
        source = place.read_text("utf-8")
        place.write_text(changed(source, change), "utf-8")
        try:
            return self.outcome(change.path) != PASSED
        finally:
            place.write_text(source, "utf-8")

    def broken(self, path: str) -> Broken | None:
        """What the tests say where nothing was changed, if they are not green."""
        return Broken(path, self.said.read_text("utf-8", "replace")) if self.outcome(path) != PASSED else None

    def outcome(self, path: str) -> int:
        """How the tests of a module end: pytest's own status, or the signal that ended it."""
        tests = tests_of(self.tree, path)
        child = os.fork()
        if child == 0:
            status = INTERRUPTED
            try:
                self._enter()
                status = int(pytest.main([*OPTIONS, *tests], plugins=[Steady()]))
            finally:
                os._exit(status)
        watched = os.pidfd_open(child)
        select.select([watched], [], [], WALL_SECONDS)
        os.close(watched)
        with suppress(ProcessLookupError):  # itself, if it has not ended, and what the tests started and left
            os.killpg(child, signal.SIGKILL)
        _, how = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(how)

    def _enter(self) -> None:
        os.setsid()
        os.chdir(self.tree)
        said = os.open(self.said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for stream in (1, 2):
            os.dup2(said, stream)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        loaded = [name for name in sys.modules if name.partition(".")[0] in OURS]
        assert not loaded, f"loaded before the change was made: {loaded}"
        sys.dont_write_bytecode = True
        packages = [one for one in sys.path if one.startswith((sys.prefix, sys.base_prefix))]
        sys.path[:] = [str(self.tree), str(self.tree / "tests"), *packages]


class Steady:
    """A pytest plugin that draws every property test the same way and does not look for the smallest example."""

    def pytest_configure(self) -> None:
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile("mutants", derandomize=True, database=None, deadline=None, phases=phases)
        hypothesis.settings.load_profile("mutants")


_bench: list[Bench] = []


def open_bench(root: Path, into: str) -> None:
    """Begins a worker with a copy of its own."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _bench[:] = [Bench(root, Path(tempfile.mkdtemp(dir=into)))]


def tried(change: Change) -> tuple[Change, bool]:
    return change, _bench[0].is_noticed(change)


def checked(path: str) -> Broken | None:
    return _bench[0].broken(path)
