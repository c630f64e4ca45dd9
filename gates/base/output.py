"""Prints for verbs: one layout for every table, colour only on a terminal, JSON for machines.

A terminal's width, or an exported COLUMNS (which `watch` gives to what it runs through a pipe), decides where lines
end; through any other pipe every row is one line. `columns` lays out, and a screen draws: the plain one, or rich's for
a verb that reads.
Whatever is printed goes through `escape` first; of all that commands a terminal only our own colours are left.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

from gates.base.colours import BOLD, DIM, GREEN, GREY, RED, STYLES, YELLOW
from gates.base.columns import Cell, Line, Screen, laid_out, plain, wrapped
from gates.base.escape import printable, printable_json, printable_lines

RESULTS = {"PASS": GREEN, "WARN": YELLOW, "FAIL": RED, "NO-DATA": GREY}
HANG = 2
USUAL_WIDTH = 80
"""Where nothing tells another one."""
OUR_COLOURS = re.compile(rf"(\x1b\[(?:0|{'|'.join(filter(None, STYLES))})m)")


class Painted(str):
    """Text in colour, as a terminal takes it; a table takes its two halves."""

    __slots__ = ("colour", "text")
    text: str
    colour: str

    def __new__(cls, text: str, colour: str) -> Painted:
        made = super().__new__(cls, f"\033[{colour}m{text}\033[0m" if _takes_colour() else text)
        made.text, made.colour = text, colour
        return made


def say(text: str = "") -> None:
    sys.stdout.write(_escaped(text) + "\n")


def say_json(value: object) -> None:
    sys.stdout.write(printable_json(json.dumps(value, indent=2, ensure_ascii=False, default=_plain)) + "\n")


def paint(text: str, colour: str) -> Painted:
    return Painted(text, colour)


def status_word(passed: bool) -> Painted:
    return result_word("PASS" if passed else "FAIL")


def result_word(result: str) -> Painted:
    """PASS, WARN, FAIL or NO-DATA in its colour."""
    return paint(result, RESULTS[result])


def table(header: Sequence[str], rows: Iterable[Sequence[object]], right: str | Sequence[str] = "") -> None:
    """A bold header and columns that line up; `right` names the columns of numbers (one text if each is one word)."""
    cells = [[_cell(value) for value in row] for row in rows]
    named = right.split() if isinstance(right, str) else right
    numbers = frozenset(i for i, name in enumerate(header) if name in named)
    _show([[Cell(name, BOLD) for name in header], *cells], numbers)


def rows(lines: Iterable[Sequence[object]], indent: int = 0) -> None:
    """The same without a header; an empty cell stays empty."""
    _show([[_text(value) for value in line] for line in lines], indent=indent)


def pairs(named: Iterable[tuple[str, str]]) -> None:
    """A name and what there is to say about it, the names in one column."""
    _show([[Cell(printable(name), DIM), _text(text)] for name, text in named])


def paragraph(text: str) -> None:
    """A sentence that may be longer than a line; what is to be copied is said by `say`.

    What goes on does so from the third column, so that no word of others begins a line at the margin."""
    end, cell = width(), _text(text)
    for place, line in enumerate([cell.text] if end is None else wrapped(cell.text, end - HANG, _screen.measure)):
        say(" " * HANG * (place > 0) + (paint(line, cell.colour) if cell.colour else line))


def width() -> int | None:
    """Where lines end; None where they are not broken."""
    told = os.environ.get("COLUMNS", "")
    if told.isascii() and told.isdigit() and int(told) > 0:
        return int(told)
    return _terminal_width() if sys.stdout.isatty() else None


def draw_by(screen: Screen) -> None:
    """Draw every table by this screen from now on."""
    global _screen
    _screen = screen


def draw_for_reading() -> None:
    """Draw by rich, for a verb that only reads, on a terminal; without rich the same is shown plainly."""
    if sys.stdout.isatty():
        with suppress(ImportError):
            from gates.base.screen import on_rich

            draw_by(on_rich())


def _show(cells: Sequence[Sequence[Cell]], right: frozenset[int] = frozenset(), indent: int = 0) -> None:
    end = width()
    lines = laid_out(cells, right, end if end is None else end - indent, _screen.measure)
    for line in _screen.draw(lines) if _takes_colour() else map(plain, lines):
        say(" " * indent + line)


def _terminal_width() -> int:
    """Asked of the stream we write to: `shutil` asks Python's first one, which `streams` has detached."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or USUAL_WIDTH
    except OSError:
        return USUAL_WIDTH


def _drawn_plainly(lines: Sequence[Line]) -> list[str]:
    return ["".join(paint(cell.text, cell.colour) if cell.colour else cell.text for cell in line) for line in lines]


PLAIN = Screen(len, _drawn_plainly)
_screen = PLAIN


def _takes_colour() -> bool:
    """Whether colours are seen; NO_COLOR (no-color.org) and a terminal without any say no."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _escaped(text: str) -> str:
    """What does not print as escapes, but for the colours that `paint` gave."""
    if text.isprintable() or not _takes_colour():
        return printable_lines(text)
    parts = enumerate(OUR_COLOURS.split(text))
    return "".join(part if place % 2 else printable_lines(part) for place, part in parts)


def _cell(value: object) -> Cell:
    return Cell("-") if value is None or value == "" else _text(value)


def _text(value: object) -> Cell:
    if isinstance(value, Painted):
        return Cell(printable(value.text), value.colour)
    return Cell(printable(str(value)))


def _plain(value: object) -> str:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"cannot print {type(value).__name__} as JSON")
