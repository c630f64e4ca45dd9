"""Which directory holds the state, and what keeps it from being known."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from execution.settings.parsing import env_file_lines
from gates.base.environment import CHECKOUT, Mistake
from gates.base.where import Unplaced, placed, state_root

NO_ENV_FILE = {"AVWAP_ENV_FILE": os.devnull}


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({"AVWAP_STATE_DIR": "/srv/a", "STATE_DIRECTORY": "/srv/b"}, Path("/srv/a")),
        ({"STATE_DIRECTORY": "/srv/b"}, Path("/srv/b")),
        ({}, CHECKOUT / "state"),
        ({"STATE_DIRECTORY": ""}, CHECKOUT / "state"),
        ({"AVWAP_STATE_DIR": "a"}, Path("a").absolute()),
    ],
)
def test_which_directory_holds_the_state(variables: dict[str, str], found: Path) -> None:
    environ = {**NO_ENV_FILE, **variables}
    assert state_root(environ, env_file_lines) == found
    assert placed(environ, environ.get("AVWAP_STATE_DIR")) == found


@pytest.mark.parametrize(
    ("variables", "file", "root"),
    [
        ({"AVWAP_STATE_DIR": "/a"}, "AVWAP_STATE_DIR=/b", "/a"),
        ({"AVWAP_STATE_DIR": "/a"}, "no line of ours", "/a"),
        ({"STATE_DIRECTORY": "/made"}, "AVWAP_STATE_DIR=/b", "/b"),
        ({}, "no line of ours\nAVWAP_STATE_DIR=/b", "/b"),
        ({"STATE_DIRECTORY": "/made"}, "no line of ours", "/made"),
    ],
)
def test_the_settings_file_is_believed_after_the_environment(
    tmp_path: Path, variables: dict[str, str], file: str, root: str
) -> None:
    (tmp_path / "env").write_text(file)
    assert state_root({**variables, "AVWAP_ENV_FILE": str(tmp_path / "env")}, env_file_lines) == Path(root)


@pytest.mark.parametrize(
    ("made", "otherwise"), [({"STATE_DIRECTORY": "/made"}, Path("/made")), ({}, CHECKOUT / "state")]
)
@pytest.mark.parametrize(
    ("named", "line"),
    [
        ("", "AVWAP_STATE_DIR=(empty): name a directory or remove the variable"),
        (
            "~/a/longer/path/than/is/shown",
            "AVWAP_STATE_DIR=~/a/longer/path/than/is/shown: write the whole path; ~ is not expanded",
        ),
        ("/a\0b", "AVWAP_STATE_DIR=/a\0b: no path holds a zero byte; write it anew"),
    ],
)
def test_a_name_that_is_no_path_leaves_it_unknown(named: str, line: str, made: dict[str, str], otherwise: Path) -> None:
    place = state_root({**NO_ENV_FILE, **made, "AVWAP_STATE_DIR": named}, env_file_lines)
    assert isinstance(place, Unplaced)
    assert (place.misnamed, place.otherwise, [str(mistake) for mistake in place.mistakes]) == (True, otherwise, [line])


def test_a_settings_file_that_cannot_be_read_may_have_named_it() -> None:
    environ = {"AVWAP_ENV_FILE": "/nowhere"}
    place = state_root(environ, env_file_lines)
    assert isinstance(place, Unplaced)
    assert (place.misnamed, place.otherwise) == (False, CHECKOUT / "state")
    assert [mistake.name for mistake in place.mistakes] == ["AVWAP_ENV_FILE"]


def lines(place: Path | Unplaced) -> list[str]:
    assert isinstance(place, Unplaced) and place.misnamed
    return [str(mistake) for mistake in place.mistakes]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a wheel is installed, for a process that runs from there."""
    (tmp_path / "venv" / "site").mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    return tmp_path / "venv"


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({"HOME": "/home/me"}, "/home/me/.local/state/avwap"),
        ({"HOME": "/home/me", "XDG_STATE_HOME": ""}, "/home/me/.local/state/avwap"),
        ({"HOME": "/home/me", "XDG_STATE_HOME": "state"}, "/home/me/.local/state/avwap"),
        ({"HOME": "/home/me", "XDG_STATE_HOME": "~/state"}, "/home/me/.local/state/avwap"),
        ({"HOME": "/home/me", "XDG_STATE_HOME": "/srv/mine"}, "/srv/mine/avwap"),
        ({"XDG_STATE_HOME": "/srv/mine"}, "/srv/mine/avwap"),
        ({"XDG_STATE_HOME": "/srv/mine", "STATE_DIRECTORY": "/srv/b"}, "/srv/b"),
        ({"XDG_STATE_HOME": "/srv/mine", "AVWAP_STATE_DIR": "/srv/a", "STATE_DIRECTORY": "/srv/b"}, "/srv/a"),
        ({"AVWAP_STATE_DIR": "/srv/a"}, "/srv/a"),
    ],
)
def test_an_installed_program_keeps_state_where_users_programs_do(
    program: Path, variables: dict[str, str], found: str
) -> None:
    environ = {**NO_ENV_FILE, **variables}
    assert state_root(environ, env_file_lines, program / "site") == Path(found)
    assert placed(environ, environ.get("AVWAP_STATE_DIR"), program / "site") == Path(found)


@pytest.mark.parametrize(
    ("variables", "value"), [({}, "(not set)"), ({"HOME": ""}, "(not set)"), ({"HOME": "me"}, "me")]
)
def test_without_a_home_one_line_says_what_to_set(program: Path, variables: dict[str, str], value: str) -> None:
    environ = {**NO_ENV_FILE, **variables, "XDG_STATE_HOME": "not/absolute"}
    place = state_root(environ, env_file_lines, program / "site")
    remedy = "state needs a place; set it to your home directory's whole path, or set AVWAP_STATE_DIR"
    assert lines(place) == [f"HOME={value}: {remedy}"]
    for named, unknown in (({"AVWAP_STATE_DIR": "~/a"}, True), ({"AVWAP_ENV_FILE": "/nowhere"}, False)):
        other = state_root({**environ, **named}, env_file_lines, program / "site")
        assert isinstance(other, Unplaced) and (other.otherwise, other.misnamed) == (None, unknown)


def test_a_checkout_needs_no_home(program: Path) -> None:
    assert state_root(NO_ENV_FILE, env_file_lines) == CHECKOUT / "state"


def test_a_directory_below_the_program_is_refused_by_its_name_and_through_a_link(program: Path, tmp_path: Path) -> None:
    (tmp_path / "into").symlink_to(program)
    reason = f"lies below {program}, where a new installation of the program deletes it"
    remedy = "unset it, or name a directory elsewhere, and move there what state there is"
    for root in (program, program / "state", tmp_path / "into", tmp_path / "into" / "not" / "made" / "yet"):
        for name in ("AVWAP_STATE_DIR", "STATE_DIRECTORY"):
            place = state_root({**NO_ENV_FILE, name: str(root)}, env_file_lines)
            assert lines(place) == [f"{name}={root}: {reason}; {remedy}"]
    named = state_root({**NO_ENV_FILE, "AVWAP_STATE_DIR": str(program)}, env_file_lines)
    assert isinstance(named, Unplaced) and named.otherwise == CHECKOUT / "state"


def test_a_directory_below_the_program_is_refused_where_none_is_named(program: Path) -> None:
    """The home of a user that is part of the program's tree, or a checkout that lies in it."""
    reason = f"lies below {program}, where a new installation of the program deletes it"
    (program / "src" / "state_templates").mkdir(parents=True)
    for code, root in ((program / "site", program / ".local/state/avwap"), (program / "src", program / "src/state")):
        place = placed({"HOME": str(program)}, None, code)
        remedy = f"without it state is {root}, which {reason}; set it, and move there what state there is"
        assert lines(place) == [f"AVWAP_STATE_DIR=(not set): {remedy}"]


def test_a_program_below_the_checkout_or_beside_the_directory_is_no_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state_templates").mkdir()
    (tmp_path / "way" / "out").mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    assert placed({}, None, tmp_path) == tmp_path / "state"
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "sta"))
    assert placed({}, None, tmp_path) == tmp_path / "state"
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "link"))
    (tmp_path / "link").symlink_to(tmp_path / "way" / "out")
    assert isinstance(placed({}, str(tmp_path / "way/out/state"), tmp_path), Unplaced)


def test_a_program_installed_in_the_root_directory_refuses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python calls its place / where it is started by a link /bin to /usr/bin."""
    monkeypatch.setattr(sys, "prefix", "/")
    assert placed({}, "/srv/a") == Path("/srv/a")


def test_what_the_settings_readers_said_already_is_not_said_twice() -> None:
    place = placed({}, "~/a")
    assert isinstance(place, Unplaced)
    assert place.beside([Mistake("MAX_LIVE_POSITIONS", "many", "write a number")]) == place.mistakes
    assert place.beside([Mistake("AVWAP_STATE_DIR", "~/a", "write the whole path")]) == ()
