"""Writes characters that do not print as escapes, the one way for journal, tables, JSON and errors.

Text from outside (a broker's word, a cell of a CSV, a file's name) may hold a terminal's commands, line ends and
letters that turn the direction of reading. Shown as `\\x1b`, `\\n` and `\\u202e` they command no terminal
and begin no line.
"""

from __future__ import annotations


def printable(text: str) -> str:
    """The text in one line, what does not print written as Python would write it."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def printable_lines(text: str) -> str:
    """The same for a text of ours that has several lines."""
    return text if text.isprintable() else "\n".join(map(printable, text.split("\n")))


def printable_json(text: str) -> str:
    """The same for JSON, which has escapes of its own; its line ends are layout."""
    if text.isprintable():
        return text
    return "".join(one if one == "\n" or one.isprintable() else _json_escape(one) for one in text)


def foreign(text: str, most: int = 200) -> str:
    """Words of another host: plain ASCII in one line, cut, and unable to pass for a line of ours.

    The journal's lines are found by what stands around an equals sign (`Gate mode=LIVE status=PASS`), so an
    equals sign of another host is written as an escape too."""
    short = " ".join(text[: most * 2].split())[:most]
    plain = short.encode("ascii", "backslashreplace").decode()
    return "".join("\\x3d" if one == "=" else one if one.isprintable() else printable(one) for one in plain)[:most]


def _json_escape(one: str) -> str:
    pair = one.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{pair[at]:02x}{pair[at + 1]:02x}" for at in range(0, len(pair), 2))
