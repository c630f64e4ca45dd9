"""`sudo execution …` on a server whose service runs as a user of its own: what root's verbs write in the
state directory belongs to the directory's owner, so the service's next cycle can read and replace it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from journeys_kit import CHECKOUT, LIVE, Desk, coming_session, read_json

from gates.statefile import append_line, make_directory

SERVICE = 61234
"""A user id nobody on the machine has; only root may give a file to it."""
VERBS = (
    ("run",),
    ("kill", "--reason", "sudo"),
    ("unkill", "--reason", "over"),
    ("pause",),
    ("resume",),
    ("preflight",),
    ("arm", "--override", "sudo", "--confirm", "ACCOUNT"),
    ("cancel-all", "--confirm", "ACCOUNT"),
    ("flatten", "--confirm", "ACCOUNT"),
    ("latches", "clear", "flatten", "--reason", "over"),
    ("latches", "clear", "cancel-all", "--reason", "over"),
    ("snapshot",),
    ("drill",),
    ("disarm",),
    ("token", "new"),
    ("kill",),
    ("pause",),
)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give files to another user")


def given(desk: Desk) -> Desk:
    for path in (desk.state, *desk.state.rglob("*")):
        os.lchown(path, SERVICE, SERVICE)
    return desk


@pytest.fixture
def served(live_desk: Desk) -> Desk:
    """A desk whose state directory belongs to the service's user."""
    return given(live_desk)


@pytest.fixture
def reachable(live_desk: Desk) -> Iterator[Desk]:
    """The same where the service's user may go; pytest's own directories are closed to others."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        desk = live_desk.copy(Path(directory) / "desk")
        desk.root.chmod(0o755)
        yield given(desk)


def not_the_services(desk: Desk) -> list[str]:
    paths = [desk.state, *desk.state.rglob("*")]
    return [path.name for path in paths if (path.lstat().st_uid, path.lstat().st_gid) != (SERVICE, SERVICE)]


@needs_root
def test_what_root_writes_belongs_to_the_directorys_owner(served: Desk) -> None:
    (served.state / "execution.lock").unlink()
    account = read_json(served.state / "state.json")["account"]
    for verb in VERBS:
        served.ok(*(account if word == "ACCOUNT" else word for word in verb))
        assert not_the_services(served) == [], verb
    assert (served.state / "latches.json").stat().st_mode & 0o777 == 0o600


@needs_root
def test_a_cycle_of_the_service_goes_on_after_roots_verbs(reachable: Desk) -> None:
    """The process drops to the service's user between a dry run and the cycle: python may lie where that user
    cannot read, so all modules are loaded before."""
    account = read_json(reachable.state / "state.json")["account"]
    reachable.ok("kill")
    reachable.ok("unkill", "--reason", "over")
    reachable.ok("preflight")
    reachable.ok("arm", "--override", "sudo", "--confirm", account)
    reachable.env["LIVE_CONFIRM_TOKEN"] = (reachable.state / "live_confirm_token.txt").read_text()
    program = (
        "import os, sys; from execution.__main__ import main; main(['run', '--dry-run']);"
        f"os.setgroups([]); os.setgid({SERVICE}); os.setuid({SERVICE}); sys.exit(main(['run']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=CHECKOUT,
        env=reachable.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Gate mode=LIVE status=PASS reason={LIVE}" in done.stdout


@needs_root
def test_a_lock_that_an_earlier_root_left_is_given_back(served: Desk) -> None:
    for name in ("execution.lock", "decisions"):
        os.chown(served.state / name, 0, 0)
    served.ok("cancel-all", "--confirm", read_json(served.state / "state.json")["account"])
    assert (served.state / "execution.lock").stat().st_uid == SERVICE


@needs_root
def test_a_hard_link_laid_in_the_way_is_not_given_away(served: Desk, tmp_path: Path) -> None:
    """A lock's name under which the service's user links a file of root's must not make that file theirs."""
    precious = tmp_path / "precious"
    precious.write_text("root's\n")
    (served.state / "execution.lock").unlink()
    os.link(precious, served.state / "execution.lock")
    served.do("resume")
    served.do("cancel-all", "--confirm", read_json(served.state / "state.json")["account"])
    assert precious.stat().st_uid == 0


@needs_root
def test_appended_files_and_new_directories_too(tmp_path: Path) -> None:
    os.chown(tmp_path, SERVICE, SERVICE)
    make_directory(tmp_path / "made")
    append_line(tmp_path / "made" / "lines", b"{}")
    assert {(tmp_path / "made").stat().st_uid, (tmp_path / "made" / "lines").stat().st_gid} == {SERVICE}


@needs_root
def test_init_in_the_home_of_the_service(tmp_path: Path) -> None:
    os.chown(tmp_path, SERVICE, SERVICE)
    desk = Desk(tmp_path)
    done = desk.do("init", AVWAP_STATE_DIR=str(tmp_path / "srv" / "state"))
    if coming_session() == "":
        assert "the session table ends" in done.err and not (tmp_path / "srv").exists()
        return
    assert done.code == 0, done.said
    made = [tmp_path / "srv", *(tmp_path / "srv").rglob("*")]
    assert {path.stat().st_uid for path in made} == {SERVICE}
