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


def find_anchors(panel: Panel, thresholds: Thresholds) -> Columns:
    """Rows x NAMES."""
    valid = ~np.isnan(panel.close)
    whole = bool(valid.all())
    swing = thresholds.swing_sessions
    low = -panel.low
    found = [
        *(period_start(panel.days, valid, months) for months in (12, 3, 1)),
        highest(panel.high),
        highest(low),
        last_swing(panel.high, swing),
        last_swing(low, swing),
        last_gap(panel, valid, whole, thresholds.gap_pct),
        last_volume_day(panel, valid, whole, thresholds),
    ]
    return np.stack(found, axis=1)


def period_start(days: Days, valid: Flags, months: int) -> Columns:
    """The first bar of the year (12), the quarter (3) or the month (1) of the last session."""
    nowhere = np.full(len(valid), NO_ANCHOR, dtype=np.int64)
    if not len(days):
        return nowhere
    month = days.astype("datetime64[M]").astype(np.int64)
    first = int(np.searchsorted(month // months, month[-1] // months))
    return _first_of(valid[:, first:], first) if first else nowhere


def highest(values: Floats) -> Columns:
    """The latest of the highest values of the last year."""
    first = max(0, values.shape[1] - YEAR_SESSIONS)
    window = _without_gaps(values[:, first:])[:, ::-1]
    if not window.shape[1]:
        return np.full(len(values), NO_ANCHOR, dtype=np.int64)
    position = window.argmax(axis=1)
    known = window[np.arange(len(window)), position] > -np.inf
    return np.where(known, values.shape[1] - 1 - position, NO_ANCHOR)


def last_swing(values: Floats, around: int) -> Columns:
    """The latest bar above the `around` before it and not below the `around` after it."""
    first = max(0, values.shape[1] - YEAR_SESSIONS)
    window = _without_gaps(values[:, first:])
    length = window.shape[1] - 2 * around
    if length < 1:
        return np.full(len(values), NO_ANCHOR, dtype=np.int64)
    peaks = _rolling_max(window, around)
    middle = window[:, around : around + length]
    stands_out = (middle > peaks[:, :length]) & (middle >= peaks[:, around + 1 : around + 1 + length])
    return _last_of(stands_out, first + around)


def last_gap(panel: Panel, valid: Flags, whole: bool, gap_pct: float) -> Columns:
    """The latest session that opened so far above the last close before it."""
    first = max(1, panel.close.shape[1] - YEAR_SESSIONS)
    before = panel.close[:, first - 1 : -1]
    if not whole:
        before = _closes_before(panel.close, valid, first)
    return _last_of(_reaches(panel.open[:, first:], before * (1.0 + gap_pct / 100.0)), first)


def last_volume_day(panel: Panel, valid: Flags, whole: bool, thresholds: Thresholds) -> Columns:
    sessions = AVERAGE_SESSIONS
    width = panel.close.shape[1]
    first = max(sessions, width - YEAR_SESSIONS)
    if first >= width:
        return np.full(len(valid), NO_ANCHOR, dtype=np.int64)
    start = first - sessions
    volume = panel.volume[:, start:]
    mean = _sums_before(volume if whole else np.where(valid[:, start:], volume, 0.0), sessions)
    if whole:
        mean /= sessions
    else:
        bars = _sums_before(valid[:, start:].astype(np.float64), sessions)
        mean = np.divide(mean, bars, out=np.full(mean.shape, np.inf), where=bars >= LEAST_COVER * sessions)
    heavy = _reaches(panel.volume[:, first:], thresholds.volume_ratio * mean)
    heavy &= mean > 0
    low, spread = panel.low[:, first:], panel.high[:, first:] - panel.low[:, first:]
    strong = _reaches(panel.close[:, first:], low + spread * (thresholds.volume_close_pct / 100.0))
    return _last_of(heavy & strong & (spread > 0), first)


# --- small tools ------------------------------------------------------------------------------------


def _reaches(values: Floats, limits: Floats) -> Flags:
    """At least the limit; prices are cents, so a difference in the 13th digit is the floats' and none."""
    reached: Flags = values >= limits * (1.0 - 1e-13)
    return reached


def _without_gaps(values: Floats) -> Floats:
    """Missing bars as minus infinity: never the highest."""
    missing = np.isnan(values)
    return np.where(missing, -np.inf, values) if missing.any() else values


def _rolling_max(values: Floats, width: int) -> Floats:
    """The maximum of every `width` neighbouring columns, by doubling."""
    peaks, covered = values, 1
    while covered < width:
        step = min(covered, width - covered)
        peaks = np.maximum(peaks[:, : peaks.shape[1] - step], peaks[:, step:])
        covered += step
    return peaks


def _sums_before(values: Floats, sessions: int) -> Floats:
    """For each column from `sessions` on, the sum of that many columns before it. Whole shares add up
    without rounding, so a difference of sums is exact."""
    sums = np.cumsum(values, axis=1)
    before = sums[:, sessions - 1 : -1].copy()
    before[:, 1:] -= sums[:, : -sessions - 1]
    return before


def _closes_before(close: Floats, valid: Flags, first: int) -> Floats:
    """For each column from `first` on, the last close known before it."""
    columns = np.where(valid[:, :-1], np.arange(close.shape[1] - 1), 0)
    latest = np.maximum.accumulate(columns, axis=1)[:, first - 1 :]
    return np.take_along_axis(close, latest, axis=1)


def _first_of(flags: Flags, offset: int) -> Columns:
    return np.where(flags.any(axis=1), flags.argmax(axis=1) + offset, NO_ANCHOR)


def _last_of(flags: Flags, offset: int) -> Columns:
    if not flags.shape[1]:
        return np.full(len(flags), NO_ANCHOR, dtype=np.int64)
    last = offset + flags.shape[1] - 1
    return np.where(flags.any(axis=1), last - flags[:, ::-1].argmax(axis=1), NO_ANCHOR)


