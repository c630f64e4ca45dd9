"""The peer of the scanner: the same maths, written the way one does it with pandas, a loop per symbol.

It takes the stored Parquet file and ends with the same candidates, which the benchmark checks. It is
meant to be ordinary, not slow: rolling windows, cumulative sums and boolean masks, no apply.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from gates.base.record import dataclass
from scanner.setups.anchors import NAMES
from scanner.setups.thresholds import AVERAGE_SESSIONS, LEAST_COVER, YEAR_SESSIONS, Thresholds


@dataclass(frozen=True)
class Found:
    symbol: str
    anchor: str
    entry: float
    stop: float
    score: float


def scan_with_pandas(path: Path, t: Thresholds, universe: set[str]) -> list[Found]:
    bars = pd.read_parquet(path)
    bars["day"] = pd.to_datetime(bars["day"])
    calendar = pd.DatetimeIndex(np.sort(bars["day"].unique()))
    by_symbol = dict(list(bars.groupby("symbol", observed=True)))
    index = by_symbol[t.regime_symbol].set_index("day")["close"].reindex(calendar)
    if not index.iloc[-1] > index.iloc[-t.regime_sessions :].mean():
        return []
    each = (_one(symbol, by_symbol[symbol], calendar, t) for symbol in sorted(universe & by_symbol.keys()))
    found = [one for one in each if one is not None]
    return sorted(found, key=lambda one: (-round(one.score, 2), one.symbol))


def _mean(values: pd.Series, sessions: int) -> float:
    tail = values.iloc[-sessions:]
    return float(tail.mean()) if tail.count() >= LEAST_COVER * sessions else float("nan")


def _one(symbol: str, bars: pd.DataFrame, calendar: pd.DatetimeIndex, t: Thresholds) -> Found | None:
    df = bars.set_index("day").reindex(calendar)
    high, low, close, volume = df["high"], df["low"], df["close"], df["volume"]
    last = df.iloc[-1]
    if np.isnan(last["close"]):
        return None
    avg_volume, dollars = _mean(volume, AVERAGE_SESSIONS), _mean(close * volume, AVERAGE_SESSIONS)
    fast, slow = _mean(close, t.trend_fast_sessions), _mean(close, t.trend_slow_sessions)
    slow_before = _mean(close.iloc[: -t.trend_slope_sessions], t.trend_slow_sessions)
    before = close.shift(1)
    true_range = np.fmax(high, before) - np.fmin(low, before)
    atr = _mean(true_range.where(close.notna()), t.atr_sessions)
    money = ((high + low + close) / 3.0 * volume).fillna(0.0)
    shares = volume.fillna(0.0)
    anchors = _anchors(df, calendar, t)
    lines = {}
    for name, place in anchors.items():
        total = shares.iloc[place:].cumsum()
        lines[name] = money.iloc[place:].cumsum() / total.where(total > 0)
    stock = (
        last["volume"] > 0
        and last["close"] >= t.min_price
        and avg_volume >= t.min_avg_volume
        and dollars >= t.min_dollar_volume
        and last["close"] > slow
        and fast > slow
        and slow > slow_before
    )
    supply = lines["high_52w"].iloc[-1] if "high_52w" in lines else float("nan")
    room = supply <= last["high"] or (supply - last["high"]) / atr >= t.supply_room_atr
    if not (stock and room):
        return None
    swing_low = low.iloc[anchors["swing_low"]] if "swing_low" in anchors else float("nan")
    below = sum(last["close"] >= line.iloc[-1] for line in lines.values()) / len(NAMES)
    best = None
    for name in NAMES:
        if name in lines and (one := _setup(symbol, name, lines[name], last, atr, swing_low, below, avg_volume, t)):
            best = one if best is None or one.score > best.score else best
    return best


def _setup(symbol, name, line, last, atr, swing_low, below, avg_volume, t) -> Found | None:  # type: ignore[no-untyped-def]
    now = line.iloc[-1]
    distance = (last["close"] - now) / atr
    back = min(t.slope_sessions, len(line) - 1)
    slope = 100.0 * (now / line.iloc[-1 - back] - 1.0) / back if back else float("nan")
    entry = last["high"]
    stop = min(np.fmin(swing_low, now) - t.stop_buffer_atr * atr, entry - t.min_stop_atr * atr)
    fits = (
        last["close"] >= now
        and distance <= t.max_distance_atr
        and slope >= t.min_slope_pct
        and 0 < stop < entry
        and 100.0 * (entry - stop) / entry <= t.max_stop_pct
    )
    if not fits:
        return None
    score = (
        40.0 * np.clip(1.0 - abs(distance) / t.max_distance_atr, 0.0, 1.0)
        + 20.0 * np.clip(slope / 0.3, 0.0, 1.0)
        + 20.0 * below
        + 20.0 * np.clip(last["volume"] / avg_volume / 2.0, 0.0, 1.0)
    )
    return Found(symbol, name, float(entry), float(stop), float(score))


def _anchors(df: pd.DataFrame, calendar: pd.DatetimeIndex, t: Thresholds) -> dict[str, int]:
    """The position of each anchor's bar."""
    high, low, close, volume = df["high"], df["low"], df["close"], df["volume"]
    found = {}
    valid = close.notna()
    for name, period in (("year", "Y"), ("quarter", "Q"), ("month", "M")):
        inside = valid & (calendar.to_period(period) == calendar[-1].to_period(period))
        if inside.any():
            found[name] = int(np.argmax(inside.to_numpy()))
    year = slice(-YEAR_SESSIONS, None)
    offset = max(0, len(df) - YEAR_SESSIONS)
    found["high_52w"] = len(df) - 1 - int(np.nanargmax(high.iloc[year].to_numpy()[::-1]))
    found["low_52w"] = len(df) - 1 - int(np.nanargmin(low.iloc[year].to_numpy()[::-1]))
    for name, values in (("swing_high", high), ("swing_low", -low)):
        window = values.iloc[year]
        around = t.swing_sessions
        peak = window.rolling(around, min_periods=1).max()
        left, right = peak.shift(1), window[::-1].rolling(around, min_periods=1).max()[::-1].shift(-1)
        stands = (window > left.fillna(-np.inf)) & (window >= right.fillna(-np.inf))
        stands.iloc[:around] = False
        stands.iloc[-around:] = False
        if stands.any():
            found[name] = offset + int(np.flatnonzero(stands.to_numpy())[-1])
    gap = df["open"] >= close.ffill().shift(1) * (1.0 + t.gap_pct / 100.0)
    gap.iloc[: max(1, offset)] = False
    if gap.any():
        found["gap_day"] = int(np.flatnonzero(gap.to_numpy())[-1])
    least = int(np.ceil(LEAST_COVER * AVERAGE_SESSIONS))
    usual = volume.rolling(AVERAGE_SESSIONS, min_periods=least).mean().shift(1)
    spread = high - low
    strong = (close - low >= spread * (t.volume_close_pct / 100.0)) & (spread > 0)
    heavy = (volume >= t.volume_ratio * usual) & (usual > 0) & strong
    heavy.iloc[: max(AVERAGE_SESSIONS, offset)] = False
    if heavy.any():
        found["volume_day"] = int(np.flatnonzero(heavy.to_numpy())[-1])
    return found
