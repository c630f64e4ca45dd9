"""Every fenced command of README and docs is run, page by page, as a reader would type it.

A page's ```bash blocks are one shell session, from top to bottom, stopping at the first command that
fails; it runs in a copy of the tracked files, with a scratch state directory and the simulated broker,
or against the venue where the page talks of Alpaca. Blocks marked ```bash server need a real systemd
and are run by tests/systemd; other fences show files and output.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import host
from support.desk import CHECKOUT
from support.sessions import YEARS, lay_sessions
from venue.venue import Venue

PAGES = ("README.md", *sorted(f"docs/{path.name}" for path in (CHECKOUT / "docs").glob("*.md")))
FENCE = re.compile(r"^```bash\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BIN = Path(sys.executable).parent
NOT_HERE = re.compile(r"^(make (test|slow|any-day|check|grid|bench)|git clone|cd avwap|apt(-get)? )")
"""Run by CI itself or by the tests of the droplet, not from inside a test."""
SECONDS = 240
MONDAY = "2082-11-30"
"""A calm one, after every day that a page names."""
ACCOUNT = "SIM0ACCOUNT"
"""How the pages write the account number a person types."""


def blocks(page: str) -> list[str]:
    return FENCE.findall((CHECKOUT / page).read_text())


RUNNABLE = [page for page in PAGES if blocks(page)]


@pytest.fixture(scope="session")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository's files, with the interpreter of these tests as their venv."""
    copy = tmp_path_factory.mktemp("pages") / "checkout"
    named = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, named.split("\0")):
        if (CHECKOUT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, copy / name)
    (copy / ".venv").mkdir()
    (copy / ".venv" / "bin").symlink_to(BIN)
    for mark in ("packages.ready", "run.ready", "dev.ready"):  # make installs nothing from in here
        (copy / ".venv" / mark).touch()
    return copy


@pytest.fixture
def shell(tracked: Path, tmp_path: Path) -> dict[str, str]:
    """What a reader has: the venv on the path, a state directory of their own, the simulator."""
    state = tmp_path / "state"
    lay_sessions(state)
    return reader(tracked, state)


def reader(tracked: Path, state: Path) -> dict[str, str]:
    return {
        **host.clock(),
        "HOME": os.environ["HOME"],
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "PYTHONPATH": str(tracked),
        "AVWAP_STATE_DIR": str(state),
        "AVWAP_ENV_FILE": os.devnull,
        "BROKER": "simulated",
    }


def prepared(environ: dict[str, str], tracked: Path, *, has_run: bool) -> dict[str, str]:
    """In a calm session; after `make run`, which is initialised, scanned, one cycle, where that `has_run`."""

    def do(*command: str) -> str:
        done = subprocess.run(command, cwd=tracked, env=environ, capture_output=True, text=True, timeout=SECONDS)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    do("execution", "init")
    do("execution", "sim", "clock", f"{MONDAY}T10:30")
    if has_run:
        do("scanner", "run")
        do("execution", "run")
    return environ


def demonstration(tracked: Path) -> dict[str, str]:
    """Where `make run` works, and the README's tour after it, but on the sessions of the tests."""
    state = tracked / "demo" / "state"
    shutil.rmtree(state, ignore_errors=True)
    lay_sessions(state)
    return reader(tracked, state)


@pytest.mark.slow
@pytest.mark.parametrize("page", RUNNABLE)
def test_every_command_of_the_page_runs(page: str, shell: dict[str, str], tracked: Path) -> None:
    is_tour = page == "README.md"
    environ = prepared(demonstration(tracked) if is_tour else shell, tracked, has_run=not is_tour)
    script = ["set -eo pipefail"]
    for number, block in enumerate(blocks(page), 1):
        script.append(f"echo '=== block {number}'")
        script += [line for line in block.splitlines() if not NOT_HERE.match(line.strip())]
    with Venue() as venue:
        text = filled("\n".join(script), environ, venue)
        done = subprocess.run(
            ["bash", "-c", text],
            cwd=tracked,
            env={**environ, "APCA_API_BASE_URL": venue.url, "APCA_API_DATA_URL": venue.url},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    assert done.returncode == 0, f"{page}\n{done.stdout[-6000:]}\n{done.stderr[-4000:]}"


def filled(text: str, environ: dict[str, str], venue: Venue) -> str:
    """The page's placeholders as a reader would fill them in, its days in the years of `support.sessions`."""
    record = Path(environ["AVWAP_STATE_DIR"]) / "state.json"
    account = str(json.loads(record.read_bytes())["account"]) if record.exists() else ""
    text = text.replace(ACCOUNT, account)
    text = re.sub(r"(--(?:from|to) )(\d{4})", lambda found: f"{found[1]}{int(found[2]) + YEARS}", text)
    return re.sub(r"(APCA_API_[A-Z_]+)=\S*\.\.\.", lambda found: f"{found[1]}={venue.env[found[1]]}", text)
