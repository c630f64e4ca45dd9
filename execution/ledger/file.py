"""Keeps ledgers on disk: read strictly, replaced durably, archived before they are followed.

The current ledger of a mode is one file; finished sessions lie under `ledger/<MODE>/`. Roll-over
writes the archive first and then replaces the current file, so a death between the two leaves both
and the next cycle finishes the step. A ledger that cannot be trusted raises and is left as it is.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from execution.ledger.consistency import inconsistency
from execution.ledger.day import SCHEMA, BrokenHistory, Ledger
from execution.ledger.quick import read_sealed_quickly
from execution.ledger.rollover import rolled_over
from execution.ledger.schema import OLDER, as_newest
from execution.records import to_record
from gates.base import below
from gates.base.record import dataclass
from gates.base.statefile import (
    SEAL,
    StateMissing,
    StateUnreadable,
    UnreadableCause,
    converted,
    create,
    digest_of_rest,
    parse_document,
    read_bytes,
    render,
    replace,
    sealed,
)
from gates.mode import Mode

CURRENT = {Mode.LIVE: "live_orders_today.json", Mode.DRY_RUN: "dry_run_orders_today.json"}


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """Reads and writes the ledger of one mode in one state directory."""

    root: Path
    mode: Mode

    @property
    def path(self) -> Path:
        return self.root / CURRENT[self.mode]

    @property
    def archive_dir(self) -> Path:
        return self.root / "ledger" / self.mode.value

    def archive_path(self, day: date) -> Path:
        return self.archive_dir / f"{day}.json"

    def load(self) -> Ledger:
        return self.load_from(self.path)

    def load_from(self, path: Path) -> Ledger:
        return self.load_with_seal(path)[0]

    def load_with_seal(self, path: Path) -> tuple[Ledger, str]:
        """A ledger, and the digest that it bears; another version of this program may have written other fields."""
        document = read_sealed_quickly(path, SCHEMA, *OLDER)
        seal = str(document.pop(SEAL))
        ledger = to_record(path, converted(path, document, as_newest), Ledger)
        try:
            problem = inconsistency(ledger, self.mode)
        except ArithmeticError:
            problem = "holds numbers that cannot be reckoned with"
        if problem is not None:
            raise StateUnreadable(path, problem)
        return ledger, seal

    def save(self, ledger: Ledger) -> None:
        """Durably; what could not be read again is a bug of ours and is not written."""
        try:
            problem = inconsistency(ledger, self.mode)
        except ArithmeticError:
            problem = "holds numbers that cannot be reckoned with"
        if problem is not None:
            raise BrokenHistory(f"{self.path} would not be readable: {problem}")
        replace(self.path, to_bytes(ledger))

    def archived_days(self) -> tuple[date, ...]:
        """Days of finished sessions, oldest first."""
        days = []
        for path in below.paths(self.archive_dir, ".json"):
            try:
                days.append(date.fromisoformat(path.stem))
            except ValueError:
                raise StateUnreadable(path, "is not named for a session") from None
        return tuple(sorted(days))

    def check_archive(self, ledger: Ledger) -> None:
        """Raise when this ledger cannot be followed: a later session is archived already, so it is an old
        one put back, or its own place in the archive is taken by something else."""
        days = self.archived_days()
        if days and days[-1] > ledger.date_ny:
            raise StateUnreadable(self.path, f"dated {ledger.date_ny}, but {days[-1]} is archived already")
        path = self.archive_path(ledger.date_ny)
        try:
            archived = read_bytes(path)
        except StateMissing:
            return
        if archived != read_bytes(self.path):
            raise StateUnreadable(path, "archive already exists with other content")

    def roll_over(self, ledger: Ledger, day: date) -> Ledger:
        """Archive the finished ledger durably, then begin the session's own."""
        self.check_archive(ledger)
        data = read_bytes(self.path)
        sha256 = str(parse_document(self.path, data)[SEAL])
        create(self.archive_path(ledger.date_ny), data)
        following = rolled_over(ledger, sha256, day)
        self.save(following)
        return following


def problem_words(problem: StateUnreadable) -> str:
    """missing · digest · unreadable: <what>, as the gate line prints it."""
    return f"unreadable: {problem.what}" if problem.cause is UnreadableCause.OTHER else problem.cause.value


def to_document(ledger: Ledger) -> dict[str, object]:
    plain = msgspec.to_builtins(ledger, builtin_types=(datetime,))
    return sealed(json.loads(json.dumps(plain, default=_time_text)))


def to_bytes(ledger: Ledger) -> bytes:
    return render(to_document(ledger))


def digest(ledger: Ledger) -> str:
    return digest_of_rest(to_document(ledger))


def _time_text(moment: datetime) -> str:
    """2026-11-20T15:31:02.113Z"""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
