"""Real files: what cannot be taken at its word is unreadable, with the reason, and is left as it lies."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.base import statefile
from gates.base.leftovers import clear_leftovers
from gates.base.statefile import StateMissing, StateUnreadable, StateUnwritable

DOCUMENT = {"schema": 1, "mode": "LIVE", "entries": [{"qty": "4", "note": "½ ü"}], "done": False, "of": None}
NOBODY = 65_534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.json"


@pytest.fixture
def public_directory() -> Iterator[Path]:
    """Anybody may enter and write here; pytest's own directories are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """A read or write that hangs is a failure, not a hanging test."""

    def too_late(_: int, __: FrameType | None) -> None:
        raise TimeoutError(f"not done within {seconds}s")

    before = signal.signal(signal.SIGALRM, too_late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Without root's privileges, when we have them; anybody else has none to lay down."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@contextmanager
def files_end_at(limit_bytes: int) -> Iterator[None]:
    """The kernel writes that far and then refuses: a short write, and then an error."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def open_descriptors() -> list[str]:
    return sorted(os.listdir("/proc/self/fd"))


def why_unreadable(read: Callable[[], object]) -> str:
    with pytest.raises(StateUnreadable) as refused, within(10):
        read()
    return refused.value.what


def sealed_bytes(document: dict[str, object]) -> bytes:
    return statefile.render(statefile.sealed(document))


# --- reading -------------------------------------------------------------------------------------


def test_a_sealed_document_comes_back_as_it_was_written(path: Path) -> None:
    path.write_bytes(sealed_bytes(DOCUMENT))
    read = statefile.read_sealed(path, 1)
    assert {key: value for key, value in read.items() if key != "sha256"} == DOCUMENT
    assert list(read) == [*DOCUMENT, "sha256"]


def test_a_missing_file_is_its_own_kind_of_unreadable(path: Path) -> None:
    with pytest.raises(StateMissing) as missing:
        statefile.read_bytes(path)
    assert isinstance(missing.value, StateUnreadable)
    assert (missing.value.path, missing.value.what, str(missing.value)) == (path, "missing", f"{path}: missing")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (b"\x00" * 64, "is not valid JSON (Expecting value: line 1 column 1 (char 0))"),
        (b"[]", "is not a JSON object"),
        (b"1", "is not a JSON object"),
        (b'"schema"', "is not a JSON object"),
        (b"null", "is not a JSON object"),
        (b'{"schema": 1', "is not valid JSON (Expecting ',' delimiter: line 1 column 13 (char 12))"),
        (b'{"schema": 1} {}', "is not valid JSON (Extra data: line 1 column 15 (char 14))"),
        (b"{'schema': 1}", None),
        (b'{"schema": 1,}', None),
        (b'\xef\xbb\xbf{"schema": 1}', None),
        ('{"schema": 1}'.encode("utf-16"), None),
        (b'{"schema": 1, "note": "\xff"}', None),
        (b'{"schema": 1, "schema": 1}', "is not valid JSON (key 'schema' stands there twice)"),
        (b'{"schema": 1, "a": 1, "c": 2, "c": 3}', "is not valid JSON (key 'c' stands there twice)"),
        (b'{"schema": 1, "a": {"b": 1, "c": 2, "b": 1}}', "is not valid JSON (key 'b' stands there twice)"),
        (b'{"schema": 1, "qty": 4.0}', None),
        (b'{"schema": 1, "qty": 1e3}', None),
        (b'{"schema": 1, "qty": NaN}', None),
        (b'{"schema": 1, "qty": Infinity}', None),
        (b'{"schema": 1, "qty": -Infinity}', None),
        (b'{"schema": 1, "qty": ' + b"9" * 5_000 + b"}", None),
        (b'{"schema": 1, "deep": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", None),
        (b'{"schema": 2}', "has schema 2, want 1"),
        (b'{"schema": 0}', "has schema 0, want 1"),
        (b'{"schema": "1"}', "has schema '1', want 1"),
        (b'{"schema": true}', "has schema True, want 1"),
        (b'{"schema": null}', "has schema None, want 1"),
        (b'{"schema": [1]}', "has schema [1], want 1"),
        (b"{}", "has schema None, want 1"),
        (b'{"Schema": 1}', "has schema None, want 1"),
        (b'{"schema": 1}', "digest does not match its content"),
        (b'{"schema": 1, "sha256": null}', "digest does not match its content"),
        (b'{"schema": 1, "sha256": ""}', "digest does not match its content"),
    ],
)
def test_what_is_not_exactly_a_sealed_document_is_unreadable(path: Path, content: bytes, what: str | None) -> None:
    path.write_bytes(content)
    said = why_unreadable(lambda: statefile.read_sealed(path, 1))
    assert said == what if what else said.startswith("is not valid JSON (")
    assert path.read_bytes() == content


def test_a_float_is_refused_by_name(path: Path) -> None:
    path.write_bytes(b'{"schema": 1, "notional": 405.40}')
    assert why_unreadable(lambda: statefile.read_document(path, 1)) == (
        "is not valid JSON (number 405.40 is not written as text; money and quantities are decimal strings)"
    )


@pytest.mark.parametrize(
    "change",
    [{"mode": "DRY_RUN"}, {"entries": []}, {"more": 1}, {"schema": 1, "sha256": "0" * 64}, {"done": 0}, {"done": None}],
)
def test_an_edited_document_breaks_its_seal(path: Path, change: dict[str, object]) -> None:
    path.write_bytes(statefile.render({**statefile.sealed(DOCUMENT), **change}))
    assert why_unreadable(lambda: statefile.read_sealed(path, 1)) == "digest does not match its content"


def test_layout_and_key_order_are_not_part_of_the_seal(path: Path) -> None:
    sealed = statefile.sealed(DOCUMENT)
    path.write_text(json.dumps(dict(reversed(sealed.items())), separators=(",", ":"), ensure_ascii=True))
    assert statefile.read_sealed(path, 1) == sealed


def test_the_digest_is_what_it_is_documented_to_be() -> None:
    canonical = b'{"a":[1,"\xc2\xbd"],"b":null}'
    digest = statefile.digest_of({"b": None, "a": [1, "½"]})
    assert (
        digest == subprocess.run(["sha256sum"], input=canonical, capture_output=True, check=True).stdout[:64].decode()
    )
    assert statefile.digest_of_rest({"b": None, "a": [1, "½"], "sha256": "anything"}) == digest
    assert statefile.sealed({"sha256": "old", "b": None, "a": [1, "½"]})["sha256"] == digest


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_has_no_digest(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        statefile.digest_of({"qty": number})


def test_every_changed_byte_and_every_torn_end_is_noticed(path: Path) -> None:
    """Unreadable, or the same document where only layout changed; never another one."""
    document = {"schema": 1, "qty": "4", "of": [None, True]}
    whole = sealed_bytes(document)
    sealed = statefile.sealed(document)
    spoiled = [whole[:end] for end in range(len(whole))]
    spoiled += [
        whole[:place] + bytes([byte]) + whole[place + 1 :] for place in range(len(whole)) for byte in b' 0a"}\x00\xff'
    ]
    spoiled += [whole + tail for tail in (b"}", b"\x00", b"{}", b"x")]
    for content in spoiled:
        path.write_bytes(content)
        try:
            assert statefile.read_sealed(path, 1) == sealed
        except StateUnreadable:
            continue


KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | KEYS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(rest=st.dictionaries(KEYS.filter(lambda key: key not in ("schema", "sha256")), VALUES, max_size=6))
def test_whatever_is_rendered_can_be_read_back(
    tmp_path_factory: pytest.TempPathFactory, rest: dict[str, object]
) -> None:
    path = tmp_path_factory.getbasetemp() / "rendered.json"
    document = {"schema": 7, **rest}
    path.write_bytes(sealed_bytes(document))
    assert statefile.read_sealed(path, 7) == statefile.sealed(document)


@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_unreadable_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.json"
    path.write_bytes(content)
    with pytest.raises(StateUnreadable):
        statefile.read_sealed(path, 1)


def test_a_whole_character_may_be_written_as_two_escapes(path: Path) -> None:
    path.write_bytes(rb'{"schema": 1, "note": "\ud83d\ude00"}')
    assert statefile.read_document(path, 1) == {"schema": 1, "note": "\U0001f600"}


@pytest.mark.parametrize("content", [rb'{"schema": 1, "note": "\ud800"}', rb'{"schema": 1, "\udfff": 1}'])
def test_text_that_no_file_can_hold_is_unreadable(path: Path, content: bytes) -> None:
    """Half a surrogate pair parses, and then breaks whoever hashes or writes it."""
    path.write_bytes(content)
    assert why_unreadable(lambda: statefile.read_sealed(path, 1))


def test_a_key_that_stands_there_twice_among_very_many_is_found_in_time(path: Path) -> None:
    keys = "".join(f'"{number}": 1, ' for number in range(60_000))
    path.write_text(f'{{"schema": 1, {keys}"0": 1}}')
    said = why_unreadable(lambda: statefile.read_document(path, 1))
    assert said == "is not valid JSON (key '0' stands there twice)"


@pytest.mark.parametrize("number", [1.5, float("nan"), float("inf")])
def test_a_document_that_could_not_be_read_back_is_not_written(number: float) -> None:
    with pytest.raises((ValueError, TypeError)):
        statefile.render({"schema": 1, "qty": number})


def test_a_link_is_unreadable_even_to_a_good_file(tmp_path: Path, path: Path) -> None:
    (tmp_path / "real.json").write_bytes(sealed_bytes(DOCUMENT))
    path.symlink_to("real.json")
    assert why_unreadable(lambda: statefile.read_bytes(path)) == "is a link"


def test_a_dangling_link_is_not_missing(path: Path) -> None:
    path.symlink_to("nowhere")
    assert why_unreadable(lambda: statefile.read_bytes(path)) == "is a link"


def test_a_directory_is_unreadable(path: Path) -> None:
    path.mkdir()
    assert why_unreadable(lambda: statefile.read_bytes(path)) in ("is not a regular file", "Is a directory")


def test_a_pipe_is_unreadable_and_does_not_hang(path: Path) -> None:
    os.mkfifo(path)
    assert why_unreadable(lambda: statefile.read_bytes(path)) == "is not a regular file"


def test_a_device_is_unreadable() -> None:
    assert why_unreadable(lambda: statefile.read_bytes(Path("/dev/zero"))) == "is not a regular file"


def test_a_socket_is_unreadable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path.name)
        assert why_unreadable(lambda: statefile.read_bytes(path)) == "No such device or address"


def test_a_file_below_a_file_is_unreadable(path: Path) -> None:
    path.write_bytes(b"x")
    assert why_unreadable(lambda: statefile.read_bytes(path / "below")) == "Not a directory"


def test_a_file_we_may_not_open_is_unreadable(public_directory: Path) -> None:
    path = public_directory / "state.json"
    path.write_bytes(sealed_bytes(DOCUMENT))
    path.chmod(0)
    with as_somebody_else():
        assert why_unreadable(lambda: statefile.read_bytes(path)) == "Permission denied"


@pytest.mark.parametrize(("over", "readable"), [(-1, True), (0, True), (1, False)])
def test_a_giant_is_unreadable_without_being_read(path: Path, over: int, readable: bool) -> None:
    size = statefile.SIZE_LIMIT_BYTES + over
    path.touch()
    os.truncate(path, size)
    if readable:
        assert len(statefile.read_bytes(path)) == size
    else:
        said = why_unreadable(lambda: statefile.read_bytes(path))
        assert said == f"is too large ({size} bytes, limit {statefile.SIZE_LIMIT_BYTES})"


def make_good(path: Path) -> None:
    path.write_bytes(b"{}")


def make_giant(path: Path) -> None:
    path.touch()
    os.truncate(path, statefile.SIZE_LIMIT_BYTES + 1)


@pytest.mark.parametrize("make", [make_good, make_giant, Path.mkdir, os.mkfifo], ids=["good", "giant", "dir", "pipe"])
def test_reading_leaves_no_descriptor_open(path: Path, make: Callable[[Path], None]) -> None:
    """A loop reads the same file once a minute for months."""
    make(path)
    before = open_descriptors()
    for _ in range(3):
        try:
            statefile.read_bytes(path)
        except StateUnreadable:
            continue
    assert open_descriptors() == before


# --- writing -------------------------------------------------------------------------------------


def test_render_is_json_as_people_read_it() -> None:
    assert statefile.render({"b": 1, "a": ["½"]}) == '{\n  "b": 1,\n  "a": [\n    "½"\n  ]\n}\n'.encode()


@pytest.mark.parametrize("old", [None, b"", b"old", b"old" * 100_000])
def test_replace_puts_the_new_content_in_place_of_any_old(path: Path, old: bytes | None) -> None:
    if old is not None:
        path.write_bytes(old)
    statefile.replace(path, b"new")
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in path.parent.iterdir()] == ["state.json"]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_what_is_written_is_private(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        statefile.replace(tmp_path / "replaced", b"x")
        statefile.create(tmp_path / "created", b"x")
        statefile.append_line(tmp_path / "appended", b"x")
        statefile.make_directory(tmp_path / "made")
    finally:
        os.umask(before)
    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in tmp_path.iterdir()}
    assert modes == {"replaced": 0o600, "created": 0o600, "appended": 0o600, "made": 0o700}


def test_replace_makes_a_private_file_of_a_public_one(path: Path) -> None:
    path.write_bytes(b"old")
    path.chmod(0o644)
    statefile.replace(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_replace_takes_the_place_of_a_link_and_leaves_its_target_alone(tmp_path: Path, path: Path) -> None:
    (tmp_path / "real.json").write_bytes(b"real")
    path.symlink_to("real.json")
    statefile.replace(path, b"new")
    assert (path.is_symlink(), path.read_bytes()) == (False, b"new")
    assert (tmp_path / "real.json").read_bytes() == b"real"


@pytest.mark.parametrize("write", [statefile.replace, statefile.create], ids=["replace", "create"])
def test_a_leftover_of_our_own_process_id_is_no_obstacle(
    tmp_path: Path, path: Path, write: Callable[[Path, bytes], object]
) -> None:
    (tmp_path / f".state.json.{os.getpid()}.tmp").write_bytes(b"torn")
    write(path, b"new")
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]


def test_create_makes_a_new_file_and_never_touches_an_old_one(path: Path) -> None:
    assert statefile.create(path, b"first") is True
    assert statefile.create(path, b"second") is False
    assert path.read_bytes() == b"first"
    assert [entry.name for entry in path.parent.iterdir()] == ["state.json"]


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("nowhere")])
def test_create_stops_at_whatever_lies_there(path: Path, make: Callable[[Path], None]) -> None:
    make(path)
    before = os.lstat(path)
    assert statefile.create(path, b"x") is False
    assert os.lstat(path) == before
    assert [entry.name for entry in path.parent.iterdir()] == ["state.json"]


@pytest.mark.parametrize(
    ("old", "lines", "content"),
    [
        (None, [b"a"], b"a\n"),
        (None, [b"a", b"b"], b"a\nb\n"),
        (b"", [b"a"], b"a\n"),
        (b"a\n", [b"b"], b"a\nb\n"),
        (b'{"torn', [b"b"], b'{"torn\nb\n'),
        (b"a\n\n", [b"b"], b"a\n\nb\n"),
        (b"x", [b"a"], b"x\na\n"),
        (b"\n", [b"a"], b"\na\n"),
        (b"a\n", [b""], b"a\n\n"),
    ],
)
def test_append_adds_whole_lines_and_closes_a_torn_one(
    path: Path, old: bytes | None, lines: list[bytes], content: bytes
) -> None:
    if old is not None:
        path.write_bytes(old)
    for line in lines:
        statefile.append_line(path, line)
    assert path.read_bytes() == content


def test_make_directory_makes_one_and_leaves_a_present_one_alone(tmp_path: Path) -> None:
    made = tmp_path / "made"
    statefile.make_directory(made)
    (made / "kept").touch()
    statefile.make_directory(made)
    assert (made / "kept").exists()


@pytest.mark.parametrize(
    ("cause", "words"),
    [(OSError(28, "No space left on device"), "No space left on device"), (OSError("no number"), "no number")],
)
def test_a_refusal_to_write_names_the_file_and_the_cause(path: Path, cause: OSError, words: str) -> None:
    assert str(StateUnwritable(path, cause)) == f"cannot write {path}: {words}"


def in_missing_directory(path: Path) -> Path:
    return path.parent / "missing" / path.name


def below_a_file(path: Path) -> Path:
    (path.parent / "file").touch()
    return path.parent / "file" / path.name


def with_too_long_a_name(path: Path) -> Path:
    return path.with_name("x" * 300)


WRITERS: dict[str, Callable[[Path], object]] = {
    "replace": lambda path: statefile.replace(path, b"x"),
    "create": lambda path: statefile.create(path, b"x"),
    "append": lambda path: statefile.append_line(path, b"x"),
    "mkdir": statefile.make_directory,
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    ("place", "cause"),
    [
        (in_missing_directory, "No such file or directory"),
        (below_a_file, "Not a directory"),
        (with_too_long_a_name, "File name too long"),
    ],
)
def test_a_place_that_takes_no_file_is_unwritable(
    path: Path, writer: str, place: Callable[[Path], Path], cause: str
) -> None:
    target = place(path)
    with pytest.raises(StateUnwritable) as refused:
        WRITERS[writer](target)
    assert (refused.value.path, str(refused.value)) == (target, f"cannot write {target}: {cause}")
    assert isinstance(refused.value.cause, OSError)


@pytest.mark.parametrize("writer", WRITERS)
def test_a_directory_that_is_not_ours_is_unwritable(public_directory: Path, writer: str) -> None:
    public_directory.chmod(0o555)
    with as_somebody_else(), pytest.raises(StateUnwritable) as refused:
        WRITERS[writer](public_directory / "state.json")
    assert refused.value.cause.strerror == "Permission denied"
    assert list(public_directory.iterdir()) == []


@pytest.mark.parametrize("writer", ["replace", "append"])
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["dir", "pipe"])
def test_a_directory_or_a_pipe_in_the_way_is_unwritable_or_replaced_but_never_hangs(
    path: Path, writer: str, make: Callable[[Path], None]
) -> None:
    make(path)
    before = open_descriptors()
    with within(10):
        if (writer, make) == ("replace", os.mkfifo):
            statefile.replace(path, b"new")
            assert path.read_bytes() == b"new"
        else:
            with pytest.raises(StateUnwritable):
                WRITERS[writer](path)
    assert [entry.name for entry in path.parent.iterdir()] == ["state.json"]
    assert open_descriptors() == before


def test_a_link_is_not_appended_to(tmp_path: Path, path: Path) -> None:
    (tmp_path / "real").write_bytes(b"real\n")
    path.symlink_to("real")
    with pytest.raises(StateUnwritable):
        statefile.append_line(path, b"x")
    assert (tmp_path / "real").read_bytes() == b"real\n"


@pytest.mark.parametrize("limit_bytes", [0, 1, 4096])
def test_a_disk_that_fills_up_midway_leaves_the_old_content_and_nothing_else(path: Path, limit_bytes: int) -> None:
    path.write_bytes(b"old")
    with files_end_at(limit_bytes), pytest.raises(StateUnwritable) as refused:
        statefile.replace(path, b"n" * 100_000)
    assert str(refused.value) == f"cannot write {path}: File too large"
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in path.parent.iterdir()] == ["state.json"]


def test_a_disk_that_fills_up_midway_creates_nothing(path: Path) -> None:
    with files_end_at(4096), pytest.raises(StateUnwritable):
        statefile.create(path, b"n" * 100_000)
    assert list(path.parent.iterdir()) == []


def test_a_line_torn_by_a_full_disk_is_closed_by_the_next_one(path: Path) -> None:
    path.write_bytes(b"first\n")
    with files_end_at(9), pytest.raises(StateUnwritable):
        statefile.append_line(path, b"second")
    statefile.append_line(path, b"third")
    assert path.read_bytes() == b"first\nsec\nthird\n"


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        ([], "ledger.json"),
        (["ledger.json-2"], "ledger.json"),
        (["ledger.json"], "ledger.json-2"),
        (["ledger.json", "ledger.json-2", "ledger.json-3"], "ledger.json-4"),
    ],
)
def test_what_is_put_aside_replaces_nothing(tmp_path: Path, taken: list[str], name: str) -> None:
    for other in taken:
        (tmp_path / other).symlink_to("nowhere")  # the least that can be in the way
    assert statefile.unused_name(tmp_path / "ledger.json") == tmp_path / name


# --- leftovers -----------------------------------------------------------------------------------


@pytest.fixture
def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", ""])
    process.wait()
    return process.pid


def test_only_a_dead_processes_leftovers_are_cleared(tmp_path: Path, dead_pid: int) -> None:
    kept = {
        f".state.json.{os.getpid()}.tmp",
        f".state.json.{os.getppid()}.tmp",
        f"state.json.{dead_pid}.tmp",
        f".state.json.{dead_pid}.bak",
        ".state.json.abc.tmp",
        ".state.json.-1.tmp",
        ".state.json.0.tmp",
        ".state.json..tmp",
        ".tmp",
        "state.json",
    }
    for name in {*kept, f".state.json.{dead_pid}.tmp", f".a.b.{dead_pid}.tmp"}:
        (tmp_path / name).touch()
    (tmp_path / f".dir.{dead_pid}.tmp").mkdir()
    clear_leftovers(tmp_path)
    assert {entry.name for entry in tmp_path.iterdir()} == kept | {f".dir.{dead_pid}.tmp"}


def test_a_living_process_of_somebody_else_keeps_its_leftover(public_directory: Path) -> None:
    leftover = public_directory / ".state.json.1.tmp"
    leftover.touch()
    with as_somebody_else():
        clear_leftovers(public_directory)
    assert leftover.exists()


def test_leftovers_we_may_not_touch_stop_nothing(public_directory: Path, dead_pid: int) -> None:
    leftover = public_directory / f".state.json.{dead_pid}.tmp"
    leftover.touch()
    public_directory.chmod(0o555)
    with as_somebody_else():
        clear_leftovers(public_directory)
    assert leftover.exists()


def test_a_directory_we_may_not_enter_has_no_leftovers_to_clear(public_directory: Path, dead_pid: int) -> None:
    inner = public_directory / "inner"
    inner.mkdir()
    (inner / f".state.json.{dead_pid}.tmp").touch()
    public_directory.chmod(0o600)
    with as_somebody_else():
        clear_leftovers(inner)
    public_directory.chmod(0o700)
    assert [entry.name for entry in inner.iterdir()] == [f".state.json.{dead_pid}.tmp"]


@pytest.mark.parametrize("number", ["99999999999999999999", "9" * 200, "\u00b2", "\u0661"])
def test_a_name_that_only_looks_like_a_leftover_stops_nothing(tmp_path: Path, dead_pid: int, number: str) -> None:
    (tmp_path / f".state.json.{number}.tmp").touch()
    (tmp_path / f".state.json.{dead_pid}.tmp").touch()
    clear_leftovers(tmp_path)
    assert not (tmp_path / f".state.json.{dead_pid}.tmp").exists()


def test_a_missing_directory_has_no_leftovers(tmp_path: Path) -> None:
    clear_leftovers(tmp_path / "missing")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs /proc/self/mem")
def test_a_file_that_breaks_while_it_is_read_is_unreadable() -> None:
    with pytest.raises(StateUnreadable, match="Input/output error"):
        statefile.read_bytes(Path("/proc/self/mem"))
