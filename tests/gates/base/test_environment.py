"""How far a misspelt name is from the right one, what of a wrong value is shown, and whose settings file is obeyed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from dotenv.parser import parse_stream

from gates.base.environment import CHECKOUT, ENV_FILE, edits, env_file_of, is_checkout, read_environment, shown
from gates.base.settings import Setting, text


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("", "", 0),
        ("DRY_RUN", "DRY_RUN", 0),
        ("", "AB", 2),
        ("AB", "", 2),
        ("XDRY_RUN", "DRY_RUN", 1),
        ("DRY_RUN", "XXDRY_RUN", 2),
        ("DRY_RNU", "DRY_RUN", 2),
        ("DRY_RAN", "DRY_RUN", 1),
        ("KITTEN", "SITTING", 3),
    ],
)
def test_the_letters_that_differ_are_counted(one: str, other: str, count: int) -> None:
    assert (edits(one, other), edits(other, one)) == (count, count)


PLAIN = Setting("MAX_LIVE_POSITIONS", text, "5", "")
KEY = "aZ3kP9qLm2Xw7RtYc5Vb8NsHd4JfGu6TgEo1WiQx"


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (None, "None"),
        ("", "(empty)"),
        ("five", "five"),
        ("1e3", "1e3"),
        ("5 dollars and some more", "5 dollars and some m…"),
        ("https://paper-api.alpaca.markets", "https://paper-api.al…"),
        (KEY, "(not shown, 40 characters)"),
        ("PKQ7W3E9R5T1Y8U2I6O4", "(not shown, 20 characters)"),
        (f"x {KEY}", "(not shown, 42 characters)"),
        ("https://PKID:hunter2@api.example.com", "(not shown, 36 characters)"),
        ("a\x1b[2Kb\nc", "a\\x1b[2Kb\\nc"),
        ("watchlist-2026-11-20", "watchlist-2026-11-20"),
    ],
)
def test_what_of_a_wrong_value_is_shown(value: str | None, seen: str) -> None:
    assert shown(PLAIN, value) == seen


def test_a_secret_is_never_shown() -> None:
    assert shown(Setting("X", text, None, "", secret=True), "x") == "(secret)"


def read(path: Path) -> tuple[dict[str, str], list[str]]:
    merged, mistakes = read_environment({"AVWAP_ENV_FILE": str(path)}, [], parse_stream)
    return {key: value for key, value in merged.items() if key == "X"}, [mistake.remedy for mistake in mistakes]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_text("X=1\n")
    return path


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o400])
def test_a_settings_file_of_ours_is_obeyed(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert read(file) == ({"X": "1"}, [])


@pytest.mark.parametrize(("mode", "shows"), [(0o666, "0666"), (0o602, "0602")])
def test_a_settings_file_that_others_may_write_is_not(file: Path, mode: int, shows: str) -> None:
    file.chmod(mode)
    assert read(file) == ({}, [f"may be written by everybody ({shows}); chmod o-w it"])


def test_a_link_does_not_hide_whose_it_is(file: Path, tmp_path: Path) -> None:
    file.chmod(0o666)
    (tmp_path / "link").symlink_to(file)
    assert read(tmp_path / "link")[0] == {}


@pytest.mark.parametrize(
    ("uid", "gid", "mode", "problem"),
    [
        (12345, 0, 0o600, "belongs to user 12345; give it to root or to the user who runs this"),
        (0, 12345, 0o664, "may be written by group 12345 (0664); chmod g-w it"),
        (0, 12345, 0o644, None),
        (0, 0, 0o664, None),
    ],
)
def test_a_settings_file_of_somebody_else_is_not(
    file: Path, uid: int, gid: int, mode: int, problem: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose it is comes from the open file; only root could give one away, so the answer is put in its place."""
    info = list(os.stat(file))
    info[0], info[4], info[5] = 0o100000 | mode, uid, gid
    monkeypatch.setattr(os, "fstat", lambda handle: os.stat_result(info))
    assert read(file) == (({}, [problem]) if problem else ({"X": "1"}, []))


def test_a_settings_file_of_megabytes_is_none(file: Path) -> None:
    file.write_text("X=1\n" + "#" * (1 << 20))
    assert read(file) == ({}, ["is larger than 1 MB; no settings file is"])
    assert read(Path("/dev/null")) == ({}, [])


def test_a_checkouts_settings_file_is_its_own_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_checkout() and env_file_of({}) == CHECKOUT / ".env"
    assert env_file_of({ENV_FILE: "other.env"}) == tmp_path / "other.env"
    assert env_file_of({ENV_FILE: ""}) == CHECKOUT / ".env"


def test_an_installed_program_looks_into_the_current_directory_while_only_its_user_can_write_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    unpacked = tmp_path / "site-packages"
    assert env_file_of({}, unpacked) == tmp_path / ".env"
    tmp_path.chmod(0o777)
    assert env_file_of({}, unpacked) == Path(os.devnull)
    tmp_path.chmod(0o700)
    assert env_file_of({}, unpacked) == tmp_path / ".env"
    monkeypatch.chdir(sys.prefix)
    assert env_file_of({}, unpacked) == Path(os.devnull)


def test_a_current_directory_that_is_gone_holds_no_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here").rmdir()
    assert env_file_of({}, tmp_path) == Path(os.devnull)
