"""Lays out a message: a title that names the mode, aligned rows, a quiet last line.

Pure. One design for all kinds, in Slack's Block Kit with the same words as plain text for
notifications. Rows stand in a fixed-width block, labels left and values behind them, numbers in a table
right-aligned, and are kept narrow enough for a phone. Everything said is escaped, so that a reason that
holds `<!channel>` alerts no one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import msgspec

from execution.records import Record
from gates.base.columns import Cell, laid_out
from gates.base.columns import plain as text_of
from gates.base.sessions import NEW_YORK

MOST_TITLE = 140
MOST_BODY = 2800
MOST_PLAIN = 3500
"""Slack takes 150 characters in a header and 3000 in a section."""
PHONE_WIDTH = 42
"""Characters of a fixed-width block on a phone held upright."""


class MessageLevel(Enum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        return list(MessageLevel).index(self)


SIGNS = {
    MessageLevel.INFO: ":white_circle:",
    MessageLevel.WARNING: ":large_orange_circle:",
    MessageLevel.ERROR: ":red_circle:",
}


class Message(Record, frozen=True, omit_defaults=True):
    """One thing to say. `mode` is LIVE, DRY_RUN, or empty where no cycle came so far as to know it;
    `rows` are label and value; `lines` is a block printed as it is (a table, journal lines)."""

    kind: str
    level: MessageLevel
    mode: str
    title: str
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    text: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = ()
    foot: str = ""
    picture: str | None = None


def headline(message: Message) -> str:
    """The title with the mode before it: `DRY_RUN · Order submitted: AAPL`."""
    return _cut(f"{message.mode} · {message.title}" if message.mode else message.title, MOST_TITLE)


def plain(message: Message) -> str:
    """The whole message as text, for notifications, logs and channels that know nothing else."""
    parts = [headline(message), message.text, *lined_up(message.rows), *message.lines, _foot(message)]
    return "\n".join(part for part in parts if part)


def notification(message: Message) -> str:
    """The same for Slack, which reads marks in plain text too and would call a channel named in it."""
    return _escaped(plain(message), MOST_PLAIN)


def one_line(message: Message) -> str:
    """What is left of it in a digest of messages that waited too long."""
    rows = ", ".join(f"{label} {value}" for label, value in message.rows[:3])
    said = "; ".join(part for part in (headline(message), message.text.split("\n")[0], rows) if part)
    return _cut(f"{message.at.astimezone(NEW_YORK):%m-%d %H:%M} {said}", 240)


def lined_up(
    rows: Iterable[Sequence[str]], right: frozenset[int] = frozenset(), width: int | None = None
) -> tuple[str, ...]:
    """Cells in columns, those of numbers in `right`; label and value on a phone with the width of one."""
    cells = [[Cell(text) for text in row] for row in rows]
    return tuple(text_of(line) for line in laid_out(cells, right, width))


def blocks(message: Message) -> list[dict[str, Any]]:
    """Block Kit: header, one section for the words, one for the rows, a context line."""
    built: list[dict[str, Any]] = [{"type": "header", "text": _plain_text(headline(message))}]
    if message.text:
        built.append(_section(_escaped(message.text, MOST_BODY)))
    fixed = [*lined_up(message.rows, width=PHONE_WIDTH), *message.lines]
    if fixed:
        built.append(_section(f"```\n{_escaped(chr(10).join(fixed), MOST_BODY).replace('```', chr(39) * 3)}\n```"))
    foot = f"{SIGNS[message.level]} {_escaped(_foot(message), 300)}"
    built.append({"type": "context", "elements": [{"type": "mrkdwn", "text": foot, "verbatim": True}]})
    return built


def merged(messages: Sequence[Message]) -> Message:
    """Several that waited too long, as one that still says each of them."""
    first, last = messages[0], messages[-1]
    level = max((one.level for one in messages), key=lambda level: level.rank)
    return Message(
        kind="late",
        level=level,
        mode=last.mode,
        title=f"{len(messages)} messages that could not be sent in time",
        at=first.at,
        text="Oldest first, each in one line; the journal has all of it.",
        lines=tuple(one_line(one) for one in messages),
    )


def _foot(message: Message) -> str:
    at = f"{message.at.astimezone(NEW_YORK):%a %d %b %H:%M %Z}"
    return f"{at} · {message.foot}" if message.foot else at


def _plain_text(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _escaped(text: str, most: int) -> str:
    """Slack's own three characters, escaped, and not cut inside one of them."""
    out: list[str] = []
    size = 0
    for character in text:
        piece = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(character, character)
        size += len(piece)
        if size > most:
            return "".join(out) + "…"
        out.append(piece)
    return "".join(out)


def _cut(text: str, most: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
