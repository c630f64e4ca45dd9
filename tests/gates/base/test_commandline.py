"""A command made of verbs: what ends one becomes an exit code and words, whatever it is."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from gates.base import output
from gates.base.commandline import Program, filled
from gates.base.release import release

Capture = pytest.CaptureFixture[str]
VERBS = {
    "works": "return 7",
    "interrupted": "raise KeyboardInterrupt",
    "reads": "return 0",
    "broken": "raise RuntimeError('the secret is 1234')",
    "piped": "raise BrokenPipeError",
    "prints": "print('a line'); return 3",
    "leaves": "print('a line'); raise SystemExit(2)",
    "leaves_well": "print('a line'); raise SystemExit(0)",
    "draws": "raise ModuleNotFoundError('no', name='matplotlib')",
    "looks_for": "import nowhere_at_all",
    "goes_on": "print('x' * 100_000); print('a line', flush=True); return 5",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package of verbs of its own, and two cleaners: one that cleans, one that fails."""
    root = tmp_path / "some_verbs"
    root.mkdir()
    (root / "__init__.py").touch()
    for name, body in VERBS.items():
        given = "parser.add_argument('--json', action='store_true')" if name == "reads" else "pass"
        text = f'"""{name}."""\n\n\ndef configure(parser):\n    {given}\n\n\ndef main(args, environ):\n    {body}\n'
        (root / f"{name}.py").write_text(text)
    (root / "cleaning.py").write_text("def clean(text, environ):\n    return text.replace('1234', '[redacted]')\n")
    (root / "failing.py").write_text("def clean(text, environ):\n    raise ValueError\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "some_verbs"]:
        monkeypatch.delitem(sys.modules, name)
    return "some_verbs"


def written_to(number: int, *, at_once: bool) -> io.TextIOWrapper:
    """As Python opens standard output, with and without PYTHONUNBUFFERED."""
    raw = io.FileIO(number, "w")
    return io.TextIOWrapper(raw if at_once else io.BufferedWriter(raw), encoding="utf-8", write_through=at_once)


def program(package: str, cleaner: str = "") -> Program:
    return Program("some", package, {"all": dict.fromkeys(VERBS, "a verb")}, "the end", cleaner)


def test_a_verbs_number_is_the_exit_code(package: str) -> None:
    assert program(package).run(["works"]) == 7


def test_without_arguments_of_its_own_it_takes_those_of_the_process(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["some", "works"])
    assert program(package).run() == 7


@pytest.mark.parametrize(("verb", "hint"), [("Work", "did you mean 'works'? "), ("xyz", "")])
def test_a_verb_that_is_not_there(package: str, capsys: Capture, verb: str, hint: str) -> None:
    assert program(package).run([verb]) == 64
    assert f"there is no verb {verb!r}; {hint}`some --help` lists them\n" in capsys.readouterr().err


@pytest.mark.parametrize(("option", "hint"), [("--hlep=1", "did you mean --help? "), ("--xyz", "")])
def test_an_option_that_is_not_there(package: str, capsys: Capture, option: str, hint: str) -> None:
    assert program(package).run(["works", option, "--more"]) == 64
    assert f"unrecognized arguments: {option} --more; {hint}`some works --help` explains\n" in capsys.readouterr().err


def test_help_puts_the_verbs_in_one_column(package: str, capsys: Capture) -> None:
    assert program(package).run(["--help"]) == 0
    lines = "".join(f"  {verb:<11}  a verb\n" for verb in VERBS)
    assert capsys.readouterr().out == f"usage: some VERB [options]\n\nall\n{lines}\nthe end\n"


def test_a_verb_that_reads_draws_for_reading_but_json(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(output, "draw_for_reading", lambda: asked.append("asked"))
    assert program(package).run(["works"]) == 7
    assert asked == []
    assert program(package).run(["reads"]) == 0
    assert asked == ["asked"]
    assert program(package).run(["reads", "--json"]) == 0
    assert asked == ["asked"]


TEXT = """A sentence of the first paragraph that is long enough to be
broken before `half-day` and not in it.

  some works                               an example that is too long to stand in one line
some works AAPL   fits
  some works with words and more words and more words than a line has room for
"""


def test_help_wraps_its_sentences_and_keeps_commands_whole(capsys: Capture) -> None:
    assert filled(TEXT, 60, "some ").splitlines() == [
        "A sentence of the first paragraph that is long enough to be",
        "broken before `half-day` and not in it.",
        "",
        "  some works",
        "        an example that is too long to stand in one line",
        "  some works AAPL   fits",
        "  some works with words and more words and more words",
        "        than a line has room for",
    ]
    assert filled(TEXT, 40, "some ").splitlines()[:3] == [
        "A sentence of the first paragraph that",
        "is long enough to be broken before",
        "`half-day` and not in it.",
    ]


def test_a_mistake_is_one_line(package: str, capsys: Capture) -> None:
    assert program(package).run(["works", "--a\x1b\nb"]) == 64
    assert capsys.readouterr().err.splitlines() == [
        "some works: error: unrecognized arguments: --a\\x1b\\nb; `some works --help` explains"
    ]


def test_the_version_is_said(package: str, capsys: Capture) -> None:
    assert program(package).run(["--version"]) == 0
    assert capsys.readouterr().out == f"some {release()}\n"


def test_a_package_of_an_extra_that_is_missing_is_no_bug(package: str, capsys: Capture) -> None:
    assert program(package).run(["draws"]) == 78
    assert capsys.readouterr().err.startswith("some: matplotlib is not installed, it comes with the extra 'scan'; ")
    assert program(package).run(["looks_for"]) == 70
    assert "this is a bug of ours" in capsys.readouterr().err


def test_an_interrupt_is_said(package: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert program(package).run(["interrupted"]) == 130
    assert capsys.readouterr().err == "some: interrupted\n"


@pytest.mark.parametrize(
    ("cleaner", "shown", "hidden"),
    [
        ("some_verbs.no_such", "broken.py", "1234"),
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


@pytest.mark.parametrize("at_once", [True, False], ids=["PYTHONUNBUFFERED", "buffered"])
@pytest.mark.parametrize(("verb", "code"), [("prints", 3), ("leaves", 64), ("leaves_well", 0), ("goes_on", 5)])
def test_a_reader_that_left_is_no_failure_and_ends_nothing(
    package: str, monkeypatch: pytest.MonkeyPatch, verb: str, code: int, at_once: bool
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    monkeypatch.setattr(sys, "stdout", written_to(writing, at_once=at_once))
    assert program(package).run([verb]) == code
    sys.stdout.close()


@pytest.mark.parametrize("at_once", [True, False], ids=["PYTHONUNBUFFERED", "buffered"])
@pytest.mark.parametrize(("verb", "code"), [("prints", 3), ("leaves", 64), ("leaves_well", 74), ("goes_on", 5)])
def test_a_disk_that_takes_no_more_words_is_said_and_ends_nothing(
    package: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture, verb: str, code: int, at_once: bool
) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr(sys, "stdout", written_to(full, at_once=at_once))
    assert program(package).run([verb]) == code
    sys.stdout.close()
    assert capsys.readouterr().err == "some: what was said could not be written: No space left on device\n"


def test_another_pipe_that_breaks_is_no_reader_that_left(package: str) -> None:
    assert program(package).run(["piped"]) == 70


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


def test_root_looks_whose_the_state_directory_is_but_for_verbs_that_stay_root(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/etc is root's everywhere, so nothing changes here; `test_handover` has the other answer."""
    asked: list[str] = []

    def root() -> int:
        asked.append("who")
        return 0

    monkeypatch.setattr(os, "geteuid", root)
    monkeypatch.setenv("AVWAP_STATE_DIR", "/etc")
    groups = {"all": dict.fromkeys(VERBS, "a verb")}
    stays = frozenset({"leaves"})
    cleaning, parsing = "some_verbs.cleaning", "execution.settings.parsing"
    some = Program("some", package, groups, "the end", cleaning, parsing, stay_root=stays)
    assert some.run(["works"]) == 7
    looked = len(asked)
    assert some.run(["leaves"]) == 64
    assert (looked, len(asked) - looked) == (2, 1)
