"""Makes one morning's scan: a pure function from a slice of bars to candidates and reasons.

`scan(panel, …)` sees the panel's columns and nothing else, so a past morning is the same call on
`panel.upto(day)`, and any number of mornings can be scanned anywhere at once. It refuses, instead of
answering, when the market's regime cannot be known; a regime that is against us is an answer: no symbol
qualifies today.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import date
from decimal import Decimal

import numpy as np

from gates.base.instrument import US_STOCK
from gates.base.record import dataclass
from scanner.bars.panel import Panel, day_of
from scanner.setups.anchors import NAMES, WORDS, Flags
from scanner.setups.measures import Measures, mean, measure
from scanner.setups.rules import ANCHOR_CHECKS, SYMBOL_CHECKS, Levels, make_levels, score
from scanner.setups.thresholds import Thresholds
from scanner.watchlist import Row

RECLAIMED, ABOVE = "reclaimed", "above"
"""The setups: closed at or above the AVWAP after a close below it, or above it since longer."""


class RegimeUnknown(Exception):
    """Says that the market's regime is not known, without which there is no list."""


@dataclass(frozen=True, slots=True)
class Regime:
    """The index against its long mean."""

    symbol: str
    close: float
    mean: float
    sessions: int

    @property
    def favourable(self) -> bool:
        return self.close > self.mean

    def __str__(self) -> str:
        word = "above" if self.favourable else "not above"
        return f"{self.symbol} {self.close:.2f} {word} its {self.sessions}-day mean {self.mean:.2f}"


@dataclass(frozen=True, slots=True)
class Candidate:
    row: Row
    close: float
    avwap: float
    distance_atr: float
    atr: float
    avg_volume: float
    dollar_volume: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScanAnswer:
    """One check's answer on one symbol, or on one anchor of it."""

    check: str
    passed: bool
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """What was found, and all that is needed to explain why any symbol was or was not."""

    as_of: date
    regime: Regime
    thresholds: Thresholds
    measures: Measures
    levels: Levels
    qualified: int
    candidates: tuple[Candidate, ...]
    symbol_passes: Flags
    anchor_passes: Flags

    @property
    def with_bars(self) -> int:
        """Symbols with a bar on the last session."""
        return int((~np.isnan(self.measures.close)).sum())

    def explain(self, row: int) -> tuple[list[ScanAnswer], dict[str, list[ScanAnswer]]]:
        """Every check of the symbol, and every check of every anchor it has."""
        m, t = self.measures, self.thresholds
        regime = ScanAnswer("regime", self.regime.favourable, str(self.regime))
        symbol = [
            ScanAnswer(check.name, bool(self.symbol_passes[place, row]), check.words(m, t, row))
            for place, check in enumerate(SYMBOL_CHECKS)
        ]
        anchors = {
            name: [
                ScanAnswer(
                    check.name,
                    bool(self.anchor_passes[place, row, column]),
                    check.words(m, self.levels, t, row, column),
                )
                for place, check in enumerate(ANCHOR_CHECKS)
            ]
            for column, name in enumerate(NAMES)
            if m.anchors[row, column] >= 0
        }
        return [regime, *symbol], anchors

    def refusals(self) -> dict[str, int]:
        """How many symbols each check turned away, each symbol counted where it failed first."""
        counted: dict[str, int] = {}
        left = np.ones(self.symbol_passes.shape[1], dtype=bool)
        for place, check in enumerate(SYMBOL_CHECKS):
            counted[check.name] = int((left & ~self.symbol_passes[place]).sum())
            left &= self.symbol_passes[place]
        some = np.ones(self.anchor_passes.shape[1:], dtype=bool)
        for place, anchor_check in enumerate(ANCHOR_CHECKS):
            some_before = left & some.any(axis=1)
            some &= self.anchor_passes[place]
            counted[anchor_check.name] = int((some_before & ~some.any(axis=1)).sum())
        return counted


def scan(panel: Panel, thresholds: Thresholds, universe: Set[str] | None = None, most: int | None = None) -> Scan:
    """The candidates after the panel's last session, the `most` best of them, best first. The regime's
    symbol need not be one of the universe."""
    as_of = panel.last_day
    if as_of is None:
        raise RegimeUnknown("there are no bars")
    regime = read_regime(panel, thresholds)
    m = measure(panel, thresholds, universe)
    levels = make_levels(m, thresholds)
    symbol_passes = np.stack([check.passed(m, thresholds) for check in SYMBOL_CHECKS])
    anchor_passes = np.stack([check.passed(m, levels, thresholds) for check in ANCHOR_CHECKS])
    stock_passes: Flags = np.all(symbol_passes, axis=0)
    fits: Flags = stock_passes[:, None] & np.all(anchor_passes, axis=0)
    ranked = _rank(m, thresholds, fits) if regime.favourable else []
    candidates = tuple(_candidate(m, levels, thresholds, *one) for one in ranked[:most])
    return Scan(as_of, regime, thresholds, m, levels, len(ranked), candidates, symbol_passes, anchor_passes)


def read_regime(panel: Panel, thresholds: Thresholds) -> Regime:
    symbol, sessions = thresholds.regime_symbol, thresholds.regime_sessions
    row = panel.row(symbol)
    if row is None:
        raise RegimeUnknown(f"no bars of {symbol}")
    closes = panel.close[row : row + 1, -sessions:]
    average = float(mean(closes, sessions)[0])
    close = float(closes[0, -1])
    if np.isnan(close):
        raise RegimeUnknown(f"{symbol} has no bar on {day_of(panel.days[-1])}")
    if np.isnan(average):
        bars = int((~np.isnan(closes)).sum())
        raise RegimeUnknown(f"{symbol} has {bars} bars, its {sessions}-day mean needs more")
    return Regime(symbol, close, average, sessions)


def _rank(m: Measures, t: Thresholds, fits: Flags) -> list[tuple[int, int, str]]:
    """Of each symbol that fits, its row, its best anchor and the score; the best first, equals by name."""
    points = np.where(fits, score(m, t), -np.inf)
    best = points.argmax(axis=1)
    rows = np.flatnonzero(fits.any(axis=1)).tolist()
    found = [(row, int(best[row]), f"{points[row, best[row]]:.2f}") for row in rows]
    return sorted(found, key=lambda one: (-float(one[2]), m.symbols[one[0]]))


def _candidate(m: Measures, levels: Levels, t: Thresholds, row: int, anchor: int, points: str) -> Candidate:
    entry = US_STOCK.round_up(_decimal(levels.entry[row, anchor]))
    stop = US_STOCK.round_down(_decimal(levels.stop[row, anchor]))
    target = US_STOCK.round_up(entry + _decimal(t.target_r) * (entry - stop))
    name = NAMES[anchor]
    anchor_day = day_of(m.days[m.anchors[row, anchor]])
    side = RECLAIMED if m.reclaimed[row, anchor] else ABOVE
    volume = Decimal(f"{m.avg_volume[row]:.0f}")
    listed = Row(m.symbols[row], entry, stop, target, Decimal(points), name, anchor_day, side, volume)
    away = float(m.distance_atr[row, anchor])
    reasons = (
        f"{side} the AVWAP {m.avwap[row, anchor]:.2f} from {anchor_day} ({WORDS[name]}), {away:.1f} ATR away",
        f"AVWAP {m.slope_pct[row, anchor]:+.2f} % a session",
        *(check.words(m, t, row) for check in SYMBOL_CHECKS if check.name == "supply"),
    )
    return Candidate(
        row=listed,
        close=float(m.close[row]),
        avwap=float(m.avwap[row, anchor]),
        distance_atr=away,
        atr=float(m.atr[row]),
        avg_volume=float(m.avg_volume[row]),
        dollar_volume=float(m.dollar_volume[row]),
        reasons=reasons,
    )


def _decimal(value: float) -> Decimal:
    """A float at the door: a millionth is noise, and a cent it would tip over is not one."""
    return Decimal(f"{value:.6f}")
