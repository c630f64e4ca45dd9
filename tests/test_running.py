"""How the tests themselves are run: those that share something made once by one worker, in any order, on any day.

pytest and pytest-xdist are two projects; a release of one has silently made groups mean nothing to the other,
and every shared machine was then booted by each worker.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import any_day.__main__ as any_day
import pytest
from any_day.moments import MOMENTS, of_commit
from support import host

from gates.base.environment import CHECKOUT
from gates.base.sessionfile import load_sessions

TESTS = CHECKOUT / "tests"

GROUPED = """
import os
import pytest

pytestmark = pytest.mark.xdist_group("together")


@pytest.mark.parametrize("number", range(4))
def test_who_ran_it(number):
    with open(os.environ["WHO"], "a") as file:
        file.write(os.environ["PYTEST_XDIST_WORKER"] + "\\n")
"""


def test_a_group_is_run_by_one_worker(tmp_path: Path) -> None:
    for name in ("test_one.py", "test_other.py"):
        (tmp_path / name).write_text(GROUPED)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider", "."]
    environment = {"PATH": "/usr/bin:/bin", "WHO": str(tmp_path / "who")}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout
    workers = (tmp_path / "who").read_text().split()
    assert (len(workers), len(set(workers))) == (8, 1)


SHUFFLED = """
import pytest


@pytest.mark.parametrize("number", range(8))
def test_number(number):
    pass
"""


def order_of(folder: Path, *options: str) -> tuple[list[str], str]:
    """The tests as they were collected, and what was said below them."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *options, "."]
    done = subprocess.run(
        command, cwd=folder, env=host.environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    return [line for line in lines if "::" in line], done.stdout


def lay_conftest(folder: Path) -> None:
    """What `conftest.py` needs to stand in another folder."""
    shutil.copy(TESTS / "conftest.py", folder)
    (folder / "support").mkdir()
    for name in ("__init__.py", "host.py"):
        shutil.copy(TESTS / "support" / name, folder / "support")


def test_shuffled_is_another_order_that_can_be_had_again_and_keeps_modules_together(tmp_path: Path) -> None:
    lay_conftest(tmp_path)
    for name in ("test_one.py", "test_other.py", "test_third.py"):
        (tmp_path / name).write_text(SHUFFLED)
    as_written, _ = order_of(tmp_path)
    first, said = order_of(tmp_path, "--shuffle", "any")
    seed = said.rpartition("the same order again: --shuffle ")[2].split()[0]
    assert sorted(first) == sorted(as_written) and first != as_written
    assert order_of(tmp_path, "--shuffle", seed)[0] == first
    modules = [name for name, _ in groupby(line.partition("::")[0] for line in first)]
    assert len(modules) == 3


def test_workers_shuffle_alike_by_a_seed_that_is_drawn_once(tmp_path: Path) -> None:
    lay_conftest(tmp_path)
    (tmp_path / "test_one.py").write_text(SHUFFLED)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "--shuffle", "any", "."]
    done = subprocess.run(command, cwd=tmp_path, env=host.environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "8 passed" in done.stdout, done.stdout + done.stderr


WALL_CLOCK = {"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime", "ctime"}
ENVIRONMENT = {"environ", "environb", "getenv"}
ON_THE_MACHINE = {
    "support/host.py": "the door",
    "any_day": "moves the clock",
    "systemd/droplet.py": "asks the clock of the machine that it boots",
    "systemd/systems.py": "a command of ours, which measures how long each system took",
    "crash/forks.py": "passes the search path on",
    "support/appearance.py": "prints a process's environment",
    "support/forkserver.py": "gives a process its environment",
    "support/rendezvous.py": "is a program that is told its pipe by a variable",
    "world/proof.py": "a command of ours, which passes the search path on",
    "venue/__main__.py": "is a program that runs on the wall clock unless told otherwise",
    "venue/slack.py": "numbers its messages by the wall clock, as Slack does",
    "venue/test_venue_server.py": "starts that program",
    "gates/base/test_clock.py": "tests that wall_now is the wall clock",
    "gates/base/test_draw.py": "tests that a variable is put back as it was",
    "docs/test_documents_run.py": "puts the venv in front of the search path",
    "execution/test_main.py": "runs the command in its own process's environment, which is set",
}


def reads_the_machine(path: Path) -> list[str]:
    """`datetime.now(…)`, `time.time()`, `os.environ` and the like in a file, by line."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            of_clock = node.value.id in ("datetime", "date", "time") and node.attr in WALL_CLOCK
            if of_clock or (node.value.id == "os" and node.attr in ENVIRONMENT):
                found.append(f"{path.relative_to(TESTS)}:{node.lineno} {node.value.id}.{node.attr}")
    return found


def test_no_test_asks_the_machine_for_the_time_or_a_variable_but_through_the_door() -> None:
    asked = [
        line
        for path in sorted(TESTS.rglob("*.py"))
        if not str(path.relative_to(TESTS)).startswith(tuple(ON_THE_MACHINE))
        for line in reads_the_machine(path)
    ]
    assert asked == []


def test_every_exemption_is_one() -> None:
    for name in ON_THE_MACHINE:
        paths = [TESTS / name] if name.endswith(".py") else [*(TESTS / name).rglob("*.py")]
        assert [line for path in paths for line in reads_the_machine(path)] != [], name


# --- moments of another day -----------------------------------------------------------------------


def test_the_moments_are_those_at_which_something_turns() -> None:
    told = {moment.name: f"{moment.at:%m-%d %H:%M %Z}" for moment in MOMENTS}
    assert len(told) == len(MOMENTS) >= 12
    assert told["half-day"] < "11-27 13:00 EST" < told["half-day-evening"]
    assert told["hour-that-comes-twice"] == "11-07 01:30 EST" and told["clocks-back"] == "11-07 01:59 EDT"
    zones = {moment.name: moment.zone for moment in MOMENTS}
    assert (zones["tokyo"], zones["chatham"]) == ("Asia/Tokyo", "Pacific/Chatham")
    table = load_sessions(CHECKOUT / "state_templates" / "sessions.json")
    at = {moment.name: moment.at for moment in MOMENTS}
    last = table.open_at(at["table-last-session"])
    assert last is not None and last.day == table.last_day
    assert table.current_or_next(at["table-day-after"]) is None
    half_day = table.on(at["half-day"].date())
    assert half_day is not None and half_day.is_half_day
    for name in ("thanksgiving", "saturday", "sunday-night", "new-years-day"):
        assert table.on(at[name].date()) is None, name


def test_a_commit_always_has_the_same_moments_and_many_have_all() -> None:
    commits = [f"{number:040x}" for number in range(60)]
    drawn = [of_commit(commit, 3) for commit in commits]
    assert drawn == [of_commit(f"{commit}\n", 3) for commit in commits]
    assert {len({moment.name for moment in three}) for three in drawn} == {3}
    assert {moment for three in drawn for moment in three} == set(MOMENTS)


def test_a_machine_without_libfaketime_is_told_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(any_day, "LIBRARIES", ())
    assert any_day.main(["tokyo"]) == 1
    assert "apt install faketime" in capsys.readouterr().err


def test_a_moment_there_is_not_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        any_day.main(["tomorrow"])
    assert left.value.code == 2 and "there is no moment tomorrow" in capsys.readouterr().err


needs_faketime = pytest.mark.skipif(any_day.library() is None, reason="needs libfaketime")


@needs_faketime
def test_one_moment_that_fails_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(any_day, "TESTS", ("tests/test_locks.py",))
    assert any_day.main(["tokyo", "--pytest", "--collect-only -k no_such_journey"]) == 1
    assert "\n0 passed, 1 failed\n" in capfd.readouterr().out


SEEN = """
import os, sys, threading, time
path = sys.argv[1]
with open(path, "w"):
    pass
ages = [time.time() - os.stat(path).st_mtime]
os.utime(path, (time.time() - 100, time.time() - 100))
ages.append(time.time() - os.lstat(path).st_mtime - 100)
os.utime(path)
ages.append(time.time() - os.stat(path).st_mtime)
time.sleep(0.01)
threading.Event().wait(0.01)
print(time.strftime("%Y-%m-%d %Z"), all(abs(age) < 60 for age in ages))
"""


@needs_faketime
@pytest.mark.parametrize("name", ["table-monday-after", "chatham", "thanksgiving"])
def test_clock_and_file_times_of_a_process_agree_on_the_moment(tmp_path: Path, name: str) -> None:
    moment = next(one for one in MOMENTS if one.name == name)
    preload = any_day.library()
    assert preload is not None
    environ = any_day.with_file_times(any_day.environment(moment, preload), tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", SEEN, str(tmp_path / "file")], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [*f"{moment.at.astimezone(ZoneInfo(moment.zone)):%Y-%m-%d %Z}".split(), "True"]


class Upgraded:
    """A checkout of one module, everything installed; Python and uv note what they are asked, and Python compiles."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked = folder, folder / "asked"
        for name in ("locks", ".venv/bin", "tools", *ROOMS):
            (folder / name).mkdir(parents=True)
        for name in ("Makefile", "setup.py", "setup.cfg", "pyproject.toml", "locks/all.txt"):
            shutil.copy2(CHECKOUT / name, folder / name)
        for name in ROOMS:
            (folder / name / "module.py").write_text("BEFORE = 1\n")
        compiles = f'case "$*" in *compileall*) exec {sys.executable} "$@";; esac'
        self.program(".venv/bin/python", f'echo "python $*" >> {self.asked}\n{compiles}')
        for mark in ("packages.ready", "run.ready"):
            (folder / ".venv" / mark).touch()

    def program(self, name: str, script: str) -> None:
        (self.folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.folder / name).chmod(0o755)

    def pulled(self, name: str, text: str) -> None:
        """A file as `git pull` leaves it: newer than what was made of the one before."""
        path = self.folder / name
        path.write_text(text)
        made = (self.folder / ".venv" / "run.ready").stat().st_mtime_ns
        os.utime(path, ns=(made + 1_000_000_000, made + 1_000_000_000))

    def make(self) -> str:
        """What was asked for by `make .venv/run.ready`."""
        environ = host.environment(HOME="/proc")
        environ["PATH"] = f"{self.folder / 'tools'}:{environ['PATH']}"
        subprocess.run(["make", ".venv/run.ready"], cwd=self.folder, env=environ, capture_output=True, check=True)
        return self.asked.read_text() if self.asked.exists() else ""


ROOMS = ("gates", "scanner", "execution")


@pytest.fixture
def upgraded(tmp_path: Path) -> Upgraded:
    return Upgraded(tmp_path)


def test_what_a_git_pull_changed_is_really_compiled_and_nothing_is_installed(upgraded: Upgraded) -> None:
    assert upgraded.make() == ""
    upgraded.pulled("gates/module.py", "AFTER = 2\n")
    assert "pip" not in upgraded.make()
    (compiled,) = (upgraded.folder / "gates" / "__pycache__").glob("module.*.pyc")
    assert b"AFTER" in compiled.read_bytes()


def test_a_lock_that_a_git_pull_changed_is_installed_by_its_hashes(upgraded: Upgraded) -> None:
    upgraded.pulled("locks/all.txt", "package==2 --hash=sha256:00\n")
    asked = upgraded.make()
    assert "--require-hashes --only-binary :all: -r locks/all.txt" in asked and "compileall" in asked
    assert "--no-deps --no-build-isolation --editable ." in asked


@pytest.mark.parametrize("works", [True, False])
def test_uv_installs_where_it_is_there_and_pip_where_it_fails(upgraded: Upgraded, works: bool) -> None:
    upgraded.program("tools/uv", f'echo "uv $*" >> {upgraded.asked}\n{"exit 0" if works else "exit 1"}')
    upgraded.pulled("locks/all.txt", "package==2 --hash=sha256:00\n")
    asked = upgraded.make()
    assert "uv pip install --python .venv/bin/python --require-hashes" in asked
    assert ("python -m pip install" in asked) is not works
