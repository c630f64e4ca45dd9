"""`sudo execution …` on a server whose service runs as a user of its own: root becomes that user before the verb
does anything, with what only root may open, so nothing in the state directory can lead it astray or becomes root's.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from crash.desk import make_template, settings
from support import host
from support import server as servers
from support.desk import CHECKOUT, Desk, coming_session, read_json
from support.server import SERVICE, Server
from venue.venue import Venue

from gates.base import below
from gates.base.statefile import append_line, make_directory

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


@pytest.fixture
def server(live_desk: Desk) -> Iterator[Server]:
    if (reason := servers.why_not()) is not None:
        pytest.skip(reason)
    with servers.server(live_desk) as made:
        yield made


@pytest.fixture
def precious(server: Server) -> Path:
    """A folder of root's alone, with an old decision and a dead process's leftover that only root could remove."""
    folder = server.root / "precious"
    folder.mkdir(mode=0o700)
    for name in ("keep.txt", "2020-01-02.jsonl", ".x.999999.tmp", "salt"):
        (folder / name).write_text("root's\n")
    return folder


def seen(folder: Path) -> list[tuple[str, int, int, bytes]]:
    return sorted((one.name, one.stat().st_uid, one.stat().st_mtime_ns, one.read_bytes()) for one in folder.iterdir())


def plant(server: Server, name: str, target: Path) -> None:
    """What the service's user can do at any time: its own file or folder away, a link in its place."""
    place = server.desk.state / name
    if place.exists():
        place.rename(server.desk.root / f"was-{place.name}")
    place.symlink_to(target)
    os.lchown(place, SERVICE, SERVICE)


def become(server: Server, program: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """A program of the test's own, after what every verb of root's does first."""
    first = (
        "import os, sys; from pathlib import Path; from gates.base import handover; "
        "from execution.settings.parsing import env_file_lines\n"
    )
    return subprocess.run(
        [*servers.as_on_a_server(server.etc), sys.executable, "-c", first + program],
        cwd=CHECKOUT, env=server.desk.environment(**changes), capture_output=True, text=True, check=False,
    )  # fmt: skip


BECOME = "handover.become_owner(os.environ, env_file_lines, reads_journal=False)\n"


@pytest.mark.slow
def test_what_root_writes_belongs_to_the_directorys_owner(server: Server) -> None:
    (server.desk.state / "execution.lock").unlink()
    account = read_json(server.desk.state / "state.json")["account"]
    for verb in VERBS:
        server.ok(*(account if word == "ACCOUNT" else word for word in verb))
        assert server.not_the_services() == [], verb
    assert (server.desk.state / "latches.json").stat().st_mode & 0o777 == 0o600


def test_a_cycle_of_the_service_goes_on_after_roots_verbs(server: Server) -> None:
    account = read_json(server.desk.state / "state.json")["account"]
    server.ok("kill")
    server.ok("unkill", "--reason", "over")
    server.ok("preflight")
    server.ok("arm", "--override", "sudo", "--confirm", account)
    server.desk.env["LIVE_CONFIRM_TOKEN"] = (server.desk.state / "live_confirm_token.txt").read_text()
    assert server.as_service("run").reason == "live trading confirmed"


def test_root_is_the_owner_and_cannot_become_root_again(server: Server) -> None:
    done = become(
        server,
        BECOME + "print(os.getresuid(), os.getresgid(), os.getgroups())\n"
        "for way in (os.setuid, os.seteuid, os.setgid):\n"
        "    try: way(0)\n"
        "    except PermissionError: print('no')\n",
    )
    ids = (SERVICE, SERVICE, SERVICE)
    assert done.stdout.splitlines() == [f"{ids} {ids} {[SERVICE]}", "no", "no", "no"], done.stderr


def test_an_owner_who_may_not_read_the_program_is_named_with_the_way_out(server: Server) -> None:
    closed = server.root / "closed.py"
    closed.touch(mode=0o600)
    lines = f"handover.MUST_READ = (Path({str(closed)!r}),)\ntry: {BECOME}except Exception as no: print(no)\n"
    done = become(server, lines + "print(os.geteuid(), os.getegid(), os.getgroups())")
    assert f"belongs to uid {SERVICE}, who may not read {closed}; root works on it as its owner only" in done.stdout
    assert f"chown -R root: {server.desk.state}\n0 0 [" in done.stdout, done.stderr


def test_in_a_directory_of_roots_own_root_stays_root(server: Server) -> None:
    for path in (server.desk.state, *server.desk.state.rglob("*")):
        os.lchown(path, 0, 0)
    done = become(server, BECOME + "print(os.getresuid())")
    assert done.stdout == "(0, 0, 0)\n", done.stderr


def test_a_directory_of_roots_that_the_services_link_leads_to_is_refused(server: Server, precious: Path) -> None:
    for place in (server.desk.root / "link", server.desk.root / "roots-own"):
        place.symlink_to(precious if place.name == "link" else server.desk.root / "link")
    os.lchown(server.desk.root / "link", SERVICE, SERVICE)
    for name in ("link", "roots-own"):
        done = server.do("kill", AVWAP_STATE_DIR=str(server.desk.root / name))
        assert (done.code, "a link of uid 61234; name the directory itself" in done.err) == (74, True), done.said
    assert not (precious / "KILL_SWITCH").exists()


@pytest.mark.parametrize("name", ["decisions", "watchlists", "ledger", "snapshots", "summaries", "evidence"])
def test_no_folder_that_is_a_link_leads_root_out(server: Server, precious: Path, name: str) -> None:
    """S3: deleted, created and given away in any folder of root's."""
    plant(server, name, precious)
    before = seen(precious)
    for verb in (("run",), ("kill",), ("summary", "--send"), ("evidence",), ("init",)):
        server.do(*verb)
    assert seen(precious) == before
    assert precious.stat().st_uid == 0


@pytest.mark.parametrize("name", ["KILL_SWITCH", "PAUSED", "live_confirm_token.txt", "execution.lock"])
def test_no_file_that_is_a_link_is_written_through(server: Server, precious: Path, name: str) -> None:
    """S5, as far as our own programs write: root's shell is root's."""
    plant(server, name, precious / "new")
    before = seen(precious)
    for verb in (("kill",), ("pause",), ("token", "new"), ("run",)):
        server.do(*verb)
    assert seen(precious) == before


def test_a_snapshot_of_roots_goes_nowhere_the_service_chose(server: Server, precious: Path) -> None:
    plant(server, "snapshots", precious)
    (precious / "salt").unlink()
    before = seen(precious)
    server.ok("snapshot", "--label", "before-live", "--units", str(server.etc / "systemd" / "system"))
    assert seen(precious) == before


def test_the_evidence_holds_no_file_of_roots_by_a_folder_that_was_exchanged(server: Server, precious: Path) -> None:
    """S4: a large file holds the walk up while its neighbour becomes a link to root's own folder."""
    state = server.desk.state
    (state / "aaa").mkdir()
    (state / "aaa" / "salt").write_text("mine\n")
    (state / "bbb").write_text("a=b c:d " * 400_000)
    for path in (state / "aaa", state / "aaa" / "salt", state / "bbb"):
        os.chown(path, SERVICE, SERVICE)
    (precious / "salt").write_text("-----words of root's-----\n")
    out = state / "packed.tar.gz"
    command = [*servers.as_on_a_server(server.etc), sys.executable, "-m", "execution", "evidence", "--out", str(out)]
    with subprocess.Popen(command, cwd=CHECKOUT, env=server.desk.environment(), stdout=subprocess.DEVNULL) as running:
        assert host.eventually(lambda: any(state.glob(".packed.tar.gz.*.tmp")) or running.poll() is not None)
        (state / "aaa").rename(state / "ccc")
        (state / "aaa").symlink_to(precious)
        assert running.wait(timeout=host.PATIENCE_SECONDS * 4) == 0
    with tarfile.open(out) as tar:
        packed = [tar.extractfile(one) for one in tar.getmembers()]
        assert not any(b"words of root" in one.read() for one in packed if one is not None)


@pytest.mark.skipif(CHECKOUT.stat().st_uid != 0, reason="needs a checkout of root's, as a droplet's is")
def test_the_service_knows_the_revision_of_roots_checkout(server: Server) -> None:
    """D8: to git it is a stranger there."""
    server.desk.env["PATH"] = host.environment()["PATH"]
    server.as_service("snapshot", "--label", "mine")
    (path,) = (server.desk.state / "snapshots").glob("*-mine.json")
    assert re.fullmatch("[0-9a-f]{40}(-dirty)?|not a git checkout", read_json(path)["versions"]["revision"])


def test_flatten_has_the_keys_that_only_root_may_read(server: Server) -> None:
    with Venue() as venue:
        venue.run_clock()
        state = make_template(server.root / "state")
        environ = settings(state, venue.env)
        credentials = server.root / "credentials"
        credentials.mkdir(mode=0o700)
        for name in ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY"):
            (credentials / name).write_text(environ.pop(name) + "\n")
            (credentials / name).chmod(0o600)
        settings_file = server.root / "roots.env"
        settings_file.write_text(f"AVWAP_STATE_DIR={environ.pop('AVWAP_STATE_DIR')}\n")
        settings_file.chmod(0o600)
        for path in (state, *state.rglob("*")):
            os.lchown(path, SERVICE, SERVICE)
        venue.book.seed_order(symbol="TSLA", qty=1, limit_price="100", client_order_id="theirs")
        outside = {**environ, "AVWAP_ENV_FILE": str(settings_file), "CREDENTIALS_DIRECTORY": str(credentials)}
        desk = Desk(server.root, outside)
        desk.env |= {"BROKER": "alpaca"}
        roots = Server(server.root, desk)
        done = roots.do("flatten", "--confirm", "PA3VENUE0001", AVWAP_STATE_DIR=None)
        assert done.code == 0, done.said
        assert [entry for entry in venue.requests if entry.method == "DELETE"]
        roots.ok("evidence", AVWAP_STATE_DIR=None)
        (bundle,) = (state / "evidence").iterdir()
        with tarfile.open(bundle) as tar:
            doctor = tar.extractfile("doctor.json")
            assert doctor is not None
            findings = {check["check"]: check for check in json.load(doctor)["checks"]}
        assert str(credentials) not in json.dumps(findings["settings"]), "the doctor has the keys too"
    owners = {path.name: path.lstat().st_uid for path in state.rglob("*")}
    assert set(owners.values()) == {SERVICE}
    assert "latches.json" in owners


def test_credentials_where_the_service_writes_are_not_opened_by_root(server: Server) -> None:
    """A folder that its owner fills with links would hand root's own files to the service."""
    secret = server.root / "shadow"
    secret.write_text("root's own words\n")
    secret.chmod(0o600)
    folder = server.desk.state / "credentials"
    folder.mkdir()
    (folder / "LIVE_CONFIRM_TOKEN").symlink_to(secret)
    for path in (folder, folder / "LIVE_CONFIRM_TOKEN"):
        os.lchown(path, SERVICE, SERVICE)
    program = BECOME + "from gates.base import entrusted; print(entrusted._opened, entrusted._folders)"
    done = become(server, program, CREDENTIALS_DIRECTORY=str(folder))
    assert done.stdout == "{} {}\n", done.stderr


def test_a_lock_that_an_earlier_root_left_is_said_and_does_not_keep_from_getting_out(server: Server) -> None:
    """Root gives nothing back any more, for it is not root by then; the directory's own lock is enough to get out."""
    os.chown(server.desk.state / "execution.lock", 0, 0)
    done = server.do("cancel-all", "--confirm", read_json(server.desk.state / "state.json")["account"])
    assert done.code == 0, done.said


def test_a_hard_link_laid_in_the_way_is_not_given_away(server: Server, precious: Path) -> None:
    (server.desk.state / "execution.lock").unlink()
    os.link(precious / "keep.txt", server.desk.state / "execution.lock")
    server.do("resume")
    server.do("cancel-all", "--confirm", read_json(server.desk.state / "state.json")["account"])
    assert (precious / "keep.txt").stat().st_uid == 0


@needs_root
def test_appended_files_and_new_directories_are_given_too(tmp_path: Path) -> None:
    os.chown(tmp_path, SERVICE, SERVICE)
    below.know(tmp_path)
    make_directory(tmp_path / "made")
    append_line(tmp_path / "made" / "lines", b"{}")
    assert {(tmp_path / "made").stat().st_uid, (tmp_path / "made" / "lines").stat().st_gid} == {SERVICE}


def test_init_in_the_home_of_the_service(server: Server) -> None:
    """A directory that is not there yet belongs to whom its place belongs."""
    home = server.root / "home"
    home.mkdir()
    os.chown(home, SERVICE, SERVICE)
    done = server.do("init", AVWAP_STATE_DIR=str(home / "srv" / "state"))
    if coming_session() == "":
        assert "the session table ends" in done.err and not (home / "srv").exists()
        return
    assert done.code == 0, done.said
    made = [home / "srv", *(home / "srv").rglob("*")]
    assert {path.stat().st_uid for path in made} == {SERVICE}
