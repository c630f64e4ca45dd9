"""Sums up some trades in one row of figures: how many, how often they won, what they brought. Pure.

A trade that is open counts with the mark of the last close, because stops end sooner than targets and an average over
ended trades alone would be censored. One without a known result is counted as such and is in no other figure; a sum
over such trades is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal

from execution.results.trade import ZERO, Trade, TradeState
from gates.base.record import dataclass
from gates.base.statistics import Interval, bootstrap_mean, longest_losing_run, mean, profit_factor, wilson


@dataclass(frozen=True, slots=True)
class Marks:
    """Prices at a close. A trade that was made after it has none."""

    session: date
    prices: dict[str, Decimal]

    def price_for(self, trade: Trade) -> Decimal | None:
        return self.prices.get(trade.symbol) if trade.session <= self.session else None


@dataclass(frozen=True, slots=True)
class TradeResult:
    """What one trade brought, before fees; in R where its risk is known."""

    trade: Trade
    dollars: Decimal
    r: Decimal | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The results that are known, in the order in which the trades ended, the open ones last; those with an R in R."""

    name: str
    ended: int
    open: int
    unknown: int
    dollars: tuple[Decimal, ...]
    r: tuple[Decimal, ...]

    @property
    def known(self) -> int:
        return self.ended + self.open

    @property
    def trades(self) -> int:
        return self.known + self.unknown

    @property
    def won(self) -> int:
        """Results above zero."""
        return sum(1 for one in self.dollars if one > 0)

    @property
    def win_rate(self) -> Decimal | None:
        return Decimal(self.won) / self.known if self.known else None

    @property
    def win_interval(self) -> Interval | None:
        return wilson(self.won, self.known)

    @property
    def known_dollars(self) -> Decimal:
        """Of the trades with a known result alone."""
        return sum(self.dollars, ZERO)

    @property
    def total(self) -> Decimal | None:
        """None with a hole in it."""
        return None if self.unknown else self.known_dollars

    @property
    def total_r(self) -> Decimal | None:
        return sum(self.r, ZERO) if not self.unknown and len(self.r) == self.known else None

    @property
    def expectancy(self) -> Decimal | None:
        """Dollars a trade."""
        return mean(self.dollars)

    @property
    def expectancy_interval(self) -> Interval | None:
        return bootstrap_mean(self.dollars)

    @property
    def mean_r(self) -> Decimal | None:
        return mean(self.r)

    @property
    def r_interval(self) -> Interval | None:
        return bootstrap_mean(self.r)

    @property
    def profit_factor(self) -> Decimal | None:
        return profit_factor(self.dollars)

    @property
    def losing_run(self) -> int:
        return longest_losing_run(self.dollars)


def result_of(trade: Trade, marks: Marks | None) -> TradeResult | None:
    """None while it is not known: an open trade without a mark, one whose prices were not told."""
    dollars = trade.realized
    if trade.state is TradeState.OPEN:
        dollars = trade.marked(marks.price_for(trade) if marks is not None else None)
    elif trade.state is not TradeState.ENDED:
        return None
    return None if dollars is None else TradeResult(trade, dollars, trade.in_r(dollars))


def is_counted(trade: Trade) -> bool:
    """Whether it is a trade at all: an order that bought nothing is none."""
    return trade.state in (TradeState.OPEN, TradeState.ENDED, TradeState.LOST)


def figures(name: str, trades: Iterable[Trade], marks: Marks | None) -> Figures:
    counted = [one for one in trades if is_counted(one)]
    results = _by_end([found for one in counted if (found := result_of(one, marks)) is not None])
    return Figures(
        name=name,
        ended=sum(1 for one in results if one.trade.state is TradeState.ENDED),
        open=sum(1 for one in results if one.trade.state is TradeState.OPEN),
        unknown=len(counted) - len(results),
        dollars=tuple(one.dollars for one in results),
        r=tuple(one.r for one in results if one.r is not None),
    )


def _by_end(results: Sequence[TradeResult]) -> list[TradeResult]:
    """In the order in which they ended; those that are open come last."""
    ended = sorted((one for one in results if one.trade.closed_at is not None), key=_end)
    return [*ended, *(one for one in results if one.trade.closed_at is None)]


def _end(one: TradeResult) -> tuple[object, ...]:
    return one.trade.closed_at, one.trade.ident


NOT_KNOWN = "not known"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

GROUPS: dict[str, Callable[[Trade], str]] = {
    "setup": lambda trade: trade.plan.setup or NOT_KNOWN,
    "anchor": lambda trade: trade.plan.anchor or NOT_KNOWN,
    "symbol": lambda trade: trade.symbol,
    "weekday": lambda trade: WEEKDAYS[trade.session.weekday()],
    "exit": lambda trade: " + ".join(trade.kinds) if trade.state is TradeState.ENDED else trade.state.value,
}
"""What trades can be grouped by; the weekday is that of the entry."""


def grouped(by: str, trades: Iterable[Trade], marks: Marks | None) -> tuple[Figures, ...]:
    """One row for each group: weekdays in their order, other groups by their name."""
    found: dict[str, list[Trade]] = {}
    for one in trades:
        if is_counted(one):
            found.setdefault(GROUPS[by](one), []).append(one)
    order = WEEKDAYS.index if by == "weekday" else str
    return tuple(figures(name, found[name], marks) for name in sorted(found, key=order))
