"""Finds where an AVWAP begins: for every symbol, the column of each anchor's bar, or NO_ANCHOR.

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

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from scanner.bars.panel import Days, Floats, Panel
from scanner.setups.avwap import NO_ANCHOR, Columns
from scanner.setups.thresholds import AVERAGE_SESSIONS, LEAST_COVER, YEAR_SESSIONS, Thresholds

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
SHORT_WORDS = {
    **WORDS,
    "year": "year",
    "quarter": "quarter",
    "month": "month",
    "swing_high": "swing high",
    "swing_low": "swing low",
}
"""For where there is little room, as beside the candles of a chart."""

Flags = npt.NDArray[np.bool_]
RowSet = slice | npt.NDArray[np.intp]
"""All rows, as a view, or some of them."""
MONTH_AND_A_HALF_SESSIONS = 32
"""Nearly every stock has its last swings in so many sessions."""
HALF_YEAR_SESSIONS = YEAR_SESSIONS // 2
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
    not above."""

    def swings(rows: RowSet, begin: int, stop: int) -> Flags:
        window = values[rows, begin - around : stop + around]
        return _stands_out(_without_gaps(-window if downwards else window), around)

    first, stop = max(0, values.shape[1] - YEAR_SESSIONS) + around, values.shape[1] - around
    return _from_the_end(swings, len(values), first, stop, MONTH_AND_A_HALF_SESSIONS)


def last_gap(panel: Panel, valid: Flags, whole: bool, gap_pct: float) -> Columns:
    """The latest session that opened so far above the last close before it."""
    first = max(1, panel.close.shape[1] - YEAR_SESSIONS)
    before = panel.close[:, first - 1 : -1] if whole else _closes_before(panel.close, valid, first)
    return _last_of(panel.open[:, first:] >= before * ((1.0 + gap_pct / 100.0) * ALMOST), first)


def last_volume_day(panel: Panel, valid: Flags, whole: bool, thresholds: Thresholds) -> Columns:
    """Few days are heavy, so only they are asked for their close."""
    sessions, share = AVERAGE_SESSIONS, thresholds.volume_close_pct / 100.0

    def volume_days(rows: RowSet, begin: int, stop: int) -> Flags:
        window = slice(begin - sessions, stop)
        days = _heavy(panel.volume[rows, window], None if whole else valid[rows, window], thresholds)
        row, column = _where(days)
        at = (row if isinstance(rows, slice) else rows[row], column + begin)
        low, spread = panel.low[at], panel.high[at] - panel.low[at]
        days[row, column] = (panel.close[at] >= (low + spread * share) * ALMOST) & (spread > 0)
        return days

    width = panel.close.shape[1]
    return _from_the_end(volume_days, len(valid), max(sessions, width - YEAR_SESSIONS), width, HALF_YEAR_SESSIONS)


def _heavy(volume: Floats, valid: Flags | None, thresholds: Thresholds) -> Flags:
    """For every column but the first 20, whether its volume is so many times the mean of the 20 before it."""
    sessions, times = AVERAGE_SESSIONS, thresholds.volume_ratio * ALMOST
    if valid is None:
        limit = _rolling(np.add, volume[:, :-1], sessions)
        limit *= times / sessions
    else:
        bars = _rolling(np.add, valid[:, :-1].astype(np.float64), sessions)
        total = _rolling(np.add, np.where(valid, volume, 0.0)[:, :-1], sessions) * times
        limit = np.divide(total, bars, out=np.full(total.shape, np.inf), where=bars >= LEAST_COVER * sessions)
    heavy: Flags = (volume[:, sessions:] >= limit) & (limit > 0)
    return heavy


# --- small tools ------------------------------------------------------------------------------------


def _from_the_end(flags: Callable[[RowSet, int, int], Flags], count: int, first: int, stop: int, most: int) -> Columns:
    """The last flagged column of each of `count` rows, from `first` to before `stop`.

    It looks from the end, `most` columns at a time, and follows no row further back once it has its column.
    """
    found = np.full(count, NO_ANCHOR, dtype=np.int64)
    rows: RowSet = slice(None)
    while stop > first:
        begin = max(first, stop - most)
        found[rows] = _last_of(flags(rows, begin, stop), begin)
        left = np.flatnonzero(found == NO_ANCHOR)
        if not len(left):
            break
        rows, stop = left, begin
    return found


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
