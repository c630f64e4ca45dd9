"""Snapshots, their differences, going back, and evidence: by real processes, and no secret anywhere.

The forest of secrets is searched for in every byte that is printed, kept or packed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from support.desk import Desk
from support.keeping import ENV, FOREST, KEY_ID, SECRET_KEY, Keeper, found_in, grow, plant


@pytest.fixture
def keeper(desk: Desk) -> Keeper:
    return plant(desk)


def unpacked(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar.getmembers()}  # type: ignore[union-attr]


def manifest(members: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(members["manifest.json"])
    return found


# --- snapshots and their differences --------------------------------------------------------------


def test_a_snapshot_is_private_complete_and_never_written_over(keeper: Keeper) -> None:
    first = keeper.snapshot("one")
    path = keeper.snapshots / f"{first}.json"
    kept = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    keeper.env_file.write_text(ENV.replace("=2", "=1"))
    keeper.ok("snapshot", "--label", "one")  # the simulated clock stands still: the same second
    assert path.read_bytes() == kept
    shown = json.loads(keeper.desk.ok("snapshots", "--json").out)
    assert [row["id"] for row in shown["snapshots"]] == [first, f"{first}-2"]
    assert shown["cut_short"] is None
    names = [Path(one).name for one in shown["snapshots"][0]["files"]]
    assert names == [".env", "execution.service", "live.conf"]
    document = json.loads(kept)
    assert document["versions"]["python"]
    assert document["session"] == keeper.desk.session
    settings = {row["name"]: row for row in document["settings"]}
    assert settings["MAX_LIVE_POSITIONS"]["value"] == "2"
    assert settings["APCA_API_SECRET_KEY"]["value"].startswith("sha256:")


def test_diff_says_what_changed_and_that_a_secret_did(keeper: Keeper) -> None:
    before = keeper.snapshot("before")
    assert "Nothing changed." in keeper.ok("diff", before, "now").out
    keeper.env_file.write_text(ENV.replace("=2", "=3").replace(SECRET_KEY, SECRET_KEY[::-1]))
    keeper.drop_in.unlink()
    said = keeper.ok("diff", before, "now").out
    assert "MAX_LIVE_POSITIONS   2         3" in said
    assert "APCA_API_SECRET_KEY  (secret)  (secret)  secret changed; not shown" in said
    assert f"{keeper.drop_in}: no longer there" in said
    assert found_in(said.encode()) == []
    assert SECRET_KEY[::-1] not in said
    changes = json.loads(keeper.ok("diff", "now", before, "--json").out)["changes"]
    assert {(one["kind"], one["name"]) for one in changes} == {
        ("setting", "MAX_LIVE_POSITIONS"),
        ("setting", "APCA_API_SECRET_KEY"),
        ("file", "env/.env"),
        ("file", "units/execution.service.d/live.conf"),
    }


def test_a_snapshot_somebody_edited_is_unreadable(keeper: Keeper) -> None:
    ident = keeper.snapshot("one")
    path = keeper.snapshots / f"{ident}.json"
    path.write_text(path.read_text().replace("MAX_LIVE_POSITIONS=2", "MAX_LIVE_POSITIONS=9"))
    assert "digest does not match" in keeper.desk.ok("snapshots").out
    done = keeper.do("rollback", "--to", ident, "--yes")
    assert (done.code, "digest does not match" in done.err) == (74, True)


@pytest.mark.parametrize("ident", ["nothing", "../state", "20261124T143002", "now"])
def test_an_id_that_is_none_is_named(keeper: Keeper, ident: str) -> None:
    done = keeper.do("rollback", "--to", ident, "--yes")
    assert done.code == 64
    assert "`execution snapshots` lists them" in done.err


# --- going back -----------------------------------------------------------------------------------


def spoil(keeper: Keeper) -> dict[str, str]:
    """Another `.env`, no unit, and a new drop-in with a secret of its own; the files as they are then."""
    keeper.env_file.write_text(f"APCA_API_KEY_ID={KEY_ID}\nAPCA_API_SECRET_KEY='{SECRET_KEY}'\nMAX_LIVE_POSITIONS=1\n")
    keeper.env_file.open("a").write(ENV[ENV.index("MY_PASSWORD") : ENV.index("MAX_LIVE")])
    keeper.drop_in.write_text(keeper.drop_in.read_text().replace("PER_DAY=1", "PER_DAY=0"))
    (keeper.units / "execution.service").unlink()
    (keeper.drop_in.parent / "zz.conf").write_text(
        "[Service]\nEnvironment=KILL_SWITCH=1 NEW_TOKEN=only-here-and-now-42\n"
    )
    return keeper.files()


def test_back_to_a_snapshot_and_back_again(keeper: Keeper) -> None:
    ident, then = keeper.snapshot("good"), keeper.files()
    spoiled = spoil(keeper)
    done = keeper.ok("rollback", "--to", ident, "--yes")
    assert keeper.files() == then
    assert keeper.env_file.stat().st_mode & 0o777 == 0o600
    assert found_in(done.said.encode()) == []
    assert "systemctl daemon-reload" in done.out
    assert "systemctl try-restart execution.service" in done.out
    (undo,) = (path.stem for path in keeper.snapshots.glob("*-before-rollback.json"))
    keeper.ok("rollback", "--to", undo, "--yes")
    assert keeper.files() == spoiled
    assert "nothing to do" in keeper.ok("rollback", "--to", undo, "--yes").out


def test_a_label_is_a_name_as_long_as_it_is_the_only_one(keeper: Keeper) -> None:
    ident = keeper.snapshot("good")
    assert f"from {ident} to now" in keeper.ok("diff", "good", "now").out
    first = keeper.snapshots / f"{ident}.json"
    (keeper.snapshots / "20251124T143002-good.json").write_bytes(first.read_bytes())
    done = keeper.do("rollback", "--to", "good", "--yes")
    assert done.code == 64
    assert f"2 snapshots are labelled good: 20251124T143002-good, {ident}; write the id" in done.err


def test_it_asks_and_no_answer_changes_nothing(keeper: Keeper) -> None:
    ident = keeper.snapshot("good")
    spoiled = spoil(keeper)
    done = keeper.do("rollback", "--to", ident)
    assert (done.code, keeper.files()) == (64, spoiled)
    assert "not confirmed" in done.err
    assert "-MAX_LIVE_POSITIONS=1" in done.out


def test_a_secret_that_is_not_at_hand_refuses_everything_by_name(keeper: Keeper) -> None:
    ident = keeper.snapshot("good")
    keeper.env_file.write_text("MAX_LIVE_POSITIONS=1\nAPCA_API_KEY_ID=PKANOTHER0123456789AB\n")
    keeper.drop_in.unlink()
    now = keeper.files()
    done = keeper.do("rollback", "--to", ident, "--yes")
    assert (done.code, keeper.files()) == (1, now)
    for name in ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY", "MY_PASSWORD", "MY_TOKEN"):
        assert f"{name} is another one now, or gone" in done.err


@pytest.mark.parametrize("mark", ["live_confirm_token.txt", "live_arm.json"])
def test_while_armed_a_cap_is_not_loosened_and_may_be_tightened(keeper: Keeper, mark: str) -> None:
    tight = keeper.snapshot("tight")
    keeper.env_file.write_text(ENV.replace("=2", "=3"))
    loose, now = keeper.snapshot("loose"), keeper.files()
    (keeper.desk.state / mark).touch()
    keeper.ok("rollback", "--to", tight, "--yes")
    done = keeper.do("rollback", "--to", loose, "--yes")
    assert done.code == 1
    assert f"armed ({mark})" in done.err
    assert "MAX_LIVE_POSITIONS: 2 becomes 3" in done.err
    assert keeper.files() != now
    (keeper.desk.state / mark).unlink()
    keeper.ok("rollback", "--to", loose, "--yes")
    assert keeper.files() == now


def test_the_lock_of_a_cycle_is_respected(keeper: Keeper) -> None:
    ident = keeper.snapshot("good")
    spoiled = spoil(keeper)
    lock = ("flock", str(keeper.desk.state / "execution.lock"))
    if shutil.which("flock") is None:
        pytest.skip("needs flock")
    done = keeper.do("rollback", "--to", ident, "--yes", before=lock)
    assert (done.code, keeper.files()) == (75, spoiled)


def test_another_key_of_fingerprints_compares_nothing(keeper: Keeper) -> None:
    ident = keeper.snapshot("good")
    spoiled = spoil(keeper)
    (keeper.snapshots / "salt").unlink()
    done = keeper.do("rollback", "--to", ident, "--yes")
    assert (done.code, keeper.files()) == (1, spoiled)
    assert "is not the key" in done.err


def test_what_is_a_link_is_left_to_a_person(keeper: Keeper) -> None:
    ident = keeper.snapshot("good")
    keeper.env_file.write_text(ENV.replace("=2", "=1"))
    keeper.drop_in.unlink()
    keeper.drop_in.symlink_to("/dev/null")
    done = keeper.do("rollback", "--to", ident, "--yes")
    assert (done.code, keeper.env_file.read_text()) == (1, ENV)
    assert f"left to you  {keeper.drop_in}: is a link (now)" in done.out
    assert keeper.drop_in.is_symlink()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_a_death_anywhere_is_finished_or_undone_by_a_second_call(keeper: Keeper, tmp_path: Path) -> None:
    """Killed right before each rename; every call between two of them leaves the same files."""
    ident, then = keeper.snapshot("good"), keeper.files()
    spoiled, halves = spoil(keeper), 0
    trace = ("strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=rename", "-e")
    for nth in range(1, 40):
        tried = Keeper(keeper.desk.copy(tmp_path / f"{nth}"))
        done = tried.do("rollback", "--to", ident, "--yes", before=(*trace, f"inject=rename:signal=SIGKILL:when={nth}"))
        if done.code == 0:
            break
        kept = sorted(tried.snapshots.glob("*-before-rollback.json"))
        half = shown(tried) not in (then, spoiled)
        halves += half
        if half:
            assert "a rollback died between two files" in tried.desk.ok("snapshots").out
        undone = Keeper(tried.desk.copy(tmp_path / f"{nth}-undone"))
        tried.ok("rollback", "--to", ident, "--yes")
        assert tried.files() == then, nth
        assert not (tried.snapshots / "rollback-pending").exists()
        if kept:
            undone.ok("rollback", "--to", kept[0].stem, "--yes")
            assert undone.files() == spoiled, nth
    else:
        pytest.fail("never came to its end")
    assert nth > 3
    assert halves > 0, "no death fell between two files"


def hidden(keeper: Keeper) -> set[str]:
    return {name for name in keeper.files() if name.rpartition("/")[2].endswith(".rollback.tmp")}


def shown(keeper: Keeper) -> dict[str, str]:
    return {name: text for name, text in keeper.files().items() if name not in hidden(keeper)}


# --- evidence, and no secret anywhere -------------------------------------------------------------


def test_the_forest_is_in_no_byte_that_leaves(keeper: Keeper) -> None:
    environ = grow(keeper)
    said = [keeper.ok("snapshot", "--label", "forest", **environ)]
    (ident,) = (path.stem for path in keeper.snapshots.glob("*-forest.json"))
    keeper.env_file.write_text(ENV.replace("=2", "=1"))
    said += [keeper.ok("diff", ident, "now", **environ), keeper.ok("diff", ident, "now", "--json", **environ)]
    said += [keeper.desk.ok("snapshots", "--json", AVWAP_ENV_FILE=str(keeper.env_file), **environ)]
    said += [keeper.do("rollback", "--to", ident, **environ), keeper.do("rollback", "--to", ident, "--yes", **environ)]
    out = keeper.desk.root / "out.tar.gz"
    said += [keeper.do("evidence", "--out", str(out), **environ)]
    said += [keeper.do("evidence", "--json", "--out", str(out), **environ)]  # it exists
    for done in said:
        assert found_in(done.said.encode()) == [], done.said
    for kept in keeper.snapshots.iterdir():
        assert found_in(kept.read_bytes()) == [], kept.name
    members = unpacked(out)
    for name, data in members.items():
        assert found_in(name.encode() + b"\n" + data) == [], name
    assert {"state/crash.log", "state/bytes", "state/alerts.json", "journal.txt", "present.json"} <= members.keys()
    assert len([name for name in members if name.startswith("state/file-")]) == 1
    assert b"Traceback (most recent call last):" in members["state/crash.log"]


def test_the_forest_is_really_there(keeper: Keeper) -> None:
    """Otherwise the test above would find nothing in an empty wood."""
    environ = grow(keeper)
    places = [path for path in keeper.desk.root.rglob("*") if path.is_file()]
    everything = b"".join(path.read_bytes() for path in places) + repr(environ).encode()
    assert set(found_in(everything)) == set(FOREST)


def test_evidence_is_whole_private_in_order_and_says_what_is_not_in_it(keeper: Keeper) -> None:
    environ = grow(keeper)
    out = keeper.desk.root / "out.tar.gz"
    done = keeper.ok("evidence", "--json", "--out", str(out), "--since", "2026-11-22T09:30", **environ)
    assert out.stat().st_mode & 0o777 == 0o600
    members, shown = unpacked(out), json.loads(done.out)
    about = manifest(members)
    assert [*members][-1] == "manifest.json"
    assert [row["name"] for row in about["members"]] == [*members][:-1]
    state = [name for name in members if name.startswith("state/")]
    assert {"state/live_orders_today.json", "state/state.json", "state/heartbeat.json"} <= set(state)
    for row in about["members"]:
        assert row["size"] == len(members[row["name"]])
    assert shown["members"] == about["members"]
    why = {row["name"]: row["why"] for row in about["not_in_it"]}
    assert why["state/live_confirm_token.txt"] == "a secret"
    assert why["state/decisions/2026-11-20.jsonl"].startswith("older than 2026-11-22")
    assert why["state/link"].startswith("a link to /nowhere/[redacted]")
    assert "doctor.json" in why or "doctor.json" in members
    assert b"--since=@1795" in members["journal.txt"]
    here = {str(path.relative_to(keeper.desk.state)) for path in keeper.desk.state.rglob("*") if path.is_file()}
    told = {name.removeprefix("state/") for name in (*members, *why)}
    assert {name for name in here if "forest" not in name} <= told


@pytest.mark.parametrize("wrong", [{"MAX_LIVE_POSITIONS": "many", "BROKER": "nobody"}, {"AVWAP_STATE_DIR": ""}])
def test_evidence_with_broken_settings(keeper: Keeper, wrong: dict[str, str]) -> None:
    out = keeper.desk.root / "out.tar.gz"
    keeper.env_file.write_text("APCA_API_KEY_ID=forest-unquoted ' is broken\nA_TOKEN\n")
    (keeper.units / "execution.service").unlink()
    (keeper.units / "execution.service").mkdir()
    (keeper.desk.state / "live_orders_today.json").write_bytes(b'{"torn')
    done = keeper.ok("evidence", "--out", str(out), **wrong)
    members = unpacked(out)
    assert "forest-unquoted" not in done.said + repr(members)
    assert b"is not a regular file" in members["manifest.json"]
    if "BROKER" in wrong:
        assert members["state/live_orders_today.json"] == b'{"torn'
        assert b"nobody" in members["present.json"]
    else:
        assert "AVWAP_STATE_DIR" in manifest(members)["problem"]


def test_evidence_of_a_state_directory_that_is_not_there(keeper: Keeper) -> None:
    out = keeper.desk.root / "out.tar.gz"
    keeper.ok("evidence", "--out", str(out), AVWAP_STATE_DIR=str(keeper.desk.root / "nowhere"))
    assert "cannot be listed" in unpacked(out)["manifest.json"].decode()


def test_a_place_that_takes_no_file_is_said(keeper: Keeper) -> None:
    done = keeper.do("evidence", "--out", str(keeper.desk.root / "no" / "out.tar.gz"))
    assert (done.code, "cannot write" in done.err) == (74, True)
    assert list(keeper.desk.root.glob(".*tmp")) == []


def test_a_bug_shows_no_secret_on_its_way_out(keeper: Keeper) -> None:
    """A traceback forced inside a verb, its message full of secrets."""
    program = (
        "import sys\nfrom execution.cli import status\nfrom execution.__main__ import main\n"
        f"def broken(args, environ): raise ValueError({SECRET_KEY!r} + environ['MY_TOKEN'])\n"
        "status.main = broken\nsys.exit(main(['status']))\n"
    )
    path = keeper.desk.root / "bug.py"
    path.write_text(program)
    environ = keeper.desk.environment(
        AVWAP_ENV_FILE=str(keeper.env_file), MY_TOKEN="forest-token-of-a-bug-1234", PYTHONPATH=str(Path.cwd())
    )
    done = subprocess.run(
        [sys.executable, str(path)], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 70
    assert "this is a bug of ours" in done.stderr
    assert "ValueError: [redacted]" in done.stderr
    assert found_in(done.stderr.encode()) == []
    assert "forest-token" not in done.stderr
