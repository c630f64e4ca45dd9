"""Reads a fund's holdings as a list of stocks: the CSV that iShares publishes, or one like it.

Some lines about the fund come first, then a header with the column Ticker, then a row per holding, then
legal text. Cash, futures and what is listed nowhere are left out; a ticker that is no US symbol is named.
The fund writes BRKB for what the exchange calls BRK.B: with a list of real symbols at hand that is looked
up, and without one only the share classes below are known.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection
from io import StringIO

from gates.base.record import dataclass, field
from scanner.watchlist import SYMBOL

NO_TICKER = frozenset({"", "-", "--"})
SEPARATORS = re.compile(r"[ /\-]")
CLASSES = {
    "AKOA": "AKO.A", "AKOB": "AKO.B", "BFA": "BF.A", "BFB": "BF.B", "BRKA": "BRK.A", "BRKB": "BRK.B", "BIOB": "BIO.B",
    "CRDA": "CRD.A", "CRDB": "CRD.B", "CWENA": "CWEN.A", "GEFB": "GEF.B", "HEIA": "HEI.A", "JWA": "JW.A",
    "LENB": "LEN.B", "LGFA": "LGF.A", "LGFB": "LGF.B", "MOGA": "MOG.A", "MOGB": "MOG.B", "MKCV": "MKC.V",
    "STZB": "STZ.B", "TAPA": "TAP.A", "UHALB": "UHAL.B", "WSOB": "WSO.B",
}  # fmt: skip
EXCHANGE_WORDS = (("NASDAQ", "NASDAQ"), ("NEW YORK", "NYSE"), ("NYSE MKT", "AMEX"), ("ARCA", "ARCA"), ("NYSE", "NYSE"))


class HoldingsOdd(Exception):
    """Says why a file is no list of holdings."""


@dataclass(slots=True)
class Holdings:
    """Symbols with their exchange where the file says it, and what was left out and why."""

    symbols: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def parse_holdings(text: str, real: Collection[str] = ()) -> Holdings:
    """Every equity of the file. `real` is the list of symbols there are, when there is one."""
    try:
        lines = list(csv.reader(StringIO(text.removeprefix("\ufeff"))))
    except csv.Error as broken:
        raise HoldingsOdd(f"is not readable as CSV ({broken})") from None
    start = next((number for number, cells in enumerate(lines) if "Ticker" in [cell.strip() for cell in cells]), None)
    if start is None:
        raise HoldingsOdd("has no line with the column Ticker")
    header = [cell.strip() for cell in lines[start]]
    found = Holdings()
    for cells in lines[start + 1 :]:
        if len(cells) != len(header):
            continue
        row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        _take(row, real, found)
    if not found.symbols:
        raise HoldingsOdd("names no stock")
    return found


def _take(row: dict[str, str], real: Collection[str], found: Holdings) -> None:
    ticker, kind, exchange = row["Ticker"].upper(), row.get("Asset Class", "Equity"), row.get("Exchange", "").upper()
    if ticker in NO_TICKER:
        return
    if kind.upper() not in ("EQUITY", "STOCK", ""):
        found.left_out[ticker] = kind
        return
    if "UNLISTED" in exchange or "NO MARKET" in exchange:
        found.left_out[ticker] = "listed nowhere"
        return
    symbol = _symbol(ticker, real)
    if not SYMBOL.fullmatch(symbol):
        found.left_out[ticker] = "no US stock symbol"
    elif real and symbol not in real:
        found.left_out[ticker] = "not among the tradable assets"
    else:
        found.symbols.setdefault(symbol, next((name for word, name in EXCHANGE_WORDS if word in exchange), ""))


def _symbol(ticker: str, real: Collection[str]) -> str:
    """BRK B, BRK-B and BRK/B are BRK.B; so is BRKB when it is no symbol itself and BRK.B is one."""
    spelled = SEPARATORS.sub(".", ticker)
    if real and spelled not in real and f"{spelled[:-1]}.{spelled[-1:]}" in real:
        return f"{spelled[:-1]}.{spelled[-1]}"
    return spelled if spelled in real else CLASSES.get(spelled, spelled)
