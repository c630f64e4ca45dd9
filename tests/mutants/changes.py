"""Single changes of one module: a comparison, a boolean operator, 0 and 1, a sign, a returned bool, min and max.

A change is one edit on one line. It is known by its file, the function it is in and the line before and after, so
that a judgement outlives what moves around it. Text is left alone, and so is what stands in an f-string.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

SWAPS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==",
    "is": "is not", "is not": "is", "in": "not in", "not in": "in",
    "and": "or", "or": "and", "+": "-", "-": "+", "+=": "-=", "-=": "+=",
    "0": "1", "1": "0", "True": "False", "False": "True", "min": "max", "max": "min", "any": "all", "all": "any",
}  # fmt: skip
OPERATOR = re.compile(r"not\s+in\b|is\s+not\b|in\b|is\b|and\b|or\b|<=|>=|==|!=|\+=|-=|<|>|\+|-")
COMMENT = re.compile(r"#[^\n]*")
FUNCTIONS = ("min", "max", "any", "all")


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One edit: `old` at this place of the file becomes `new`, which makes the line `before` the line `after`."""

    path: str
    line: int
    column: int
    old: str
    new: str
    function: str
    before: str
    after: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        return (self.path, self.function, self.before, self.after)

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.old!r} to {self.new!r}: {self.after}"


def changes_of(path: str, source: str) -> list[Change]:
    """Every change of a module, in the order of the file."""
    text = _Text(source)
    found = set()
    for node, function in _nodes(ast.parse(source), ()):
        for start, old in _places(node, text):
            line, column = text.place(start)
            new = SWAPS.get(old, "")
            before, after = (text.lines[line - 1], text.changed_line(line, column, old, new))
            found.add(Change(path, line, column, old, new, function, before.strip(), after.strip()))
    return sorted(found)


def changed(source: str, change: Change) -> str:
    """The module with the change made."""
    text = _Text(source)
    text.lines[change.line - 1] = text.changed_line(change.line, change.column, change.old, change.new)
    return "\n".join(text.lines)


class _Text:
    """A source, and where in it the tree's lines and bytes are."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = source.split("\n")

    def offset(self, line: int, column_bytes: int) -> int:
        before = sum(len(one) + 1 for one in self.lines[: line - 1])
        return before + len(self.lines[line - 1].encode()[:column_bytes].decode())

    def start(self, node: ast.expr) -> int:
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr) -> int:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self.offset(node.end_lineno, node.end_col_offset)

    def place(self, offset: int) -> tuple[int, int]:
        before = self.source[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1)

    def changed_line(self, line: int, column: int, old: str, new: str) -> str:
        whole = self.lines[line - 1]
        rest = whole[column + len(old) :]
        return whole[:column] + new + (rest if new else rest.lstrip())

    def operator(self, start: int, end: int) -> tuple[int, str]:
        """The operator between two operands; comments between them are not it."""
        gap = COMMENT.sub(lambda found: " " * len(found.group()), self.source[start:end])
        found = OPERATOR.search(gap)
        assert found is not None, gap
        return start + found.start(), found.group()


def _nodes(tree: ast.AST, names: tuple[str, ...]) -> Iterator[tuple[ast.AST, str]]:
    """Each node of the tree but those in f-strings, with the function or class it is in."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.JoinedStr):
            continue
        inner = names
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            inner = (*names, node.name)
        yield node, ".".join(inner) or "module"
        yield from _nodes(node, inner)


def _places(node: ast.AST, text: _Text) -> Iterator[tuple[int, str]]:
    """Where in a node a change can be made, and what stands there."""
    match node:
        case ast.Compare(left=left, comparators=others):
            yield from _between(text, [left, *others])
        case ast.BoolOp(values=values):
            yield from _between(text, values)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            yield from _between(text, [left, right])
        case ast.AugAssign(target=target, op=ast.Add() | ast.Sub(), value=value):
            yield from _between(text, [target, value])
        case ast.UnaryOp(op=ast.Not()):
            yield text.start(node), "not"
        case ast.UnaryOp(op=ast.USub()):
            yield text.start(node), "-"
        case ast.Constant(value=value) if type(value) is int and value in (0, 1):
            yield text.start(node), text.source[text.start(node) : text.end(node)]
        case ast.Call(func=ast.Name(id=name) as called) if name in FUNCTIONS:
            yield text.start(called), name
        case ast.Return(value=ast.expr() as value):
            for one in (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,):
                if isinstance(one, ast.Constant) and isinstance(one.value, bool):
                    yield text.start(one), str(one.value)


def _between(text: _Text, operands: list[ast.expr]) -> Iterator[tuple[int, str]]:
    for left, right in pairwise(operands):
        yield text.operator(text.end(left), text.start(right))
