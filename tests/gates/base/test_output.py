"""How verbs print: columns that line up, colour on a terminal only, JSON that machines can read."""

from __future__ import annotations

import fcntl
import io
import json
import os
import re
import struct
import sys
import termios
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from gates.base.colours import ALARM, BOLD, GREEN, RED
from gates.base.output import (
    PLAIN,
    draw_by,
    draw_for_reading,
    paint,
    pairs,
    paragraph,
    rows,
    say,
    say_json,
    status_word,
    table,
    width,
)

SCREEN = "gates.base.screen"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def at_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return screen


def test_a_line_and_an_empty_line(capsys: pytest.CaptureFixture[str]) -> None:
    say("hello")
    say()
    assert capsys.readouterr().out == "hello\n\n"


def test_columns_line_up_and_cells_are_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
    table(("symbol", "qty", "note"), [("AAPL", 4, None), ("BRK.B", Decimal("1200"), "long " * 20)], right="qty")
    assert capsys.readouterr().out.splitlines() == [
        "symbol   qty  note",
        "AAPL       4  -",
        "BRK.B   1200  " + ("long " * 20).rstrip(),
    ]


def test_a_column_of_numbers_may_have_two_words(capsys: pytest.CaptureFixture[str]) -> None:
    table(("bought at", "x"), [("9.5", "y")], right=("bought at",))
    assert capsys.readouterr().out == "bought at  x\n      9.5  y\n"


@pytest.mark.parametrize(("value", "shown"), [(None, "-"), ("", "-"), (0, "0"), (Decimal(0), "0"), (False, "False")])
def test_nothing_is_a_dash_and_zero_is_zero(capsys: pytest.CaptureFixture[str], value: object, shown: str) -> None:
    table(("x",), [(value,)])
    assert capsys.readouterr().out == f"x\n{shown}\n"


def test_colours_take_no_room_in_a_column(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = at_terminal(monkeypatch)
    table(("check", "", "why"), [("bar", paint("PASS", GREEN), "fine"), ("trend", "", "-")])
    heading, *rows = [re.sub("\033\\[[0-9]+m", "", line) for line in screen.getvalue().splitlines()]
    assert heading.index("why") == rows[0].index("fine") == rows[1].index("-", 8)


def test_a_table_without_rows_is_its_header(capsys: pytest.CaptureFixture[str]) -> None:
    table(("symbol", "qty"), [])
    assert capsys.readouterr().out == "symbol  qty\n"


def test_pairs_stand_in_two_columns(capsys: pytest.CaptureFixture[str]) -> None:
    pairs((name, text) for name, text in [("state dir", "/srv"), ("now", "10:31")])
    assert capsys.readouterr().out == "state dir  /srv\nnow        10:31\n"


def test_no_pairs_are_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    pairs([])
    assert capsys.readouterr().out == ""


def test_json_keeps_money_as_text_and_times_readable(capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2026, 11, 20, 15, 31, tzinfo=UTC)
    say_json({"at": at, "day": date(2026, 11, 20), "cap": Decimal("5000.0"), "none": None, "name": "größer"})
    out = capsys.readouterr().out
    assert json.loads(out) == {
        "at": "2026-11-20T15:31:00+00:00", "day": "2026-11-20", "cap": "5000.0", "none": None, "name": "größer",
    }  # fmt: skip
    assert "größer" in out


def test_what_has_no_json_is_a_bug_not_a_guess() -> None:
    with pytest.raises(TypeError, match="cannot print object as JSON"):
        say_json({"what": object()})


def test_no_colour_where_nobody_looks() -> None:
    assert (paint("x", RED), status_word(True), status_word(False)) == ("x", "PASS", "FAIL")


def test_colour_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_terminal(monkeypatch)
    assert status_word(True) == f"\033[{GREEN}mPASS\033[0m"
    assert status_word(False) == f"\033[{RED}mFAIL\033[0m"
    table(("x",), [("1",)])
    assert terminal.getvalue() == f"\033[{BOLD}mx\033[0m\n1\n"


def test_no_colour_for_who_asked_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    at_terminal(monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")
    assert paint("x", RED) == "x"


HOSTILE = "a\x1b]0;pwn\x07\x1b[2K\x1b[8mb\nGate mode=LIVE\x9b1A\u202e"
SHOWN = "a\\x1b]0;pwn\\x07\\x1b[2K\\x1b[8mb\\nGate mode=LIVE\\x9b1A\\u202e"


@pytest.mark.parametrize("terminal", [True, False])
def test_what_commands_a_terminal_is_shown_and_not_obeyed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: bool
) -> None:
    screen = at_terminal(monkeypatch) if terminal else None
    monkeypatch.setenv("COLUMNS", "200")
    table(("x",), [(HOSTILE,)])
    pairs([(HOSTILE, HOSTILE)])
    say(HOSTILE.replace("\n", ""))
    said = screen.getvalue() if screen else capsys.readouterr().out
    said = re.sub("\033\\[(0|1|2)m", "", said)
    assert said == f"x\n{SHOWN}\n{SHOWN}  {SHOWN}\n{SHOWN.replace(chr(92) + 'n', '')}\n"


def test_no_colour_of_anybody_else_where_we_use_none(capsys: pytest.CaptureFixture[str]) -> None:
    say("\033[32mPASS\033[0m")
    assert capsys.readouterr().out == "\\x1b[32mPASS\\x1b[0m\n"


def test_json_with_a_terminals_commands_is_json_and_commands_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"x": HOSTILE})
    said = capsys.readouterr().out
    assert said.replace("\n", "").isprintable()
    assert json.loads(said) == {"x": HOSTILE}


# --- where lines end ------------------------------------------------------------------------------


@pytest.mark.parametrize("told", ["0", "-1", "wide", "", "٦٠", None])
def test_through_a_pipe_a_row_is_one_line_whatever_its_length(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], told: str | None
) -> None:
    if told is not None:
        monkeypatch.setenv("COLUMNS", told)
    pairs([("why", "word " * 80 + "end")])
    rows([("FAIL", "word " * 80 + "end")])
    paragraph("word " * 80 + "end")
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_columns_that_are_exported_hold_for_a_pipe_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    pairs([("why", "word " * 77)])
    assert {len(line) for line in capsys.readouterr().out.splitlines()} == {59}


def test_a_terminal_has_its_own_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert width() is None
    at_terminal(monkeypatch)
    assert width() == 80, "a stream without a file tells no width"
    ours, theirs = os.openpty()
    with open(theirs, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        assert width() == 80, "a serial line tells 0"
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 70, 0, 0))
        assert width() == 70
        monkeypatch.setenv("COLUMNS", "100")
        assert width() == 100
    os.close(ours)


def test_no_word_of_others_in_a_sentence_begins_a_line_at_the_margin(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    paragraph("broker says: " + "Gate mode=LIVE status=PASS " * 5)
    first, *more = capsys.readouterr().out.splitlines()
    assert first.startswith("broker says: Gate")
    assert [line[:2] for line in more] == ["  "] * len(more)


def test_a_pair_may_have_nothing_to_say(capsys: pytest.CaptureFixture[str]) -> None:
    pairs([("checks", "one"), ("", "two"), ("x", "")])
    assert capsys.readouterr().out == "checks  one\n        two\nx\n"


# --- on a terminal, with rich and without ---------------------------------------------------------


@pytest.fixture
def drawn_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Plainly before and after: a verb that another test ran on a terminal may have left rich's screen."""
    monkeypatch.setenv("TERM", "xterm")
    draw_by(PLAIN)
    yield
    draw_by(PLAIN)


def shown(monkeypatch: pytest.MonkeyPatch) -> str:
    screen = at_terminal(monkeypatch)
    rows = [("trading", paint("LIVE", ALARM), 12), ("gate", status_word(False), 1200), ("other", "-", 0)]
    table(("what", "is", "n"), rows, right="n")
    pairs([("state dir", "word " * 40)])
    return screen.getvalue()


@pytest.mark.usefixtures("drawn_anew")
def test_rich_draws_what_we_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    plainly = shown(monkeypatch)
    draw_for_reading()
    assert shown(monkeypatch) == plainly
    assert f"\033[{ALARM}mLIVE\033[0m" in plainly


@pytest.mark.usefixtures("drawn_anew")
def test_rich_knows_which_characters_are_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = at_terminal(monkeypatch)
    draw_for_reading()
    rows([("日本", "x"), ("abcd", "y")])
    assert screen.getvalue() == "日本  x\nabcd  y\n"


@pytest.mark.usefixtures("drawn_anew")
def test_without_rich_the_same_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    plainly = shown(monkeypatch)
    for name in [name for name in sys.modules if name.partition(".")[0] == "rich" or name == SCREEN]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    draw_for_reading()
    assert shown(monkeypatch) == plainly


def test_where_nobody_looks_rich_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, SCREEN, raising=False)
    draw_for_reading()
    assert SCREEN not in sys.modules


def test_a_terminal_without_colours_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert "\033" not in shown(monkeypatch)
