"""Writes what a scan leaves behind: the watchlist for the cycle, a CSV for people, a list for TradingView.

The same bars and settings give the same bytes: the moment written into them is the one at which the bars
were last added to. The watchlist is written last, so where it is there, the others are.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date, datetime
from io import StringIO
from pathlib import Path

from gates.base.errors import EXIT_NOT_NOW, OperatorError
from gates.base.money import show
from gates.base.record import dataclass
from gates.base.statefile import StateMissing, StateUnreadable, make_directory, replace
from scanner.setups.anchors import WORDS
from scanner.setups.scan import Candidate, Scan
from scanner.watchlist import MADE_BY_SCANNER, Coverage, Watchlist, load_watchlist, make_watchlist, to_bytes

TRADINGVIEW = {"NASDAQ": "NASDAQ", "NYSE": "NYSE", "AMEX": "AMEX", "ARCA": "AMEX", "BATS": "CBOE"}
COLUMNS = (
    "Rank", "Symbol", "Entry_Level", "Stop_Loss", "Target_R2", "Score", "Anchor", "Anchor_Date", "AVWAP",
    "Distance_ATR", "ATR", "Close", "Avg_Volume", "Avg_Dollar_Volume", "Reasons",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Artifacts:
    """Says where a scan's files lie in a state directory."""

    root: Path
    session: date

    @property
    def watchlist(self) -> Path:
        return self.root / "watchlists" / f"{self.session}.json"

    @property
    def candidates(self) -> Path:
        return self.root / "daily_candidates.csv"

    @property
    def tradingview(self) -> Path:
        return self.root / "tradingview_watchlist.txt"


class ListKept(OperatorError):
    """A list imported by hand is in the place of the scan's, as its importer wanted."""

    exit_code = EXIT_NOT_NOW


def check_replaceable(artifacts: Artifacts, force: bool) -> None:
    """Refuse to write over a list imported by hand unasked; one that cannot be read is written over."""
    try:
        before = load_watchlist(artifacts.watchlist)
    except StateMissing:
        return
    except StateUnreadable:
        return
    if not force and not before.source.startswith(MADE_BY_SCANNER):
        raise ListKept(
            f"{artifacts.watchlist} is a list of {len(before.rows)} rows from {before.source}; "
            "say --replace to put a scan in its place"
        )


def write(artifacts: Artifacts, found: Scan, source: str, made_at: datetime, universe: Mapping[str, str]) -> Watchlist:
    watchlist = make_watchlist(
        artifacts.session,
        [candidate.row for candidate in found.candidates],
        as_of=found.as_of,
        generated_at=made_at,
        source=MADE_BY_SCANNER + source,
        coverage=Coverage(len(universe), found.with_bars),
    )
    make_directory(artifacts.watchlist.parent)
    replace(artifacts.candidates, to_csv(found.candidates).encode())
    replace(artifacts.tradingview, to_tradingview(artifacts.session, found.candidates, universe).encode())
    replace(artifacts.watchlist, to_bytes(watchlist))
    return watchlist


def to_csv(candidates: tuple[Candidate, ...]) -> str:
    """For people and spreadsheets; `execution watchlist import` takes it as well."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for rank, one in enumerate(candidates, 1):
        row = one.row
        writer.writerow((
            rank, row.symbol, show(row.entry), show(row.stop), show(row.target), row.score,
            WORDS[row.anchor or ""], row.anchor_date, f"{one.avwap:.4f}", f"{one.distance_atr:.2f}",
            f"{one.atr:.4f}", f"{one.close:.2f}", f"{one.avg_volume:.0f}", f"{one.dollar_volume:.0f}",
            "; ".join(one.reasons),
        ))  # fmt: skip
    return text.getvalue()


def to_tradingview(session: date, candidates: tuple[Candidate, ...], universe: Mapping[str, str]) -> str:
    """A section and a symbol per line, with the exchange's name there where we know it."""
    lines = [f"###AVWAP {session}"]
    for one in candidates:
        exchange = TRADINGVIEW.get(universe.get(one.row.symbol, ""), "")
        lines.append(f"{exchange}:{one.row.symbol}" if exchange else one.row.symbol)
    return "\n".join(lines) + "\n"
