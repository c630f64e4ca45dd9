"""Computes anchored VWAPs: typical price times volume, cumulated from the anchor's bar, over the whole universe.

Sums run backwards from a fixed last session, so the sum since any anchor is read off, never the
difference of two large numbers: the result is as exact as a plain loop, also when an anchor's volume is
a millionth of the history's. A missing bar adds nothing; without any volume since the anchor there is
no AVWAP (NaN).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gates.base.record import dataclass
from scanner.bars.panel import Floats, Panel

Columns = npt.NDArray[np.int64]
Pairs = npt.NDArray[np.complex128]
NO_ANCHOR = -1


def typical_price(panel: Panel) -> Floats:
    typical: Floats = panel.high + panel.low
    typical += panel.close
    typical /= 3.0
    return typical


def turnover(panel: Panel) -> tuple[Floats, Floats]:
    """Typical price times volume, and volume; both 0 where there is no bar."""
    money = typical_price(panel)
    money *= panel.volume
    volume = panel.volume
    missing = np.isnan(money)
    if missing.any():
        money[missing] = 0.0
        volume = np.where(missing, 0.0, volume)
    return money, volume


@dataclass(frozen=True, slots=True, eq=False)
class Anchored:
    """AVWAPs as of the last session, of the one before it, and of `sessions_back` before it.

    Money and volume go together as the two parts of a complex number: one sum runs over both, and what was
    summed is looked up once. Adding such numbers adds their parts, each by itself, to the last digit.
    """

    both: Pairs
    _since: Pairs
    pivot: int

    @classmethod
    def of(cls, money: Floats, volume: Floats, sessions_back: int) -> Anchored:
        """The long sums end `sessions_back` before the last session; what is later is added to them."""
        pivot = max(0, money.shape[1] - 1 - sessions_back)
        both = np.empty(money.shape, dtype=np.complex128)
        both.real, both.imag = money, volume
        return cls(both, _sums_to_end(both[:, : pivot + 1]), pivot)

    def at(self, column: int, anchors: Columns) -> Floats:
        """The AVWAP at `column` (the pivot or later) from each anchor; anchors are rows x any number."""
        return _price(self._sums(column, anchors), (anchors >= 0) & (anchors <= column))

    def on(self, anchors: Columns) -> Floats:
        """The typical price of each anchor's own session, where there was a trade on it."""
        return _price(_picked(self.both, np.maximum(anchors, 0)), anchors >= 0)

    def _sums(self, column: int, anchors: Columns) -> Pairs:
        long = _picked(self._since, np.minimum(np.maximum(anchors, 0), self.pivot))
        if column <= self.pivot:
            return long
        tail = _sums_to_end(self.both[:, self.pivot + 1 : column + 1])
        long += tail[:, :1]
        late = np.flatnonzero(anchors > self.pivot)
        row = late // anchors.shape[1]
        place = np.minimum(anchors.reshape(-1)[late] - self.pivot - 1, tail.shape[1] - 1)
        long.reshape(-1)[late] = tail[row, place]
        return long


def _price(sums: Pairs, known: npt.NDArray[np.bool_]) -> Floats:
    found: Floats = np.divide(sums.real, sums.imag, out=np.full(sums.shape, np.nan), where=known & (sums.imag > 0))
    return found


def _picked(values: Pairs, columns: Columns) -> Pairs:
    """Each row's values at its own columns; in one dimension numpy finds them three times as fast."""
    starts = np.arange(len(values))[:, None] * values.shape[1]
    picked: Pairs = values.reshape(-1)[starts + columns]
    return picked


def series_from(money: Floats, volume: Floats, anchor: int) -> Floats:
    """One symbol's AVWAP on every session from the anchor on, NaN before it; for a chart."""
    found = np.full(money.shape, np.nan)
    volumes = np.cumsum(volume[anchor:])
    np.divide(np.cumsum(money[anchor:]), volumes, out=found[anchor:], where=volumes > 0)
    return found


def _sums_to_end(values: Pairs) -> Pairs:
    sums = np.empty(values.shape, dtype=np.complex128)
    np.cumsum(values[:, ::-1], axis=1, out=sums[:, ::-1])
    return sums
