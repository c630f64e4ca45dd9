"""Checks the chain of a mode's ledgers: every archive and the current one, each against the one it follows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from execution.ledger.file import LedgerFile
from gates.base.record import dataclass
from gates.base.statefile import StateUnreadable


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One ledger of the chain: its session as text, and what is wrong with it."""

    mode: str
    session: str
    problem: str | None
    current: bool = False


def chain(file: LedgerFile) -> tuple[ChainLink, ...]:
    """Every ledger of a mode, oldest first. A stranger among the archives breaks the chain and is one
    link of it."""
    mode, found = file.mode.value, []
    digests: dict[date, str] = {}
    try:
        days = file.archived_days()
    except StateUnreadable as stranger:
        found.append(ChainLink(mode, stranger.path.name, stranger.what))
        days = ()
    places: list[tuple[date | None, Path]] = [(day, file.archive_path(day)) for day in days]
    for day, path in [*places, (None, file.path)]:
        try:
            ledger, seal = file.load_with_seal(path)
        except StateUnreadable as broken:
            found.append(ChainLink(mode, str(day or "current"), broken.what, day is None))
            continue
        problem = None
        if day is not None and ledger.date_ny != day:
            problem = f"is dated {ledger.date_ny}"
        elif ledger.previous is not None and digests.get(ledger.previous.date_ny) != ledger.previous.sha256:
            problem = f"does not follow the archive of {ledger.previous.date_ny}"
        digests[ledger.date_ny] = seal
        found.append(ChainLink(mode, str(day or f"{ledger.date_ny} (current)"), problem, day is None))
    return tuple(found)
