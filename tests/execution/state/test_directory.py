"""What lies where, what counts as present, and how the second key is read."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from execution.state.directory import SCHEMA, SUBDIRECTORIES, StateDir, StateRecord, require_used
from execution.state.presence import presence, read_token
from gates.base.statefile import StateMissing, StateUnreadable, render
from gates.facts import Presence, TokenFile
from gates.mode import Mode

NOW = datetime(2026, 11, 20, 15, 31, tzinfo=UTC)
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to be somebody else")


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    root = tmp_path / "state"
    root.mkdir(mode=0o700)
    return StateDir(root)


@pytest.fixture
def reachable() -> Iterator[StateDir]:
    """A state dir that is open, below directories anybody may enter; pytest keeps its own to itself."""
    with tempfile.TemporaryDirectory() as above:
        Path(above).chmod(0o755)
        root = Path(above) / "state"
        root.mkdir()
        root.chmod(0o755)
        yield StateDir(root)


def as_nobody(work: Callable[[], None]) -> int:
    """Do the work in a child without root's rights; 0 when nothing was raised."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


# --- markers --------------------------------------------------------------------------------------

MARKERS: dict[str, Callable[[Path], object]] = {
    "empty file": Path.touch,
    "file": lambda path: path.write_text("0"),
    "directory": Path.mkdir,
    "dangling link": lambda path: path.symlink_to("nowhere"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "pipe": os.mkfifo,
    "closed file": lambda path: path.touch(0o000),
}


@pytest.mark.parametrize("kind", MARKERS)
def test_a_marker_counts_whatever_it_is(tmp_path: Path, kind: str) -> None:
    marker = tmp_path / "KILL_SWITCH"
    assert presence(marker) is Presence.ABSENT
    MARKERS[kind](marker)
    assert presence(marker) is Presence.PRESENT


def test_a_marker_that_cannot_be_checked_is_not_absent(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "KILL_SWITCH", tmp_path / ("x" * 300)):
        assert presence(path) is Presence.UNCHECKABLE
        assert presence(path).in_force


@as_root
def test_a_marker_in_a_closed_directory_is_in_force(reachable: StateDir) -> None:
    reachable.root.chmod(0o700)

    def look() -> None:
        assert presence(reachable.kill_switch) is Presence.UNCHECKABLE

    assert as_nobody(look) == 0


# --- the second key -------------------------------------------------------------------------------


def token_at(path: Path, content: bytes = b"press-both-keys", mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("content", [b"tok", b"tok\n", b" tok ", b"", b"\n", b"\xff\x00", b"a\r\nb"])
def test_the_token_is_read_byte_for_byte(state: StateDir, content: bytes) -> None:
    token_at(state.token, content)
    os.utime(state.token, (1_000_000, 1_000_000))
    assert read_token(state.token) == (TokenFile(found=True, permissions=0o600, content=content), 1_000_000)


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o604, 0o640, 0o644, 0o666, 0o777])
def test_its_permissions_are_told(state: StateDir, mode: int) -> None:
    token_at(state.token, mode=mode)
    assert read_token(state.token)[0].permissions == mode


def test_no_token_file_is_not_found_and_no_problem(state: StateDir) -> None:
    assert read_token(state.token) == (TokenFile(), 0.0)


@pytest.mark.parametrize("kind", ["link", "dangling link", "directory", "pipe", "path through a file"])
def test_what_is_no_plain_file_is_a_problem(state: StateDir, kind: str) -> None:
    path = state.token
    if kind == "link":
        path.symlink_to(token_at(state.root / "elsewhere"))
    elif kind == "dangling link":
        path.symlink_to("nowhere")
    elif kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path = token_at(state.root / "file") / "live_confirm_token.txt"
    file, written = read_token(path)
    assert file.found
    assert file.problem
    assert file.content == b""
    assert written == 0.0


@as_root
def test_a_token_of_another_user_is_a_problem(state: StateDir) -> None:
    os.chown(token_at(state.token), NOBODY, NOBODY)
    file, _ = read_token(state.token)
    assert file.problem == f"owned by uid {NOBODY}, want 0"
    assert file.content == b""


@as_root
def test_a_token_of_whoever_owns_the_directory_is_taken(state: StateDir) -> None:
    os.chown(token_at(state.token), NOBODY, NOBODY)
    os.chown(state.root, NOBODY, NOBODY)
    assert read_token(state.token)[0].problem is None


@as_root
def test_a_token_we_may_not_read_is_a_problem(reachable: StateDir) -> None:
    token_at(reachable.token, mode=0o600)

    def read() -> None:
        file, _ = read_token(reachable.token)
        assert file.found
        assert file.problem == "Permission denied"

    assert as_nobody(read) == 0


def test_a_token_never_shows_in_a_repr(state: StateDir) -> None:
    token_at(state.token)
    assert "press-both-keys" not in repr(read_token(state.token))


# --- the directory --------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o777, 0o710])
def test_an_open_directory_is_closed_and_the_fact_told(state: StateDir, mode: int) -> None:
    state.root.chmod(mode)
    said = state.tighten()
    assert said is not None
    assert f"{mode:04o}" in said
    assert stat.S_IMODE(state.root.stat().st_mode) == 0o700
    assert state.tighten() is None


@pytest.mark.parametrize("mode", [0o700, 0o500])
def test_a_closed_directory_is_left_alone(state: StateDir, mode: int) -> None:
    state.root.chmod(mode)
    assert state.tighten() is None
    assert stat.S_IMODE(state.root.stat().st_mode) == mode


@as_root
def test_a_directory_that_cannot_be_closed_is_told_and_breaks_nothing(reachable: StateDir) -> None:
    """A read-only mount, or a directory of another user: the cycle goes on to say what it cannot do."""

    def tighten() -> None:
        assert reachable.tighten()

    assert as_nobody(tighten) == 0


def test_leftovers_of_dead_writers_are_removed_everywhere_and_nothing_else(state: StateDir) -> None:
    for name in SUBDIRECTORIES:
        (state.root / name).mkdir()
    gone = os.fork()
    if gone == 0:
        os._exit(0)
    os.waitpid(gone, 0)
    dead = [state.root / name / f".x.json.{gone}.tmp" for name in (".", *SUBDIRECTORIES)]
    kept = [state.root / f".x.json.{os.getpid()}.tmp", state.root / "x.json", state.root / ".tmp"]
    for path in (*dead, *kept):
        path.touch()
    state.clear_leftovers()
    assert not [path for path in dead if path.exists()]
    assert [path for path in kept if path.exists()] == kept


def test_every_file_lies_where_the_operator_looks_for_it(state: StateDir) -> None:
    paths = {
        state.kill_switch: "KILL_SWITCH",
        state.paused: "PAUSED",
        state.token: "live_confirm_token.txt",
        state.record: "state.json",
        state.sessions: "sessions.json",
        state.lock: "execution.lock",
        state.heartbeat: "heartbeat.json",
        state.latches: "latches.json",
        state.tokens: "tokens.json",
        state.ledger(Mode.LIVE).path: "live_orders_today.json",
        state.ledger(Mode.DRY_RUN).path: "dry_run_orders_today.json",
        state.ledger(Mode.LIVE).archive_path(date(2026, 11, 19)): "ledger/LIVE/2026-11-19.json",
        state.ledger(Mode.DRY_RUN).archive_path(date(2026, 11, 19)): "ledger/DRY_RUN/2026-11-19.json",
        state.watchlist(date(2026, 11, 20)): "watchlists/2026-11-20.json",
        state.decisions: "decisions",
        state.summaries: "summaries",
    }
    assert {str(path.relative_to(state.root)) for path in paths} == set(paths.values())
    assert all(path == state.root / name for path, name in paths.items())


# --- state.json -----------------------------------------------------------------------------------


@pytest.mark.parametrize("account", [None, "PA3XYZ"])
def test_the_record_reads_as_it_was_written(state: StateDir, account: str | None) -> None:
    record = StateRecord(SCHEMA, NOW, account)
    state.write_record(record)
    assert state.read_record() == record
    assert require_used(state) == record
    assert stat.S_IMODE(state.record.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "document",
    [
        {"schema": 2, "created_at": "2026-11-20T15:31:00Z", "account": None},
        {"schema": 2, "created_at": "2026-11-20T15:31:00Z", "account": None, "begun": "latches"},
        {"schema": 1, "created_at": "2026-11-20T15:31:00Z", "account": None, "begun": []},
        {"schema": 3, "created_at": "2026-11-20T15:31:00Z", "account": None, "begun": []},
        {"schema": 1, "account": None},
        {"schema": 1, "created_at": "yesterday"},
        {"schema": 1, "created_at": "2026-11-20T15:31:00Z", "account": 5},
        {"schema": 1, "created_at": "2026-11-20T15:31:00Z", "acount": "PA3"},
    ],
)
def test_a_record_that_is_not_as_it_should_be_is_unreadable(state: StateDir, document: dict[str, object]) -> None:
    state.record.write_bytes(render(document))
    with pytest.raises(StateUnreadable) as caught:
        require_used(state)
    assert not isinstance(caught.value, StateMissing)
    assert caught.value.path == state.record


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": true}'])
def test_a_damaged_record_is_unreadable_and_left_as_it_is(state: StateDir, content: bytes) -> None:
    state.record.write_bytes(content)
    with pytest.raises(StateUnreadable):
        require_used(state)
    assert state.record.read_bytes() == content


@pytest.mark.parametrize("kind", ["empty directory", "nothing", "dangling link"])
def test_a_directory_never_initialised_names_the_remedy(tmp_path: Path, kind: str) -> None:
    root = tmp_path / "state"
    if kind == "empty directory":
        root.mkdir()
    elif kind == "dangling link":
        root.symlink_to("nowhere")
    with pytest.raises(StateUnreadable, match="execution init"):
        require_used(StateDir(root))


def test_a_file_in_its_place_is_called_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("not a directory")
    with pytest.raises(StateUnreadable, match="state: is not a directory; name one with AVWAP_STATE_DIR"):
        require_used(StateDir(tmp_path / "state"))
