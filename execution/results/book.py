"""Reads the trades of one mode from ledgers and archives, and names what they are made without.

A ledger that cannot be read, one that the chain says is gone, one of another account: each is a problem in words, and
the trades of the others are told all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from execution.ledger.day import Ledger
from execution.ledger.shelf import LedgerShelf, read_shelf, uncollected
from execution.results.fold import trades
from execution.results.remarks import read_remarks
from execution.results.trade import Trade
from execution.state.directory import StateDir
from gates.base.record import dataclass, replace
from gates.base.sessions import SessionTable, counted_in
from gates.base.statefile import StateUnreadable
from gates.mode import Mode


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which trades are asked for: of this mode, made in session `first` or later."""

    mode: Mode = Mode.LIVE
    first: date = date.min


@dataclass(frozen=True, slots=True)
class Book:
    """The trades asked for, the sessions whose ledgers they are made of, and what is missing."""

    wanted: Wanted
    account: str | None
    trades: tuple[Trade, ...] = ()
    sessions: tuple[date, ...] = ()
    problems: tuple[str, ...] = ()


def read_book(state: StateDir, table: SessionTable, wanted: Wanted) -> Book:
    account = state.read_record().account
    remarks, odd = _remarks(state.notes)
    with uncollected():
        shelf = read_shelf(state.ledger(wanted.mode), wanted.first)
        ledgers, problems = _of_account(shelf, account)
        found = [one for one in trades(ledgers, counted_in(table)) if one.session >= wanted.first]
    return Book(
        wanted,
        account,
        tuple(replace(one, remarks=remarks[one.ident]) if one.ident in remarks else one for one in found),
        tuple(one.date_ny for one in ledgers if one.date_ny >= wanted.first),
        (*problems, *(what for _, what in shelf.breaks()), *odd),
    )


def _of_account(shelf: LedgerShelf, account: str | None) -> tuple[list[Ledger], list[str]]:
    """The ledgers of the account that the state directory is bound to, and what became of the others."""
    problems = [shelf.problem] if shelf.problem is not None else []
    others: dict[str, list[date]] = {}
    ledgers = []
    for kept in shelf.kept:
        if kept.ledger is None:
            problems.append(f"{Path(kept.path).name}: {kept.problem}")
        elif account is not None and kept.ledger.account not in (None, account):
            others.setdefault(kept.ledger.account, []).append(kept.ledger.date_ny)
        else:
            ledgers.append(kept.ledger)
    problems += [f"account {name}: {_days(days)}, left out" for name, days in others.items()]
    return ledgers, problems


def _days(days: Iterable[date]) -> str:
    found = sorted(days)
    return f"session {found[0]}" if len(found) == 1 else f"{len(found)} sessions, {found[0]} to {found[-1]}"


def _remarks(path: Path) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """By the trade's id, oldest first; and what of the notes cannot be read."""
    try:
        lines = read_remarks(path)
    except StateUnreadable as broken:
        return {}, (f"{path.name}: {broken.what}",)
    found: dict[str, tuple[str, ...]] = {}
    for one in lines.found:
        found[one.ident] = (*found.get(one.ident, ()), one.text)
    return found, lines.problems
