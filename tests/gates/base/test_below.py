"""Files below a state root are reached from the root itself, and through no link that its owner put on the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gates.base import below
from gates.base.leftovers import clear_leftovers
from gates.base.statefile import (
    StateUnreadable,
    StateUnwritable,
    append_line,
    create,
    make_directory,
    read_bytes,
    replace,
)

DEAD = 999_999_999
"""No process bears it."""


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "kept.json").write_bytes(b"kept")
    (folder / f".kept.json.{DEAD}.tmp").touch()
    return folder


@pytest.fixture
def root(tmp_path: Path, elsewhere: Path) -> Path:
    """A known root in which a folder is a link to elsewhere, and another holds one two steps down."""
    state = tmp_path / "state"
    (state / "ledger").mkdir(parents=True)
    (state / "decisions").symlink_to(elsewhere)
    (state / "ledger" / "LIVE").symlink_to(elsewhere)
    below.know(state)
    return state


FOLDERS = pytest.mark.parametrize("folder", ["decisions", "ledger/LIVE"])


@FOLDERS
def test_nothing_is_written_through_a_link(root: Path, elsewhere: Path, folder: str) -> None:
    before = sorted(path.name for path in elsewhere.iterdir())
    place = root / folder
    for write in (replace, create, append_line):
        with pytest.raises(StateUnwritable, match="on the way is a link, which is not followed"):
            write(place / "new", b"{}")
    with pytest.raises(StateUnwritable):
        make_directory(place / "new")
    clear_leftovers(place)
    assert sorted(path.name for path in elsewhere.iterdir()) == before


@FOLDERS
def test_nothing_is_read_listed_or_removed_through_a_link(root: Path, elsewhere: Path, folder: str) -> None:
    place = root / folder
    with pytest.raises(StateUnreadable, match="on the way is a link, which is not followed"):
        read_bytes(place / "kept.json")
    assert below.paths(place, ".json") == []
    assert not below.is_there(place / "kept.json")
    assert not below.is_folder(place)
    for act in (lambda: below.unlink(place / "kept.json"), lambda: below.rename(place / "kept.json", root / "mine")):
        with pytest.raises(NotADirectoryError):
            act()
    assert (elsewhere / "kept.json").exists()


def test_a_file_on_the_way_is_called_no_folder(root: Path) -> None:
    (root / "summaries").touch()
    with pytest.raises(StateUnreadable, match="summaries on the way is no folder"):
        read_bytes(root / "summaries" / "one.png")


def test_the_root_itself_may_be_a_link(tmp_path: Path, root: Path) -> None:
    """The operator names it; the runbook's name on a droplet is one."""
    named = tmp_path / "named"
    named.symlink_to(root)
    below.know(named)
    assert create(named / "state.json", b"{}")
    assert read_bytes(root / "state.json") == b"{}"


def test_a_held_root_stays_what_it_was_opened_as(tmp_path: Path, elsewhere: Path) -> None:
    state = tmp_path / "held"
    state.mkdir()
    handle = os.open(state, below.FOLDER)
    try:
        below.hold(state, handle)
        state.rename(tmp_path / "moved")
        state.symlink_to(elsewhere)
        replace(state / "one", b"1")
        assert (below.names(state), below.look(state / "one").st_size) == (["one"], 1)
        assert (tmp_path / "moved" / "one").exists()
    finally:
        below.know(state)
        below._roots.pop(str(state))
        os.close(handle)


def test_a_path_that_climbs_out_is_not_below_the_root(root: Path, elsewhere: Path) -> None:
    assert read_bytes(root / ".." / "elsewhere" / "kept.json") == b"kept"
    with below.folder(root / ".." / "elsewhere") as opened:
        assert os.fstat(opened).st_ino == elsewhere.stat().st_ino


def test_outside_of_any_root_names_are_followed_but_for_the_last(tmp_path: Path, elsewhere: Path) -> None:
    (tmp_path / "way").symlink_to(elsewhere)
    assert read_bytes(tmp_path / "way" / "kept.json") == b"kept"
    assert [path.name for path in below.paths(tmp_path / "way", ".json")] == ["kept.json"]
    (tmp_path / "last").symlink_to(elsewhere / "kept.json")
    with pytest.raises(StateUnreadable, match="is a link"):
        read_bytes(tmp_path / "last")


def test_a_folder_that_is_closed_is_a_folder_all_the_same(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may not go in still sees that it is one; root may go everywhere, so the kernel's refusal is played."""

    def refused(path: object, flags: int, **options: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refused)
    assert below.is_folder(root) and not below.is_folder(root / "gone")
    assert not below.may_enter(root)


def test_names_are_changed_and_taken_away_where_they_lie(root: Path) -> None:
    place = root / "ledger"
    assert create(place / "one", b"1")
    below.rename(place / "one", root / "two")
    assert below.names(root) == ["decisions", "ledger", "two"] and below.may_enter(root)
    below.unlink(root / "two")
    assert not below.is_there(root / "two")
    assert below.paths(root / "summaries" / "gone", ".png") == []
