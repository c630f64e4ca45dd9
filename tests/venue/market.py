"""Prices for any symbol: seeded, the same in every run, and overridden by whoever knows better.

A symbol nobody mentioned has a made-up price near which its bars wander. `set_quote` and `set_bars`
say what a test needs, `split` makes raw and adjusted bars differ, `retire` makes a symbol unknown.
Bars are rendered to JSON once per symbol and served as slices, so a page of ten thousand costs a
few copies; a million and a half of them fit in about 150 MB.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random

from .bars import Bar, Ribbon, daily_bars, minute_bars, resample
from .hours import Hours, Session
from .moments import NEW_YORK, Timepiece, to_ns

MOST_CACHED_RIBBONS = 8_000
MINUTES = {"1Min": 1, "5Min": 5, "10Min": 10, "15Min": 15, "30Min": 30, "1Hour": 60}
DAILY = "1Day"
SAMPLE_UNIVERSE = ("AAPL", "AMD", "AMZN", "GOOGL", "JPM", "META", "MSFT", "NVDA", "SPY", "TSLA")


@dataclass(frozen=True, slots=True)
class Quote:
    """A side of 0 means that nobody is there. `at` None means just now, whenever it is asked."""

    bid: Decimal
    ask: Decimal
    last: Decimal
    at: datetime | None = None
    bid_size: int = 3
    ask_size: int = 2


class Market:
    def __init__(self, timepiece: Timepiece, hours: Hours, seed: int = 7) -> None:
        self.timepiece = timepiece
        self.hours = hours
        self.seed = seed
        self.history_start = date(2024, 1, 2)
        self.universe: Sequence[str] = SAMPLE_UNIVERSE
        self.exchanges: dict[str, str] = {}
        """Where a symbol is listed, for those that are not on NASDAQ."""
        self.may_read_sip = False
        self._lock = threading.Lock()
        self._quotes: dict[str, Quote] = {}
        self._retired: set[str] = set()
        self._splits: dict[str, list[tuple[date, Decimal]]] = {}
        self._given: dict[tuple[str, str], list[Bar]] = {}
        self._ribbons: OrderedDict[tuple[str, str, str, date], Ribbon] = OrderedDict()
        self._sessions: tuple[tuple[date, date], list[Session]] | None = None

    def knows(self, symbol: str) -> bool:
        return symbol not in self._retired

    def retire(self, symbol: str) -> None:
        """No quote, no bar, no asset: as if the exchange had never listed it."""
        self._retired.add(symbol)

    def set_quote(
        self, symbol: str, bid: object, ask: object, last: object | None = None, at: datetime | None = None
    ) -> Quote:
        low, high = Decimal(str(bid)), Decimal(str(ask))
        traded = Decimal(str(last)) if last is not None else ((low + high) / 2).quantize(Decimal("0.0001"))
        quote = Quote(low, high, traded, at)
        self._quotes[symbol] = quote
        return quote

    def is_priced(self, symbol: str) -> bool:
        """Somebody said what it costs; a made-up price should refuse no order."""
        return symbol in self._quotes

    def quote(self, symbol: str) -> Quote:
        if (quote := self._quotes.get(symbol)) is not None:
            return quote
        price = self.base_price(symbol)
        return Quote(price - Decimal("0.01"), price + Decimal("0.01"), price)

    def base_price(self, symbol: str) -> Decimal:
        return Decimal(Random(f"{self.seed}:{symbol}").randrange(1_000, 40_000)).scaleb(-2)

    def split(self, symbol: str, day: date, ratio: object) -> None:
        """From `day` on there are `ratio` shares for one: raw bars before it show the old prices."""
        with self._lock:
            self._splits.setdefault(symbol, []).append((day, Decimal(str(ratio))))
            self._forget(symbol)

    def set_bars(self, symbol: str, timeframe: str, bars: Iterable[Bar]) -> None:
        """These and no others for the symbol and timeframe; an empty list means no data."""
        with self._lock:
            self._given[symbol, timeframe] = sorted(bars)
            self._forget(symbol)

    def ribbon(self, symbol: str, timeframe: str, adjustment: str = "raw") -> Ribbon:
        """All bars of the symbol up to today, rendered. Unknown symbols and timeframes have none."""
        today = self.timepiece.now().astimezone(NEW_YORK).date()
        key = (symbol, timeframe, adjustment, today)
        with self._lock:
            ribbon = self._ribbons.get(key)
            if ribbon is None:
                ribbon = self._ribbons[key] = Ribbon.of(self._build(symbol, timeframe, adjustment, today))
                if len(self._ribbons) > MOST_CACHED_RIBBONS:
                    self._ribbons.popitem(last=False)
            else:
                self._ribbons.move_to_end(key)
            return ribbon

    def _build(self, symbol: str, timeframe: str, adjustment: str, today: date) -> list[Bar]:
        if symbol in self._retired:
            return []
        bars = self._given.get((symbol, timeframe))
        if bars is None:
            bars = self._invent(symbol, timeframe, today)
        return bars if adjustment in ("split", "all") else [self._unadjusted(symbol, bar) for bar in bars]

    def _invent(self, symbol: str, timeframe: str, today: date) -> list[Bar]:
        base = float(self.base_price(symbol))
        if timeframe == DAILY:
            days = [session.day for session in self._history(self.history_start, today)]
            return daily_bars(Random(f"{self.seed}:{symbol}:days"), base, days)
        if timeframe not in MINUTES:
            return []
        recent = list(self._history(self.history_start, today))[-5:]
        minutes = [bar for session in recent for bar in self._minutes(symbol, base, session)]
        return resample(minutes, MINUTES[timeframe])

    def _minutes(self, symbol: str, base: float, session: Session) -> list[Bar]:
        length = int((session.closes - session.opens).total_seconds() // 60)
        return minute_bars(Random(f"{self.seed}:{symbol}:{session.day}"), base, session.opens, length)

    def _history(self, first: date, last: date) -> list[Session]:
        if self._sessions is None or self._sessions[0] != (first, last):
            self._sessions = ((first, last), list(self.hours.between(first, last)))
        return self._sessions[1]

    def _unadjusted(self, symbol: str, bar: Bar) -> Bar:
        for day, ratio in self._splits.get(symbol, ()):
            if bar.seconds < to_ns(datetime.combine(day, datetime.min.time(), NEW_YORK).astimezone(UTC)) // 10**9:
                bar = bar.scaled(float(ratio))
        return bar

    def _forget(self, symbol: str) -> None:
        for key in [key for key in self._ribbons if key[0] == symbol]:
            del self._ribbons[key]
