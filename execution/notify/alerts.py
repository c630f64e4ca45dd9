"""Keeps alerts.json: what was told, and what still waits to go out.

One process per cycle has no memory, so this file is it. What is told and what waits change in the same
replace, so a death leaves either both or neither: an edge that was not written down is seen again by
the next cycle, a message that was sent and not struck out is sent once more. A file that cannot be read
is put aside, never cut short; what is in force is then told again, which is the safe direction.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec

from execution.channel.messages import Message
from execution.records import Moment, Record, read_record
from gates.base import below
from gates.base.errors import LockHeld
from gates.base.ownership import give_to_owner_of
from gates.base.statefile import (
    FILE_MODE,
    StateMissing,
    StateUnreadable,
    StateUnwritable,
    render,
    replace,
    unused_name,
)
from gates.mode import Mode

SCHEMA = 1
MOST_WAITING = 200
ONCE_KEPT = timedelta(days=45)
POLL_SECONDS = 0.05


class Edge(Record, frozen=True):
    """The state of one thing as it was told last, and when."""

    state: str
    at: Moment


class Alerts(Record, frozen=True, omit_defaults=True):
    """`orders`: how much of each entry's history was told, and how many of its protections; `exits`: how
    many of a ledger's; `days`: which ledger of each mode was told last."""

    schema: int
    edges: dict[str, Edge] = msgspec.field(default_factory=dict)
    orders: dict[str, tuple[int, int]] = msgspec.field(default_factory=dict)
    exits: dict[str, int] = msgspec.field(default_factory=dict)
    days: dict[str, date] = msgspec.field(default_factory=dict)
    settings: dict[str, str] = msgspec.field(default_factory=dict)
    heartbeat_at: Moment | None = None
    once: dict[str, Moment] = msgspec.field(default_factory=dict)
    outbox: tuple[Message, ...] = ()
    dropped: int = 0
    not_before: Moment | None = None

    def state_of(self, edge: str) -> str:
        return self.edges[edge].state if edge in self.edges else ""


BLANK = Alerts(SCHEMA)

_LATCH, _SUMMARY = "latch:", "summary "
"""How the file's names of things begin; nothing else makes or reads such a name."""


def latch_edge(name: str) -> str:
    """The edge of the latch of this name."""
    return f"{_LATCH}{name}"


def latches_told(alerts: Alerts) -> frozenset[str]:
    """Latches of which something was told, by name."""
    return frozenset(edge.removeprefix(_LATCH) for edge in alerts.edges if edge.startswith(_LATCH))


def summary_name(day: date) -> str:
    """Under which a summary is told once."""
    return f"{_SUMMARY}{day}"


def summaries_told(once: Mapping[str, datetime]) -> dict[date, datetime]:
    """The sessions whose summary was told, and when."""
    return {
        date.fromisoformat(name.removeprefix(_SUMMARY)): at for name, at in once.items() if name.startswith(_SUMMARY)
    }


def order_key(mode: Mode, name: str) -> str:
    """Of an entry, or of a day's exits, in the ledger of a mode."""
    return f"{mode.value} {name}"


def is_of_mode(key: str, mode: Mode) -> bool:
    return key.startswith(order_key(mode, ""))


def load_or_put_aside(path: Path) -> tuple[Alerts, str | None]:
    """Read alerts.json for a verb that tells, under the lock: its content; a blank and what was done about
    it when it cannot be read."""
    try:
        return read(path), None
    except StateMissing:
        return BLANK, None
    except StateUnreadable as broken:
        what = broken.what
    aside = unused_name(path.with_name(f"{path.name}.unreadable"))
    try:
        below.rename(path, aside)
    except OSError as cause:
        raise StateUnwritable(path, cause) from cause
    return BLANK, f"{path} unreadable ({what}); kept as {aside.name}; what is in force is told again"


def peek(path: Path) -> Alerts:
    """For whoever only looks: a blank where the file cannot be read, and nothing is moved."""
    try:
        return read(path)
    except StateUnreadable:
        return BLANK


def read(path: Path) -> Alerts:
    return read_record(path, Alerts, SCHEMA)


def save(path: Path, alerts: Alerts) -> None:
    replace(path, render(msgspec.to_builtins(alerts)))


def with_waiting(alerts: Alerts, new: tuple[Message, ...]) -> tuple[Alerts, tuple[Message, ...]]:
    """The outbox with more in it, and what had to be dropped for it: the oldest of what matters least."""
    waiting, dropped = [*alerts.outbox, *new], []
    while len(waiting) > MOST_WAITING:
        least = min(range(len(waiting)), key=lambda i: (waiting[i].level.rank, i))
        dropped.append(waiting.pop(least))
    after = msgspec.structs.replace(alerts, outbox=tuple(waiting), dropped=alerts.dropped + len(dropped))
    return after, tuple(dropped)


def with_once(alerts: Alerts, name: str, now: datetime) -> Alerts:
    kept = {key: at for key, at in alerts.once.items() if abs(now - at) < ONCE_KEPT}
    return msgspec.structs.replace(alerts, once={**kept, name: now})


@contextmanager
def only_teller(path: Path, patience_seconds: float) -> Iterator[None]:
    """Hold the lock of alerts.json, waiting a little for another verb that tells. Not the cycle's lock:
    telling comes after it, and a cycle never waits for a verb that tells."""
    try:
        handle = below.open_file(path, os.O_RDWR | os.O_CREAT, FILE_MODE)
    except OSError as broken:
        raise StateUnwritable(path, broken) from broken
    try:
        with suppress(OSError), below.folder(path.parent) as folder:
            give_to_owner_of(folder, handle)
        ends = time.monotonic() + patience_seconds
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= ends:
                    raise LockHeld(f"another process is telling (lock {path.name} held)") from None
                time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(handle)
