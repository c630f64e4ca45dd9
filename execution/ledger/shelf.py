"""Reads every ledger of a mode: the archives and the current one, each strictly, and what is wrong with the others.

A session whose ledger cannot be read is named and hides no other session. Ten years of archives are a quarter of a
million records, so Python's collector of cycles rests while they are read; it took longer than the reading.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from execution.ledger.day import Ledger
from execution.ledger.file import LedgerFile, problem_words
from gates.base.record import dataclass
from gates.base.statefile import StateUnreadable


@dataclass(frozen=True, slots=True)
class Kept:
    """A ledger as it lies on disk, or why there is none to rely on. `absent` when none was ever begun."""

    day: date | None
    path: str
    ledger: Ledger | None = None
    digest: str | None = None
    problem: str | None = None
    absent: bool = False


@dataclass(frozen=True, slots=True)
class LedgerShelf:
    """Every ledger of a mode, oldest first; `problem` when the archive itself cannot be listed. Those of sessions
    before `first` were not read."""

    kept: tuple[Kept, ...]
    problem: str | None = None
    first: date = date.min

    def of(self, day: date) -> Kept | None:
        return next((one for one in self.kept if one.day == day), None)

    def breaks(self) -> tuple[tuple[date, str], ...]:
        """Where the chain of digests says that a session is gone, or is not the one that was followed."""
        digests = {one.day: one.digest for one in self.kept}
        found = []
        for one in self.kept:
            previous = one.ledger.previous if one.ledger is not None else None
            if previous is None or previous.date_ny < self.first or digests.get(previous.date_ny) == previous.sha256:
                continue
            if previous.date_ny not in digests:
                found.append((previous.date_ny, f"{one.path} follows {previous.date_ny}, whose archive is gone"))
            elif digests[previous.date_ny] is not None:
                found.append((previous.date_ny, f"{one.path} follows another ledger of {previous.date_ny}"))
        return tuple(found)


def read_shelf(file: LedgerFile, first: date = date.min) -> LedgerShelf:
    """The archive from session `first` on and the current ledger; one that lies in both, after a death in between,
    counts once."""
    with uncollected():
        current = _keep(file, None)
        try:
            days = file.archived_days()
        except StateUnreadable as broken:
            return LedgerShelf((current,), str(broken), first)
        kept = [_keep(file, day) for day in days if day != current.day and day >= first]
        return LedgerShelf((*kept, current), first=first)


@contextmanager
def uncollected() -> Iterator[None]:
    """Records make no cycles, so there is nothing to collect while they are made."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _keep(file: LedgerFile, day: date | None) -> Kept:
    """A ledger read strictly: the archive of a day, else the current one."""
    path = file.path if day is None else file.archive_path(day)
    try:
        ledger, seal = file.load_with_seal(path)
    except StateUnreadable as broken:
        return Kept(day, str(path), problem=problem_words(broken))
    if day is not None and ledger.date_ny != day:
        return Kept(day, str(path), problem=f"is dated {ledger.date_ny}")
    return Kept(ledger.date_ny, str(path), ledger, seal)
