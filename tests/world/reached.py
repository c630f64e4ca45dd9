"""Remembers which places of the source a seed has come by, where a copy of the tree was made to tell it.

A seed that never comes by the place of a break plays the same with the break as without it, so that the proof need
not walk it again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from world.breaks import Break

REACHED: set[str] = set()


def told_in(source: str, places: Iterable[tuple[str, int, str]]) -> tuple[str, set[str]]:
    """The source with a line ahead of each place that tells of it, and the names of places that no function holds.

    A place is a name, an offset in the source and a condition, "" for always; without a function around it, it is
    come by before any seed begins.
    """
    lines, always, ahead = source.splitlines(keepends=True), set[str](), list[tuple[int, str]]()
    tree = ast.parse(source)
    for name, offset, when in places:
        number = source.count("\n", 0, offset) + 1
        statement = _statement(tree, number, lines)
        if statement is None:
            always.add(name)
            continue
        tell = f'__import__("world.reached").reached.REACHED.add("{name}")'
        told = f"if {when}: {tell}" if when else tell
        ahead.append((statement.lineno - 1, " " * statement.col_offset + told + "\n"))
    for at, line in sorted(ahead, reverse=True):
        lines.insert(at, line)
    return "".join(lines), always


def _statement(tree: ast.Module, number: int, lines: list[str]) -> ast.stmt | None:
    """The innermost statement of a function that holds this line and that another line may stand ahead of."""
    found = None
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for one in ast.walk(function):
                holds = isinstance(one, ast.stmt) and one.lineno <= number <= (one.end_lineno or 0)
                if holds and one is not function and not lines[one.lineno - 1].lstrip().startswith("elif "):  # type: ignore[attr-defined]
                    found = one if found is None or one.lineno >= found.lineno else found  # type: ignore[attr-defined]
    return found  # type: ignore[return-value]


def places_of(breaks: Iterable[Break]) -> dict[str, list[tuple[str, str, str]]]:
    """By file, the breaks' texts: name, text and condition."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for one in breaks:
        for change in one.changes:
            found.setdefault(change.file, []).append((one.name, change.old, change.when))
    return found
