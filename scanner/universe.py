"""Decides which stocks are looked at: a fund's holdings, or Alpaca's assets narrowed to the most traded ones.

What was found last is kept in `universe.json` and stays in use, with its age said, when a source fails.
A list that suddenly lacks a fifth of its stocks is taken for a failure, not for news.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import numpy as np

from gates.base.errors import EXIT_NOT_FINISHED, OperatorError
from gates.base.escape import foreign
from gates.base.leaks import Leaks
from gates.base.outage import why_no_answer
from gates.base.record import dataclass, field
from gates.base.replies import Bounds, ReplyOdd, ask_once
from gates.base.statefile import StateUnreadable, converted, digest_of, read_document, render, replace
from gates.base.timelimit import RequestTimeout
from scanner.bars.batches import SYMBOLS_PER_REQUEST, Tell, ask
from scanner.bars.source import BarsSource, SourceFailed
from scanner.bars.store import NOTHING, merge
from scanner.holdings import Holdings, HoldingsOdd, parse_holdings
from scanner.watchlist import SYMBOL

SCHEMA = 1
MEDIAN_SESSIONS = 20
MEDIAN_DAYS = timedelta(days=32)
LEAST_SHARE = 0.8
HOLDINGS = "holdings"
"""How the source of a universe made of a fund's file begins."""

HOLDINGS_SECONDS = 60.0
HOLDINGS_BYTES = 32 * 1024 * 1024


class UniverseRefused(OperatorError):
    """Says why there is no list of stocks, or none to rely on."""

    exit_code = EXIT_NOT_FINISHED


class Universe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """universe.json: the stocks, each with its exchange where that is known."""

    schema: int
    source: str
    refreshed_at: datetime
    symbols: dict[str, str]
    sha256: str

    def age_days(self, now: datetime) -> int:
        return max(0, (now - self.refreshed_at).days)


@dataclass(frozen=True, slots=True)
class UniverseRefresh:
    """What a refresh came up with, and what it left out and why."""

    source: str
    symbols: dict[str, str]
    left_out: dict[str, str] = field(default_factory=dict)


def load(path: Path) -> Universe:
    document = read_document(path, SCHEMA)
    universe = converted(path, document, lambda found: msgspec.convert(found, Universe, strict=True))
    if universe.sha256 != digest_of(document["symbols"]):
        raise StateUnreadable(path, "digest does not match its symbols")
    return universe


def save(path: Path, found: UniverseRefresh, now: datetime) -> Universe:
    universe = Universe(SCHEMA, found.source, now, found.symbols, digest_of(found.symbols))
    replace(path, render(msgspec.to_builtins(universe)))
    return load(path)


def check_shrink(before: Universe | None, found: UniverseRefresh) -> None:
    if before is not None and len(found.symbols) < LEAST_SHARE * len(before.symbols):
        raise UniverseRefused(
            f"{found.source} names {len(found.symbols)} stocks, the last list had {len(before.symbols)}; "
            "if that is right, say `scanner universe refresh --accept-shrink`"
        )


def from_holdings(where: str, source: BarsSource) -> UniverseRefresh:
    """The stocks of a holdings file, held against the assets there are."""
    name = where.partition("?")[0]
    assets = {asset.symbol: asset.exchange for asset in source.assets()}
    try:
        data = _fetch(where) if "://" in where else Path(where).read_bytes()
        holdings: Holdings = parse_holdings(data.decode("utf-8-sig"), assets)
    except (OSError, UnicodeDecodeError) as broken:
        raise UniverseRefused(f"{name} cannot be read ({getattr(broken, 'strerror', None) or 'not UTF-8'})") from None
    except HoldingsOdd as odd:
        raise UniverseRefused(f"{name} {odd}") from None
    symbols = {symbol: assets.get(symbol) or exchange for symbol, exchange in sorted(holdings.symbols.items())}
    return UniverseRefresh(f"{HOLDINGS} {Path(name).name}", symbols, holdings.left_out)


def from_assets(source: BarsSource, exchanges: frozenset[str], size: int, last: date, tell: Tell) -> UniverseRefresh:
    """The `size` assets with the largest median dollar volume of the last 20 sessions."""
    listed = {one.symbol: one.exchange for one in source.assets() if one.exchange in exchanges}
    left_out = {symbol: "no US stock symbol" for symbol in listed if not SYMBOL.fullmatch(symbol)}
    symbols = sorted(listed.keys() - left_out.keys())
    if not symbols:
        raise UniverseRefused(f"{source.name} lists no stock on {', '.join(sorted(exchanges))}")
    if len(symbols) > size:
        medians = _median_dollar_volumes(source, symbols, last, left_out, tell)
        traded = sum(median > 0 for median in medians.values())
        if traded < LEAST_SHARE * size:
            raise UniverseRefused(
                f"{source.name} has bars of only {traded} of {len(symbols)} stocks, the most traded {size} of "
                "them cannot be known"
            )
        symbols = sorted(sorted(medians, key=lambda symbol: (-medians[symbol], symbol))[:size])
    return UniverseRefresh(f"{source.name} assets", {symbol: listed[symbol] for symbol in symbols}, left_out)


def _median_dollar_volumes(
    source: BarsSource, symbols: Sequence[str], last: date, left_out: dict[str, str], tell: Tell
) -> dict[str, float]:
    """A stock without bars trades nothing. Unlike a refresh of bars, a single failing batch fails it all:
    the largest of what happened to answer are not the largest."""
    found: dict[str, float] = {}
    for start in range(0, len(symbols), SYMBOLS_PER_REQUEST):
        batch = symbols[start : start + SYMBOLS_PER_REQUEST]
        tell(start, len(symbols), f"turnover of {batch[0]} to {batch[-1]}")
        panel = merge(NOTHING, ask(source, batch, last - MEDIAN_DAYS, last, left_out)).upto(last, MEDIAN_SESSIONS)
        turnover = np.nan_to_num(panel.close * panel.volume)
        medians = np.median(turnover, axis=1) if turnover.size else np.zeros(len(panel.symbols))
        found |= dict(zip(panel.symbols, medians.tolist(), strict=True))
    tell(len(symbols), len(symbols), "")
    return found


def _fetch(address: str) -> bytes:
    """The file at a configured address, with a limit on time and size. No redirect is followed: what the address
    holds besides the host may be a key."""
    from requests import RequestException, Session
    from urllib3.exceptions import HTTPError

    host = foreign(urlsplit(address).netloc.rpartition("@")[2])
    bounds = Bounds(HOLDINGS_SECONDS, (HTTPError, OSError), Leaks({}), HOLDINGS_BYTES)
    try:
        with Session() as session:
            answer = ask_once(session, "GET", address, bounds)
    except (RequestTimeout, ReplyOdd) as problem:
        raise SourceFailed(f"holdings from {host}: {problem}") from None
    except (RequestException, MemoryError) as broken:
        raise SourceFailed(f"holdings from {host}: {why_no_answer(broken)}") from None
    if not answer.ok:
        raise SourceFailed(f"holdings from {host}: HTTP {answer.status_code}")
    return answer.body
