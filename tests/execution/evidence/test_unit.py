"""What systemd tells of a unit, asked of programs that stand in the place of systemctl and journalctl."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from execution.evidence.unit import LINES, MOST_CHARACTERS, NAME, is_tried_again, last_lines
from execution.settings.redaction import NOTHING_KNOWN, Known

UNIT = "scanner.service"
Program = Callable[[str, str], None]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Puts a shell script where a program is looked for, in a PATH that has nothing else."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def put(name: str, script: str) -> None:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    return put


@pytest.mark.parametrize(
    ("active", "restart", "again"),
    [
        ("activating", "on-failure", True),  # it waits for its next try
        ("failed", "on-failure", False),  # it has given up
        ("activating", "no", False),
        ("inactive", "no", False),
    ],
)
def test_a_unit_is_tried_again_unless_it_failed_or_never_is(
    program: Program, active: str, restart: str, again: bool
) -> None:
    program("systemctl", f"echo ActiveState={active}; echo Restart={restart}")
    assert is_tried_again(UNIT) is again


@pytest.mark.parametrize("script", ["", "exit 1", "echo ActiveState=activating; echo Restart=always; exit 4", "echo ?"])
def test_what_systemd_does_not_tell_counts_as_failed(program: Program, script: str) -> None:
    program("systemctl", script)
    assert not is_tried_again(UNIT)


def test_without_systemd_a_unit_counts_as_failed_and_has_no_lines(program: Program) -> None:
    assert not is_tried_again(UNIT)
    assert last_lines(UNIT, NOTHING_KNOWN) == ("(no journalctl on this host)",)


def test_the_last_lines_are_bounded_and_without_secrets(program: Program) -> None:
    long = "x" * (MOST_CHARACTERS + 1)
    program(
        "journalctl",
        f'for n in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "line $n"; done; echo key SECRETSECRET; echo {long}',
    )
    lines = last_lines(UNIT, Known({"SECRETSECRET": "APCA_API_SECRET_KEY"}))
    assert len(lines) == LINES
    assert lines[0] == "line 3"
    assert "SECRETSECRET" not in lines[-2] and lines[-2].startswith("key ")
    assert lines[-1] == long[:MOST_CHARACTERS]


def test_a_journal_without_lines_says_so_and_one_that_cannot_be_asked_too(program: Program, tmp_path: Path) -> None:
    program("journalctl", "")
    assert last_lines(UNIT, NOTHING_KNOWN) == ("(the journal has no lines of it)",)
    (tmp_path / "journalctl").write_text("#!/nowhere\n")
    assert last_lines(UNIT, NOTHING_KNOWN) == ("(journalctl did not answer: FileNotFoundError)",)


@pytest.mark.parametrize("name", ["execution.service", "execution-failed@scanner.service", r"dev-disk\x2d1.swap"])
def test_names_of_units(name: str) -> None:
    assert NAME.fullmatch(name)


@pytest.mark.parametrize("name", ["", "-n", "a b", "a;b", "a/b", "a\n", "x" * 202])
def test_names_of_nothing(name: str) -> None:
    assert not NAME.fullmatch(name)
