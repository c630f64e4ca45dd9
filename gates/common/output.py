"""How verbs print: aligned tables, colour only on a terminal, JSON for machines.

Whatever is printed goes through `escaping` first; of all that commands a terminal only our own colours are left.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from gates.common.escaping import printable, printable_json, printable_lines

GREEN, RED, DIM, BOLD = "32", "31", "2", "1"
PAINTED = re.compile("\033\\[[0-9]+m")
OUR_COLOURS = re.compile(f"(\033\\[(?:0|{GREEN}|{RED}|{DIM}|{BOLD})m)")


def say(text: str = "") -> None:
    sys.stdout.write(_escaped(text, printable_lines) + "\n")


def say_json(value: object) -> None:
    sys.stdout.write(printable_json(json.dumps(value, indent=2, ensure_ascii=False, default=_plain)) + "\n")


def paint(text: str, colour: str) -> str:
    return f"\033[{colour}m{text}\033[0m" if _has_colours() else text


def _has_colours() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _escaped(text: str, escape: Callable[[str], str] = printable) -> str:
    """What does not print as escapes, but for the colours that `paint` gave."""
    if text.isprintable() or not _has_colours():
        return escape(text)
    return "".join(part if place % 2 else escape(part) for place, part in enumerate(OUR_COLOURS.split(text)))


def status_word(passed: bool) -> str:
    return paint("PASS", GREEN) if passed else paint("FAIL", RED)


def table(header: Sequence[str], rows: Iterable[Sequence[object]], right: str = "") -> None:
    """Columns that line up; `right` names the columns of numbers. Cells are never cut."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(_seen(row[i]) for row in [list(header), *cells]) for i in range(len(header))]
    numbers = {i for i, name in enumerate(header) if name in right.split()}

    def line(row: Sequence[str]) -> str:
        gaps = [" " * (widths[i] - _seen(text)) for i, text in enumerate(row)]
        parts = [gaps[i] + text if i in numbers else text + gaps[i] for i, text in enumerate(row)]
        return "  ".join(parts).rstrip()

    say(paint(line(header), BOLD))
    for row in cells:
        say(line(row))


def pairs(rows: Iterable[tuple[str, str]]) -> None:
    """A name and what there is to say about it, the names in one column."""
    kept = [(_escaped(name), _escaped(text)) for name, text in rows]
    width = max((len(name) for name, _ in kept), default=0)
    for name, text in kept:
        say(f"{paint(name.ljust(width), DIM)}  {text}")


def _seen(text: str) -> int:
    """How wide it is on the screen: colours take no room."""
    return len(PAINTED.sub("", text))


def _cell(value: object) -> str:
    return "-" if value is None or value == "" else _escaped(str(value))


def _plain(value: object) -> str:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"cannot print {type(value).__name__} as JSON")
