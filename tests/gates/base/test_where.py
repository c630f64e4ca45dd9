"""Which directory holds the state, and what keeps it from being known."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from execution.settings.parsing import env_file_lines
from gates.base.environment import CHECKOUT
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
