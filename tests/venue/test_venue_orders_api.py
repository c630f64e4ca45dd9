"""Orders over the wire: submitting, finding, listing in pages, cancelling, replacing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alpaca.common.enums import Sort
from alpaca.common.exceptions import APIError
from alpaca.trading.enums import OrderClass, OrderSide, OrderStatus, QueryOrderStatus, TimeInForce
from alpaca.trading.requests import (
    GetOrderByIdRequest,
    GetOrdersRequest,
    LimitOrderRequest,
    ReplaceOrderRequest,
    StopLossRequest,
    StopOrderRequest,
    TakeProfitRequest,
)

from venue.sdk import ENTRY, Sdk, entry_request, failure
from venue.talker import Http
from venue.venue import Venue


class TestSubmitting:
    def test_a_bracket(self, trading: Sdk, http: Http) -> None:
        order = trading.submit_order(entry_request())
        assert (order.status, order.order_class) == (OrderStatus.PENDING_NEW, OrderClass.BRACKET)
        assert [(leg.status, leg.type) for leg in order.legs or []] == [("held", "limit"), ("held", "stop")]
        assert f"{order.submitted_at:%H:%M:%S.%f}" == "15:31:00.000000"
        raw = http.json("GET", f"/v2/orders/{order.id}", nested="true")
        assert (raw["status"], raw["qty"], raw["limit_price"], raw["filled_qty"]) == ("new", "4", "101.35", "0")
        assert raw["submitted_at"] == "2026-11-20T15:31:00.005500000Z", "it moves, as recorded"
        assert [leg["legs"] for leg in raw["legs"]] == [None, None]

    def test_a_simple_order_has_no_class_and_no_legs(self, http: Http) -> None:
        body = {"symbol": "AAPL", "qty": 1, "side": "buy", "type": "limit", "limit_price": 9, "time_in_force": "day"}
        raw = http.json("POST", "/v2/orders", body)
        assert (raw["order_class"], raw["legs"], raw["status"]) == ("", None, "pending_new")

    def test_the_reply_never_knows_of_the_fill(self, trading: Sdk, venue: Venue) -> None:
        venue.book.rules.fill_entries = "on_accept"
        order = trading.submit_order(entry_request())
        assert (order.status, order.filled_qty) == (OrderStatus.PENDING_NEW, "0")
        assert trading.get_order_by_id(order.id).status is OrderStatus.FILLED

    def test_outside_the_session_it_is_accepted(self, trading: Sdk, venue: Venue) -> None:
        venue.set_now(datetime(2026, 11, 20, 23, 0, tzinfo=UTC))
        assert trading.submit_order(entry_request()).status is OrderStatus.ACCEPTED

    def test_ids_are_unique_for_ever(self, trading: Sdk) -> None:
        order = trading.submit_order(entry_request())
        trading.cancel_order_by_id(order.id)
        with pytest.raises(APIError) as error:
            trading.submit_order(entry_request())
        assert failure(error) == (422, 40010001)
        assert error.value.message == "client_order_id must be unique"

    def test_sub_pennies(self, trading: Sdk) -> None:
        with pytest.raises(APIError) as error:
            trading.submit_order(entry_request(limit_price=101.355))
        assert failure(error) == (422, 42210000)

    @pytest.mark.parametrize("body", [[], "text", None, {"take_profit": "108"}])
    def test_no_body_to_speak_of(self, http: Http, body: Any) -> None:
        assert http("POST", "/v2/orders", body).status_code == 400


class TestFinding:
    def test_by_either_id(self, trading: Sdk) -> None:
        order = trading.submit_order(entry_request())
        assert trading.get_order_by_client_id(ENTRY).id == order.id
        assert trading.get_order_by_id(order.id).legs is None
        assert len(trading.get_order_by_id(order.id, GetOrderByIdRequest(nested=True)).legs or []) == 2

    def test_what_is_not_there(self, trading: Sdk) -> None:
        for look, name in (
            (trading.get_order_by_client_id, "nobody"),
            (trading.get_order_by_id, "61e69015-8549-4bfd-b9c3-01e75843f47d"),
            (trading.cancel_order_by_id, "61e69015-8549-4bfd-b9c3-01e75843f47d"),
            (trading.get_open_position, "AAPL"),
            (trading.close_position, "AAPL"),
        ):
            with pytest.raises(APIError) as error:
                look(name)
            assert failure(error) == (404, 40410000)

    def test_nested_and_flat_lists(self, trading: Sdk, venue: Venue) -> None:
        trading.submit_order(entry_request())
        nested = GetOrdersRequest(status=QueryOrderStatus.OPEN, nested=True)
        (parent,) = trading.get_orders(nested)
        assert [leg.status for leg in parent.legs or []] == ["held", "held"]
        assert [order.status for order in trading.get_orders()] == ["new"]
        everything = GetOrdersRequest(status=QueryOrderStatus.ALL)
        assert [order.status for order in trading.get_orders(everything)] == ["new", "held", "held"]
        venue.book.fill(ENTRY)
        (target,) = trading.get_orders(nested)
        assert (target.status, target.type, target.legs) == ("new", "limit", None)
        (parent,) = trading.get_orders(GetOrdersRequest(status=QueryOrderStatus.ALL, nested=True))
        assert [leg.status for leg in parent.legs or []] == ["new", "held"]
        venue.book.rules.open_lists_omit_held = False
        assert [order.status for order in trading.get_orders()] == ["new", "held"]

    def test_filters(self, trading: Sdk, venue: Venue) -> None:
        for symbol in ("AAPL", "MSFT", "NVDA"):
            venue.book.seed_order(symbol=symbol, qty=1, limit_price="10", client_order_id=f"other-{symbol}")
        venue.book.end("other-MSFT", "canceled")
        closed = trading.get_orders(GetOrdersRequest(status=QueryOrderStatus.CLOSED))
        assert [order.client_order_id for order in closed] == ["other-MSFT"]
        some = trading.get_orders(GetOrdersRequest(symbols=["NVDA", "MSFT"]))
        assert [order.symbol for order in some] == ["NVDA"]
        assert trading.get_orders(GetOrdersRequest(side=OrderSide.SELL)) == []
        rising = trading.get_orders(GetOrdersRequest(status=QueryOrderStatus.ALL, direction=Sort.ASC, limit=2))
        assert [order.symbol for order in rising] == ["AAPL", "MSFT"]
        later = GetOrdersRequest(status=QueryOrderStatus.ALL, after=venue.now() + timedelta(microseconds=5500))
        assert [order.symbol for order in trading.get_orders(later)] == ["NVDA", "MSFT"]
        earlier = GetOrdersRequest(until=venue.now() + timedelta(microseconds=5501))
        assert [order.symbol for order in trading.get_orders(earlier)] == ["AAPL"]

    @pytest.mark.parametrize("query", [{"limit": 501}, {"limit": 0}, {"status": "some"}, {"after": "noon"}])
    def test_bad_questions(self, http: Http, query: dict[str, Any]) -> None:
        assert http("GET", "/v2/orders", **query).status_code == 422

    def test_seven_hundred_orders_in_pages(self, trading: Sdk, venue: Venue) -> None:
        for number in range(700):
            venue.book.seed_order(symbol="MSFT", qty=1, limit_price="10", client_order_id=f"other-{number}")
        seen: list[str] = []
        after = venue.now() - timedelta(seconds=1)
        page: list[Any] = [None] * 500
        while len(page) == 500:
            query = GetOrdersRequest(status=QueryOrderStatus.ALL, limit=500, after=after, direction=Sort.ASC)
            page = trading.get_orders(query)
            seen += [order.client_order_id for order in page]
            after = page[-1].submitted_at
        assert len(set(seen)) == 700
        assert len(seen) == 701  # a stamp cut to microseconds lies before its own order, which comes again

    def test_orders_of_one_microsecond(self, http: Http, venue: Venue) -> None:
        """Paging by time alone cannot pass such a crowd; a client must notice that it does not move."""
        venue.timepiece.tick_ns = 1
        for number in range(700):
            venue.book.seed_order(symbol="MSFT", qty=1, limit_price="10", client_order_id=f"other-{number}")
        stamps = {order["submitted_at"] for order in http.json("GET", "/v2/orders", limit=500)}
        assert len(stamps) == 500
        assert len({stamp[:26] for stamp in stamps}) == 1


class TestCancelling:
    def test_one(self, trading: Sdk, http: Http) -> None:
        order = trading.submit_order(entry_request())
        assert http("DELETE", f"/v2/orders/{order.id}").status_code == 204
        assert http("DELETE", f"/v2/orders/{order.id}").json() == {
            "code": 42210000,
            "message": 'order is already in "canceled" state',
        }
        with pytest.raises(APIError) as error:
            trading.cancel_order_by_id(order.id)
        assert failure(error) == (422, 42210000)

    def test_one_that_takes_its_time(self, trading: Sdk, venue: Venue) -> None:
        venue.book.rules.cancel_takes_reads = 1
        order = trading.submit_order(entry_request())
        trading.cancel_order_by_id(order.id)
        with pytest.raises(APIError) as error:
            trading.cancel_order_by_id(order.id)
        assert failure(error) == (422, 42210000)
        states = [trading.get_order_by_id(order.id).status for _ in range(2)]
        assert states == [OrderStatus.PENDING_CANCEL, OrderStatus.CANCELED]

    def test_all(self, trading: Sdk, http: Http, venue: Venue) -> None:
        trading.submit_order(entry_request())
        answers = trading.cancel_orders()
        assert [answer.status for answer in answers] == [200, 200, 200]
        assert venue.book.open_orders() == []
        assert http("DELETE", "/v2/orders").status_code == 207

    def test_partly_filled_and_cancelled_is_naked(self, trading: Sdk, venue: Venue) -> None:
        order = trading.submit_order(entry_request())
        venue.book.fill(ENTRY, qty=3)
        (position,) = trading.get_all_positions()
        assert (position.qty, position.qty_available) == ("3", "3")
        trading.cancel_order_by_id(order.id)
        shown = trading.get_order_by_id(order.id, GetOrderByIdRequest(nested=True))
        assert (shown.status, shown.filled_qty) == (OrderStatus.CANCELED, "3")
        assert [leg.status for leg in shown.legs or []] == [OrderStatus.CANCELED, OrderStatus.CANCELED]
        assert venue.book.unprotected("AAPL") == 3
        with pytest.raises(APIError) as error:
            trading.submit_order(
                StopOrderRequest(symbol="AAPL", qty=4, side="sell", stop_price=97.9, time_in_force="gtc")
            )
        assert failure(error) == (403, 40310000)
        pair = trading.submit_order(
            LimitOrderRequest(
                symbol="AAPL",
                qty=3,
                side=OrderSide.SELL,
                time_in_force=TimeInForce.GTC,
                order_class=OrderClass.OCO,
                take_profit=TakeProfitRequest(limit_price=108.10),
                stop_loss=StopLossRequest(stop_price=97.90),
            )
        )
        assert [leg.type for leg in pair.legs or []] == ["stop"]
        assert venue.book.unprotected("AAPL") == 0
        assert trading.get_open_position("AAPL").qty_available == "0"

    def test_replacing(self, trading: Sdk) -> None:
        order = trading.submit_order(entry_request())
        new = trading.replace_order_by_id(order.id, ReplaceOrderRequest(limit_price=101.20))
        assert (new.id == order.id, new.replaces, new.limit_price) == (False, order.id, "101.2")
        assert trading.get_order_by_id(order.id).status is OrderStatus.REPLACED
