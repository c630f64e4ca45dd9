"""Keeps one line per session in equity.jsonl: the account at the close, as the evening's sweep saw it.

The broker tells equity and marks of this moment only, so what no sweep of the session's evening saw is not known later.
`positions` are all that the account holds; `unrealized` and `realized` are of what the live ledger says is ours.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from execution.records import Fee, Moment, Record
from execution.results.lines import Lines, add_line, read_lines

SCHEMA = 1


class Mark(Record, frozen=True):
    """A position of the account. `ours` counts the shares that the live ledger knows of."""

    symbol: str
    qty: Decimal
    ours: Decimal
    avg_entry_price: Decimal | None = None
    market_value: Decimal | None = None

    @property
    def price(self) -> Decimal | None:
        return self.market_value / self.qty if self.market_value is not None and self.qty else None


class Close(Record, frozen=True):
    """One session's close. `ledger` is the live ledger's digest then; what is not known is None."""

    schema: int
    session: date
    at: Moment
    account: str
    equity: Decimal | None
    cash: Decimal | None
    positions: tuple[Mark, ...]
    realized: Decimal | None
    unrealized: Decimal | None
    fees: tuple[Fee, ...] | None
    ledger: str | None
    previous: str | None = None

    @property
    def prices(self) -> dict[str, Decimal]:
        return {one.symbol: price for one in self.positions if (price := one.price) is not None}


def read_closes(path: Path) -> Lines[Close]:
    return read_lines(path, Close, SCHEMA)


def add_close(path: Path, close: Close) -> bool:
    """Durably keep the line of a session; False, and nothing changed, where it has one."""
    before = read_closes(path)
    if any(one.session == close.session for one in before.found):
        return False
    add_line(path, before.seal, close)
    return True
