"""Account, clock, calendar, assets and positions: asked by the real client, and seen on the wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from alpaca.common.exceptions import APIError
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderSide, OrderStatus
from alpaca.trading.requests import ClosePositionRequest, GetCalendarRequest, MarketOrderRequest

from venue.sdk import ENTRY, Sdk, entry_request, failure
from venue.talker import Http
from venue.venue import Venue

Body = Callable[..., dict[str, Any]]


class TestAccount:
    def test_account(self, trading: Sdk, http: Http, venue: Venue) -> None:
        account = trading.get_account()
        assert (account.account_number, account.status, account.buying_power) == ("PA3VENUE0001", "ACTIVE", "200000")
        raw = http.json("GET", "/v2/account")
        assert all(isinstance(raw[name], str) for name in ("equity", "cash", "multiplier", "last_equity"))
        assert not {"pattern_day_trader", "daytrade_count", "daytrading_buying_power"} & raw.keys()

    def test_account_follows_fills_and_prices(self, trading: Sdk, venue: Venue, bracket: Body) -> None:
        venue.book.seed_order(**bracket())
        venue.book.fill(ENTRY)
        venue.book.move_price("AAPL", "102.30", "102.40")
        account = trading.get_account()
        assert (account.cash, account.long_market_value) == ("99594.6", "409.4")
        assert account.equity == "100004"

    def test_suspending_by_configuration(self, trading: Sdk, venue: Venue) -> None:
        settings = trading.get_account_configurations()
        assert settings.suspend_trade is False
        settings.suspend_trade = True
        assert trading.set_account_configurations(settings).suspend_trade is True
        assert trading.get_account().trade_suspended_by_user is True
        with pytest.raises(APIError) as error:
            trading.submit_order(entry_request())
        assert failure(error) == (403, 40310000)
        assert error.value.message == "new orders are rejected by user request"
        assert venue.book.orders == []

    def test_wrong_keys(self, venue: Venue, http: Http) -> None:
        stranger: Sdk = TradingClient("PKSTRANGER", "secret", url_override=venue.url)
        with pytest.raises(APIError) as error:
            stranger.get_account()
        assert failure(error) == (401, 40110000)
        http.session.headers["APCA-API-SECRET-KEY"] = "wrong"
        assert http("GET", "/v2/stocks/quotes/latest", symbols="AAPL").status_code == 401


class TestExchange:
    def test_clock(self, trading: Sdk, http: Http, venue: Venue) -> None:
        clock = trading.get_clock()
        assert clock.is_open
        assert clock.timestamp == venue.now()
        assert clock.next_close == datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
        assert http.json("GET", "/v2/clock")["timestamp"] == "2026-11-20T10:31:00.000000000-05:00"
        venue.set_now(datetime(2026, 7, 6, 13, 0, tzinfo=UTC))
        assert http.json("GET", "/v2/clock") == {
            "timestamp": "2026-07-06T09:00:00.000000000-04:00",
            "is_open": False,
            "next_open": "2026-07-06T09:30:00-04:00",
            "next_close": "2026-07-06T16:00:00-04:00",
        }

    def test_calendar(self, trading: Sdk) -> None:
        days = trading.get_calendar(GetCalendarRequest(start=date(2026, 11, 25), end=date(2026, 11, 30)))
        assert [(day.date.day, day.close.hour) for day in days] == [(25, 16), (27, 13), (30, 16)]

    def test_assets(self, trading: Sdk, venue: Venue) -> None:
        venue.market.retire("GONE")
        assert trading.get_asset("NVDA").tradable
        assert {asset.symbol for asset in trading.get_all_assets()} >= {"AAPL", "MSFT"}
        with pytest.raises(APIError) as error:
            trading.get_asset("GONE")
        assert failure(error) == (404, 40410000)


class TestPositions:
    def test_shape(self, http: Http, venue: Venue) -> None:
        venue.book.seed_position("AAPL", 4, "101.35")
        venue.market.set_quote("AAPL", "103", "103.10", "103.05")
        (position,) = http.json("GET", "/v2/positions")
        assert (
            position.items()
            >= {
                "symbol": "AAPL",
                "qty": "4",
                "qty_available": "4",
                "side": "long",
                "avg_entry_price": "101.35",
                "market_value": "412.2",
                "cost_basis": "405.4",
                "current_price": "103.05",
                "unrealized_pl": "6.8",
            }.items()
        )

    def test_closing_one_in_part(self, trading: Sdk, venue: Venue) -> None:
        venue.book.seed_position("AAPL", 4, 100)
        order = trading.close_position("AAPL", ClosePositionRequest(percentage="25"))
        assert (order.side, order.qty, order.status) == (OrderSide.SELL, "1", OrderStatus.PENDING_NEW)
        assert trading.get_open_position("AAPL").qty == "3"

    def test_shares_held_by_a_stop_cannot_be_closed(self, trading: Sdk, venue: Venue, bracket: Body) -> None:
        venue.book.seed_order(**bracket())
        venue.book.fill(ENTRY)
        with pytest.raises(APIError) as error:
            trading.close_position("AAPL")
        assert failure(error) == (403, 40310000)
        assert [answer.status for answer in trading.close_all_positions()] == [403]
        assert [answer.status for answer in trading.close_all_positions(cancel_orders=True)] == [200]
        assert trading.get_all_positions() == []

    def test_suspended_trading_refuses_the_close(self, http: Http, venue: Venue) -> None:
        venue.book.seed_position("AAPL", 4, 100)
        venue.book.account.suspend_trade = True
        answer = http("DELETE", "/v2/positions")
        assert (answer.status_code, answer.json()[0]["status"]) == (207, 403)

    def test_a_market_sell_can_wait(self, trading: Sdk, venue: Venue) -> None:
        venue.book.rules.fill_closes = "never"
        venue.book.seed_position("AAPL", 4, 100)
        order = trading.submit_order(MarketOrderRequest(symbol="AAPL", qty=4, side="sell", time_in_force="day"))
        assert trading.get_open_position("AAPL").qty_available == "0"
        venue.book.fill(str(order.id))
        assert trading.get_all_positions() == []


def test_unknown_doors(http: Http) -> None:
    assert http("GET", "/v2/nothing").status_code == 404
    assert http("PUT", "/v2/orders").status_code == 405
    assert http("POST", "/v2/account").status_code == 405
