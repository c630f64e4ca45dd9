"""A write survives death and refusal at every system call: old or new content, and never anything else.

The calls are the kernel's own record of a real process, by strace: first one run is recorded, then
it is run again once per call, killed there or refused there. Without strace these tests say so and
are skipped.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from gates.base.leftovers import clear_leftovers
from gates.base.record import dataclass

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[3]
CALLS = "openat,write,fsync,fdatasync,renameat,renameat2,linkat,unlinkat,mkdirat,rename,link,unlink,mkdir"
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from gates.base import statefile

path, new = Path(sys.argv[3]), b"new content"
writers = {
    "replace": lambda: statefile.replace(path, new),
    "create": lambda: statefile.create(path, new),
    "append": lambda: statefile.append_line(path, new),
    "mkdir": lambda: statefile.make_directory(path),
}
try:
    writers[sys.argv[2]]()
except statefile.StateUnwritable:
    sys.exit(74)
"""
KILLED, UNWRITABLE = -9, 74
OLD = b"old content\n"
REFUSALS = {
    "openat": "ENOSPC",
    "write": "ENOSPC",
    "fsync": "EIO",
    "renameat": "EROFS",
    "linkat": "EMLINK",
    "mkdirat": "ENOSPC",
}


@cache
def why_no_strace() -> str | None:
    """None when strace works here; some containers have it and forbid it."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    return f"strace does not work here: {tried.stderr.strip()}" if tried.returncode else None


@pytest.fixture(autouse=True)
def needs_strace() -> None:
    if (reason := why_no_strace()) is not None:
        pytest.skip(reason)


@dataclass(frozen=True)
class Call:
    """The nth call of that name in the process, and the last path it names, if it is one of ours."""

    name: str
    nth: int
    about: str

    def __str__(self) -> str:
        return f"{self.name} {self.about}"


def run(writer: str, path: Path, *strace: str) -> int:
    """The writer in a process of its own under strace; how it ended."""
    program = [sys.executable, "-I", "-S", "-B", "-c", PROGRAM, str(ROOT), writer, str(path)]
    return subprocess.run(["strace", "-f", "-qq", *strace, *program], env={}, check=False).returncode


def record(writer: str, path: Path, log: Path) -> list[Call]:
    """The calls of one undisturbed run that touch the directory of `path`, in order."""
    assert run(writer, path, "-y", "-o", str(log), "-e", f"trace={CALLS}") == 0
    counted: dict[str, int] = {}
    calls = []
    for line in log.read_text().splitlines():
        found = re.match(r"\d+\s+(\w+)\((.*)", line)
        assert found, line
        name, arguments = found.groups()
        counted[name] = counted.get(name, 0) + 1
        ours = re.findall(rf"{re.escape(str(path.parent))}([^\">]*)[\">]", arguments)
        if ours:
            inside = re.findall(r'"([^"/]+)"', arguments) if name.endswith("at") else []
            about = inside[-1] if inside else ours[-1].lstrip("/")
            calls.append(Call(name, counted[name], re.sub(r"\d+", "PID", about) or "directory"))
    return calls


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory of the state's own, beside the log."""
    (tmp_path / "state").mkdir()
    return tmp_path / "state" / "state.json"


TEMPORARY = ".state.json.PID.tmp"
EXPECTED = {
    ("replace", True): [
        "openat directory",
        f"unlinkat {TEMPORARY}",
        f"openat {TEMPORARY}",
        f"write {TEMPORARY}",
        f"fsync {TEMPORARY}",
        "renameat state.json",
        "fsync directory",
    ],
    ("create", False): [
        "openat directory",
        f"unlinkat {TEMPORARY}",
        f"openat {TEMPORARY}",
        f"write {TEMPORARY}",
        f"fsync {TEMPORARY}",
        "linkat state.json",
        f"unlinkat {TEMPORARY}",
        "fsync directory",
    ],
    ("append", False): [
        "openat directory",
        "openat state.json",
        "write state.json",
        "fsync state.json",
        "fsync directory",
    ],
    ("append", True): ["openat directory", "openat state.json", "write state.json", "fsync state.json"],
    ("mkdir", False): ["openat directory", "mkdirat state.json", "fsync directory"],
}
CASES = [pytest.param(writer, old, id=f"{writer}-{'old' if old else 'new'}") for writer, old in EXPECTED]


@pytest.mark.parametrize(("writer", "old"), CASES)
def test_the_order_of_calls_that_makes_it_durable(tmp_path: Path, place: Path, writer: str, old: bool) -> None:
    """The file is on disk before its name is, and its name before we say so."""
    if old:
        place.write_bytes(OLD)
    assert [str(call) for call in record(writer, place, tmp_path / "log")] == EXPECTED[writer, old]


def lay_out(place: Path, old: bool) -> None:
    for entry in place.parent.iterdir():
        entry.rmdir() if entry.is_dir() else entry.unlink()
    if old:
        place.write_bytes(OLD)


def content(place: Path) -> bytes | None:
    if place.is_dir():
        return b"a directory"
    return place.read_bytes() if place.exists() else None


AFTER = {"replace": b"new content", "create": b"new content", "append": b"new content\n", "mkdir": b"a directory"}
VISIBLE_FROM = {"replace": "renameat", "create": "linkat", "append": "write", "mkdir": "mkdirat"}


def contents_around(writer: str, old: bool) -> tuple[bytes | None, bytes]:
    before = OLD if old else None
    return before, (before or b"") + AFTER[writer] if writer == "append" else AFTER[writer]


@pytest.mark.parametrize(("writer", "old"), CASES)
def test_death_at_any_call_leaves_the_old_or_the_new(tmp_path: Path, place: Path, writer: str, old: bool) -> None:
    lay_out(place, old)
    calls = record(writer, place, tmp_path / "log")
    before, after = contents_around(writer, old)
    done = False
    for call in calls:
        lay_out(place, old)
        killed_there = f"inject={call.name}:signal=SIGKILL:when={call.nth}"
        assert run(writer, place, "-o", "/dev/null", "-e", f"trace={call.name}", "-e", killed_there) == KILLED
        begun = content(place) == b"" and writer == "append" and not old
        assert begun or content(place) == (after if done else before), f"killed at {call}"
        done = done or call.name == VISIBLE_FROM[writer]
        clear_leftovers(place.parent)
        assert {entry.name for entry in place.parent.iterdir()} <= {"state.json"}, f"killed at {call}"
    assert done


@pytest.mark.parametrize(("writer", "old"), CASES)
def test_refusal_at_any_call_is_said_and_leaves_the_old_or_the_new(
    tmp_path: Path, place: Path, writer: str, old: bool
) -> None:
    lay_out(place, old)
    calls = [call for call in record(writer, place, tmp_path / "log") if call.name in REFUSALS]
    before, after = contents_around(writer, old)
    done = False
    for call in calls:
        lay_out(place, old)
        refused_there = f"inject={call.name}:error={REFUSALS[call.name]}:when={call.nth}"
        assert run(writer, place, "-o", "/dev/null", "-e", f"trace={call.name}", "-e", refused_there) == UNWRITABLE
        begun = content(place) == b"" and writer == "append" and not old
        assert begun or content(place) == (after if done else before), f"refused at {call}"
        done = done or call.name == VISIBLE_FROM[writer]
        assert {entry.name for entry in place.parent.iterdir()} <= {"state.json"}, f"refused at {call}"
    assert done
