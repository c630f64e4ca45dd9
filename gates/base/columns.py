"""Lays words out in columns of a given width: tables, names with values, paragraphs. Pure.

Terminal, pipe and phone share it, so that a row reads alike everywhere. Without a width every row is one line.
With one, columns of prose become narrower and wrap at words; columns that do not fit beside the others go on
below, under a header of their own; and a cell with a word too long for its column goes below its row. A word is
broken only where it alone is longer than the width.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest

from gates.base.record import dataclass

GAP = 2
INDENT = 4
"""Of what goes on below."""
COMFORT = 24
"""A column is not made narrower than this for its prose; below it reading becomes work."""

Measure = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Cell:
    """Holds text and its colour, which takes no room."""

    text: str
    colour: str = ""


Line = tuple[Cell, ...]
"""What stands side by side on one line, the blanks between included."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What lines are drawn by: how wide a text is, and the lines as the terminal takes them."""

    measure: Measure
    draw: Callable[[Sequence[Line]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Band:
    """Columns that stand side by side, with their widths, from `indent` on."""

    columns: tuple[int, ...]
    widths: tuple[int, ...]
    indent: int


def laid_out(
    rows: Sequence[Sequence[Cell]],
    right: frozenset[int] = frozenset(),
    width: int | None = None,
    measure: Measure = len,
) -> list[Line]:
    """The lines of these rows, all of one length; the columns named in `right` hold numbers and end together."""
    if not rows:
        return []
    natural = [max(measure(row[i].text) for row in rows) for i in range(len(rows[0]))]
    if width is None:
        bands = [Band(tuple(range(len(natural))), tuple(natural), 0)]
    else:
        least = [_least([row[i].text for row in rows], natural[i], width, measure) for i in range(len(natural))]
        bands = _bands(least, natural, width)
    return [
        line
        for row in rows
        for band in bands
        for line in _row(row, band, right, width, measure)
        if line or band is bands[0]
    ]


def wrapped(text: str, width: int, measure: Measure = len) -> list[str]:
    """The text as lines of at most this width, broken between words where that can be."""
    if measure(text) <= width:
        return [text.rstrip()]
    lines, line = [], ""
    for word in text.split():
        for part in _parts(word, width, measure):
            longer = f"{line} {part}" if line else part
            if not line or measure(longer) <= width:
                line = longer
            else:
                lines.append(line)
                line = part
    return [*lines, line]


def plain(line: Line) -> str:
    return "".join(cell.text for cell in line)


def _parts(word: str, width: int, measure: Measure) -> list[str]:
    """The word; in pieces if it alone is too wide, a path behind one of its strokes."""
    parts = []
    while measure(word) > width and len(word) > 1:
        end = next(end for end in range(len(word) - 1, 0, -1) if end == 1 or measure(word[:end]) <= width)
        end = word.rfind("/", 1, end) + 1 or end
        parts.append(word[:end])
        word = word[end:]
    return [*parts, word]


def _longest(text: str, measure: Measure) -> int:
    return max(map(measure, text.split()), default=0)


def _least(texts: Sequence[str], natural: int, width: int, measure: Measure) -> int:
    """How narrow a column may become: prose to COMFORT, and what most rows have as one word not at all."""
    words = sorted(_longest(text, measure) for text in texts)
    usual = words[-1] if words[len(words) // 2] > COMFORT else min(words[-1], COMFORT)
    return min(natural, max(usual, COMFORT), width - INDENT)


def _bands(least: Sequence[int], natural: Sequence[int], width: int) -> list[Band]:
    """As many columns beside each other as fit, in their order."""
    bands: list[Band] = []
    columns: list[int] = []
    for i in range(len(least)):
        room = width - (INDENT if bands else 0)
        if columns and sum(least[j] for j in (*columns, i)) + GAP * len(columns) > room:
            bands.append(_band(columns, least, natural, width, bool(bands)))
            columns = []
        columns.append(i)
    return [*bands, _band(columns, least, natural, width, bool(bands))]


def _band(columns: Sequence[int], least: Sequence[int], natural: Sequence[int], width: int, below: bool) -> Band:
    """What room there is beyond the least goes to the narrowest that wants more."""
    indent = INDENT if below else 0
    widths = {i: least[i] for i in columns}
    for _ in range(width - indent - sum(widths.values()) - GAP * (len(widths) - 1)):
        wanting = [i for i in columns if widths[i] < natural[i]]
        if not wanting:
            break
        widths[min(wanting, key=widths.__getitem__)] += 1
    return Band(tuple(columns), tuple(widths.values()), indent)


def _row(row: Sequence[Cell], band: Band, right: frozenset[int], width: int | None, measure: Measure) -> list[Line]:
    """One row's part in a band, and below it the cells that have a word too long for their column."""
    beside, below = [], []
    for i, room in zip(band.columns, band.widths, strict=True):
        fits = width is None or _longest(row[i].text, measure) <= room
        beside.append(wrapped(row[i].text, room, measure) if fits else [])
        if width is not None and not fits:
            indent = max(0, min(band.indent + INDENT, width - _longest(row[i].text, measure)))
            below += [_line(indent, [(row[i], text, 0, 0)]) for text in wrapped(row[i].text, width - indent, measure)]
    lines = []
    for texts in zip_longest(*beside, fillvalue=""):
        cells = []
        for i, room, text in zip(band.columns, band.widths, texts, strict=True):
            rest = room - measure(text)
            cells.append((row[i], text, *((rest, 0) if i in right else (0, rest))))
        lines.append(_line(band.indent, cells))
    return [*(lines or [()] * (not below)), *below]


def _line(indent: int, cells: Sequence[tuple[Cell, str, int, int]]) -> Line:
    """Each text between the blanks before and behind it, and no blank at the line's end."""
    line = [Cell(" " * indent)]
    for cell, text, before, behind in cells:
        line += [Cell(" " * before), Cell(text, cell.colour), Cell(" " * (behind + GAP))]
    while line and not line[-1].text.strip():
        line.pop()
    return tuple(piece for piece in line if piece.text)
