"""A venue, and the real clients that talk to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alpaca.data.historical import StockHistoricalDataClient
from alpaca.trading.client import TradingClient

from venue.book import Book
from venue.drafts import read_draft
from venue.orders import Order
from venue.talker import Http
from venue.venue import Venue


@pytest.fixture
def venue() -> Iterator[Venue]:
    with Venue() as opened:
        yield opened


@pytest.fixture
def http(venue: Venue) -> Iterator[Http]:
    talker = Http(venue)
    yield talker
    talker.session.close()


@pytest.fixture
def trading(venue: Venue) -> Iterator[TradingClient]:
    client = TradingClient(venue.key, venue.secret, url_override=venue.url)
    client._retry_wait = 0  # three seconds in the wild; its constructor does not pass a choice on
    yield client
    client._session.close()


@pytest.fixture
def data(venue: Venue) -> Iterator[StockHistoricalDataClient]:
    client = StockHistoricalDataClient(venue.key, venue.secret, url_override=venue.url)
    client._retry_wait = 0
    yield client
    client._session.close()


@pytest.fixture
def bracket() -> Callable[..., dict[str, Any]]:
    """The body of an ordinary entry: 4 AAPL at 101.35, stop 97.90, target 108.10."""

    def build(**changes: Any) -> dict[str, Any]:
        return {
            "symbol": "AAPL",
            "qty": "4",
            "side": "buy",
            "type": "limit",
            "limit_price": "101.35",
            "time_in_force": "gtc",
            "order_class": "bracket",
            "take_profit": {"limit_price": "108.10"},
            "stop_loss": {"stop_price": "97.90"},
            "client_order_id": "avx-20261120-AAPL-entry-1",
            **changes,
        }

    return build


@pytest.fixture
def book(venue: Venue) -> Book:
    return venue.book


@pytest.fixture
def entry(book: Book, bracket: Callable[..., dict[str, Any]]) -> Order:
    return book.submit(read_draft(bracket()))
