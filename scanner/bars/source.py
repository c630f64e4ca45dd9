"""Says where bars and the list of stocks come from, in our own words: Alpaca, or the built-in sample market."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from gates.base.errors import Unreachable
from gates.base.record import dataclass
from scanner.bars.store import FlatBars


class SourceFailed(Unreachable):
    """No usable answer, after all that was tried; asked again on the next run."""


class SourceRefused(Unreachable):
    """A clear No, such as to a wrong key: asking again says nothing new. `splits` when it may be about one
    symbol of many."""

    def __init__(self, message: str, *, splits: bool = False) -> None:
        super().__init__(message)
        self.splits = splits


@dataclass(frozen=True, slots=True)
class Asset:
    symbol: str
    exchange: str


class BarsSource(Protocol):
    @property
    def name(self) -> str:
        """Where the bars are from, as the watchlist and the bars' file say it."""

    @property
    def requests(self) -> int:
        """Requests made so far."""

    def assets(self) -> Sequence[Asset]:
        """Every stock that is active and tradable."""

    def bars(self, symbols: Sequence[str], first: date, last: date) -> FlatBars:
        """Split-adjusted daily bars of these sessions; a symbol without any is simply not in it."""
