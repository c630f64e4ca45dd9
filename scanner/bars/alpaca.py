"""Fetches Alpaca's daily bars and list of assets, on alpaca-py's REST client.

What that client would do by itself is taken from it: it retries three times and waits for ever. Here a
request has one total time limit, is repeated a few times with growing pauses when no readable answer
came, waits when the rate limit's headers say so, and stops at once at a clear No. Bars are asked for
split-adjusted, or a split would break every average it lies in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

import msgspec
from alpaca.common.rest import RESTClient
from requests import RequestException
from urllib3.exceptions import HTTPError

from gates.base.clock import Clock
from gates.base.escape import foreign
from gates.base.leaks import Leaks
from gates.base.outage import why_no_answer
from gates.base.replies import Bounds, Reply, ReplyOdd, ask_once
from gates.base.sessions import new_york_midnight
from gates.base.settings import Secret
from gates.base.timelimit import RequestTimeout
from scanner.bars.pages import Page, PageOdd, join, read_page
from scanner.bars.source import Asset, SourceFailed, SourceRefused
from scanner.bars.store import FlatBars

POINTS_PER_PAGE = 10_000
PAGES_BESIDE = 100
"""So many pages more than the bars that were asked for can fill; a page may be short."""
TRIES = 4
FIRST_PAUSE_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 65.0
SIP_DELAY = timedelta(minutes=16)


class _Asset(msgspec.Struct):
    symbol: str
    exchange: str
    status: str
    tradable: bool


class AlpacaBarsHost(RESTClient):
    """One host of Alpaca. `ask` makes exactly one request and hands back the whole answer."""

    def __init__(self, host: str, key_id: Secret, secret_key: Secret, limit_seconds: float) -> None:
        super().__init__(host, api_key=key_id.reveal(), secret_key=secret_key.reveal(), raw_data=True)
        self._retry = 0
        leaks = Leaks({key_id.reveal(): "key", secret_key.reveal(): "secret"})
        self._bounds = Bounds(limit_seconds, (HTTPError, OSError), leaks)

    def ask(self, path: str, asked: Mapping[str, Any]) -> Reply:
        return cast(Reply, self._request("GET", path, dict(asked)))

    def _one_request(self, method: str, url: str, opts: dict[str, Any], retry: int) -> Any:
        return ask_once(self._session, method, url, self._bounds, **opts)


class AlpacaSource:
    """Bars and assets of one Alpaca account. Time passes on `clock`, which the tests bring along."""

    def __init__(self, data: AlpacaBarsHost, trading: AlpacaBarsHost, feed: str, clock: Clock) -> None:
        self._data = data
        self._trading = trading
        self._feed = feed
        self._clock = clock
        self.requests = 0

    @property
    def name(self) -> str:
        return f"alpaca {self._feed}"

    def assets(self) -> Sequence[Asset]:
        body = self._ask(self._trading, "/assets", {"status": "active", "asset_class": "us_equity"})
        try:
            listed = msgspec.json.decode(body, type=list[_Asset])
        except (msgspec.MsgspecError, ValueError, RecursionError) as broken:
            raise SourceFailed(f"assets: answer not understood ({foreign(str(broken))})") from None
        return [Asset(one.symbol, one.exchange) for one in listed if one.tradable and one.status == "active"]

    def bars(self, symbols: Sequence[str], first: date, last: date) -> FlatBars:
        asked: dict[str, Any] = {
            "symbols": ",".join(symbols),
            "timeframe": "1Day",
            "start": new_york_midnight(first).isoformat(),
            "end": self._end(last).isoformat(),
            "limit": POINTS_PER_PAGE,
            "adjustment": "split",
            "feed": self._feed,
            "sort": "asc",
        }
        pieces = []
        for _ in range(_most_pages(symbols, first, last)):
            page = self._page(asked)
            pieces.append(page.bars)
            if page.next_token is None:
                return join(pieces)
            if page.next_token == asked.get("page_token"):
                break
            asked["page_token"] = page.next_token
        raise SourceFailed("bars: the pages do not end")

    def _end(self, last: date) -> datetime:
        """The end of that day; but a free key may not ask for what is younger than a quarter of an hour."""
        return min(new_york_midnight(last + timedelta(days=1)) - timedelta(seconds=1), self._clock.now() - SIP_DELAY)

    def _page(self, asked: Mapping[str, Any]) -> Page:
        """One page; one that does not parse is asked for again."""
        problem = ""
        for _ in range(TRIES):
            body = self._ask(self._data, "/stocks/bars", asked)
            try:
                return read_page(body)
            except PageOdd as odd:
                problem = str(odd)
        raise SourceFailed(f"bars: answer not understood ({problem})")

    def _ask(self, host: AlpacaBarsHost, path: str, asked: Mapping[str, Any]) -> bytes:
        problem, what = "", path.rpartition("/")[2]
        for number in range(TRIES):
            if number:
                self._clock.sleep(FIRST_PAUSE_SECONDS * 2 ** (number - 1))
            self.requests += 1
            try:
                answer = host.ask(path, asked)
            except RequestTimeout as late:
                problem = str(late)
                continue
            except ReplyOdd as odd:
                problem = str(odd)
                continue
            except (RequestException, MemoryError) as broken:
                problem = why_no_answer(broken)
                continue
            self._keep_the_pace(answer)
            if answer.ok:
                return answer.body
            problem = _said(answer)
            if answer.status_code in (400, 422):
                raise SourceRefused(f"{what}: {problem}", splits=True)
            if answer.status_code in (401, 403, 404):
                raise SourceRefused(f"{what}: {problem}")
        raise SourceFailed(f"{what}: {problem} ({TRIES} tries)")

    def _keep_the_pace(self, answer: Reply) -> None:
        """Wait for the next window when this one is used up, as the headers of the rate limit tell it."""
        used_up = answer.status_code == 429 or answer.headers.get("X-RateLimit-Remaining", "").strip() == "0"
        if not used_up:
            return
        wait = _number(answer.headers.get("Retry-After"))
        reset = _number(answer.headers.get("X-RateLimit-Reset"))
        if wait is None and reset is not None:
            wait = reset - self._clock.now().timestamp()
        self._clock.sleep(min(max(wait if wait is not None else 15.0, 0.0) + 0.5, LONGEST_WAIT_SECONDS))


def _most_pages(symbols: Sequence[str], first: date, last: date) -> int:
    return PAGES_BESIDE + len(symbols) * max(0, (last - first).days + 1) // POINTS_PER_PAGE


def _said(answer: Reply) -> str:
    """Status and message, short; never a header or an address."""
    try:
        message = str(msgspec.json.decode(answer.body)["message"])
    except (msgspec.MsgspecError, ValueError, RecursionError, KeyError, TypeError):
        return f"HTTP {answer.status_code}"
    return f"HTTP {answer.status_code}: {foreign(message)}"


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None and float(text) < 1e12 else None
    except ValueError:
        return None
