"""Bars for the tests of the scanner's arithmetic: series written as plain lists, and panels made of them.

A series is a list with a bar or None for every session, the way a person would write it down; a panel is
the same in rectangles. `walk` makes series with everything that goes wrong in real bars, by kind and seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
from hypothesis import strategies as st

from scanner.bars.panel import FIELDS, Panel, day_of
from scanner.bars.sample import sample_panel, sample_symbols
from scanner.setups.scan import Scan
from scanner.setups.thresholds import Thresholds
from support.scan_reference import Bar, Series

LAST = date(2026, 11, 19)
KINDS = (
    "plain",
    "missing",
    "halted",
    "no volume",
    "late",
    "split",
    "wild volume",
    "still",
    "one price",
    "whole dollars",
    "gappy",
    "gone",
)
LATE_BARS = (0, 1, 2, 5, 20)
LENGTHS = (2, 3, 5, 10, 11, 12, 14, 15, 20, 21, 22, 30, 50, 60, 61, 90, 251, 252, 253, 273, 274, 300)
FREE = Thresholds(min_price=0.0, min_avg_volume=0.0, min_dollar_volume=0.0)
"""Without limits in dollars and shares."""


def weekdays(count: int, last: date = LAST) -> list[date]:
    days: list[date] = []
    day = last
    while len(days) < count:
        if day.weekday() < 5:
            days.append(day)
        day -= timedelta(days=1)
    return days[::-1]


def panel_of(series: Mapping[str, Series], days: Sequence[date] | None = None) -> Panel:
    """Rows sorted by symbol; all series are as long as the days."""
    symbols = tuple(sorted(series))
    length = len(series[symbols[0]])
    if days is None:
        days = weekdays(length)
    rows = [[bar if bar is not None else (np.nan,) * 5 for bar in series[symbol]] for symbol in symbols]
    assert all(len(row) == len(days) for row in rows)
    values = np.array(rows, dtype=np.float64).reshape(len(symbols), len(days), 5)
    arrays = (np.ascontiguousarray(values[:, :, place]) for place in range(5))
    return Panel(symbols, np.array(days, dtype="datetime64[D]"), *arrays)


def series_of(panel: Panel, row: int) -> Series:
    """One row as a plain list."""
    columns = [getattr(panel, name)[row].tolist() for name in FIELDS]
    return [Bar(*bar) if bar[3] == bar[3] else None for bar in zip(*columns, strict=True)]


def days_of(panel: Panel) -> list[date]:
    return [day_of(day) for day in panel.days]


def changed(panel: Panel, **fields: object) -> Panel:
    """The panel with copies of its arrays, some of them others."""
    arrays = {name: getattr(panel, name).copy() for name in FIELDS}
    return Panel(**{"symbols": panel.symbols, "days": panel.days, **arrays, **fields})  # type: ignore[arg-type]


def scaled(panel: Panel, factor: float) -> Panel:
    prices = {name: getattr(panel, name) * factor for name in FIELDS if name != "volume"}
    return changed(panel, **prices)


def longer(panel: Panel, before: int, seed: int) -> Panel:
    """The same panel after so many sessions of other bars."""
    first = day_of(panel.days[0])
    old = panel_of({symbol: walk("gappy", before, seed + row) for row, symbol in enumerate(panel.symbols)})
    arrays = (np.hstack([getattr(old, name), getattr(panel, name)]) for name in FIELDS)
    days = weekdays(before, first - timedelta(days=1))
    return Panel(panel.symbols, np.concatenate([np.array(days, dtype="datetime64[D]"), panel.days]), *arrays)


# --- series -----------------------------------------------------------------------------------------


def walk(kind: str, sessions: int, seed: int) -> Series:
    """A seeded walk; what is special about it is its kind. Its prices are no round numbers, so that no two
    of them meet but where the kind means them to."""
    chance = np.random.RandomState(seed % 2**32)
    steps = chance.normal(0.0003, 0.015, sessions)
    gaps = (chance.uniform(size=sessions) < (0.08 if kind == "gappy" else 0.01)) * chance.uniform(0.03, 0.1, sessions)
    close = chance.uniform(2.0, 300.0) * np.exp(np.cumsum(steps + gaps))
    opened = np.concatenate([close[:1], close[:-1]]) * (1.0 + gaps) * np.exp(chance.normal(0, 0.002, sessions))
    high = np.maximum(opened, close) * (1.0 + chance.uniform(0, 0.012, sessions))
    low = np.minimum(opened, close) * (1.0 - chance.uniform(0, 0.012, sessions))
    heavy = 1.0 + 3.0 * (chance.uniform(size=sessions) < (0.1 if kind == "gappy" else 0.02))
    volume = np.rint(chance.uniform(1e5, 5e6) * chance.uniform(0.6, 1.4, sessions) * heavy)
    if kind == "whole dollars":
        opened, high, low, close = np.rint(opened), np.ceil(high), np.maximum(1.0, np.floor(low)), np.rint(close)
        opened, close = np.maximum(opened, low), np.maximum(close, low)
    if kind == "wild volume":
        volume = np.rint(10.0 ** chance.uniform(0, 12, sessions))
    if kind == "no volume":
        volume[chance.uniform(size=sessions) < 0.3] = 0.0
    if kind == "split":
        after = np.arange(sessions) >= chance.randint(0, sessions)
        opened, high, low, close = (np.where(after, price / 10.0, price) for price in (opened, high, low, close))
        volume = np.where(after, volume * 10.0, volume)
    bars: Series = [Bar(*map(float, bar)) for bar in zip(opened, high, low, close, volume, strict=True)]
    price = float(close[0])
    if kind == "still":
        bars = [Bar(price, price * 1.01, price * 0.99, price, bar.volume) for bar in bars if bar is not None]
    if kind == "one price":
        bars = [Bar(price, price, price, price, bar.volume) for bar in bars if bar is not None]
    return _without(bars, kind, chance)


def _without(bars: Series, kind: str, chance: np.random.RandomState) -> Series:
    """The bars that a kind has not."""
    sessions = len(bars)
    absent = np.zeros(sessions, dtype=bool)
    if kind == "missing":
        absent = chance.uniform(size=sessions) < 0.06
    if kind == "halted":
        for _ in range(3):
            start = chance.randint(0, sessions)
            absent[start : start + chance.randint(2, 12)] = True
    if kind == "late":
        absent[: sessions - min(sessions, int(chance.choice(LATE_BARS)))] = True
    if kind == "gone":
        absent[sessions - min(sessions, 3) :] = True
    return [None if gone else bar for bar, gone in zip(bars, absent, strict=True)]


def market(sessions: int, seed: int, kinds: Sequence[str] = KINDS, last: date = LAST) -> Panel:
    """A row of every kind."""
    series = {f"S{row:02d}": walk(kind, sessions, seed + 1_000 * row) for row, kind in enumerate(kinds)}
    return panel_of(series, weekdays(sessions, last))


seeds = st.integers(0, 2**31)
lasts = st.dates(date(2024, 1, 2), date(2027, 12, 31))


@st.composite
def markets(draw: st.DrawFn, lengths: Sequence[int] = LENGTHS) -> Panel:
    """Panels of a few kinds, also shorter than any window, ending on any day of any year."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=5))
    return market(draw(st.sampled_from(lengths)), draw(seeds), kinds, draw(lasts))


def trading_market(sessions: int = 300, count: int = 150, seed: int = 7, last: date = LAST) -> Panel:
    """The sample market with its index: a morning of it has candidates."""
    return sample_panel(sample_symbols(count), weekdays(sessions, last), seed)


def climbing(sessions: int = 280, start: float = 60.0, step: float = 0.15, reach: float = 1.0) -> Series:
    """A quiet climb in cents: a candidate by the anchors near the price, and a favourable index."""
    closes = [round(start + step * number, 2) for number in range(sessions)]
    return [
        Bar(close, round(close + reach, 2), round(close - reach, 2), close, 1_000_000.0 + 10.0 * (place % 7))
        for place, close in enumerate(closes)
    ]


# --- comparing --------------------------------------------------------------------------------------


def same(one: Scan, other: Scan) -> bool:
    """Equal to the last bit."""
    plain = ("as_of", "regime", "thresholds", "qualified", "candidates")
    if any(getattr(one, name) != getattr(other, name) for name in plain):
        return False
    pairs = [(one.symbol_passes, other.symbol_passes), (one.anchor_passes, other.anchor_passes)]
    pairs += [(getattr(one.levels, name), getattr(other.levels, name)) for name in one.levels.__slots__]
    arrays = [name for name in one.measures.__slots__ if name not in ("symbols", "anchors", "days")]
    pairs += [(getattr(one.measures, name), getattr(other.measures, name)) for name in arrays]
    equal = all(np.array_equal(left, right, equal_nan=left.dtype.kind == "f") for left, right in pairs)
    return equal and one.measures.symbols == other.measures.symbols and anchor_days(one) == anchor_days(other)


def anchor_days(found: Scan) -> list[list[date | None]]:
    days = found.measures.days
    return [[day_of(days[at]) if at >= 0 else None for at in row] for row in found.measures.anchors.tolist()]
