"""Price bars: made up from a seed, thinned to longer intervals, and rendered once for serving."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from math import exp
from random import Random
from typing import NamedTuple

from .moments import NEW_YORK


class Bar(NamedTuple):
    """One interval; `seconds` is its start since 1970. Sorts by time."""

    seconds: int
    open: float
    high: float
    low: float
    close: float
    volume: int = 10_000
    trades: int = 100
    vwap: float = 0.0

    @classmethod
    def at(cls, start: datetime, open: float, high: float, low: float, close: float, volume: int = 10_000) -> Bar:
        return cls(int(start.timestamp()), open, high, low, close, volume, 100, round((high + low + close) / 3, 4))

    def scaled(self, ratio: float) -> Bar:
        """The same bar in shares that were worth `ratio` of today's."""
        names = ("open", "high", "low", "close", "vwap")
        prices = {name: round(getattr(self, name) * ratio, 4) for name in names}
        return self._replace(volume=int(self.volume / ratio), **prices)

    def json(self) -> str:
        seconds, opened, high, low, close, volume, trades, vwap = self
        return (
            f'{{"t":"{_start(seconds)}","o":{opened},"h":{high},"l":{low},"c":{close},'
            f'"v":{volume},"n":{trades},"vw":{vwap}}}'
        )


class Ribbon:
    """The bars of one symbol, rendered side by side, with where each of them begins."""

    __slots__ = ("_begins", "_text", "seconds")

    def __init__(self, seconds: array[int], text: bytes, begins: array[int]) -> None:
        self.seconds = seconds
        self._text = text
        self._begins = begins

    @classmethod
    def of(cls, bars: Sequence[Bar]) -> Ribbon:
        rows = [bar.json().encode() for bar in bars]
        begins = array("L", [0])
        for row in rows:
            begins.append(begins[-1] + len(row) + 1)
        return cls(array("q", [bar.seconds for bar in bars]), b",".join(rows), begins)

    def first_at(self, seconds: float) -> int:
        """The place of the first bar that starts at `seconds` or later."""
        return bisect_left(self.seconds, seconds)

    def rows(self, first: int, stop: int) -> bytes:
        return self._text[self._begins[first] : self._begins[stop] - 1] if first < stop else b""


def daily_bars(rng: Random, base: float, days: Sequence[date]) -> list[Bar]:
    """A walk that is always pulled back to `base`, so a year's bars stay within sight of the quote."""
    bars, away, close, chance = [], 0.0, base, rng.random
    for day in days:
        away = 0.98 * away + (chance() - 0.5) * 0.04
        opened, close = close, int(base * exp(away) * 100.0 + 0.5) / 100.0  # round() takes three times as long
        reach, volume = chance() * 0.012, 200_000 + int(chance() * 3_000_000)
        high = int((opened if opened > close else close) * (1.0 + reach) * 100.0 + 0.5) / 100.0
        low = int((close if opened > close else opened) * (1.0 - reach) * 100.0 + 0.5) / 100.0
        vwap = int((high + low + close) / 3.0 * 100.0) / 100.0
        bars.append(Bar(midnight(day), opened, high, low, close, volume, volume // 120, vwap))
    return bars


def minute_bars(rng: Random, base: float, opens: datetime, length: int) -> list[Bar]:
    start, bars, close = int(opens.timestamp()), [], base
    for minute in range(length):
        opened = close
        close = round(0.9 * close + 0.1 * base + base * rng.gauss(0.0, 0.0006), 2)
        high, low = max(opened, close), min(opened, close)
        volume = 500 + int(rng.random() * 9_000)
        bars.append(Bar(start + 60 * minute, opened, high, low, close, volume, 1 + volume // 90, close))
    return bars


def resample(minutes: Sequence[Bar], length: int) -> list[Bar]:
    if length == 1:
        return list(minutes)
    groups: dict[int, list[Bar]] = {}
    for bar in minutes:
        groups.setdefault(bar.seconds // (60 * length), []).append(bar)
    return [_joined(group, key * 60 * length) for key, group in groups.items()]


def _joined(group: list[Bar], start: int) -> Bar:
    high, low, close = max(bar.high for bar in group), min(bar.low for bar in group), group[-1].close
    volume, trades = sum(bar.volume for bar in group), sum(bar.trades for bar in group)
    return Bar(start, group[0].open, high, low, close, volume, trades, round((high + low + close) / 3, 4))


@lru_cache(maxsize=16_384)
def _start(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=4096)
def midnight(day: date) -> int:
    """New York midnight, which is what the vendor stamps a daily bar with: 04:00Z or 05:00Z."""
    return int(datetime.combine(day, datetime.min.time(), NEW_YORK).timestamp())
