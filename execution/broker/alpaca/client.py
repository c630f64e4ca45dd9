"""Answers the port's questions at Alpaca.

A POST is made once, and only reads are asked a second time; each request has one total time limit
(`rest`). Errors are told apart by HTTP status and code, never by their text, but for the one text
Alpaca gives a duplicate id. What an answer says is read by `orders` and `shapes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from execution.broker.alpaca import orders as alpaca_orders
from execution.broker.alpaca import shapes as shapes
from execution.broker.alpaca.fields import record
from execution.broker.alpaca.rest import AlpacaHost as AlpacaHost
from execution.broker.alpaca.rest import Asking
from execution.broker.errors import BrokerRefused, BrokerUnclear, BrokerUnreachable
from execution.broker.http import NO_ANSWER, UNREADABLE, error_of, not_understood, said, words
from execution.broker.port import (
    Account,
    Bar,
    BracketRequest,
    BrokerClock,
    BrokerOrder,
    BySymbol,
    Position,
    Quote,
    Told,
)
from gates.base.instrument import Instrument, stock

SYMBOLS_PER_REQUEST = 500
"""An address of at most 4,700 characters, where servers commonly take 8,192, and fewer than 2,000 points of bars,
where a page holds 10,000 (docs/decisions/0043)."""
ORDERS_PER_PAGE = 500
MOST_PAGES = 100
NO_ENTRANCE = 401
FIELD_IS_WRONG = 422
CLEAR_REFUSALS = frozenset({400, NO_ENTRANCE, 403, 404, FIELD_IS_WRONG})
DUPLICATE_ID = "client_order_id must be unique"


class AlpacaBroker:
    """Answers the port for one trading account. `left_seconds` is what the cycle has left of its budget."""

    active_words = frozenset({"ACTIVE"})

    def __init__(
        self,
        name: str,
        trading: AlpacaHost,
        data: AlpacaHost,
        feed: str,
        timeout_seconds: float,
        left_seconds: Callable[[], float],
    ) -> None:
        self.name = name
        self._trading = trading
        self._data = data
        self._feed = feed
        self._asking = Asking(trading, timeout_seconds, left_seconds)
        self._crypto: frozenset[str] = frozenset()

    def clock(self) -> BrokerClock:
        return self._asking.read("/clock", shapes.clock)

    def account(self) -> Account:
        return self._asking.read("/account", lambda answer: shapes.account(answer, self.active_words))

    def instrument(self, symbol: str) -> Instrument:
        return stock(symbol)

    def positions(self) -> Told[Position]:
        told, self._crypto = self._asking.read(
            "/positions", lambda answer: (shapes.positions(answer), shapes.crypto_symbols(answer))
        )
        return told

    def open_orders(self) -> Told[BrokerOrder]:
        return self._orders({"status": "open"}, datetime(2000, 1, 1, tzinfo=UTC))

    def orders_since(self, start: datetime) -> Told[BrokerOrder]:
        return self._orders({"status": "all"}, start)

    def _orders(self, asked: Mapping[str, Any], start: datetime) -> Told[BrokerOrder]:
        """All pages, oldest first. `after` is exclusive and a page may end between two orders of one
        moment, so every page begins a moment early and what was seen is left out. A page that could be
        cut short, by orders or by orders and legs, is followed by another (docs/decisions/0056)."""
        found: Told[BrokerOrder] = Told()
        after = start
        for _ in range(MOST_PAGES):
            page, size, last = self._asking.read(
                "/orders",
                lambda answer: (
                    alpaca_orders.orders(answer),
                    alpaca_orders.size_of_page(answer),
                    alpaca_orders.last_moment(answer),
                ),
                {
                    **asked,
                    "after": (after - timedelta(microseconds=1)).isoformat(),
                    "direction": "asc",
                    "nested": "true",
                    "limit": ORDERS_PER_PAGE,
                },
            )
            both = alpaca_orders.pages((found, page))
            if size <= ORDERS_PER_PAGE // 2:
                return both
            if both == found:
                break
            found, after = both, max(after, last or after)
        raise BrokerUnreachable(f"orders since {start:%Y-%m-%d} do not end after {len(found)}")

    def find(self, client_order_id: str) -> BrokerOrder | None:
        asked = {"client_order_id": client_order_id}

        def parse(answer: object) -> BrokerOrder:
            return alpaca_orders.by_id(alpaca_orders.order(answer), client_order_id)

        order = self._asking.read_or_absent("/orders:by_client_order_id", parse, asked)
        if order is None or order.legs:
            return order
        # this look-up does not nest; a bracket's legs are told only when its own page is asked
        return self._asking.read(f"/orders/{order.order_id}", parse, {"nested": "true"})

    def quotes(self, symbols: Iterable[str]) -> BySymbol[Quote]:
        found: dict[str, Quote] = {}
        problems: dict[str, str] = {}
        for some in _batches(symbols):
            asked = {"symbols": ",".join(some), "feed": self._feed}
            page = self._asking.read("/stocks/quotes/latest", shapes.quotes, asked, self._data)
            found |= page.found
            problems |= page.problems
        return BySymbol(found, problems)

    def bars(self, symbols: Iterable[str], start: datetime, minutes: int) -> BySymbol[tuple[Bar, ...]]:
        found: dict[str, tuple[Bar, ...]] = {}
        problems: dict[str, str] = {}
        for some in _batches(symbols):
            asked = {
                "symbols": ",".join(some),
                "timeframe": f"{minutes}Min",
                "start": start.isoformat(),
                "limit": 10_000,
                "feed": self._feed,
                "adjustment": "split",
            }
            for _ in range(MOST_PAGES):
                page, token = self._asking.read("/stocks/bars", shapes.bars, asked, self._data)
                for symbol, more in page.items():
                    found[symbol] = (*found.get(symbol, ()), *more)
                problems |= page.problems
                if token is None:
                    break
                asked["page_token"] = token
            else:
                raise BrokerUnreachable(f"stocks/bars do not end after {MOST_PAGES} pages")
        return BySymbol({symbol: some for symbol, some in found.items() if symbol not in problems}, problems)

    def submit(self, request: BracketRequest) -> BrokerOrder:
        return self._send(shapes.bracket(request))

    def submit_exit(
        self, client_order_id: str, symbol: str, qty: Decimal, stop_price: Decimal, target_price: Decimal
    ) -> BrokerOrder:
        return self._send(shapes.exit_pair(client_order_id, symbol, qty, stop_price, target_price))

    def close(self, symbol: str, qty: Decimal, client_order_id: str) -> BrokerOrder:
        return self._send(shapes.market_sell(client_order_id, symbol, qty, is_crypto=symbol in self._crypto))

    def cancel(self, order_id: str) -> bool:
        """204 is taken, 404 and 422 are refused. Anything else did not get through."""
        try:
            answer = self._trading.ask("DELETE", f"/orders/{order_id}", None, self._asking.limit())
        except NO_ANSWER as broken:
            raise BrokerUnreachable(words(broken)) from None
        if answer.status_code not in (200, 204, 404, 422):
            raise BrokerUnreachable(said(answer))
        return answer.ok

    def is_suspended(self) -> bool:
        return self._asking.read("/account/configurations", shapes.suspended)

    def suspend(self, on: bool) -> bool:
        """Setting a flag twice is harmless, so what became of the request is told by reading it back."""
        problem = ""
        try:
            answer = self._trading.ask("PATCH", "/account/configurations", {"suspend_trade": on}, self._asking.limit())
            problem = "" if answer.ok else said(answer)
        except NO_ANSWER as broken:
            problem = words(broken)
        found = self.is_suspended()
        if problem and found is not on:
            raise BrokerUnreachable(f"account/configurations: {problem}")
        return found

    def _send(self, body: Mapping[str, Any]) -> BrokerOrder:
        """One POST. Only a complete, readable answer about this very order is an answer; a refusal of an id that
        the broker knows is none of this order, whatever words it comes in (docs/decisions/0058)."""
        try:
            answer = self._trading.ask("POST", "/orders", body, self._asking.limit())
        except NO_ANSWER as broken:
            raise BrokerUnclear(words(broken)) from None
        if answer.ok:
            try:
                return alpaca_orders.about(alpaca_orders.order(answer.json()), body)
            except UNREADABLE as strange:
                raise BrokerUnclear(f"{said(answer)}, {not_understood(strange)}") from None
        error = error_of(answer)
        if error is None or answer.status_code not in CLEAR_REFUSALS:
            raise BrokerUnclear(said(answer))
        if DUPLICATE_ID in str(error.get("message")):
            raise BrokerUnclear(DUPLICATE_ID)
        if answer.status_code != NO_ENTRANCE and self._knows(body["client_order_id"], said(answer)):
            raise BrokerUnclear(f"{said(answer)}, but the broker knows the id")
        raise BrokerRefused(said(answer), for_its_prices=answer.status_code == FIELD_IS_WRONG)

    def _knows(self, client_order_id: str, refusal: str) -> bool:
        asked = {"client_order_id": client_order_id}
        try:
            path = "/orders:by_client_order_id"
            return self._asking.read_or_absent(path, lambda answer: record(answer, "order"), asked) is not None
        except BrokerUnreachable as problem:
            raise BrokerUnclear(f"{refusal}; not known whether an earlier one exists ({problem})") from None


class AlpacaPaperBroker(AlpacaBroker):
    """A paper account, whose status may say just that."""

    active_words = frozenset({"ACTIVE", "PAPER_ONLY"})


def _batches(symbols: Iterable[str]) -> Iterator[list[str]]:
    listed = list(symbols)
    for first in range(0, len(listed), SYMBOLS_PER_REQUEST):
        yield listed[first : first + SYMBOLS_PER_REQUEST]
