"""Anchored VWAP: typical price times volume, cumulated from the anchor's bar, over the whole universe.

Sums run backwards from a fixed last session, so the sum since any anchor is read off, never the
difference of two large numbers: the result is as exact as a plain loop, also when an anchor's volume is
a millionth of the history's. A missing bar adds nothing; without any volume since the anchor there is
no AVWAP (NaN).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scanner.panel import Floats, Panel

Columns = npt.NDArray[np.int64]
NO_ANCHOR = -1


def typical_price(panel: Panel) -> Floats:
    typical: Floats = (panel.high + panel.low + panel.close) / 3.0
    return typical


def turnover(panel: Panel) -> tuple[Floats, Floats]:
    """Typical price times volume, and volume; both 0 where there is no bar."""
    money = typical_price(panel)
    money *= panel.volume
    volume = panel.volume
    if np.isnan(money).any():
        missing = np.isnan(money)
        money[missing] = 0.0
        volume = np.where(missing, 0.0, volume)
    return money, volume


@dataclass(frozen=True, slots=True, eq=False)
class Anchored:
    """AVWAPs as of the last session, of the one before it, and of `sessions_back` before it."""

    money: Floats
    volume: Floats
    _money_since: Floats
    _volume_since: Floats
    pivot: int

    @classmethod
    def of(cls, money: Floats, volume: Floats, sessions_back: int) -> Anchored:
        """The long sums end `sessions_back` before the last session; what is later is added to them."""
        pivot = max(0, money.shape[1] - 1 - sessions_back)
        return cls(money, volume, _sums_to_end(money[:, : pivot + 1]), _sums_to_end(volume[:, : pivot + 1]), pivot)

    def at(self, column: int, anchors: Columns) -> Floats:
        """The AVWAP at `column` (the pivot or later) from each anchor; anchors are rows x any number."""
        money = self._since(self.money, self._money_since, anchors, column)
        volume = self._since(self.volume, self._volume_since, anchors, column)
        known = (anchors >= 0) & (anchors <= column) & (volume > 0)
        found: Floats = np.divide(money, volume, out=np.full(anchors.shape, np.nan), where=known)
        return found

    def _since(self, values: Floats, since: Floats, anchors: Columns, column: int) -> Floats:
        long = np.take_along_axis(since, np.clip(anchors, 0, self.pivot), axis=1)
        if column <= self.pivot:
            return long
        tail = _sums_to_end(values[:, self.pivot + 1 : column + 1])
        short = np.take_along_axis(tail, np.clip(anchors - self.pivot - 1, 0, tail.shape[1] - 1), axis=1)
        return np.where(anchors <= self.pivot, long + tail[:, :1], short)


def series_from(money: Floats, volume: Floats, anchor: int) -> Floats:
    """One symbol's AVWAP on every session from the anchor on, NaN before it; for a chart."""
    found = np.full(money.shape, np.nan)
    volumes = np.cumsum(volume[anchor:])
    np.divide(np.cumsum(money[anchor:]), volumes, out=found[anchor:], where=volumes > 0)
    return found


def _sums_to_end(values: Floats) -> Floats:
    sums: Floats = np.cumsum(values[:, ::-1], axis=1)[:, ::-1]
    return sums
