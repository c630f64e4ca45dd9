"""Lists that lag, orders that are lost or end alone, shares that change without an order, fields that are odd."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from venue import happenings
from venue.backroom import Backroom
from venue.drafts import read_draft
from venue.memory import FIND, OPEN, ORDERS, POSITIONS
from venue.oddities import ABSENT
from venue.orders import Order
from venue.wire import Request

ENTRY = "avx-20261120-AAPL-entry-1"


@pytest.fixture
def room() -> Iterator[Backroom]:
    yield Backroom()


def get(room: Backroom, path: str, method: str = "GET", **query: str) -> Any:
    keys = {"apca-api-key-id": room.key, "apca-api-secret-key": room.secret}
    answer = room.deal_with(Request(method, path, query, keys, None)).response
    return answer.payload if answer.status == 200 else answer.status


def bracket(room: Backroom) -> Order:
    body = {"symbol": "AAPL", "qty": "9", "side": "buy", "type": "limit", "time_in_force": "gtc", "limit_price": "100",
            "order_class": "bracket", "take_profit": {"limit_price": "106"}, "stop_loss": {"stop_price": "97"},
            "client_order_id": ENTRY}  # fmt: skip
    room.market.set_quote("AAPL", "100", "100.02", "100")
    return room.book.submit(read_draft(body))


def test_a_list_tells_what_was_while_the_others_tell_what_is(room: Backroom) -> None:
    room.book.memory.lag_seconds[POSITIONS] = 30
    bracket(room)
    get(room, "/v2/clock")
    room.advance(5)
    room.book.fill(ENTRY)
    assert get(room, "/v2/positions") == []
    assert get(room, "/v2/orders", status="all", nested="true")[0]["status"] == "filled"
    room.advance(29)
    assert get(room, "/v2/positions") == []
    room.advance(1)
    assert [held["qty"] for held in get(room, "/v2/positions")] == ["9"]


@pytest.mark.parametrize(("kind", "status"), [(OPEN, "open"), (ORDERS, "all")])
def test_lists_of_orders_lag_each_by_itself(room: Backroom, kind: str, status: str) -> None:
    room.book.memory.lag_seconds[kind] = 10
    get(room, "/v2/clock")
    room.advance(1)
    order = bracket(room)
    shown = {each: len(get(room, "/v2/orders", status=each, nested="true")) for each in ("open", "all")}
    assert shown == {"open": 1, "all": 1} | {status: 0}
    assert get(room, f"/v2/orders/{order.id}")["client_order_id"] == ENTRY


def test_a_lag_that_grows_goes_back_in_time(room: Backroom) -> None:
    memory = room.book.memory
    memory.lag_seconds[FIND] = 1
    bracket(room)
    for _ in range(3):
        get(room, "/v2/clock")
        room.advance(10)
    room.book.fill(ENTRY)
    get(room, "/v2/clock")
    room.advance(2)
    look = "/v2/orders:by_client_order_id"
    assert get(room, look, client_order_id=ENTRY)["status"] == "filled"
    memory.lag_seconds[FIND] = 15
    assert get(room, look, client_order_id=ENTRY)["status"] == "new"
    assert memory.as_of_ns(FIND, room.timepiece.now_ns()) == room.timepiece.now_ns() - 15 * 10**9


def test_an_empty_list_is_empty(room: Backroom) -> None:
    bracket(room)
    room.book.fill(ENTRY)
    room.book.memory.empty |= {POSITIONS, ORDERS, FIND}
    assert get(room, "/v2/positions") == get(room, "/v2/orders", status="all") == []
    assert get(room, "/v2/orders:by_client_order_id", client_order_id=ENTRY) == 404
    assert room.book.memory.as_of_ns(POSITIONS, room.timepiece.now_ns()) is None


def test_a_leg_ends_alone(room: Backroom) -> None:
    target, stop = bracket(room).legs
    room.book.fill(ENTRY)
    happenings.end_alone(room.book, stop, "rejected")
    assert (target.status, stop.status, room.book.unprotected("AAPL")) == ("new", "rejected", 9)


def test_both_legs_fill(room: Backroom) -> None:
    target, stop = bracket(room).legs
    room.book.fill(ENTRY)
    room.book.fill(target)
    happenings.fill_though_over(room.book, stop)
    assert (target.status, stop.status, room.book.account.qty("AAPL")) == ("filled", "filled", -9)


def test_a_lost_order_is_found_by_nobody(room: Backroom) -> None:
    order = bracket(room)
    room.book.fill(ENTRY, qty=4)
    happenings.lose(room.book, ENTRY)
    assert get(room, "/v2/orders", status="all", nested="true") == []
    assert get(room, f"/v2/orders/{order.id}") == 404
    assert (order.is_open, room.book.account.qty("AAPL")) == (False, 4)


def test_a_stop_replaced_outside_its_bracket(room: Backroom) -> None:
    order = bracket(room)
    stop = order.legs[1]
    room.book.fill(ENTRY)
    new = happenings.replace_outside(room.book, stop, {"stop_price": "95"})
    assert (stop.status, stop.replaced_by, new.parent, new in order.legs) == ("replaced", new.id, None, False)
    assert room.book.unprotected("AAPL") == 0


def test_legs_sleep_on_under_a_cancelled_parent(room: Backroom) -> None:
    room.book.rules.legs_outlive_parent = True
    order = bracket(room)
    room.book.fill(ENTRY, qty=4)
    room.book.cancel(order)
    assert [leg.status for leg in order.legs] == ["held", "held"]
    assert (room.book.unprotected("AAPL"), room.book.available("AAPL")) == (4, 4)


@pytest.mark.parametrize(("rule", "status"), [("refused", 422), ("ignored", 204), ("taken", 204)])
def test_a_cancel_is_refused_or_ignored(room: Backroom, rule: Any, status: int) -> None:
    order = bracket(room)
    room.book.rules.cancels = rule
    assert get(room, f"/v2/orders/{order.id}", "DELETE") == status
    assert order.is_open is (rule != "taken")


@pytest.mark.parametrize("legs_end", [True, False])
def test_a_split_changes_shares_and_price_and_may_end_the_legs(room: Backroom, legs_end: bool) -> None:
    order = bracket(room)
    room.book.fill(ENTRY)
    happenings.split(room.book, "AAPL", "2", legs_end=legs_end)
    assert (room.book.account.qty("AAPL"), room.market.quote("AAPL").bid) == (18, 50)
    assert [leg.is_open for leg in order.legs] == [not legs_end] * 2
    happenings.split(room.book, "AAPL", "0.1", legs_end=True)
    assert room.book.account.qty("AAPL") == 1, "the part of a share is paid in cash"


def test_a_symbol_changes_its_name(room: Backroom) -> None:
    bracket(room)
    room.book.fill(ENTRY)
    happenings.rename(room.book, "AAPL", "APPL")
    assert [(held["symbol"], held["qty"]) for held in get(room, "/v2/positions")] == [("APPL", "9")]
    assert not room.market.knows("AAPL") and not room.book.open_orders()


def test_a_margin_account_goes_short_and_another_does_not(room: Backroom) -> None:
    room.market.set_quote("AAPL", "100", "100.02", "100")
    sale = read_draft({"symbol": "AAPL", "qty": "9", "side": "sell", "type": "market", "time_in_force": "day"})
    with pytest.raises(Exception, match="not allowed to short"):
        room.book.submit(sale)
    room.book.account.may_short = True
    room.book.submit(sale)
    assert room.book.account.qty("AAPL") == -9


def test_fields_are_odd_where_they_were_made_so(room: Backroom) -> None:
    order = bracket(room)
    room.book.fill(ENTRY, qty=4)
    odd = room.oddities
    odd.add("order", order.id, "submitted_at")
    odd.add("order", order.legs[0].id, "limit_price", ABSENT)
    odd.add("position", "AAPL", "avg_entry_price", "NaN")
    odd.add("account", "", "equity")
    odd.add("quote", "AAPL", "bp", 0)
    (shown,) = get(room, "/v2/orders", status="all", nested="true")
    assert shown["submitted_at"] is None and "limit_price" not in shown["legs"][0]
    assert get(room, "/v2/positions")[0]["avg_entry_price"] == "NaN"
    assert get(room, "/v2/account")["equity"] is None
    assert get(room, "/v2/stocks/quotes/latest", symbols="AAPL")["quotes"]["AAPL"]["bp"] == 0
    odd.clear()
    assert get(room, "/v2/account")["equity"] is not None


def test_a_price_told_late(room: Backroom) -> None:
    order = bracket(room)
    room.book.fill(ENTRY)
    order.hides_price = True
    assert get(room, f"/v2/orders/{order.id}")["filled_avg_price"] is None
    order.hides_price = False
    assert Decimal(get(room, f"/v2/orders/{order.id}")["filled_avg_price"]) == 100


def test_an_order_that_ended_keeps_when_it_would_have(room: Backroom) -> None:
    order = bracket(room)
    before = get(room, f"/v2/orders/{order.id}")["expires_at"]
    room.advance(timedelta(minutes=1).total_seconds())
    room.book.cancel(order)
    assert get(room, f"/v2/orders/{order.id}")["expires_at"] == before is not None
