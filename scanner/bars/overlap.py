"""Compares fetched bars with what was asked for and with the bars that are stored.

A bar is kept only when it was asked for, lies on a session and can be a bar at all: finite, positive,
open and close within low and high. Known bars that come back with other prices, or do not come back,
mean that a symbol's history was restated, which a split does to all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np

from scanner.bars.panel import FIELDS, Days, Floats, Panel, day_of
from scanner.bars.store import FlatBars, Integers

IsSession = Callable[[date], bool]
SAME_PRICE = 1e-3
"""Two answers about one bar agree when their prices differ by no more than a thousandth: what the tape
corrects a day later is far less, and a split is far more."""


def sound(
    flat: FlatBars, asked: frozenset[str], first: date, last: date, is_session: IsSession
) -> tuple[FlatBars, dict[str, int]]:
    """The bars that are some, and how many of each symbol are not."""
    start, stop = (int(np.datetime64(day, "D").astype(np.int64)) for day in (first, last))
    wanted = np.array([symbol in asked for symbol in flat.symbols], dtype=bool)[flat.codes]
    wanted &= (flat.days >= start) & (flat.days <= stop)
    value = flat.values
    good = (value["low"] > 0) & (value["high"] >= value["low"]) & (value["volume"] >= 0)
    for name in ("open", "close"):
        good &= (value[name] >= value["low"]) & (value[name] <= value["high"])
    for name in FIELDS:
        good &= np.isfinite(value[name])
    closed = [day for day in np.unique(flat.days[wanted]) if not is_session(day_of(np.datetime64(int(day), "D")))]
    good &= ~np.isin(flat.days, closed)
    codes, counts = np.unique(flat.codes[wanted & ~good], return_counts=True)
    odd = {flat.symbols[code]: int(count) for code, count in zip(codes, counts, strict=True)}
    return _pick(flat, wanted & good), odd


def only(flat: FlatBars, symbols: set[str]) -> FlatBars:
    """The bars of these symbols."""
    return _pick(flat, np.array([symbol in symbols for symbol in flat.symbols], dtype=bool)[flat.codes])


def differing(panel: Panel, symbols: Sequence[str], flat: FlatBars, first: date, through: date) -> list[str]:
    """Symbols of whose known bars from `first` to `through` some came back with other prices, or did not."""
    known = panel.upto(through)
    start = int(np.searchsorted(known.days, np.datetime64(first, "D")))
    days = known.days[start:]
    rows = [row for symbol in symbols if (row := panel.row(symbol)) is not None]
    names = [panel.symbols[row] for row in rows]
    came = _block(flat, names, days)
    differs = np.zeros(len(rows), dtype=bool)
    for name in ("open", "high", "low", "close"):
        old, new = getattr(known, name)[rows][:, start:], came[name]
        differs |= (np.isnan(old) != np.isnan(new)).any(axis=1)
        differs |= (np.abs(new - old) > SAME_PRICE * old).any(axis=1)
    return [symbol for symbol, other in zip(names, differs, strict=True) if other]


def same(one: Panel, other: Panel) -> bool:
    """Whether two panels hold the same bars to the last bit."""
    if one.symbols != other.symbols or not np.array_equal(one.days, other.days):
        return False
    return all(np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in FIELDS)


def _block(flat: FlatBars, names: Sequence[str], days: Days) -> dict[str, Floats]:
    """The bars of these symbols and days as rectangles."""
    place = {symbol: row for row, symbol in enumerate(names)}
    rows: Integers = np.array([place.get(symbol, -1) for symbol in flat.symbols], dtype=np.int64)[flat.codes]
    came = flat.days.astype("datetime64[D]")
    columns = np.searchsorted(days, came)
    within = (rows >= 0) & np.isin(came, days)
    block = {}
    for name in FIELDS:
        block[name] = np.full((len(names), len(days)), np.nan)
        block[name][rows[within], columns[within]] = flat.values[name][within]
    return block


def _pick(flat: FlatBars, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> FlatBars:
    present = np.unique(flat.codes[kept])
    names = tuple(flat.symbols[code] for code in present)
    codes = np.searchsorted(present, flat.codes[kept]).astype(np.int32)
    return FlatBars(names, codes, flat.days[kept], {name: flat.values[name][kept] for name in FIELDS})
