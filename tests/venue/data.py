"""The market data API's endpoints. Prices are numbers here, and bars come in pages."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any

from . import shapes
from .bars import Ribbon, midnight
from .hours import Hours
from .market import DAILY, MINUTES, Market
from .moments import NEW_YORK, SECOND, Timepiece, read_stamp
from .orders import Refusal
from .wire import Request, Response, Route

MOST_POINTS = 10_000
USUAL_POINTS = 1_000
SIP_DELAY = timedelta(minutes=15)
SPELLINGS = {"60Min": "1Hour", "1D": DAILY, "1H": "1Hour", "1T": "1Min", "5T": "5Min", "15T": "15Min"}


class Data:
    def __init__(self, market: Market, hours: Hours, timepiece: Timepiece) -> None:
        self.market = market
        self.hours = hours
        self.timepiece = timepiece
        self.routes: dict[tuple[str, str], Route] = {
            ("GET", "/v2/stocks/bars"): self.bars,
            ("GET", "/v2/stocks/quotes/latest"): self.latest_quotes,
            ("GET", "/v2/stocks/snapshots"): self.snapshots,
        }

    def latest_quotes(self, request: Request, _tail: str) -> Response:
        self._check_feed(request, recent=True)
        now = self.timepiece.now_ns()
        quotes = {symbol: shapes.quote(self.market.quote(symbol), now) for symbol in self._known(request)}
        return Response(200, {"quotes": quotes})

    def snapshots(self, request: Request, _tail: str) -> Response:
        """A map straight from symbol to snapshot, with nothing around it."""
        self._check_feed(request, recent=True)
        return Response(200, {symbol: self._snapshot(symbol) for symbol in self._known(request)})

    def bars(self, request: Request, _tail: str) -> Response:
        """Symbol by symbol, then by time; `limit` counts points over all symbols."""
        query, now_ns = request.query, self.timepiece.now_ns()
        timeframe = SPELLINGS.get(query.get("timeframe", ""), query.get("timeframe", ""))
        if timeframe != DAILY and timeframe not in MINUTES:
            raise _bad("invalid timeframe")
        start = _moment(query.get("start"), _today_ns(now_ns))
        end = min(_moment(query.get("end"), now_ns), now_ns)
        self._check_feed(request, recent=end > now_ns - int(SIP_DELAY.total_seconds()) * SECOND)
        limit = _limit(query.get("limit") or str(USUAL_POINTS))
        adjustment = query.get("adjustment") or "raw"
        resume_symbol, resume_at = _read_token(query.get("page_token", ""))
        pieces: list[bytes] = []
        token = None
        for symbol in sorted(self._known(request)):
            if symbol < resume_symbol:
                continue
            ribbon = self.market.ribbon(symbol, timeframe, adjustment)
            from_seconds = resume_at if symbol == resume_symbol else -(-start // SECOND)
            first, stop = ribbon.first_at(from_seconds), ribbon.first_at(_last_start(timeframe, end, now_ns) + 1)
            if first >= stop:
                continue
            if limit == 0:
                token = _token(symbol, ribbon.seconds[first])
                break
            taken = min(stop, first + limit)
            limit -= taken - first
            pieces.append(b'"%s":[%s]' % (symbol.encode(), ribbon.rows(first, taken)))
            if taken < stop:
                token = _token(symbol, ribbon.seconds[taken])
                break
        tail = json.dumps(token).encode()
        return Response(200, raw=b'{"bars":{%s},"next_page_token":%s}' % (b",".join(pieces), tail))

    def _snapshot(self, symbol: str) -> dict[str, Any]:
        now, quote = self.timepiece.now_ns(), self.market.quote(symbol)
        days = self._up_to_now(symbol, DAILY)
        return {
            "latestTrade": shapes.trade(quote, now),
            "latestQuote": shapes.quote(quote, now),
            "minuteBar": (self._up_to_now(symbol, "1Min") or [None])[-1],
            "dailyBar": days[-1] if days else None,
            "prevDailyBar": days[-2] if len(days) > 1 else None,
        }

    def _up_to_now(self, symbol: str, timeframe: str) -> list[Any]:
        now = self.timepiece.now_ns()
        ribbon: Ribbon = self.market.ribbon(symbol, timeframe)
        stop = ribbon.first_at(_last_start(timeframe, now, now) + 1)
        return list(json.loads(b"[%s]" % ribbon.rows(max(0, stop - 2), stop)))

    def _known(self, request: Request) -> list[str]:
        symbols = [symbol for symbol in request.query.get("symbols", "").split(",") if symbol]
        if not symbols:
            raise _bad("symbols is required")
        return [symbol for symbol in dict.fromkeys(symbols) if self.market.knows(symbol)]

    def _check_feed(self, request: Request, *, recent: bool) -> None:
        feed = request.query.get("feed") or "iex"
        if feed not in ("iex", "sip", "delayed_sip", "otc"):
            raise _bad("invalid feed")
        if feed == "sip" and recent and not self.market.may_read_sip:
            raise Refusal(403, 42210000, "subscription does not permit querying recent SIP data")


def _last_start(timeframe: str, end_ns: int, now_ns: int) -> int:
    """The latest second at which a bar may start: minutes count when they are over, a day from its open."""
    if timeframe == DAILY:
        return end_ns // SECOND
    return min(end_ns // SECOND, now_ns // SECOND - 60)


def _today_ns(now_ns: int) -> int:
    return midnight(datetime.fromtimestamp(now_ns / SECOND, NEW_YORK).date()) * SECOND


def _moment(text: str | None, usual: int) -> int:
    if not text:
        return usual
    moment = read_stamp(text.replace(" ", "+") if "T" in text else text)
    if moment is None:
        raise _bad("invalid time")
    return moment


def _limit(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= MOST_POINTS:
        raise _bad(f"limit must be between 1 and {MOST_POINTS}")
    return int(text)


def _token(symbol: str, seconds: int) -> str:
    return base64.b64encode(f"{symbol}|{seconds}".encode()).decode()


def _read_token(token: str) -> tuple[str, int]:
    if not token:
        return "", 0
    try:
        symbol, _, seconds = base64.b64decode(token, validate=True).decode().partition("|")
        return symbol, int(seconds)
    except ValueError:
        raise _bad("invalid page_token") from None


def _bad(message: str) -> Refusal:
    return Refusal(400, 40010000, message)
