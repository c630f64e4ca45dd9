"""Measures every symbol on the evening of the last session: averages, range, anchors, AVWAPs.

Arrays with a row per symbol (and a column per anchor where there are several). An average over n
sessions is NaN where too many of them have no bar: a number that cannot be vouched for is not a number here.
"""

from __future__ import annotations

from collections.abc import Set

import numpy as np

from gates.base.record import dataclass, fields
from scanner.bars.panel import Days, Floats, Panel
from scanner.setups.anchors import NAMES, Flags, find_anchors
from scanner.setups.avwap import Anchored, Columns, turnover
from scanner.setups.thresholds import AVERAGE_SESSIONS, LEAST_COVER, Thresholds, window_sessions

ROWS_AT_A_TIME = 512
HIGH_52W = NAMES.index("high_52w")
SWING_LOW = NAMES.index("swing_low")
NOISE = 1e-12
"""What sums and means of a year's prices may be off by. A stock that stands still is neither above its own mean
nor below its own AVWAP, and its AVWAP does not fall, whatever the last digit says."""
LEAST_SLOPE_PCT = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """`reclaimed` is below the AVWAP on the session before and at or above it now. `supply` is the AVWAP from
    the 52-week high, where those who bought at the top get out even; its room is counted from the last high."""

    symbols: tuple[str, ...]
    days: Days
    close: Floats
    high: Floats
    volume: Floats
    atr: Floats
    avg_volume: Floats
    dollar_volume: Floats
    trend_fast: Floats
    trend_slow: Floats
    trend_slow_before: Floats
    swing_low: Floats
    anchors: Columns
    avwap: Floats
    slope_pct: Floats
    distance_atr: Floats
    reclaimed: Flags
    supply: Floats
    supply_room_atr: Floats


def measure(panel: Panel, thresholds: Thresholds, universe: Set[str] | None = None) -> Measures:
    """Every measure of the universe's symbols, from the last `window_sessions` of the panel.

    It works on blocks of rows, so that they stay in the processor's cache, and keeps rows without a missing bar apart,
    because most are such and nothing has to be filled in for them. No row knows of another, so neither the size of a
    block nor its company changes anything.
    """
    window = _last(panel, window_sessions(thresholds))
    blocks = _blocks(window, universe)
    measured = [_measure(window.take(rows), thresholds) for rows in blocks]
    arrays = (field.name for field in fields(Measures) if field.name not in ("symbols", "days"))
    together = np.concatenate(blocks)
    back = np.argsort(together)
    joined = {name: np.concatenate([getattr(block, name) for block in measured])[back] for name in arrays}
    symbols = tuple(window.symbols[row] for row in together[back])
    return Measures(symbols=symbols, days=window.days, **joined)


def _blocks(window: Panel, universe: Set[str] | None) -> list[Columns]:
    """The rows of the universe, whole ones first, some at a time; one empty block when there are none."""
    wanted = set(window.symbols) if universe is None else universe
    listed = np.fromiter(map(wanted.__contains__, window.symbols), dtype=np.bool_, count=len(window.symbols))
    whole = ~np.isnan(window.close).any(axis=1)
    blocks: list[Columns] = []
    for group in (listed & whole, listed & ~whole):
        rows = np.flatnonzero(group)
        blocks += [rows[first : first + ROWS_AT_A_TIME] for first in range(0, len(rows), ROWS_AT_A_TIME)]
    return blocks or [np.flatnonzero(listed & False)]


def _measure(window: Panel, thresholds: Thresholds) -> Measures:
    last = len(window.days) - 1
    money, volume = turnover(window)
    anchors = find_anchors(window, thresholds)
    anchored = Anchored.of(money, volume, thresholds.slope_sessions)
    now = anchored.at(last, anchors)
    before = anchored.at(max(0, last - 1), anchors)
    close, high = window.close[:, last], window.high[:, last]
    close_before = window.close[:, max(0, last - 1)]
    atr = average_true_range(window, thresholds.atr_sessions)
    supply = now[:, HIGH_52W]
    averaged = slice(-AVERAGE_SESSIONS, None)
    slow, back = thresholds.trend_slow_sessions, thresholds.trend_slope_sessions
    return Measures(
        symbols=window.symbols,
        days=window.days,
        close=close,
        high=high,
        volume=window.volume[:, last],
        atr=atr,
        avg_volume=mean(window.volume[:, averaged], AVERAGE_SESSIONS),
        dollar_volume=mean(window.close[:, averaged] * window.volume[:, averaged], AVERAGE_SESSIONS),
        trend_fast=mean(window.close[:, -thresholds.trend_fast_sessions :], thresholds.trend_fast_sessions),
        trend_slow=mean(window.close[:, -slow:], slow),
        trend_slow_before=mean(window.close[:, : max(0, last + 1 - back)][:, -slow:], slow),
        swing_low=_at(window.low, anchors[:, SWING_LOW]),
        anchors=anchors,
        avwap=now,
        slope_pct=_slope_pct(anchored, anchors, now, last),
        distance_atr=_in_atr(close[:, None] - now, atr[:, None]),
        reclaimed=is_above(before, close_before[:, None]) & reaches(close[:, None], now),
        supply=supply,
        supply_room_atr=np.where(reaches(high, supply), np.inf, _in_atr(supply - high, atr)),
    )


def reaches(prices: Floats, limits: Floats) -> Flags:
    """At least the limit, as far as floats can tell."""
    reached: Flags = prices >= limits * (1.0 - NOISE)
    return reached


def is_above(prices: Floats, limits: Floats) -> Flags:
    """More than the limit by more than noise."""
    above: Flags = prices > limits * (1.0 + NOISE)
    return above


def mean(values: Floats, sessions: int) -> Floats:
    """Of the bars there are, NaN when they are fewer than LEAST_COVER of `sessions`."""
    missing = np.isnan(values)
    if not missing.any() and values.shape[1] >= max(1.0, LEAST_COVER * sessions):
        return np.asarray(values.sum(axis=1) / values.shape[1])
    bars = values.shape[1] - missing.sum(axis=1)
    total = np.where(missing, 0.0, values).sum(axis=1)
    enough = bars >= max(1.0, LEAST_COVER * sessions)
    averages: Floats = np.divide(total, bars, out=np.full(len(values), np.nan), where=enough)
    return averages


def average_true_range(panel: Panel, sessions: int) -> Floats:
    """The plain mean of the true ranges of the last `sessions` bars; without a close before it, a bar's
    own range."""
    high, low = panel.high[:, -sessions:], panel.low[:, -sessions:]
    before = panel.close[:, -sessions - 1 : -1]
    if before.shape[1] < high.shape[1]:
        before = np.hstack([np.full((len(high), high.shape[1] - before.shape[1]), np.nan), before])
    return mean(np.fmax(high, before) - np.fmin(low, before) + 0.0 * (high - low), sessions)


def _in_atr(away: Floats, atr: Floats) -> Floats:
    counted: Floats = np.divide(away, atr, out=np.full(away.shape, np.nan), where=atr > 0)
    return counted


def _slope_pct(anchored: Anchored, anchors: Columns, now: Floats, last: int) -> Floats:
    """Percent per session over the last `slope_sessions`; over the anchor's life when that is shorter,
    and unknown on the anchor's own session."""
    pivot = anchored.pivot
    then = anchored.at(pivot, anchors)
    then = np.where(anchors > pivot, anchored.on(anchors), then)
    sessions = last - np.maximum(anchors, pivot)
    known = (anchors >= 0) & (sessions > 0) & (then > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = 100.0 * (now / then - 1.0) / sessions
    slope[np.abs(slope) < LEAST_SLOPE_PCT] = 0.0
    return np.where(known, slope, np.nan)


def _at(values: Floats, columns: Columns) -> Floats:
    """Each row's value at its own column(s), NaN without one."""
    wide = columns if columns.ndim == 2 else columns[:, None]
    picked = np.take_along_axis(values, np.maximum(wide, 0), axis=1).reshape(columns.shape)
    return np.where(columns >= 0, picked, np.nan)


def _last(panel: Panel, sessions: int) -> Panel:
    day = panel.last_day
    return panel if day is None else panel.upto(day, sessions)
