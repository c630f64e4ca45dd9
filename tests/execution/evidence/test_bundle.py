"""The walk through the state directory, while its owner moves folders about."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from execution.evidence.bundle import DEEPEST, new_bundle, walk
from execution.settings.redaction import NOTHING_KNOWN

NOW = datetime(2026, 11, 20, 15, 31, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    root = tmp_path / "state"
    for name in ("aaa/inner", "bbb"):
        (root / name).mkdir(parents=True)
        (root / name / "file").write_text(name)
    (root / "first").write_text("first")
    return root


def test_a_folder_that_becomes_a_link_is_left_out(tmp_path: Path, state: Path) -> None:
    """S4: whoever owns the directory exchanges a folder after the walk has seen it."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("root's")
    with new_bundle(tmp_path / "out", NOTHING_KNOWN, NOW) as bundle:
        walked = walk(state, bundle)
        assert next(walked).name == "first"
        (state / "bbb").rename(tmp_path / "was")
        (state / "bbb").symlink_to(elsewhere)
        assert [(one.name, one.read()) for one in walked] == [("aaa/inner/file", b"aaa/inner")]
        assert [(one.name, one.why) for one in bundle.not_in] == [("state/bbb", "cannot be listed: Not a directory")]


def test_a_file_that_becomes_a_link_is_not_read(tmp_path: Path, state: Path) -> None:
    with new_bundle(tmp_path / "out", NOTHING_KNOWN, NOW) as bundle:
        walked = walk(state, bundle)
        first = next(walked)
        (state / "first").unlink()
        (state / "first").symlink_to(tmp_path / "out")
        with pytest.raises(OSError, match="symbolic links"):
            first.read()


def test_a_tower_of_folders_is_not_climbed(tmp_path: Path, state: Path) -> None:
    (state / "/".join(["d"] * 40)).mkdir(parents=True)
    with new_bundle(tmp_path / "out", NOTHING_KNOWN, NOW) as bundle:
        assert len(list(walk(state, bundle))) == 3
        assert [one.why for one in bundle.not_in] == [f"lies deeper than {DEEPEST} folders"]


def test_a_directory_that_is_not_there_is_noted(tmp_path: Path) -> None:
    with new_bundle(tmp_path / "out", NOTHING_KNOWN, NOW) as bundle:
        assert list(walk(tmp_path / "gone", bundle)) == []
        assert bundle.not_in[0].why == "cannot be listed: No such file or directory"
    assert os.stat(tmp_path / "out").st_mode & 0o777 == 0o600
