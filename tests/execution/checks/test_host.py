"""What the machine tells: file modes and owners, room, systemd's answers, versions; at real files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from execution.checks import host
from execution.checks.facts import Directory, SecretFile, SecretKind, Unit
from execution.checks.finding import Unknown
from execution.state.directory import StateDir
from gates.base.statefile import render, replace, sealed


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    (tmp_path / "state").mkdir(0o700)
    return StateDir(tmp_path / "state")


def test_the_directory_as_it_is(state: StateDir) -> None:
    state.root.chmod(0o750)
    found = host.directory(state)
    assert isinstance(found, Directory)
    assert (found.mode, found.writable) == (0o750, True)
    assert 0 < found.free_bytes <= found.total_bytes


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    gone = StateDir(tmp_path / "gone")
    assert host.directory(gone) == Unknown(f"{gone.root}: No such file or directory", "run `execution init`")


def test_files_with_secrets_are_found_with_mode_and_owner(state: StateDir, tmp_path: Path) -> None:
    env, token, credentials = tmp_path / "my.env", state.token, tmp_path / "credentials"
    env.write_text("A=1\n")
    env.chmod(0o640)
    token.write_text("x")
    token.chmod(0o604)
    credentials.mkdir()
    (credentials / "SLACK_BOT_TOKEN").write_text("x")
    (credentials / "SLACK_BOT_TOKEN").chmod(0o400)
    environ = {"AVWAP_ENV_FILE": str(env), "CREDENTIALS_DIRECTORY": str(credentials)}
    me = os.geteuid()
    assert host.secret_files(state, environ) == (
        SecretFile(SecretKind.SETTINGS, env, 0o640, me, secret=False),
        SecretFile(SecretKind.TOKEN, token, 0o604, me),
        SecretFile(SecretKind.CREDENTIAL, credentials / "SLACK_BOT_TOKEN", 0o400, me),
    )


def test_no_file_and_no_device_is_no_secret(state: StateDir) -> None:
    assert host.secret_files(state, {"AVWAP_ENV_FILE": "/dev/null"}) == ()
    gone = host.secret_files(state, {"AVWAP_ENV_FILE": "/dev/null", "CREDENTIALS_DIRECTORY": str(state.root / "no")})
    assert gone == ()


def test_a_token_that_is_a_link_is_no_token(state: StateDir, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("x")
    state.token.symlink_to(tmp_path / "elsewhere")
    (found,) = host.secret_files(state, {"AVWAP_ENV_FILE": "/dev/null"})
    assert found.problem == "is not a regular file"


def test_a_linked_settings_file_is_as_open_as_what_it_names(state: StateDir, tmp_path: Path) -> None:
    real, link = tmp_path / "real.env", tmp_path / "link.env"
    real.write_text("")
    real.chmod(0o644)
    link.symlink_to(real)
    (found,) = host.secret_files(state, {"AVWAP_ENV_FILE": str(link)})
    assert (found.mode, found.problem) == (0o644, None)


def test_owners_are_root_us_and_the_directorys(state: StateDir) -> None:
    assert host.owners(state) == {0, os.geteuid(), state.root.stat().st_uid}
    assert host.owners(StateDir(state.root / "gone")) == {0, os.geteuid()}


SHOWN = """\
Id=execution.timer
LoadState=loaded
ActiveState=active

Id=scanner.timer
LoadState=not-found
ActiveState=inactive
"""


def test_systemctls_blocks_are_units() -> None:
    assert host.units_of(SHOWN) == (
        Unit("execution.timer", "loaded", "active"),
        Unit("scanner.timer", "not-found", "inactive"),
    )


@pytest.mark.parametrize("said", ["", "Failed to connect to bus", "Id=a\nLoadState=loaded\n"])
def test_an_answer_of_another_shape_is_not_understood(said: str) -> None:
    assert host.units_of(said) == Unknown("systemctl's answer was not understood")


def test_a_program_that_is_not_there_or_fails_is_unknown() -> None:
    assert host._asked(["no-such-program-of-ours"]) == Unknown("no-such-program-of-ours is not installed")
    assert host._asked(["false"]) == Unknown("false left with 1")
    assert host._asked(["echo", "here"]) == "here\n"


def test_the_software_of_this_very_checkout_is_in_order() -> None:
    found = host.software()
    assert (found.missing, found.unfit) == ((), ())
    assert {"msgspec", "requests", "alpaca-py"} <= found.packages.keys()
    assert not {"pytest", "mypy"} & found.packages.keys()


@pytest.mark.parametrize(
    ("requirement", "bounds"),
    [
        ("alpaca-py<0.45,>=0.43", ("alpaca-py", "0.43", "0.45")),
        ("alpaca-py>=0.43,<0.45", ("alpaca-py", "0.43", "0.45")),
        ("msgspec >= 0.19", ("msgspec", "0.19", "")),
        ("tzdata", ("tzdata", "", "")),
        ("", ("", "", "")),
    ],
)
def test_a_requirement_has_a_name_and_bounds(requirement: str, bounds: tuple[str, str, str]) -> None:
    assert host._bounds(requirement) == bounds


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("1.26.4", (1, 26, 4)), ("0.9", (0, 9)), ("2026.1", (2026, 1)), ("2.0.0rc1", (2, 0)), ("", ())],
)
def test_versions_compare_as_numbers(version: str, numbers: tuple[int, ...]) -> None:
    assert host._numbers(version) == numbers


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("A=1\n# APCA_API_KEY_ID=PK1\n", False),
        ("APCA_API_SECRET_KEY=x\n", True),
        ("SLACK_WEBHOOK_URL=\n", True),
        ("\xff", True),
    ],
)
def test_a_settings_file_is_secret_when_it_names_a_secret(
    state: StateDir, tmp_path: Path, text: str, secret: bool
) -> None:
    env = tmp_path / "my.env"
    env.write_bytes(text.encode("latin-1"))
    (found,) = host.secret_files(state, {"AVWAP_ENV_FILE": str(env)})
    assert found.secret is secret


def test_the_drop_ins_that_were_installed_and_are_gone(tmp_path: Path) -> None:
    folder, record_path = tmp_path / "execution.service.d", tmp_path / "installed.json"
    folder.mkdir()
    kept, lost = folder / "a.conf.example", folder / "b.conf.example"
    kept.touch()
    written = {str(path): "0" for path in (kept, lost, folder / "10-dry-run.conf", tmp_path / "x.service.example")}
    replace(record_path, render(sealed({"schema": 1, "files": written, "links": {}, "directories": []})))
    assert host.lost_drop_ins(record_path) == ("b.conf.example",)
    assert isinstance(host.lost_drop_ins(tmp_path / "none.json"), Unknown)
