"""Where an AVWAP begins: for every symbol, the column of each anchor's bar, or NO_ANCHOR.

    year, quarter, month     the first bar of the calendar period the last session lies in
    high_52w, low_52w        the highest high, the lowest low of the last 252 sessions (the latest of equals)
    swing_high, swing_low    the latest bar that stands out of `swing_sessions` bars on either side
    gap_day                  the latest open at least `gap_pct` above the close before it
    volume_day               the latest volume of `volume_ratio` times the mean of the 20 sessions before it,
                             with a close in the top of its range

A period's start is known only when the panel also holds a session before it. Missing bars are passed
over: they neither stand out nor keep another bar from standing out.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scanner.avwap import NO_ANCHOR, Columns
from scanner.panel import Days, Floats, Panel
from scanner.thresholds import AVERAGE_SESSIONS, LEAST_COVER, YEAR_SESSIONS, Thresholds

NAMES = (
    "year",
    "quarter",
    "month",
    "high_52w",
    "low_52w",
    "swing_high",
    "swing_low",
    "gap_day",
    "volume_day",
)
WORDS = {
    "year": "start of the year",
    "quarter": "start of the quarter",
    "month": "start of the month",
    "high_52w": "52-week high",
    "low_52w": "52-week low",
    "swing_high": "last swing high",
    "swing_low": "last swing low",
    "gap_day": "gap day",
    "volume_day": "volume day",
}

Flags = npt.NDArray[np.bool_]
Rows = slice | npt.NDArray[np.intp]
"""All rows, as a view, or some of them."""
COLUMNS_AT_A_TIME = 48
ALMOST = 1.0 - 1e-13
"""Prices are cents: a difference to a limit in the 13th digit is the floats' and none."""


def find_anchors(panel: Panel, thresholds: Thresholds) -> Columns:
    """Rows x NAMES."""
    valid = ~np.isnan(panel.close)
    whole = bool(valid.all())
    swing = thresholds.swing_sessions
    found = [
        *(period_start(panel.days, valid, whole, months) for months in (12, 3, 1)),
        highest(panel.high),
        lowest(panel.low),
        last_swing(panel.high, swing),
        last_swing(panel.low, swing, downwards=True),
        last_gap(panel, valid, whole, thresholds.gap_pct),
        last_volume_day(panel, valid, whole, thresholds),
    ]
    return np.stack(found, axis=1)


def period_start(days: Days, valid: Flags, whole: bool, months: int) -> Columns:
    """The first bar of the year (12), the quarter (3) or the month (1) of the last session."""
    nowhere = np.full(len(valid), NO_ANCHOR, dtype=np.int64)
    if not len(days):
        return nowhere
    month = days.astype("datetime64[M]").astype(np.int64)
    first = int(np.searchsorted(month // months, month[-1] // months))
    if not first:
        return nowhere
    return np.full(len(valid), first, dtype=np.int64) if whole else _first_of(valid[:, first:], first)


def highest(values: Floats) -> Columns:
    """The latest of the highest values of the last year."""
    year = values[:, -YEAR_SESSIONS:]
    return _latest_equal(year, np.fmax.reduce(year, axis=1, initial=-np.inf), values.shape[1] - year.shape[1])


def lowest(values: Floats) -> Columns:
    """The latest of the lowest values of the last year."""
    year = values[:, -YEAR_SESSIONS:]
    return _latest_equal(year, np.fmin.reduce(year, axis=1, initial=np.inf), values.shape[1] - year.shape[1])


def last_swing(values: Floats, around: int, *, downwards: bool = False) -> Columns:
    """The latest bar above the `around` before it and not below the `around` after it; downwards, below and
    not above. It is looked for from the end, a few columns at a time, because most rows have theirs among the
    last ones; only the others are followed further back."""
    first = max(0, values.shape[1] - YEAR_SESSIONS) + around
    stop = values.shape[1] - around
    found = np.full(len(values), NO_ANCHOR, dtype=np.int64)
    rows: Rows = slice(None)
    while stop > first:
        begin = max(first, stop - COLUMNS_AT_A_TIME)
        window = values[rows, begin - around : stop + around]
        found[rows] = _last_of(_stands_out(_without_gaps(-window if downwards else window), around), begin)
        left = np.flatnonzero(found == NO_ANCHOR)
        if not len(left):
            break
        rows, stop = left, begin
    return found


def last_gap(panel: Panel, valid: Flags, whole: bool, gap_pct: float) -> Columns:
    """The latest session that opened so far above the last close before it."""
    first = max(1, panel.close.shape[1] - YEAR_SESSIONS)
    before = panel.close[:, first - 1 : -1] if whole else _closes_before(panel.close, valid, first)
    return _last_of(panel.open[:, first:] >= before * ((1.0 + gap_pct / 100.0) * ALMOST), first)


def last_volume_day(panel: Panel, valid: Flags, whole: bool, thresholds: Thresholds) -> Columns:
    sessions = AVERAGE_SESSIONS
    width = panel.close.shape[1]
    first = max(sessions, width - YEAR_SESSIONS)
    if first >= width:
        return np.full(len(valid), NO_ANCHOR, dtype=np.int64)
    before = slice(first - sessions, -1)
    volume = panel.volume[:, before]
    limit = _rolling(np.add, volume if whole else np.where(valid[:, before], volume, 0.0), sessions)
    if whole:
        limit *= thresholds.volume_ratio * ALMOST / sessions
    else:
        bars = _rolling(np.add, valid[:, before].astype(np.float64), sessions)
        limit *= thresholds.volume_ratio * ALMOST
        limit = np.divide(limit, bars, out=np.full(limit.shape, np.inf), where=bars >= LEAST_COVER * sessions)
    rows, columns = _where((panel.volume[:, first:] >= limit) & (limit > 0))
    columns += first  # few days are heavy, so only they are asked for their close
    low, high, close = panel.low[rows, columns], panel.high[rows, columns], panel.close[rows, columns]
    spread = high - low
    strong = (close >= (low + spread * (thresholds.volume_close_pct / 100.0)) * ALMOST) & (spread > 0)
    return _latest_of(rows[strong], columns[strong], len(valid))


# --- small tools ------------------------------------------------------------------------------------


def _without_gaps(values: Floats) -> Floats:
    """Missing bars as minus infinity: never the highest."""
    missing = np.isnan(values)
    return np.where(missing, -np.inf, values) if missing.any() else values


def _stands_out(window: Floats, around: int) -> Flags:
    """For every column but `around` on either side."""
    length = window.shape[1] - 2 * around
    peaks = _rolling(np.maximum, window, around)
    middle = window[:, around : around + length]
    out: Flags = (middle > peaks[:, :length]) & (middle >= peaks[:, around + 1 : around + 1 + length])
    return out


def _rolling(join: np.ufunc, values: Floats, width: int) -> Floats:
    """The maximum or the sum of every `width` neighbouring columns, each made of two of half the width."""
    if width == 1:
        return values
    half = _rolling(join, values, width // 2)
    both: Floats = join(half[:, : -(width // 2)], half[:, width // 2 :])
    return join(both[:, :-1], values[:, width - 1 :]) if width % 2 else both


def _closes_before(close: Floats, valid: Flags, first: int) -> Floats:
    """For each column from `first` on, the last close known before it."""
    columns = np.where(valid[:, :-1], np.arange(close.shape[1] - 1), 0)
    latest = np.maximum.accumulate(columns, axis=1)[:, first - 1 :]
    return np.take_along_axis(close, latest, axis=1)


def _first_of(flags: Flags, offset: int) -> Columns:
    return np.where(flags.any(axis=1), flags.argmax(axis=1) + offset, NO_ANCHOR)


def _last_of(flags: Flags, offset: int) -> Columns:
    rows, columns = _where(flags)
    return _latest_of(rows, columns + offset, len(flags))


def _where(flags: Flags) -> tuple[Columns, Columns]:
    """Rows and columns of the flags, in order; numpy finds them faster in one dimension than in two."""
    places = np.flatnonzero(flags)
    rows = places // flags.shape[1] if flags.shape[1] else places
    return rows, places - rows * flags.shape[1]


def _latest_of(rows: Columns, columns: Columns, count: int) -> Columns:
    """For each of `count` rows the last of its columns; both are in order, and the last one written stays."""
    found = np.full(count, NO_ANCHOR, dtype=np.int64)
    found[rows] = columns
    return found


def _latest_equal(values: Floats, wanted: Floats, offset: int) -> Columns:
    """The last column that holds the row's wanted value; a row without any value has none."""
    return _last_of((values == wanted[:, None]) & np.isfinite(wanted)[:, None], offset)
