"""How verbs print: aligned tables, colour only on a terminal, JSON for machines."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

GREEN, RED, DIM, BOLD = "32", "31", "2", "1"
PAINTED = re.compile("\033\\[[0-9]+m")


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")


def say_json(value: object) -> None:
    say(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def paint(text: str, colour: str) -> str:
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\033[{colour}m{text}\033[0m"


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
    kept = list(rows)
    width = max((len(name) for name, _ in kept), default=0)
    for name, text in kept:
        say(f"{paint(name.ljust(width), DIM)}  {text}")


def _seen(text: str) -> int:
    """How wide it is on the screen: colours take no room."""
    return len(PAINTED.sub("", text))


def _cell(value: object) -> str:
    return "-" if value is None or value == "" else str(value)


def _plain(value: object) -> str:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"cannot print {type(value).__name__} as JSON")
