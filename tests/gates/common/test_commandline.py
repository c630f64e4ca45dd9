"""A command made of verbs: what ends one becomes an exit code and words, whatever it is."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from gates.common.commandline import Program

VERBS = {
    "works": "return 7",
    "interrupted": "raise KeyboardInterrupt",
    "broken": "raise RuntimeError('the secret is 1234')",
    "piped": "raise BrokenPipeError",
    "prints": "print('a line'); return 3",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package of verbs of its own, and two cleaners: one that cleans, one that fails."""
    root = tmp_path / "some_verbs"
    root.mkdir()
    (root / "__init__.py").touch()
    for name, body in VERBS.items():
        text = f'"""{name}."""\n\n\ndef configure(parser):\n    pass\n\n\ndef main(args, environ):\n    {body}\n'
        (root / f"{name}.py").write_text(text)
    (root / "cleaning.py").write_text("def clean(text, environ):\n    return text.replace('1234', '[redacted]')\n")
    (root / "failing.py").write_text("def clean(text, environ):\n    raise ValueError\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "some_verbs"]:
        monkeypatch.delitem(sys.modules, name)
    return "some_verbs"


def program(package: str, cleaner: str = "") -> Program:
    return Program("some", package, {"all": dict.fromkeys(VERBS, "a verb")}, "the end", cleaner)


def test_a_verbs_number_is_the_exit_code(package: str) -> None:
    assert program(package).run(["works"]) == 7


def test_an_interrupt_is_said(package: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert program(package).run(["interrupted"]) == 130
    assert capsys.readouterr().err == "some: interrupted\n"


@pytest.mark.parametrize(
    ("cleaner", "shown", "hidden"),
    [
        ("", "RuntimeError: the secret is 1234", "[redacted]"),
        ("some_verbs.cleaning", "RuntimeError: the secret is [redacted]", "1234"),
        ("some_verbs.failing", "broken.py", "1234"),
    ],
)
def test_a_bug_is_ours_and_its_words_are_cleaned(
    package: str, capsys: pytest.CaptureFixture[str], cleaner: str, shown: str, hidden: str
) -> None:
    assert program(package, cleaner).run(["broken"]) == 70
    said = capsys.readouterr().err
    assert said.startswith("some: this is a bug of ours")
    assert shown in said
    assert hidden not in said


@pytest.mark.parametrize(("verb", "code"), [("piped", 0), ("prints", 3)])
def test_a_reader_that_left_is_no_failure(
    package: str, monkeypatch: pytest.MonkeyPatch, verb: str, code: int
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with io.TextIOWrapper(open(writing, "wb"), encoding="utf-8") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert program(package).run([verb]) == code


def test_a_stream_that_is_no_files_is_written_all_the_same(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    assert program(package).run(["prints"]) == 3
    assert out.getvalue() == "a line\n"


def test_without_a_verb_the_help_is_a_usage_error(package: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert program(package).run([]) == 64
    assert "works" in capsys.readouterr().err
    assert program(package).run(["--help"]) == 0
    assert "the end" in capsys.readouterr().out
