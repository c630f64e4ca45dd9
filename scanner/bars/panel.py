"""Holds the daily bars of the whole universe as five rectangles: a row per symbol, a column per session.

A missing bar (a halt, a listing still to come) is NaN in all five. Rows are sorted by symbol, columns
by day. A panel is never changed; what may be known on a past morning is `upto` that day's last close,
which is a view of the same memory and cannot see further.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import date

import numpy as np
import numpy.typing as npt

from gates.base.record import dataclass

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]
FIELDS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    symbols: tuple[str, ...]
    days: Days
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    @property
    def last_day(self) -> date | None:
        return day_of(self.days[-1]) if len(self.days) else None

    def upto(self, day: date, sessions: int | None = None) -> Panel:
        """Nothing after `day`, and of what is left the last `sessions` columns."""
        stop = int(np.searchsorted(self.days, np.datetime64(day, "D"), side="right"))
        return self.columns(max(0, stop - sessions) if sessions is not None else 0, stop)

    def only(self, symbols: Set[str]) -> Panel:
        """The rows of these symbols."""
        kept = [row for row, symbol in enumerate(self.symbols) if symbol in symbols]
        return self if len(kept) == len(self.symbols) else self.take(np.array(kept, dtype=np.intp))

    def take(self, rows: npt.NDArray[np.intp]) -> Panel:
        """These rows, as a copy."""
        arrays = (getattr(self, field)[rows] for field in FIELDS)
        return Panel(tuple(self.symbols[row] for row in rows), self.days, *arrays)

    def rows(self, first: int, stop: int) -> Panel:
        """Some rows, as a view."""
        return Panel(self.symbols[first:stop], self.days, *(getattr(self, field)[first:stop] for field in FIELDS))

    def row(self, symbol: str) -> int | None:
        position = int(np.searchsorted(np.array(self.symbols), symbol)) if self.symbols else 0
        return position if position < len(self.symbols) and self.symbols[position] == symbol else None

    def columns(self, first: int, stop: int) -> Panel:
        """Some sessions, as a view."""
        return Panel(self.symbols, self.days[first:stop], *(getattr(self, field)[:, first:stop] for field in FIELDS))


def day_of(value: np.datetime64) -> date:
    """A column's day as a date."""
    day: date = value.astype("datetime64[D]").item()
    return day
