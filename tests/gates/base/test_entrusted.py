"""Files opened early are read from their descriptors; everything else is read by its name."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gates.base import entrusted


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    for handle in entrusted._opened.values():
        os.close(handle)
    entrusted._opened.clear()
    entrusted._folders.clear()


def test_what_was_opened_is_read_though_it_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "settings"
    file.write_bytes(b"A=1\n")
    file.chmod(0o600)
    entrusted.open_file(file)
    file.unlink()
    assert (entrusted.read(file), entrusted.read(file)) == (b"A=1\n", b"A=1\n")
    assert entrusted.holds(file) and entrusted.is_there(file)
    assert entrusted.look(file).st_mode & 0o777 == 0o600


def test_a_folder_is_what_it_held(tmp_path: Path) -> None:
    folder = tmp_path / "credentials"
    (folder / "inner").mkdir(parents=True)
    (folder / "KEY").write_bytes(b"one")
    entrusted.open_folder(folder)
    (folder / "KEY").unlink()
    (folder / "LATER").write_bytes(b"two")
    assert entrusted.names(folder) == ["KEY", "inner"]
    assert entrusted.read(folder / "KEY") == b"one"
    with pytest.raises(FileNotFoundError):
        entrusted.read(folder / "LATER")
    assert not entrusted.holds(folder / "inner")


def test_what_was_not_opened_is_as_ever(tmp_path: Path) -> None:
    entrusted.open_file(tmp_path / "gone")
    entrusted.open_folder(tmp_path / "gone")
    (tmp_path / "here").write_bytes(b"here")
    assert entrusted.read(tmp_path / "here") == b"here"
    assert entrusted.names(tmp_path) == ["here"]
    assert entrusted.look(tmp_path / "here").st_size == 4
    assert (entrusted.is_there(tmp_path / "here"), entrusted.is_there(tmp_path / "gone")) == (True, False)
    with pytest.raises(FileNotFoundError):
        entrusted.read(tmp_path / "gone")


def test_a_process_of_ours_can_be_told(tmp_path: Path) -> None:
    (tmp_path / "KEY").write_bytes(b"one")
    entrusted.open_folder(tmp_path)
    opened, folders = json.loads(json.dumps(entrusted.told()))
    entrusted._folders.clear()
    handle = entrusted._opened.pop(tmp_path / "KEY")
    (tmp_path / "KEY").unlink()
    entrusted.adopt(opened, folders)
    assert entrusted._opened == {tmp_path / "KEY": handle}
    assert (entrusted.names(tmp_path), entrusted.read(tmp_path / "KEY")) == (["KEY"], b"one")
