"""Keeps heartbeat.json: when the last cycle began and how it ended, for people and for watchers.

Writing it is also the cycle's first durable write, so a disk that takes nothing is known before
any order is thought of. A beginning keeps when the last cycle came to its end: a service that is killed
in every cycle begins every minute, and is as silent as a dead one.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import msgspec

from execution.records import read_record
from gates.base.errors import EXIT_DONE
from gates.base.record import dataclass
from gates.base.statefile import StateMissing, StateUnreadable, StateUnwritable, render, replace

SCHEMA = 1


class Heartbeat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: int
    pid: int
    started_at: datetime
    finished_at: datetime | None = None
    exit_code: int | None = None
    mode: str | None = None
    mode_reason: str | None = None
    entries: str | None = None
    session: str | None = None
    ended_before: datetime | None = None
    failed_in_a_row: int = 0
    """Cycles up to this one that did not end with 0, or not at all; the first that does begins again at none."""

    @property
    def last_end(self) -> datetime:
        """When a cycle last came to its end; where none ever did, when the first of them began."""
        return self.finished_at or self.ended_before or self.started_at


@dataclass(frozen=True, slots=True)
class NoHeartbeat:
    """Stands in place of a heartbeat that could not be read: what is wrong with the file; `missing` when it is gone."""

    what: str
    missing: bool = False


MISSING = NoHeartbeat("missing", missing=True)


def begin(path: Path, now: datetime) -> tuple[Heartbeat, str | None]:
    """Write that a cycle began; with the reason when the state dir does not take it."""
    last = _last(path)
    beat = Heartbeat(SCHEMA, os.getpid(), now)
    if last is not None:
        failed = last.failed_in_a_row + (last.finished_at is None)
        beat = msgspec.structs.replace(beat, ended_before=last.last_end, failed_in_a_row=failed)
    try:
        _write(path, beat)
    except StateUnwritable as unwritable:
        return beat, str(unwritable)
    return beat, None


def finish(path: Path, beat: Heartbeat) -> None:
    failed = 0 if beat.exit_code == EXIT_DONE else beat.failed_in_a_row + 1
    _write(path, msgspec.structs.replace(beat, ended_before=None, failed_in_a_row=failed))


def read(path: Path) -> Heartbeat:
    return read_record(path, Heartbeat, SCHEMA)


def read_or_none(path: Path) -> Heartbeat | NoHeartbeat:
    """For whoever judges it: what cannot be read is a value too."""
    try:
        return read(path)
    except StateMissing:
        return MISSING
    except StateUnreadable as broken:
        return NoHeartbeat(broken.what)


def _last(path: Path) -> Heartbeat | None:
    try:
        return read(path)
    except StateUnreadable:
        return None


def _write(path: Path, beat: Heartbeat) -> None:
    replace(path, render(msgspec.to_builtins(beat)))
