"""Scans what is stored, for the verbs that explain and draw: asks no source and writes nothing."""

from __future__ import annotations

import numpy as np

from gates.base.commandline import nearest
from gates.base.errors import UsageError
from gates.base.record import dataclass
from gates.base.statefile import StateMissing
from scanner import universe
from scanner.bars import store
from scanner.bars.panel import Panel, day_of
from scanner.bars.update import UpdateReport
from scanner.cli.mark import mark_of
from scanner.morning import scan_now
from scanner.setups.anchors import NAMES, WORDS
from scanner.setups.scan import Scan
from scanner.universe import Universe
from scanner.wiring import Scanner


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """The stored bars and what a scan of them says."""

    panel: Panel
    scan: Scan
    mark: str = ""
    """What has to stand on whatever is made of it (`mark_of`)."""

    def row_of(self, symbol: str) -> int:
        symbols = self.scan.measures.symbols
        if symbol not in symbols:
            meant = nearest(symbol.lower(), [one.lower() for one in symbols])
            hint = f"did you mean {meant.upper()}? " if meant else ""
            raise UsageError(
                f"{symbol} is not among the {len(symbols):,} stocks with bars; {hint}`scanner universe show` lists them"
            )
        return symbols.index(symbol)

    def anchor_title(self, row: int, name: str) -> str:
        m, column = self.scan.measures, NAMES.index(name)
        price = m.avwap[row, column]
        shown = f"AVWAP {price:.2f}" if not np.isnan(price) else "no AVWAP"
        return f"{WORDS[name]}, {day_of(m.days[m.anchors[row, column]])}: {shown}"

    def why_not(self, row: int) -> str:
        """The first thing that stands in the way, or that others were better."""
        answers, anchors = self.scan.explain(row)
        failing = next((f"{one.check}: {one.words}" for one in answers if not one.passed), None)
        if failing is not None:
            return failing
        if any(all(one.passed for one in checks) for checks in anchors.values()):
            return f"it qualifies, but {len(self.scan.candidates)} of {self.scan.qualified:,} scored better"
        return "no anchor passes all of its checks"


def stored_panel(scanner: Scanner) -> Panel:
    try:
        panel, _ = store.load(scanner.shelf.bars)
    except StateMissing:
        raise UsageError(f"no bars in {scanner.shelf.bars}; `scanner bars update` fetches them") from None
    return panel


def stored_mark(scanner: Scanner) -> str:
    return mark_of(store.load_origin(scanner.shelf.bars).source)


def stored_universe(scanner: Scanner) -> Universe:
    try:
        return universe.load(scanner.universe)
    except StateMissing:
        raise UsageError(f"no universe in {scanner.universe}; `scanner universe refresh` makes it") from None


def stored_scan(scanner: Scanner) -> Stored:
    """As of the last stored session."""
    stocks = stored_universe(scanner)
    panel = stored_panel(scanner)
    return Stored(panel, scan_now(scanner, panel, stocks, UpdateReport()), stored_mark(scanner))
