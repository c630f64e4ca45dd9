"""KILL_SWITCH and PAUSED as files: by their name alone, and only where the directory is known."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from execution.state.markers import known_state_dir, put_up, said_inside, take_down, who
from gates.base.environment import CHECKOUT
from gates.base.errors import SettingsError
from gates.base.statefile import StateUnwritable

AT = datetime(2026, 11, 20, 15, 31, 2, tzinfo=UTC)


def test_who_when_and_why_are_inside(tmp_path: Path) -> None:
    path = tmp_path / "KILL_SWITCH"
    assert put_up(path, AT, "alice", "odd\nfills") == [f"{path} is there now"]
    assert path.read_text() == "by: alice\nat: 2026-11-20 10:31:02 EST\nwhy: odd fills\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert said_inside(path) == "by: alice; at: 2026-11-20 10:31:02 EST; why: odd fills"


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir, lambda path: path.symlink_to("nowhere")])
def test_one_that_is_there_already_in_any_form_is_success_and_stays(tmp_path: Path, make: object) -> None:
    path = tmp_path / "KILL_SWITCH"
    make(path)  # type: ignore[operator]
    before = path.lstat()
    assert put_up(path, AT, "alice", None) == [f"{path} was there already"]
    assert path.lstat() == before


def test_a_name_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    with pytest.raises(StateUnwritable):
        put_up(tmp_path / "gone" / "KILL_SWITCH", AT, "alice", None)


def test_taking_down(tmp_path: Path) -> None:
    path = tmp_path / "PAUSED"
    assert take_down(path) is False
    put_up(path, AT, "alice", None)
    assert take_down(path) is True and not path.exists()
    path.mkdir()
    assert take_down(path) is True and not path.exists(), "an empty directory is a marker like any other"
    path.mkdir()
    (path / "inside").touch()
    with pytest.raises(StateUnwritable):
        take_down(path)


def test_what_cannot_be_read_is_said_in_words(tmp_path: Path) -> None:
    assert said_inside(tmp_path) == "(is not a regular file)"
    (tmp_path / "x").touch()
    assert said_inside(tmp_path / "x") == "(empty)"


def test_sudo_is_named() -> None:
    plain = who({})
    assert plain and who({"SUDO_USER": "alice"}) == f"{plain} (sudo by alice)"
    assert who({"SUDO_USER": plain}) == plain


def test_the_environment_names_the_directory_whatever_else_is_wrong(tmp_path: Path) -> None:
    environ = {"AVWAP_STATE_DIR": str(tmp_path), "AVWAP_ENV_FILE": "/nowhere", "MAX_LIVE_ORDERS": "x", "BROKER": "??"}
    assert known_state_dir(environ).root == tmp_path
    assert known_state_dir({"AVWAP_ENV_FILE": os.devnull, "STATE_DIRECTORY": str(tmp_path)}).root == tmp_path
    assert known_state_dir({"AVWAP_ENV_FILE": os.devnull}).root == CHECKOUT / "state"


def test_the_env_file_names_it_although_another_line_is_broken(tmp_path: Path) -> None:
    env = tmp_path / "env"
    env.write_text(f"AVWAP_STATE_DIR={tmp_path}\nnot a line\n")
    assert known_state_dir({"AVWAP_ENV_FILE": str(env)}).root == tmp_path


@pytest.mark.parametrize("text", [None, "not a line\n"])
def test_a_directory_nobody_can_name_is_refused_and_not_guessed(tmp_path: Path, text: str | None) -> None:
    """A kill file in the wrong directory would be believed and stop nothing."""
    env = tmp_path / "env"
    if text is not None:
        env.write_text(text)
    with pytest.raises(SettingsError, match="set AVWAP_STATE_DIR"):
        known_state_dir({"AVWAP_ENV_FILE": str(env)})
    with pytest.raises(SettingsError, match="AVWAP_STATE_DIR"):
        known_state_dir({"AVWAP_STATE_DIR": ""})
