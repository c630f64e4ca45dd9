"""Writes the journal: one readable line per fact, in New York time.

Text lines begin with `[2026-11-20 10:31:02 EST] `; under journald the priority `<6>` stands before
that, so `journalctl -p warning` filters. `LOG_FORMAT=json` writes one object per line instead.
What does not print is written as an escape, so that no text from outside commands a terminal.
Errors go to stderr, all else to stdout. Lines that people grep are a contract (design, section 6).
"""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum, IntEnum
from typing import TextIO

from gates.base.escape import printable
from gates.base.record import dataclass
from gates.base.sessions import NEW_YORK, new_york_text


class Level(IntEnum):
    """syslog priorities, as journald stores them."""

    ERROR = 3
    WARNING = 4
    INFO = 6


AnswerFact = tuple[str, ...]
"""Who answers and what, without numbers: the same in the next cycle's line is a repeat."""


class LineKind(Enum):
    """What a line is, for who listens to the journal; its text does not decide it."""

    PLAIN = "plain"
    GATE = "a gate's answer, which bears no word for its level"
    MODE = "the answer that names the mode of a cycle"
    SKIPPED = "why there was no cycle"

    @property
    def is_gate(self) -> bool:
        return self in (LineKind.GATE, LineKind.MODE)


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line as it was said."""

    text: str
    kind: LineKind = LineKind.PLAIN


@dataclass(frozen=True, slots=True)
class Journal:
    """Writes journal lines. A journal that cannot be written never stops the cycle."""

    now: Callable[[], datetime]
    as_json: bool = False
    under_journald: bool = False
    out: TextIO | None = None
    err: TextIO | None = None
    trouble: deque[JournalLine] | None = None
    """The last warnings and errors, for whoever has to tell why a cycle failed."""

    def info(self, text: str) -> None:
        self.line(Level.INFO, text)

    def warning(self, text: str) -> None:
        self.line(Level.WARNING, text)

    def error(self, text: str) -> None:
        self.line(Level.ERROR, text)

    def line(self, level: Level, text: str, kind: LineKind = LineKind.PLAIN, fact: AnswerFact = ()) -> None:
        """`fact` is what a later cycle may say again; an event has none."""
        stream = (self.err or sys.stderr) if level is Level.ERROR else (self.out or sys.stdout)
        flat = printable(" ".join(text.splitlines()))
        if self.trouble is not None and level is not Level.INFO:
            self.trouble.append(JournalLine(flat, kind))
        if fact and not self.is_due(fact):
            return
        try:
            stream.write(self._render(level, flat, kind) + "\n")
            stream.flush()
        except (OSError, ValueError):
            return

    def is_due(self, _fact: AnswerFact) -> bool:
        """Whether an answer is written; a loop leaves repeats out (`gates.base.repeats`)."""
        return True

    def _render(self, level: Level, text: str, kind: LineKind) -> str:
        prefix = f"<{level.value}>" if self.under_journald else ""
        now = self.now()
        if self.as_json:
            at = now.astimezone(NEW_YORK).isoformat(timespec="seconds")
            return prefix + json.dumps({"timestamp": at, "level": level.name.lower(), "message": text})
        word = "" if level is Level.INFO or kind.is_gate else f"{level.name}: "
        return f"{prefix}[{new_york_text(now)}] {word}{text}"


def writes_to_journald(environ: Mapping[str, str], stream: TextIO) -> bool:
    """Whether journald reads our output itself; a child of a service in a terminal does not count."""
    try:
        info = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{info.st_dev}:{info.st_ino}"
