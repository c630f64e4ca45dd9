"""Measures a row of results: win rate, expectancy, profit factor, Sharpe, Sortino, drawdown. Pure.

Rehearsal, live trading and replay call the same functions, so that no two pages tell different numbers of the same
trades. Every answer is None where there are too few results for one; none is ever 0 instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import ceil
from random import Random

from gates.base.record import dataclass

ZERO = Decimal(0)
NORMAL_95 = Decimal("1.959963984540054")
"""Within so many standard deviations lie 95 % of a normal distribution."""
SESSIONS_A_YEAR = 252
FINEST = 8
"""Decimals that a resampled result keeps: resampling adds whole numbers, which is exact and quick."""
MOST_DRAWS, FEWEST_DRAWS, MOST_PICKS = 2000, 100, 1_000_000
SEED = 17


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true value lies with 95 % confidence."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall of a running sum from its highest point. `peak` and `trough` are places in the row; a peak
    of -1 is the beginning, before the first result."""

    depth: Decimal
    peak: int
    trough: int


def mean(values: Sequence[Decimal]) -> Decimal | None:
    return sum(values, ZERO) / len(values) if values else None


def deviation(values: Sequence[Decimal]) -> Decimal | None:
    """The standard deviation of a sample; None for fewer than two values."""
    middle = mean(values)
    if middle is None or len(values) < 2:
        return None
    return (sum(((one - middle) ** 2 for one in values), ZERO) / (len(values) - 1)).sqrt()


def quantile(values: Sequence[Decimal], share: Decimal) -> Decimal | None:
    """The value that this share of all values does not exceed (nearest rank)."""
    if not values:
        return None
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]


def wilson(successes: int, trials: int) -> Interval | None:
    """The 95 % interval of a share of successes (Wilson's score), which is honest for few trials too."""
    if trials <= 0:
        return None
    z, n = NORMAL_95, Decimal(trials)
    share = Decimal(successes) / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).sqrt()
    low = middle - half if successes else ZERO  # it is 0 then, but for the last digit of a root
    return Interval(low, middle + half if successes < trials else Decimal(1))


def bootstrap_mean(values: Sequence[Decimal], seed: int = SEED) -> Interval | None:
    """The 95 % interval of the mean, from resampled rows: the same values in the same order give the same interval.
    Longer rows are drawn less often, because their means differ less."""
    if len(values) < 2:
        return None
    numbers = [int(one.scaleb(FINEST)) for one in values]
    draws, random = draws_for(len(values)), Random(seed)
    sums = sorted(sum(random.choices(numbers, k=len(numbers))) for _ in range(draws))
    edge = draws * 25 // 1000
    low, high = (Decimal(one).scaleb(-FINEST) / len(numbers) for one in (sums[edge], sums[draws - 1 - edge]))
    return Interval(low, high)


def draws_for(count: int) -> int:
    """How often a row of so many results is resampled."""
    return max(FEWEST_DRAWS, min(MOST_DRAWS, MOST_PICKS // count))


def profit_factor(values: Sequence[Decimal]) -> Decimal | None:
    """What the winners brought for each dollar of the losers; None where nothing was lost."""
    lost = -sum((one for one in values if one < 0), ZERO)
    return sum((one for one in values if one > 0), ZERO) / lost if lost else None


def sharpe(values: Sequence[Decimal], a_year: int = SESSIONS_A_YEAR) -> Decimal | None:
    """Mean over deviation, for a year; the interest of cash is left out. None where the values do not differ."""
    return _yearly(mean(values), deviation(values), a_year)


def sortino(values: Sequence[Decimal], a_year: int = SESSIONS_A_YEAR) -> Decimal | None:
    """As `sharpe`, over the deviation below zero alone, which counts every value. None where nothing was lost."""
    if len(values) < 2:
        return None
    below = (sum((one * one for one in values if one < 0), ZERO) / len(values)).sqrt()
    return _yearly(mean(values), below, a_year)


def _yearly(middle: Decimal | None, spread: Decimal | None, a_year: int) -> Decimal | None:
    return middle / spread * Decimal(a_year).sqrt() if middle is not None and spread else None


def drawdown(values: Sequence[Decimal]) -> Drawdown:
    """The deepest fall of the running sum; a depth of zero where it never fell."""
    total = highest = ZERO
    at_highest, deepest = -1, Drawdown(ZERO, -1, -1)
    for place, one in enumerate(values):
        total += one
        if total > highest:
            highest, at_highest = total, place
        if highest - total > deepest.depth:
            deepest = Drawdown(highest - total, at_highest, place)
    return deepest


def longest_losing_run(values: Sequence[Decimal]) -> int:
    longest = running = 0
    for one in values:
        running = running + 1 if one < 0 else 0
        longest = max(longest, running)
    return longest
