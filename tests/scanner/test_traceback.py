"""A bug of the scanner's is told without secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.__main__ import SCANNER
from scanner.cli import show
from scanner.traceback import clean

SECRET = "aZ3kP9qLm2Xw7RtYc5Vb8NsHd4JfGu6TgEo1WiQx"


def test_values_whose_names_sound_secret_are_hidden(tmp_path: Path) -> None:
    settings = tmp_path / "scanner.env"
    settings.write_text("APCA_API_KEY_ID=hunterhunter\nSLACK_BOT_TOKEN=xoxb-1-secret\nSCAN_MAX_ROWS=40\n")
    environ = {"AVWAP_ENV_FILE": str(settings), "APCA_API_SECRET_KEY": SECRET, "PASS": "abc", "HOME": "/home/hunter"}
    text = f"boom {SECRET}, {SECRET[5:18]}, hunterhunter, xoxb-1-secret, abc, /home/hunter, 40"
    assert clean(text, environ) == "boom [redacted], [redacted], [redacted], [redacted], abc, /home/hunter, 40"


def test_the_command_says_it_cleaned(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("AVWAP_ENV_FILE", "/dev/null")
    monkeypatch.setenv("APCA_API_SECRET_KEY", SECRET)

    def broken(*_: object) -> int:
        raise RuntimeError(f"boom {SECRET}")

    monkeypatch.setattr(show, "main", broken)
    assert SCANNER.run(["show"]) == 70
    assert "RuntimeError: boom [redacted]" in capsys.readouterr().err
