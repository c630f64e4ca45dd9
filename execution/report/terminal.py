"""Shows a report on a terminal: facts in one column, tables that line up."""

from __future__ import annotations

from execution.report.sheet import Fact, Sheet, Tone
from execution.report.tables import Table
from gates.base.colours import BOLD, GREEN, RED
from gates.base.output import paint, pairs, paragraph, say, table

COLOURS = {Tone.GOOD: GREEN, Tone.BAD: RED, Tone.UNKNOWN: RED}


def print_sheet(shown: Sheet, state_dir: str) -> None:
    paragraph(paint(shown.title, BOLD))
    paragraph(shown.subtitle)
    say()
    pairs([_pair(fact) for fact in (*shown.result, *shown.facts)] + [("state dir", state_dir)])
    for one in shown.tables:
        print_table(one)
    if shown.notes:
        say()
    for note in shown.notes:
        paragraph(f"Note: {note}")


def print_table(shown: Table) -> None:
    say()
    for line in shown.title.splitlines():
        paragraph(paint(line, BOLD))
    table(shown.header, shown.rows, shown.right)


def _pair(fact: Fact) -> tuple[str, str]:
    colour = COLOURS.get(fact.tone)
    return fact.name, paint(fact.text, colour) if colour else fact.text
