"""Reads what earlier cycles and drills left: decisions, finished ledgers, the drill's record."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from execution.checks.facts import AlertsTold, Drill, Rehearsal
from execution.checks.finding import Unknown
from execution.ledger.day import Ledger
from execution.ledger.file import LedgerFile
from execution.notify import alerts
from execution.records import Moment, read_record
from execution.state.ledgers import Ledgers
from gates.base import below
from gates.base.sessions import Session, SessionTable, new_york_day
from gates.base.statefile import StateMissing, StateUnreadable
from gates.mode import Mode
from gates.verdict import Status

DRILL_SCHEMA = 1
TAIL_BYTES = 1024 * 1024
REHEARSE = "let a cycle run in the session with DRY_RUN=1"


class DrillRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """drill.json as `execution drill` writes it."""

    schema: int
    at: Moment
    session: str
    passed: bool
    steps: tuple[Any, ...]


def read_drill(path: Path) -> Drill:
    record = read_record(path, DrillRecord, DRILL_SCHEMA)
    return Drill(record.at, record.passed, len(record.steps))


def told(path: Path) -> AlertsTold | Unknown:
    """What alerts.json remembers. A summary is told once, under the name of its session."""
    try:
        found = alerts.read(path)
        days = alerts.summaries_told(found.once)
    except StateMissing:
        return Unknown("nothing was told yet", "look at the check `slack`; cycles tell by themselves")
    except (StateUnreadable, ValueError) as broken:
        return Unknown(f"{path.name} unreadable ({broken})", "cycles put it aside and tell anew what is in force")
    return AlertsTold(found.heartbeat_at, max(days, default=None), len(found.outbox))


def last_sessions(table: SessionTable, now: datetime) -> tuple[Session, ...]:
    """The session that has begun last, and the one before it."""
    today = table.on(new_york_day(now))
    begun = today if today is not None and today.opens <= now else table.before(new_york_day(now))
    before = table.before(begun.day) if begun is not None else None
    return tuple(session for session in (begun, before) if session is not None)


def last_closed(table: SessionTable, now: datetime) -> Session | None:
    return next((session for session in last_sessions(table, now) if session.closes <= now), None)


def rehearsal(decisions: Path, table: SessionTable, now: datetime) -> Rehearsal | Unknown:
    """The newest DRY_RUN decision of the session that has begun last."""
    sessions = last_sessions(table, now)
    if not sessions:
        return Unknown("the session table does not know the last session", "see the check `sessions`")
    path = decisions / f"{sessions[0].day}.jsonl"
    try:
        with open(below.open_file(path, os.O_RDONLY), "rb") as file:
            file.seek(max(0, file.seek(0, 2) - TAIL_BYTES))
            lines = file.read().splitlines()
    except FileNotFoundError:
        return Unknown(f"no decision of session {sessions[0]} on record", REHEARSE)
    except OSError as broken:
        return Unknown(f"{path.name}: {broken.strerror}")
    found = (line for raw in reversed(lines) if (line := _mode_line(raw)) is not None)
    line = next(found, None)
    return (
        Unknown(f"no DRY_RUN decision in {path.name}", REHEARSE) if line is None else Rehearsal(sessions[0].day, line)
    )


def finished_ledger(
    file: LedgerFile, current: Ledgers | Unknown, table: SessionTable, now: datetime
) -> Ledger | Unknown:
    """The live ledger of the last session that is over: still the current one in the evening, an
    archive the next day."""
    session = last_closed(table, now)
    if session is None:
        return Unknown("the session table does not know the last session", "see the check `sessions`")
    live = None if isinstance(current, Unknown) else current.live.ledger
    if live is not None and live.date_ny == session.day:
        return live
    try:
        return file.load_from(file.archive_path(session.day))
    except StateUnreadable as broken:
        return Unknown(f"no live ledger of session {session} ({broken.what})")


def _mode_line(raw: bytes) -> str | None:
    """`Gate mode=DRY_RUN status=FAIL reason=…` as the journal had it; None for anything else."""
    try:
        decided = json.loads(raw)
        if decided["mode"] != Mode.DRY_RUN.value:
            return None
        noes = [gate for gate in decided["mode_gates"] if gate[1] != Status.PASS.value]
        reason = str(next((gate for gate in noes if gate[1] == Status.FAIL.value), noes[0])[3])
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None
    return f"Gate mode=DRY_RUN status=FAIL reason={reason}"
