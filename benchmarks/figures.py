"""What a measurement is, and which there are.

A figure compares one number of ours with a peer's, or with a bound when nobody else does the work. It
carries its spread, because a median alone claims more than was seen.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from gates.base.record import dataclass, field

MODULES = {
    "cycle": "a cold cycle beside a bare alpaca-py script, and a closed-market one beside an import",
    "requests": "HTTP requests of one cycle, by rows of the watchlist",
    "scaling": "cycle time by rows and by ledger entries",
    "once": "orders created per intended order when the reply is lost: ours, alpaca-py, lumibot",
    "kill": "orders that still arrive after the kill file exists",
    "durable": "a cycle's intents on disk beside deadman-kit and SQLite",
    "gates": "every gate of one order beside deadman-kit's chain",
    "scan": "stored bars to watchlist beside a pandas loop, and beside bare cumulative sums",
    "bars": "1.5 million bars from venue to Parquet beside alpaca-py's data frames",
    "years": "ten years of archives measured, beside reading them with the standard library",
    "loop": "memory of a loop after 400 cycles beside after 10",
}
"""A name on the command line is a module `benchmarks.figure_NAME`."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One quantity, measured so many times."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Taken:
        return cls(tuple(float(value) for value in values))

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def lowest(self) -> float:
        return min(self.values)

    @property
    def highest(self) -> float:
        return max(self.values)


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. `most` bounds the ratio when there is a peer, else our own number; None is
    a figure that is only reported."""

    name: str
    what: str
    unit: str
    ours: Taken
    peer_name: str = ""
    peer: Taken | None = None
    most: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        if self.peer is None or self.peer.median == 0:
            return None
        return self.ours.median / self.peer.median

    @property
    def ratio_spread(self) -> tuple[float, float] | None:
        """The ratios of runs that stood next to each other, when both were run as often."""
        if self.peer is None or len(self.peer.values) != len(self.ours.values) or 0 in self.peer.values:
            return None
        ratios = [ours / peer for ours, peer in zip(self.ours.values, self.peer.values, strict=True)]
        return min(ratios), max(ratios)

    @property
    def met(self) -> bool | None:
        if self.most is None:
            return None
        if self.peer is not None:
            return self.ratio is not None and self.ratio <= self.most
        return self.ours.highest <= self.most


@dataclass(frozen=True, slots=True)
class Curve:
    """A scaling curve: what was measured at each size, and the slope of the line through the medians."""

    name: str
    title: str
    x_name: str
    y_name: str
    points: tuple[tuple[float, Taken], ...]

    @property
    def slope(self) -> float:
        """Least squares through the medians, per one of x."""
        xs, ys = [x for x, _ in self.points], [taken.median for _, taken in self.points]
        return statistics.linear_regression(xs, ys).slope


@dataclass(slots=True)
class Results:
    """What was measured; `missing` says in words what could not be, `wrong` names what failed its check."""

    figures: list[Figure] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
