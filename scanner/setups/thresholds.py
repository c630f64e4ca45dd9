"""Holds what makes a setup: every threshold in one frozen record, each a setting (`SCAN_` and its name).

Free of numpy, so that a setting can be read and explained without loading the scanner's arithmetic.
Distances are counted in ATRs and sessions, so that a stock of $8 and one of $800 are judged alike.
"""

from __future__ import annotations

from gates.base.record import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    min_price: float = 5.0
    min_avg_volume: float = 500_000.0
    min_dollar_volume: float = 10_000_000.0
    atr_sessions: int = 14
    trend_fast_sessions: int = 20
    trend_slow_sessions: int = 50
    trend_slope_sessions: int = 10
    swing_sessions: int = 5
    gap_pct: float = 4.0
    volume_ratio: float = 1.8
    volume_close_pct: float = 70.0
    slope_sessions: int = 5
    min_slope_pct: float = 0.0
    max_distance_atr: float = 1.5
    supply_room_atr: float = 1.0
    stop_buffer_atr: float = 0.1
    min_stop_atr: float = 1.0
    max_stop_pct: float = 12.0
    target_r: float = 2.0
    regime_sessions: int = 200
    regime_symbol: str = "SPY"


YEAR_SESSIONS = 252
"""How far the 52-week high and low, swings, gaps and volume days are looked for."""

AVERAGE_SESSIONS = 20
"""The averages of volume and dollar volume."""

LEAST_COVER = 0.9
"""An average over n sessions needs bars in this share of them; else it is unknown, which is a No."""


def window_sessions(thresholds: Thresholds) -> int:
    """How many of the last sessions decide everything; what lies before them changes nothing."""
    return max(
        YEAR_SESSIONS + AVERAGE_SESSIONS + 1,
        thresholds.regime_sessions,
        thresholds.trend_slow_sessions + thresholds.trend_slope_sessions,
        thresholds.trend_fast_sessions,
        thresholds.atr_sessions + 1,
    )
