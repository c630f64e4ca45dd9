"""Measures many trades together: their figures, and what their sessions say of risk. Pure.

All numbers are of the same trades: those that were made since a session. Dollars come from the ledgers' prices, so a
deposit is no profit and a withdrawal no loss. A fall is told in dollars, and in per cent of a base that is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from execution.results.close import Close
from execution.results.figures import Figures, Marks, figures, is_counted, result_of
from execution.results.trade import ZERO, Fees, Trade, TradeState
from gates.base.record import dataclass
from gates.base.statistics import Drawdown, drawdown, sharpe, sortino

FEWEST_SESSIONS = 20
"""Below it Sharpe and Sortino are NO-DATA."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a fall is measured by: the account's equity at a close."""

    amount: Decimal
    session: date


@dataclass(frozen=True, slots=True)
class Series:
    """What sold shares brought, session by session; `unknown` counts sales of which that is not known."""

    sessions: tuple[date, ...]
    realized: tuple[Decimal, ...]
    unknown: int

    @property
    def is_whole(self) -> bool:
        return self.unknown == 0

    @property
    def is_enough(self) -> bool:
        return self.is_whole and len(self.sessions) >= FEWEST_SESSIONS


@dataclass(frozen=True, slots=True)
class Exposure:
    """In how many of the sessions shares were held, and for how many dollars paid: at most, and on average of all."""

    sessions: int
    held: int
    most: Decimal | None
    average: Decimal | None


@dataclass(frozen=True, slots=True)
class Performance:
    """`whole` counts the open trades with their marks, `ended` leaves them out, `open` has nothing else."""

    whole: Figures
    ended: Figures
    open: Figures
    unbought: int
    marks: Marks | None
    series: Series
    exposure: Exposure
    base: Base | None
    fees: Fees | None
    without_fees: int

    @property
    def sharpe(self) -> Decimal | None:
        return sharpe(self.series.realized) if self.series.is_enough else None

    @property
    def sortino(self) -> Decimal | None:
        return sortino(self.series.realized) if self.series.is_enough else None

    @property
    def drawdown(self) -> Drawdown | None:
        """The places are those of `series.sessions`."""
        return drawdown(self.series.realized) if self.series.is_whole and self.series.sessions else None

    @property
    def drawdown_of_base(self) -> Decimal | None:
        fall = self.drawdown
        return None if fall is None or self.base is None else fall.depth / self.base.amount


def measure(trades: Sequence[Trade], sessions: Iterable[date], closes: Sequence[Close]) -> Performance:
    """The performance of these trades, made in these sessions; what is open is marked at the last close."""
    marks = Marks(closes[-1].session, closes[-1].prices) if closes else None
    counted = [one for one in trades if is_counted(one)]
    days = sorted({*sessions, *(sale.session for one in counted for sale in one.sales)})
    fees = [one.fees for one in counted]
    return Performance(
        whole=figures("all", counted, marks),
        ended=figures("ended", [one for one in counted if one.state is TradeState.ENDED], marks),
        open=figures("open", [one for one in counted if one.state is TradeState.OPEN], marks),
        unbought=sum(1 for one in trades if one.state is TradeState.UNBOUGHT),
        marks=marks,
        series=_series(counted, days),
        exposure=_exposure(counted, days),
        base=_base(days, closes),
        fees=_sum(one for one in fees if one is not None),
        without_fees=sum(1 for one in fees if one is None),
    )


def _series(trades: Iterable[Trade], days: Sequence[date]) -> Series:
    brought = dict.fromkeys(days, ZERO)
    unknown = 0
    for trade in trades:
        if trade.state is TradeState.LOST:
            unknown += 1
            continue
        for sale in trade.sales:
            if sale.realized is None:
                unknown += 1
            else:
                brought[sale.session] += sale.realized
    return Series(tuple(days), tuple(brought[day] for day in days), unknown)


def _exposure(trades: Iterable[Trade], days: Sequence[date]) -> Exposure:
    """Of each session what its shares had cost, also of those that were sold in it."""
    place = {day: number for number, day in enumerate(days)}
    steps = [ZERO] * (len(days) + 1)
    holds = [0] * (len(days) + 1)
    is_known = True
    for trade in trades:
        first = place.get(trade.session)
        if first is None:
            continue
        last = place[trade.closed_on] if trade.closed_on is not None else len(days) - 1
        holds[first] += 1
        holds[last + 1] -= 1
        if trade.paid is None or trade.state is TradeState.LOST:
            is_known = False
        else:
            steps[first] += trade.paid * trade.bought
            steps[last + 1] -= trade.paid * trade.bought
    costs, held = _running(steps[:-1]), _running([Decimal(one) for one in holds[:-1]])
    most, average = (max(costs), sum(costs, ZERO) / len(costs)) if is_known and costs else (None, None)
    return Exposure(len(days), sum(1 for one in held if one), most, average)


def _running(steps: Iterable[Decimal]) -> list[Decimal]:
    added, found = ZERO, []
    for one in steps:
        added += one
        found.append(added)
    return found


def _base(days: Sequence[date], closes: Iterable[Close]) -> Base | None:
    """The equity at the last close before these sessions; where none was seen then, at the first one after."""
    told = [Base(one.equity, one.session) for one in closes if one.equity is not None and one.equity > 0]
    before = [one for one in told if days and one.session < days[0]]
    return before[-1] if before else told[0] if told else None


def _sum(fees: Iterable[Fees]) -> Fees:
    found: dict[str, Decimal] = {}
    for one in fees:
        for currency, amount in one.items():
            found[currency] = found.get(currency, ZERO) + amount
    return found


def unmarked(performance: Performance, trades: Iterable[Trade]) -> tuple[str, ...]:
    """The symbols of open trades that have no mark."""
    lacking = (one for one in trades if one.state is TradeState.OPEN and result_of(one, performance.marks) is None)
    return tuple(sorted({one.symbol for one in lacking}))
