"""The scanner's arithmetic once more, one symbol at a time, in loops anybody can follow.

Nothing here is fast and nothing is shared with the scanner but the names of its anchors and its limits.
A series is a list with a bar or None for every session. What is not known is NaN; a comparison two floats
are too near to decide is None, for only a person with exact numbers could say.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from gates.base.record import dataclass, field
from scanner.setups.anchors import NAMES
from scanner.setups.thresholds import Thresholds

YEAR, MONTH_OF_SESSIONS, COVER = 252, 20, 0.9
UNKNOWN = math.nan
Verdict = bool | None


class Bar(NamedTuple):
    open: float
    high: float
    low: float
    close: float
    volume: float


Series = list[Bar | None]


def typical_price(bar: Bar) -> float:
    return (bar.high + bar.low + bar.close) / 3.0


def avwap(series: Series, anchor: int | None, at: int) -> float:
    """From the anchor's bar to the session `at`, both included."""
    if anchor is None or at < anchor:
        return UNKNOWN
    bars = [bar for bar in series[anchor : at + 1] if bar is not None]
    volume = math.fsum(bar.volume for bar in bars)
    if volume == 0:
        return UNKNOWN
    return math.fsum(typical_price(bar) * bar.volume for bar in bars) / volume


# --- anchors ----------------------------------------------------------------------------------------


def find_anchors(series: Series, days: Sequence[date], t: Thresholds) -> dict[str, int | None]:
    found = {
        "year": period_start(series, days, 12),
        "quarter": period_start(series, days, 3),
        "month": period_start(series, days, 1),
        "high_52w": highest([bar and bar.high for bar in series]),
        "low_52w": highest([bar and -bar.low for bar in series]),
        "swing_high": last_swing([bar and bar.high for bar in series], t.swing_sessions),
        "swing_low": last_swing([bar and -bar.low for bar in series], t.swing_sessions),
        "gap_day": last_gap(series, t.gap_pct),
        "volume_day": last_volume_day(series, t),
    }
    assert tuple(found) == NAMES
    return found


def period_start(series: Series, days: Sequence[date], months: int) -> int | None:
    last = days[-1]
    first_month = (last.month - 1) // months * months + 1
    start = date(last.year, first_month, 1)
    if days[0] >= start:
        return None
    for place, bar in enumerate(series):
        if bar is not None and days[place] >= start:
            return place
    return None


def of_the_year(series: Sequence[object]) -> range:
    """The places of the last 252 sessions, the latest first."""
    return range(len(series) - 1, max(-1, len(series) - 1 - YEAR), -1)


def highest(values: Sequence[float | None]) -> int | None:
    best: int | None = None
    for place in of_the_year(values):
        value = values[place]
        if value is not None and (best is None or value > values[best]):  # type: ignore[operator]
            best = place
    return best


def last_swing(values: Sequence[float | None], around: int) -> int | None:
    places = of_the_year(values)
    for place in places:
        value = values[place]
        if value is None or place + around >= len(values) or place - around < places[-1]:
            continue
        before = [other for other in values[place - around : place] if other is not None]
        after = [other for other in values[place + 1 : place + around + 1] if other is not None]
        if all(value > other for other in before) and all(value >= other for other in after):
            return place
    return None


def last_gap(series: Series, gap_pct: float) -> int | None:
    for place in of_the_year(series):
        bar = series[place]
        closes = [earlier.close for earlier in series[:place] if earlier is not None]
        if bar is not None and closes and reaches(bar.open, closes[-1] * (100.0 + gap_pct) / 100.0):
            return place
    return None


def last_volume_day(series: Series, t: Thresholds) -> int | None:
    for place in of_the_year(series):
        bar = series[place]
        if bar is None or place < MONTH_OF_SESSIONS:
            continue
        usual = mean([other and other.volume for other in series[place - MONTH_OF_SESSIONS : place]], MONTH_OF_SESSIONS)
        if math.isnan(usual) or usual == 0 or not reaches(bar.volume, t.volume_ratio * usual):
            continue
        spread = bar.high - bar.low
        if spread > 0 and reaches(bar.close, bar.low + spread * t.volume_close_pct / 100.0):
            return place
    return None


def reaches(value: float, limit: float) -> bool:
    """At least the limit; a difference in the twelfth digit is none."""
    return value >= limit or math.isclose(value, limit, rel_tol=1e-12)


# --- measures ---------------------------------------------------------------------------------------


def mean(values: Sequence[float | None], sessions: int) -> float:
    """Of the last `sessions` values; unknown when fewer than 90 % of that many are there."""
    there = [value for value in values[-sessions:] if value is not None] if values else []
    if not there or len(there) * 100 < round(COVER * 100) * sessions:
        return UNKNOWN
    return math.fsum(there) / len(there)


def average_true_range(series: Series, sessions: int) -> float:
    ranges: list[float | None] = []
    for place, bar in enumerate(series):
        before = series[place - 1] if place > 0 else None
        if bar is None:
            ranges.append(None)
        elif before is None:
            ranges.append(bar.high - bar.low)
        else:
            ranges.append(max(bar.high - bar.low, abs(bar.high - before.close), abs(bar.low - before.close)))
    return mean(ranges, sessions)


def slope_pct(series: Series, anchor: int | None, sessions: int) -> float:
    """Percent a session, over the last sessions or since the anchor when that is less."""
    last = len(series) - 1
    if anchor is None:
        return UNKNOWN
    start = max(anchor, last - sessions, 0)
    now, then = avwap(series, anchor, last), avwap(series, anchor, start)
    if start == last or math.isnan(then) or then <= 0:
        return UNKNOWN
    return 100.0 * (now / then - 1.0) / (last - start)


@dataclass
class Anchor:
    """What is known of one anchor of a symbol."""

    at: int | None
    avwap: float
    slope_pct: float
    distance_atr: float
    reclaimed: Verdict
    entry: float
    stop: float
    target: float
    checks: dict[str, Verdict] = field(default_factory=dict)
    score: float = UNKNOWN


@dataclass
class Facts:
    """What is known of one symbol."""

    close: float
    high: float
    volume: float
    atr: float
    avg_volume: float
    dollar_volume: float
    trend_fast: float
    trend_slow: float
    trend_slow_before: float
    swing_low: float
    supply: float
    supply_room_atr: float
    anchors: dict[str, Anchor]
    checks: dict[str, Verdict] = field(default_factory=dict)

    @property
    def fits(self) -> Verdict:
        """Whether it is a candidate in a market that is for us."""
        some = [all_of(anchor.checks.values()) for anchor in self.anchors.values()]
        any_anchor = True if True in some else None if None in some else False
        return all_of([*self.checks.values(), any_anchor])


def facts_of(series: Series, days: Sequence[date], t: Thresholds) -> Facts:
    last = len(series) - 1
    bar = series[last] or Bar(*[UNKNOWN] * 5)
    before = series[last - 1] if last > 0 else None
    closes = [one and one.close for one in series]
    atr = average_true_range(series, t.atr_sessions)
    places = find_anchors(series, days, t)
    swing = places["swing_low"]
    swing_bar = series[swing] if swing is not None else None
    facts = Facts(
        close=bar.close,
        high=bar.high,
        volume=bar.volume,
        atr=atr,
        avg_volume=mean([one and one.volume for one in series], MONTH_OF_SESSIONS),
        dollar_volume=mean([one and one.close * one.volume for one in series], MONTH_OF_SESSIONS),
        trend_fast=mean(closes, t.trend_fast_sessions),
        trend_slow=mean(closes, t.trend_slow_sessions),
        trend_slow_before=mean(closes[: max(0, len(closes) - t.trend_slope_sessions)], t.trend_slow_sessions),
        swing_low=swing_bar.low if swing_bar is not None else UNKNOWN,
        supply=avwap(series, places["high_52w"], last),
        supply_room_atr=UNKNOWN,
        anchors={},
    )
    facts.supply_room_atr = room(facts.supply, bar.high, atr)
    for name, place in places.items():
        now = avwap(series, place, last)
        then = avwap(series, place, last - 1)
        close_before = before.close if before is not None else UNKNOWN
        lows = [low for low in (facts.swing_low, now) if not math.isnan(low)]
        floor = min(lows) - t.stop_buffer_atr * atr if lows else UNKNOWN
        stop = min(floor, bar.high - t.min_stop_atr * atr) if not math.isnan(floor + bar.high) else UNKNOWN
        facts.anchors[name] = Anchor(
            at=place,
            avwap=now,
            slope_pct=slope_pct(series, place, t.slope_sessions),
            distance_atr=(bar.close - now) / atr if atr > 0 else UNKNOWN,
            reclaimed=all_of([above(then, close_before), above(bar.close, now)]),
            entry=bar.high,
            stop=stop,
            target=bar.high + t.target_r * (bar.high - stop),
        )
    judge(facts, t)
    return facts


def room(supply: float, high: float, atr: float) -> float:
    """ATRs from the high up to the supply; none overhead is room without end."""
    if supply <= high:
        return math.inf
    return (supply - high) / atr if atr > 0 else UNKNOWN


# --- checks -----------------------------------------------------------------------------------------


def above(value: float, limit: float) -> Verdict:
    """No for what is not known, None when floats cannot tell."""
    if math.isnan(value) or math.isnan(limit):
        return False
    return None if math.isclose(value, limit, rel_tol=1e-9, abs_tol=1e-9) else value > limit


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    told = list(verdicts)
    return False if False in told else None if None in told else True


def judge(facts: Facts, t: Thresholds) -> None:
    facts.checks = {
        "bar": facts.volume > 0 and facts.close > 0,
        "price": above(facts.close, t.min_price),
        "volume": above(facts.avg_volume, t.min_avg_volume),
        "dollar volume": above(facts.dollar_volume, t.min_dollar_volume),
        "trend": all_of([above(facts.close, facts.trend_slow), above(facts.trend_fast, facts.trend_slow)]),
        "trend slope": above(facts.trend_slow, facts.trend_slow_before),
        "supply": True if facts.supply_room_atr == math.inf else above(facts.supply_room_atr, t.supply_room_atr),
    }
    for anchor in facts.anchors.values():
        wide = 100.0 * (anchor.entry - anchor.stop) / anchor.entry
        anchor.checks = {
            "side": above(facts.close, anchor.avwap),
            "distance": above(t.max_distance_atr, anchor.distance_atr),
            "slope": above(anchor.slope_pct, t.min_slope_pct),
            "stop": all_of([above(anchor.stop, 0.0), above(anchor.entry, anchor.stop), above(t.max_stop_pct, wide)]),
        }
    below = sum(facts.close >= anchor.avwap for anchor in facts.anchors.values()) / len(NAMES)
    traded = between(facts.volume / facts.avg_volume / 2.0) if facts.avg_volume > 0 else UNKNOWN
    for anchor in facts.anchors.values():
        away = between(1.0 - abs(anchor.distance_atr) / t.max_distance_atr)
        anchor.score = 40.0 * away + 20.0 * between(anchor.slope_pct / 0.3) + 20.0 * below + 20.0 * traded


def between(value: float) -> float:
    return value if math.isnan(value) else min(1.0, max(0.0, value))
