"""Gives the orders and exits of many sessions as rows, or an error that names the ledger which keeps rows from it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from execution.ledger.day import Ledger
from execution.ledger.shelf import LedgerShelf, read_shelf
from execution.report.rows import rows
from execution.service import Service
from gates.base.sessions import counted_in
from gates.base.statefile import StateUnreadable
from gates.mode import Mode


def rows_between(service: Service, mode: Mode, first: date, last: date) -> tuple[dict[str, str], ...]:
    """Rows of the sessions from `first` to `last`; none of them is left out silently."""
    return rows(whole_ledgers(service, mode, first), first, last, counted_in(service.table))


def whole_ledgers(service: Service, mode: Mode, first: date) -> list[Ledger]:
    """Every ledger that can say something of session `first` or later; a later one may hold what was seen
    late, so all of those have to be readable and in their chain."""
    file = service.state.ledger(mode)
    shelf = read_shelf(file)
    if shelf.problem is not None:
        raise StateUnreadable(file.archive_dir, f"cannot be listed: {shelf.problem}")
    _refuse_broken(shelf, first)
    return [one.ledger for one in shelf.kept if one.ledger is not None]


def _refuse_broken(shelf: LedgerShelf, first: date) -> None:
    for one in shelf.kept:
        if one.problem is not None and (one.day is None or one.day >= first):
            raise StateUnreadable(Path(one.path), f"{one.problem}; nothing exported, rows would be missing")
    for day, what in shelf.breaks():
        if day >= first:
            raise StateUnreadable(Path(shelf.kept[-1].path).parent, f"{what}; nothing exported, rows would be missing")
