"""Fetches quotes and bars for the rows still possible; for each symbol without them it says why.

A request that fails is a reason for every symbol, an answer that is odd for one symbol is a reason for that one.
This module only reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from execution.broker.port import Bar, Broker, BySymbol, Quote
from execution.planning.trigger import BAR_MINUTES, bars_start
from execution.view.broker_view import asked
from gates.base.record import dataclass, field
from gates.base.sessions import Session
from scanner.watchlist import Row

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Prices:
    """A symbol in `problems` has neither quote nor bars."""

    quotes: Mapping[str, Quote] = field(default_factory=dict)
    bars: Mapping[str, tuple[Bar, ...]] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


def prices(broker: Broker, rows: tuple[Row, ...], session: Session, now: datetime, rule: str) -> Prices:
    """Quotes for these rows, and bars where the entry rule looks at them."""
    symbols = [row.symbol for row in rows]
    if not symbols:
        return Prices()
    quotes, problems = _by_symbol("quote", symbols, lambda: broker.quotes(symbols))
    bars: BySymbol[tuple[Bar, ...]] = BySymbol({})
    if rule == "hold" and quotes:
        since = bars_start(session, now)
        bars, of_bars = _by_symbol("bars", symbols, lambda: broker.bars(symbols, since, BAR_MINUTES))
        problems |= of_bars
    return Prices({symbol: quote for symbol, quote in quotes.items() if symbol not in problems}, bars, problems)


def _by_symbol(
    what: str, symbols: list[str], question: Callable[[], BySymbol[T]]
) -> tuple[BySymbol[T], dict[str, str]]:
    told, problem = asked(question)
    if told is None:
        return BySymbol({}), dict.fromkeys(symbols, str(problem))
    return told, {symbol: f"{what} not understood ({odd})" for symbol, odd in told.problems.items()}
