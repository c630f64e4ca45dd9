"""Who else may write a settings file, or the folder it lies in, and what is said about it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from gates.base.writers import MOST_FILE_BYTES, not_ours_alone, written_by_others


def seen(mode: int, *, uid: int | None = None, gid: int | None = None, size: int = 0) -> os.stat_result:
    ours = os.geteuid() if uid is None else uid, os.getegid() if gid is None else gid
    return os.stat_result((mode, 0, 0, 1, *ours, size, 0, 0, 0))


@pytest.mark.parametrize(
    ("info", "said"),
    [
        (seen(stat.S_IFREG | 0o600), None),
        (seen(stat.S_IFREG | 0o664), None),
        (seen(stat.S_IFREG | 0o644, uid=0, gid=4242), None),
        (seen(stat.S_IFREG | 0o600, uid=4242), "belongs to user 4242"),
        (seen(stat.S_IFREG | 0o606), "may be written by everybody (0606)"),
        (seen(stat.S_IFREG | 0o660, gid=4242), "may be written by group 4242 (0660)"),
    ],
)
def test_others_who_may_write_are_named(info: os.stat_result, said: str | None) -> None:
    for found in (written_by_others(info), not_ours_alone(info)):
        assert (found is None) if said is None else (found is not None and found.startswith(said))


def test_a_settings_file_has_a_size_and_the_null_device_is_one_without() -> None:
    assert not_ours_alone(seen(stat.S_IFREG | 0o600, size=MOST_FILE_BYTES)) is None
    assert not_ours_alone(seen(stat.S_IFREG | 0o600, size=MOST_FILE_BYTES + 1)) is not None
    assert not_ours_alone(Path(os.devnull).stat()) is None
