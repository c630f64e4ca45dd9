"""What root makes in somebody's directory is theirs; what has a second name is not touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gates.base import below
from gates.base.ownership import give_to_owner_of, gives_away
from gates.base.statefile import append_line, make_directory, replace

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a file away")


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    directory = tmp_path / "theirs"
    directory.mkdir()
    os.chown(directory, NOBODY, NOBODY)
    return directory


def owner(path: Path) -> tuple[int, int]:
    info = path.lstat()
    return info.st_uid, info.st_gid


def in_turn(directory: Path) -> bool:
    with below.folder(directory) as folder:
        return gives_away(folder)


def give(path: Path, flags: int = os.O_RDWR | os.O_CREAT) -> None:
    handle = os.open(path, flags, 0o600)
    try:
        with below.folder(path.parent) as folder:
            give_to_owner_of(folder, handle)
    finally:
        os.close(handle)


def test_in_a_directory_of_ones_own_nothing_is_given_away(tmp_path: Path) -> None:
    assert not in_turn(tmp_path)
    give(tmp_path / "mine")
    assert owner(tmp_path / "mine")[0] == os.geteuid()


@as_root
def test_every_way_of_writing_gives_to_the_owner(theirs: Path) -> None:
    assert in_turn(theirs)
    give(theirs / "file")
    replace(theirs / "replaced", b"1")
    append_line(theirs / "appended", b"1")
    make_directory(theirs / "directory")
    assert {owner(path) for path in theirs.iterdir()} == {(NOBODY, NOBODY)}


@as_root
def test_a_file_with_a_second_name_stays_whose_it_was(theirs: Path, tmp_path: Path) -> None:
    """Whoever may write there could have linked it from elsewhere."""
    secret = tmp_path / "root's own"
    secret.touch()
    os.link(secret, theirs / "linked")
    give(theirs / "linked")
    assert owner(secret)[0] == 0


@as_root
def test_a_file_of_somebody_else_stays_theirs(theirs: Path) -> None:
    other = theirs / "other"
    other.touch()
    os.chown(other, 12345, 12345)
    give(other)
    assert owner(other) == (12345, 12345)


def test_what_cannot_be_given_is_no_failure(tmp_path: Path) -> None:
    handle = os.open(tmp_path, os.O_RDONLY)
    os.close(handle)
    give_to_owner_of(handle, handle)
