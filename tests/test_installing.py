"""The wheel as strangers install it: from the lock by its hashes on every Python there is, and by pipx.

Only these tests ask for something beyond loopback, and only the package index; the verbs themselves run without any
network where the machine lets a process do so. Where no index answers they say so and are counted as skipped.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import host
from support.sessions import MONDAY, lay_sessions
from support.wheel import Built, Program, build_both

from gates.base.environment import CHECKOUT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("installing")]
LOCK = CHECKOUT / "locks" / "all.txt"
MINORS = (11, 12, 13, 14)
INSTALL_SECONDS = 580
"""As long as a test may take at all (`faulthandler_timeout`)."""


def interpreters() -> dict[str, Path]:
    """By their version: this one, those on the search path, and those of pyenv."""
    found = {f"3.{sys.version_info.minor}": Path(sys.executable)}
    for minor in MINORS:
        at = [shutil.which(f"python3.{minor}"), *sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python3"))]
        for path in filter(None, at):
            asked = subprocess.run([path, "-c", "import ensurepip, sys; print(sys.version_info[1])"],
                                   capture_output=True, text=True, check=False)  # fmt: skip
            if asked.stdout.strip() == str(minor):
                found.setdefault(f"3.{minor}", Path(path))
    return found


PYTHONS = interpreters()


def without_network() -> tuple[str, ...]:
    """What makes a process have no network, where this user may."""
    tried = (
        subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False) if shutil.which("unshare") else None
    )
    return ("unshare", "-n") if tried is not None and tried.returncode == 0 else ()


def fetching(*command: str | Path, **variables: str) -> None:
    """Run a command that asks the index; skip where there is none."""
    environ = host.environment(HOME=str(Path.home()), PIP_NO_INPUT="1", PIP_DISABLE_PIP_VERSION_CHECK="1", **variables)
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=INSTALL_SECONDS, stdin=subprocess.DEVNULL,
        check=False,
    )  # fmt: skip
    if done.returncode != 0 and ("No matching distribution" in done.stderr or "onnection" in done.stderr):
        pytest.skip(f"needs the package index: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build_both(tmp_path_factory.mktemp("built"))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    """Half a gigabyte of packages is not kept for later."""
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


def goes_through_the_list(program: Program) -> None:
    """What the program is for, from an empty directory, its state where it puts that by itself."""
    lay_sessions(program.state)
    assert "alpaca-py" in program.ok("execution", "--version").out
    program.ok("execution", "init")
    program.ok("execution", "sim", "clock", f"{MONDAY}T10:30")
    program.ok("scanner", "run")
    cycle = program.ok("execution", "run")
    assert cycle.mode == "DRY_RUN" and cycle.submitted, cycle.said
    assert Path(json.loads(program.ok("scanner", "plot", "AAPL", "--json").out)["path"]).stat().st_size > 10_000
    drilled = program.type("execution", "drill", "--quiet")
    assert drilled.code == 0 or "the session table" in drilled.said, drilled.said
    program.ok("execution", "doctor", codes=(0, 1))
    units = ("--root", str(program.home / "root"), "--venv", "/opt/avwap/.venv")
    program.ok("execution", "units", "install", *units)
    program.ok("execution", "units", "diff", *units)
    assert list(program.here.iterdir()) == []


@pytest.mark.parametrize("version", PYTHONS)
def test_from_the_lock_by_its_hashes(version: str, built: Built, room: Path) -> None:
    venv = room / "venv"
    subprocess.run([PYTHONS[version], "-m", "venv", venv], check=True, timeout=120)
    python = venv / "bin" / "python"
    fetching(python, "-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:", "-r", LOCK)
    fetching(python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", built.wheel)
    fetching(python, "-m", "pip", "check")
    program = Program(room, venv / "bin", without_network())
    goes_through_the_list(program)
    before = program.files()
    fetching(python, "-m", "pip", "uninstall", "--quiet", "--yes", "avwap-execution")
    assert not (venv / "bin" / "execution").exists() and program.files() == before


def test_by_pipx(built: Built, room: Path) -> None:
    """pipx itself is of the index's newest, and so are the packages: no lock stands between."""
    subprocess.run([sys.executable, "-m", "venv", room / "tool"], check=True, timeout=120)
    fetching(room / "tool/bin/python", "-m", "pip", "install", "--quiet", "pipx")
    where = {"PIPX_HOME": str(room / "pipx"), "PIPX_BIN_DIR": str(room / "bin"), "PIPX_MAN_DIR": str(room / "man")}
    fetching(room / "tool/bin/pipx", "install", f"{built.wheel}[all]", **where)
    assert (room / "man" / "man1" / "execution.1").exists()
    program = Program(room, room / "bin", without_network())
    goes_through_the_list(program)
    before = program.files()
    fetching(room / "tool/bin/pipx", "reinstall", "avwap-execution", **where)
    assert program.files() == before and json.loads(program.ok("execution", "status", "--json").out)
    fetching(room / "tool/bin/pipx", "uninstall", "avwap-execution", **where)
    assert not (room / "bin" / "execution").exists() and program.files().keys() >= before.keys()
