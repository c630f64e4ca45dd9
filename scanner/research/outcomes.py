"""Follows a row of a past list on the daily bars that came after, by the bracket rule.

    bought    on the list's own session, when its high reaches the entry: at the entry, or at the open when
              that is above it; an open more than `chase_pct` above it is not chased
    stopped   when a low reaches the stop: at the stop, or at the open when that is below it already
    target    when a high reaches the target: at the target, or at the open when that is above it already
    open      when neither has come by the last bar: valued at its close

A day's bar does not say what came first. Where a bar holds both stop and target, or the entry and the stop,
the worse is taken for true. Results are in R, the distance from the price paid to the stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

import numpy as np

from gates.base.instrument import US_STOCK
from gates.base.record import dataclass
from scanner.bars.panel import Panel, day_of
from scanner.watchlist import Row


class How(StrEnum):
    TARGET = "target"
    STOPPED = "stopped"
    OPEN = "open"
    NOT_REACHED = "not reached"
    NOT_CHASED = "not chased"
    NO_BAR = "no bar"
    HELD = "held already"


BOUGHT = frozenset({How.TARGET, How.STOPPED, How.OPEN})
CLOSED = frozenset({How.TARGET, How.STOPPED})


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """Holds one row's outcome. Prices and days are None where nothing was bought; `until` is the last day of it."""

    session: date
    row: Row
    how: How
    bought: float | None = None
    sold: float | None = None
    until: date | None = None
    held_sessions: int = 0
    r: float | None = None


@dataclass(frozen=True, slots=True)
class OutcomeSummary:
    """Sums up the trades that are over, and counts those that are not."""

    rows: int
    trades: int
    wins: int
    win_rate_pct: float | None
    average_r: float | None
    total_r: float
    drawdown_r: float
    still_open: int
    open_r: float
    by_outcome: dict[str, int]


def outcome(session: date, row: Row, later: Panel, chase_pct: Decimal) -> RowOutcome:
    """`later` holds the session itself and what came after it; nothing else of the panel is looked at."""
    at = later.row(row.symbol)
    entry, stop, target = float(row.entry), float(row.stop), float(row.target)
    begins = len(later.days) > 0 and day_of(later.days[0]) == session
    if at is None or not begins or np.isnan(later.close[at, 0]):
        return RowOutcome(session, row, How.NO_BAR)
    opened, high, low, close = (getattr(later, name)[at] for name in ("open", "high", "low", "close"))
    if high[0] < entry:
        return RowOutcome(session, row, How.NOT_REACHED)
    if opened[0] > float(US_STOCK.round_down(row.entry * (1 + chase_pct / 100))):
        return RowOutcome(session, row, How.NOT_CHASED)
    bought = max(entry, float(opened[0]))
    ended = np.flatnonzero((low <= stop) | (high >= target))
    column = int(ended[0]) if len(ended) else int(np.flatnonzero(~np.isnan(close))[-1])
    how = How.OPEN if not len(ended) else How.STOPPED if low[column] <= stop else How.TARGET
    if how is How.OPEN:
        sold = float(close[column])
    elif how is How.STOPPED:
        sold = min(stop, float(opened[column])) if column else stop
    else:
        sold = max(target, float(opened[column])) if column else target
    r = (sold - bought) / (bought - stop)
    return RowOutcome(session, row, how, bought, sold, day_of(later.days[column]), column + 1, r)


def one_at_a_time(outcomes: Iterable[RowOutcome]) -> list[RowOutcome]:
    """The outcomes of rows that are bought, in order of sessions. A symbol still held from an earlier list is not
    bought again, so that one move which stood on five mornings' lists counts once."""
    held_until: dict[str, tuple[date, bool]] = {}
    kept = []
    for one in outcomes:
        until, is_open = held_until.get(one.row.symbol, (date.min, False))
        if one.how in BOUGHT and (is_open or one.session <= until):
            one = RowOutcome(one.session, one.row, How.HELD)
        if one.how in BOUGHT and one.until is not None:
            held_until[one.row.symbol] = (one.until, one.how is How.OPEN)
        kept.append(one)
    return kept


def equity(outcomes: Iterable[RowOutcome]) -> list[tuple[date, float]]:
    """The sum of R after each day on which a trade ended."""
    daily: dict[date, float] = {}
    for one in outcomes:
        if one.how in CLOSED and one.until is not None and one.r is not None:
            daily[one.until] = daily.get(one.until, 0.0) + one.r
    total, curve = 0.0, []
    for day in sorted(daily):
        total += daily[day]
        curve.append((day, total))
    return curve


def drawdown(curve: Sequence[tuple[date, float]]) -> float:
    """The deepest fall of the sum of R from a height it had reached, the beginning's 0 among them."""
    highest, deepest = 0.0, 0.0
    for _, total in curve:
        highest = max(highest, total)
        deepest = max(deepest, highest - total)
    return deepest


def summarize(outcomes: Sequence[RowOutcome]) -> OutcomeSummary:
    closed = [one.r for one in outcomes if one.how in CLOSED and one.r is not None]
    still = [one.r for one in outcomes if one.how is How.OPEN and one.r is not None]
    wins = sum(r > 0 for r in closed)
    return OutcomeSummary(
        rows=len(outcomes),
        trades=len(closed),
        wins=wins,
        win_rate_pct=100.0 * wins / len(closed) if closed else None,
        average_r=sum(closed) / len(closed) if closed else None,
        total_r=sum(closed),
        drawdown_r=drawdown(equity(outcomes)),
        still_open=len(still),
        open_r=sum(still),
        by_outcome={how.value: sum(one.how is how for one in outcomes) for how in How},
    )
