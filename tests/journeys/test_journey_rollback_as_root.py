"""`sudo execution rollback` on a droplet: unit files come back from what root kept, and from nothing else (S1)."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import server as servers
from support.desk import Desk, digest_of_rest, read_json
from support.server import SERVICE, Server

from execution.snapshots.store import ROOTS_OWN

PLANTED = 'ExecStartPre=-+/bin/sh -c "id > /root/pwned"\n#\x1b[2A\x1b[J#\n'
UNIT = "[Service]\nExecStart=/opt/avwap/.venv/bin/execution run\nLoadCredential=avwap:/etc/avwap/credentials\n"
DRY_RUN = "[Service]\nEnvironment=DRY_RUN=1\n"


@pytest.fixture
def server(desk: Desk) -> Iterator[Server]:
    """The units as the droplet of docs/deploying.md has them: the loop's drop-ins are a link to the cycle's."""
    if (reason := servers.why_not()) is not None:
        pytest.skip(reason)
    with servers.server(desk) as made:
        units = made.etc / "systemd" / "system"
        (units / "execution.service.d").mkdir(parents=True)
        (units / "execution.service").write_text(UNIT)
        (units / "execution-watch.service").write_text("[Service]\nNoNewPrivileges=yes\n")
        (units / "execution.service.d" / "10-dry-run.conf").write_text(DRY_RUN)
        (units / "execution-loop.service.d").symlink_to("/etc/systemd/system/execution.service.d")
        credentials = made.etc / "avwap" / "credentials"
        credentials.mkdir(parents=True)
        (credentials / "SLACK_BOT_TOKEN").write_text("xoxb-of-the-test-0123456789")
        credentials.chmod(0o700)
        yield made


def unit(server: Server, name: str = "execution-watch.service") -> Path:
    return server.etc / "systemd" / "system" / name


def kept(server: Server, label: str) -> Path:
    (path,) = (server.etc / "avwap" / "snapshots").glob(f"*-{label}.json")
    return path


def forge(server: Server, source: Path, salt: bytes) -> None:
    """What the service's user can write: any text for a unit, with the digests that fit."""
    document = read_json(source)
    for file in document["files"]:
        if file["name"] == "execution-watch.service":
            file["text"] += PLANTED
            file["digest"] = hmac.new(salt, file["text"].encode(), hashlib.sha256).hexdigest()
    document["sha256"] = digest_of_rest(document)
    source.write_text(json.dumps(document))


def forged(server: Server) -> Path:
    server.as_service("snapshot", "--label", "before-live")
    snapshots = server.desk.state / "snapshots"
    (path,) = snapshots.glob("*-before-live.json")
    forge(server, path, bytes.fromhex((snapshots / "salt").read_text().strip()))
    assert path.stat().st_uid == SERVICE
    return path


@pytest.mark.parametrize("by", ["label", "id"])
def test_what_the_services_user_forged_is_not_put_back(server: Server, by: str) -> None:
    path = forged(server)
    done = server.do("rollback", "--to", "before-live" if by == "label" else path.stem, "--yes")
    assert done.code == 64
    assert f"{path} was made by uid {SERVICE}, and root puts back only what root kept in {ROOTS_OWN}" in done.err
    assert "ExecStartPre" not in unit(server).read_text()
    latest = server.do("rollback", "--latest", "--yes")
    assert (latest.code, "there is no snapshot in /etc/avwap/snapshots" in latest.err) == (64, True), latest.said


def test_the_service_itself_still_cannot_write_units(server: Server) -> None:
    forged(server)
    done = server.as_service("rollback", "--to", "before-live", "--yes")
    assert done.code == 1
    assert "is not writable for this user" in done.out
    assert "ExecStartPre" not in unit(server).read_text()


def test_a_removed_dry_run_drop_in_comes_back(server: Server) -> None:
    """The loop's directory is a link to the cycle's, and the wrapper sets CREDENTIALS_DIRECTORY for one of the two."""
    server.ok("snapshot", "--label", "before-live", CREDENTIALS_DIRECTORY="/etc/avwap/credentials")
    drop_in = unit(server, "execution.service.d/10-dry-run.conf")
    drop_in.unlink()
    unit(server).write_text("[Service]\n")
    done = server.ok("rollback", "--to", "before-live", "--yes")
    assert (drop_in.read_text(), unit(server).read_text()) == (DRY_RUN, "[Service]\nNoNewPrivileges=yes\n")
    assert "now run    systemctl daemon-reload" in done.out
    assert server.not_the_services() == []
    assert not (server.desk.state / "snapshots").exists(), "nothing of it lies where the service writes"


def test_the_latest_is_the_newest_that_was_taken_on_purpose(server: Server) -> None:
    server.ok("snapshot")
    server.ok("snapshot", "--label", "second")
    watch = unit(server)
    before = watch.read_text()
    for _ in range(2):
        watch.write_text("[Service]\n")
        done = server.ok("rollback", "--latest", "--yes")
        assert f"back to {kept(server, 'second').stem}" in done.out
        assert watch.read_text() == before
    shown = json.loads(server.ok("snapshots", "--json").out)
    assert [one["label"] for one in shown["snapshots"]] == [None, "second", "before-rollback", "before-rollback"]
    assert shown["kept_in"] == "/etc/avwap/snapshots"


def test_what_a_terminal_would_obey_is_shown_as_its_number(server: Server) -> None:
    server.ok("snapshot", "--label", "clean")
    unit(server).write_text(PLANTED)
    for verb in (("diff", "clean", "now"), ("rollback", "--to", "clean", "--yes")):
        said = server.ok(*verb).out
        assert "#\\x1b[2A\\x1b[J#" in said and "\x1b" not in said


def test_a_folder_that_others_may_write_is_not_believed(server: Server) -> None:
    server.ok("snapshot", "--label", "before-live")
    folder = server.etc / "avwap" / "snapshots"
    for spoil in (lambda: folder.chmod(0o777), lambda: os.chown(folder, SERVICE, SERVICE)):
        spoil()
        for verb in (("rollback", "--latest"), ("rollback", "--to", "before-live"), ("snapshots",), ("snapshot",)):
            done = server.do(*verb)
            assert (done.code, "is not a folder that root alone writes" in done.err) == (74, True), done.said
        folder.chmod(0o700)


def test_root_writes_no_file_where_another_user_could_lead_it(server: Server) -> None:
    mine = server.desk.state / "units"
    mine.mkdir()
    (mine / "execution.service").write_text(UNIT)
    for path in (mine, mine / "execution.service"):
        os.chown(path, SERVICE, SERVICE)
    server.ok("snapshot", "--label", "mine", "--units", str(mine))
    (mine / "execution.service").write_text("[Service]\n")
    done = server.do("rollback", "--to", "mine", "--yes", "--units", str(mine))
    assert done.code == 1
    assert f"{mine} belongs to uid {SERVICE}, who could lead root elsewhere" in done.out
    assert (mine / "execution.service").read_text() == "[Service]\n"


@pytest.mark.parametrize("armed", ["live_arm.json", "credential LIVE_CONFIRM_TOKEN"])
def test_while_armed_nothing_becomes_looser(server: Server, armed: str) -> None:
    drop_in = unit(server, "execution.service.d/10-dry-run.conf")
    drop_in.unlink()
    server.ok("snapshot", "--label", "loose")
    drop_in.write_text(DRY_RUN)
    token = server.etc / "avwap" / "credentials" / "LIVE_CONFIRM_TOKEN"
    (token if "credential" in armed else server.desk.state / armed).write_text("0123456789abcdef")
    done = server.do("rollback", "--to", "loose", "--yes", CREDENTIALS_DIRECTORY="/etc/avwap/credentials")
    assert (done.code, f"armed ({armed}), and this is not tighter than now" in done.err) == (1, True), done.said
    assert drop_in.exists()


def test_in_a_state_directory_of_roots_own_nothing_is_kept_elsewhere(server: Server) -> None:
    for path in (server.desk.state, *server.desk.state.rglob("*")):
        os.lchown(path, 0, 0)
    server.ok("snapshot", "--label", "own")
    assert list((server.desk.state / "snapshots").glob("*-own.json"))
    assert not (server.etc / "avwap" / "snapshots").exists()
