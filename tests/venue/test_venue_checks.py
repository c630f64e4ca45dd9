"""What the broker refuses, with which status and code."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from venue.book import Book
from venue.drafts import read_draft
from venue.orders import Order, Refusal

Body = Callable[..., dict[str, Any]]


def refusal(book: Book, body: dict[str, Any]) -> tuple[int, object, object]:
    with pytest.raises(Refusal) as refused:
        book.submit(read_draft(body))
    return refused.value.status, refused.value.payload["code"], refused.value.payload["message"]


def test_an_id_is_used_up_for_ever(book: Book, entry: Order, bracket: Body) -> None:
    expected = (422, 40010001, "client_order_id must be unique")
    assert refusal(book, bracket()) == expected
    book.cancel(entry)
    assert refusal(book, bracket(qty="1")) == expected


def test_suspension_refuses_exits_too(book: Book, bracket: Body) -> None:
    book.seed_position("AAPL", 4, 100)
    book.account.suspend_trade = True
    exit_order = {"symbol": "AAPL", "qty": 4, "side": "sell", "type": "market", "time_in_force": "day"}
    for body in (bracket(), exit_order):
        assert refusal(book, body) == (403, 40310000, "new orders are rejected by user request")


def test_a_blocked_account_places_nothing(book: Book, bracket: Body) -> None:
    book.account.account_blocked = True
    assert refusal(book, bracket())[:2] == (403, 40310000)


def test_buying_power_counts_open_orders(book: Book, bracket: Body) -> None:
    book.account.cash = Decimal(500)
    book.submit(read_draft(bracket()))
    assert refusal(book, bracket(client_order_id="b", qty="6"))[2] == "insufficient buying power"
    book.submit(read_draft(bracket(client_order_id="c", qty="5")))


def test_sells_need_shares_that_no_other_sell_holds(book: Book) -> None:
    book.seed_position("AAPL", 5, 100)
    book.seed_order(symbol="AAPL", qty=3, side="sell", limit_price="120")
    body = {"symbol": "AAPL", "qty": 3, "side": "sell", "type": "market", "time_in_force": "day"}
    with pytest.raises(Refusal) as refused:
        book.submit(read_draft(body))
    payload = refused.value.payload
    assert payload["message"] == "insufficient qty available for order (requested: 3, available: 2)"
    assert (payload["available"], payload["existing_qty"], payload["held_for_orders"]) == ("2", "5", "3")


def test_nobody_shorts_here(book: Book) -> None:
    body = {"symbol": "AAPL", "qty": 3, "side": "sell", "type": "market", "time_in_force": "day"}
    assert refusal(book, body)[:2] == (403, 40310000)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"limit_price": "101.355"}, 42210000),
        ({"limit_price": "0.99999"}, 42210000),
        ({"qty": "0"}, 42210000),
        ({"qty": "-1"}, 42210000),
        ({"qty": "1.5"}, 42210000),
        ({"take_profit": {"limit_price": "97"}}, 42210000),
        ({"take_profit": {"limit_price": "101.35"}}, 42210000),
        ({"stop_loss": {"stop_price": "101.35"}}, 42210000),
        ({"extended_hours": True}, 42210000),
        ({"side": "sell"}, 42210000),
        ({"qty": "four"}, 40010001),
        ({"qty": "NaN"}, 40010001),
        ({"qty": None}, 40010001),
        ({"notional": "100"}, 40010001),
        ({"limit_price": None}, 40010001),
        ({"take_profit": None}, 40010001),
        ({"stop_loss": {}}, 40010001),
        ({"time_in_force": "ioc"}, 40010001),
        ({"time_in_force": None}, 40010001),
        ({"type": "limitless"}, 40010001),
        ({"type": "stop", "stop_price": "99"}, 40010001),
        ({"symbol": ""}, 40010001),
        ({"client_order_id": "x" * 129}, 40010001),
    ],
)
def test_a_malformed_bracket(book: Book, bracket: Body, changes: dict[str, Any], code: int) -> None:
    assert refusal(book, bracket(**changes))[:2] == (422, code)
    assert book.orders == []


def test_levels_are_held_against_the_market_once_it_is_known(book: Book, bracket: Body) -> None:
    book.market.set_quote("AAPL", "97.50", "97.54", "97.52")
    status, code, message = refusal(book, bracket())
    assert (status, code, message) == (422, 42210000, "stop_loss.stop_price must be <= base_price - 0.01")


def test_assets_that_are_not(book: Book, bracket: Body) -> None:
    book.market.retire("GONE")
    book.untradable.add("HALT")
    assert refusal(book, bracket(symbol="GONE")) == (422, 40010001, 'could not find us_equity "GONE"')
    assert refusal(book, bracket(symbol="HALT"))[:2] == (422, 42210000)


def test_exits_need_something_to_exit(book: Book, bracket: Body) -> None:
    for side in ("sell", "buy"):
        levels = {"take_profit": {"limit_price": "97.90"}, "stop_loss": {"stop_price": "108.10"}}
        body = bracket(order_class="oco", side=side, **(levels if side == "buy" else {}))
        assert refusal(book, body) == (422, 42210000, "oco orders must be exit orders")


@pytest.mark.parametrize(("side", "stop"), [("sell", "100.10"), ("buy", "99.90")])
def test_a_stop_on_the_wrong_side_of_the_market(book: Book, side: str, stop: str) -> None:
    book.seed_position("AAPL", 4, 100)
    book.market.set_quote("AAPL", "99.99", "100.01", "100")
    body = {"symbol": "AAPL", "qty": 1, "side": side, "type": "stop", "stop_price": stop, "time_in_force": "gtc"}
    assert refusal(book, body)[:2] == (422, 42210000)


def test_fractions_are_for_simple_day_orders(book: Book) -> None:
    body = {"symbol": "AAPL", "side": "buy", "type": "market", "time_in_force": "day", "notional": "50"}
    book.market.set_quote("AAPL", "99", "100")
    order = book.submit(read_draft(body))
    book.fill(order)
    assert (order.status, order.filled_qty) == ("filled", Decimal("0.5"))
    book.not_fractionable.add("AAPL")
    assert refusal(book, body)[:2] == (403, 40310000)
    assert refusal(book, body | {"time_in_force": "gtc"})[:2] == (422, 42210000)


def test_resting_limits_that_cannot_meet_are_no_wash_trade(book: Book) -> None:
    book.seed_position("AAPL", 4, 100)
    body = {"symbol": "AAPL", "qty": 1, "type": "limit", "time_in_force": "day"}
    book.submit(read_draft(body | {"side": "sell", "limit_price": "105"}))
    book.submit(read_draft(body | {"side": "buy", "limit_price": "104.99"}))
    assert refusal(book, body | {"side": "buy", "limit_price": "105"})[:2] == (403, 40310000)
    assert refusal(book, body | {"side": "buy", "type": "market"})[:2] == (403, 40310000)
    book.rules.wash_trades = False
    book.submit(read_draft(body | {"side": "buy", "limit_price": "105"}))


def test_a_bare_stop_beside_an_open_buy_is_a_wash_trade(book: Book, entry: Order) -> None:
    book.fill(entry, qty=3)
    stop = {"symbol": "AAPL", "qty": 3, "side": "sell", "type": "stop", "stop_price": "97.90"}
    body = stop | {"time_in_force": "gtc"}
    assert refusal(book, body)[2] == "potential wash trade detected. use complex orders"
    book.cancel(entry)
    assert book.submit(read_draft(body)).works
