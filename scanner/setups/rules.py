"""Decides what makes a candidate: small functions from measures to yes or no, each with its words.

Symbol checks look at the stock, anchor checks at one anchored VWAP of it; a symbol is a candidate when
all its checks pass and at least one anchor passes all of its own. Every check answers for the whole
universe at once; what is NaN compares as false, so what is not known is a No. The words name the number
and the limit, passed or not, because `scanner show SYMBOL` prints them all.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gates.base.instrument import US_STOCK
from gates.base.record import dataclass
from scanner.bars.panel import Floats
from scanner.setups.anchors import Flags
from scanner.setups.measures import Measures, is_above, reaches
from scanner.setups.thresholds import Thresholds

LEAST_PRICE = float(US_STOCK.least_price)
"""What is below the smallest tick rounds down to nothing, and nothing is no stop."""


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Entry, stop and target as the arithmetic has them, rows x anchors; ticks come later."""

    entry: Floats
    stop: Floats
    target: Floats


@dataclass(frozen=True, slots=True)
class SymbolCheck:
    name: str
    passed: Callable[[Measures, Thresholds], Flags]
    words: Callable[[Measures, Thresholds, int], str]


@dataclass(frozen=True, slots=True)
class AnchorCheck:
    name: str
    passed: Callable[[Measures, Levels, Thresholds], Flags]
    words: Callable[[Measures, Levels, Thresholds, int, int], str]


def make_levels(m: Measures, t: Thresholds) -> Levels:
    """Entry at the last session's high; stop below swing low and AVWAP and at least `min_stop_atr` away."""
    entry = np.broadcast_to(m.high[:, None], m.avwap.shape)
    atr = m.atr[:, None]
    floor = np.fmin(m.swing_low[:, None], m.avwap) - t.stop_buffer_atr * atr
    stop = np.minimum(floor, entry - t.min_stop_atr * atr)
    return Levels(entry, stop, entry + t.target_r * (entry - stop))


# --- the stock --------------------------------------------------------------------------------------


def _supply_words(m: Measures, t: Thresholds, row: int) -> str:
    room = m.supply_room_atr[row]
    if np.isnan(room):
        return "AVWAP from the 52-week high unknown"
    if np.isinf(room):
        return f"no supply overhead (AVWAP from the 52-week high {m.supply[row]:.2f})"
    return f"supply at {m.supply[row]:.2f} is {room:.1f} ATR above the entry, want {t.supply_room_atr:g}"


SYMBOL_CHECKS = (
    SymbolCheck(
        "bar",
        lambda m, t: (m.volume > 0) & (m.close > 0),
        lambda m, t, i: f"close {m.close[i]:.2f}, {m.volume[i]:,.0f} shares" if m.volume[i] > 0 else "no bar that day",
    ),
    SymbolCheck(
        "price",
        lambda m, t: m.close >= t.min_price,
        lambda m, t, i: f"close {m.close[i]:.2f}, want {t.min_price:.2f}",
    ),
    SymbolCheck(
        "volume",
        lambda m, t: m.avg_volume >= t.min_avg_volume,
        lambda m, t, i: f"20-day average {m.avg_volume[i]:,.0f} shares, want {t.min_avg_volume:,.0f}",
    ),
    SymbolCheck(
        "dollar volume",
        lambda m, t: m.dollar_volume >= t.min_dollar_volume,
        lambda m, t, i: f"20-day average ${m.dollar_volume[i]:,.0f}, want ${t.min_dollar_volume:,.0f}",
    ),
    SymbolCheck(
        "trend",
        lambda m, t: is_above(m.close, m.trend_slow) & is_above(m.trend_fast, m.trend_slow),
        lambda m, t, i: (
            f"close {m.close[i]:.2f}, {t.trend_fast_sessions}-day mean {m.trend_fast[i]:.2f}, "
            f"{t.trend_slow_sessions}-day mean {m.trend_slow[i]:.2f}; want both above the last"
        ),
    ),
    SymbolCheck(
        "trend slope",
        lambda m, t: is_above(m.trend_slow, m.trend_slow_before),
        lambda m, t, i: (
            f"{t.trend_slow_sessions}-day mean {m.trend_slow[i]:.2f}, "
            f"{t.trend_slope_sessions} sessions ago {m.trend_slow_before[i]:.2f}; want rising"
        ),
    ),
    SymbolCheck("supply", lambda m, t: m.supply_room_atr >= t.supply_room_atr, _supply_words),
)


# --- one anchor of it -------------------------------------------------------------------------------


def _side_words(m: Measures, levels: Levels, t: Thresholds, row: int, anchor: int) -> str:
    now = m.avwap[row, anchor]
    if np.isnan(now):
        return "no such anchor, or no volume since"
    word = "reclaimed" if m.reclaimed[row, anchor] else "above" if reaches(m.close[row], now) else "below"
    return f"close {m.close[row]:.2f} {word} AVWAP {now:.2f}"


def _stop_pct(levels: Levels) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        wide: Floats = 100.0 * (levels.entry - levels.stop) / levels.entry
    return wide


ANCHOR_CHECKS = (
    AnchorCheck("side", lambda m, levels, t: reaches(m.close[:, None], m.avwap), _side_words),
    AnchorCheck(
        "distance",
        lambda m, levels, t: m.distance_atr <= t.max_distance_atr,
        lambda m, levels, t, i, a: f"{m.distance_atr[i, a]:.2f} ATR from the AVWAP, at most {t.max_distance_atr:g}",
    ),
    AnchorCheck(
        "slope",
        lambda m, levels, t: m.slope_pct >= t.min_slope_pct,
        lambda m, levels, t, i, a: (
            f"AVWAP moves {m.slope_pct[i, a]:+.3f} % a session, want {t.min_slope_pct:+.3f} %"
            if not np.isnan(m.slope_pct[i, a])
            else "AVWAP is too young to have a slope"
        ),
    ),
    AnchorCheck(
        "stop",
        lambda m, levels, t: (
            (levels.stop >= LEAST_PRICE) & is_above(levels.entry, levels.stop) & (_stop_pct(levels) <= t.max_stop_pct)
        ),
        lambda m, levels, t, i, a: (
            f"stop {levels.stop[i, a]:.2f} is {_stop_pct(levels)[i, a]:.1f} % below the entry, "
            f"at most {t.max_stop_pct:g} %"
        ),
    ),
)


def score(m: Measures, t: Thresholds) -> Floats:
    """0 to 100, of the stock alone and never of its rank: how near the AVWAP, how fast that rises, how
    many anchors are below the price, how much was traded."""
    away = np.clip(1.0 - np.abs(m.distance_atr) / t.max_distance_atr, 0.0, 1.0)
    rising = np.clip(m.slope_pct / 0.3, 0.0, 1.0)
    below = np.mean(reaches(m.close[:, None], m.avwap), axis=1)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        traded = np.clip(m.volume / m.avg_volume / 2.0, 0.0, 1.0)[:, None]
    points: Floats = 40.0 * away + 20.0 * rising + 20.0 * below + 20.0 * traded
    return np.where(np.isnan(points), -np.inf, points)
