"""What the command line of a droplet takes over from systemd and from root's shell, and what it hands to the verb."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

import pytest

from execution.units import command
from execution.units.command import clear_away, copy_secrets, dropping, give, kill, settings_of


@pytest.fixture
def me() -> pwd.struct_passwd:
    return pwd.getpwuid(os.geteuid())


def test_settings_are_read_as_systemd_prints_them() -> None:
    said = "AVWAP_ENV_FILE=/etc/x DRY_RUN=1 'SLACK_CHANNEL=a channel; with $(odd) words' lower=1 =x NOTHING\n"
    assert settings_of(said) == {
        "AVWAP_ENV_FILE": "/etc/x",
        "DRY_RUN": "1",
        "SLACK_CHANNEL": "a channel; with $(odd) words",
    }


def test_only_the_screen_and_who_says_sudo_come_from_roots_shell(
    me: pwd.struct_passwd, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "TERM": "xterm",
        "SUDO_USER": "ann",
        "LANG": "a\x1bb",
        "PYTHONPATH": "/x",
        "KILL_SWITCH": "0",
    }.items():
        monkeypatch.setenv(name, value)
    found = command.environment(me, "no-such-unit")
    assert (found["TERM"], found["SUDO_USER"], found["HOME"]) == ("xterm", "ann", me.pw_dir)
    assert not {"LANG", "PYTHONPATH", "KILL_SWITCH"} & found.keys()


def test_every_privilege_is_dropped(me: pwd.struct_passwd) -> None:
    words = dropping(me)
    assert words[0].endswith("/setpriv") and words[-1] == "--"
    assert {"--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", f"--reuid={me.pw_uid}"} <= set(words)


def test_secrets_are_copied_for_one_user_and_the_last_folder_counts(tmp_path: Path, me: pwd.struct_passwd) -> None:
    first, second, handed = (tmp_path / name for name in ("first", "second", "handed"))
    for folder in (first, second, handed):
        folder.mkdir()
    (first / "A").write_text("1")
    (second / "A").write_text("2")
    (second / "LINK").symlink_to(first / "A")
    (second / "below").mkdir()
    for source in (first, second, tmp_path / "none"):
        copy_secrets(source, handed, me)
    assert {path.name: path.read_text() for path in handed.iterdir()} == {"A": "2"}
    assert stat.S_IMODE((handed / "A").stat().st_mode) == 0o400


def test_what_a_killed_call_left_is_cleared_away(tmp_path: Path) -> None:
    for name in ("avwap-999999999", f"avwap-{os.getpid()}", "execution.service"):
        (tmp_path / name).mkdir()
    clear_away(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"avwap-{os.getpid()}", "execution.service"}


@pytest.mark.skipif(os.geteuid() != 0, reason="giving files away needs root")
def test_only_a_plain_file_of_roots_is_handed_over(tmp_path: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    plain, link, twice, other = (tmp_path / name for name in ("plain", "link", "twice", "other"))
    plain.write_text("x")
    other.write_text("x")
    link.symlink_to(other)
    twice.hardlink_to(other)
    for path in (plain, link, twice, tmp_path / "none"):
        give(path, nobody)
    assert (plain.stat().st_uid, other.stat().st_uid) == (nobody.pw_uid, 0)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "no reason given"),
        (["--reason", "odd fills", "--broker"], "odd fills"),
        (["--reason=odd"], "odd"),
        (["--reason"], "no reason given"),
        (["--reson", "x"], "no reason given"),
    ],
)
def test_a_kill_of_root_lies_in_its_own_folder_whatever_is_typed(tmp_path: Path, words: list[str], why: str) -> None:
    kill(tmp_path, words, {})
    marker = tmp_path / "KILL_SWITCH"
    assert f"why: {why}" in marker.read_text()
    assert stat.S_IMODE(marker.stat().st_mode) == 0o644


def test_no_kill_where_help_is_asked_or_no_folder_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kill(tmp_path, ["--help"], {})
    kill(tmp_path / "none", [], {})
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().err == ""
