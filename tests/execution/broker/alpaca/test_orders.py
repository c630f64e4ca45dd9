"""Orders as Alpaca tells them, one by one: read, or named with what identifies them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.broker.alpaca.fields import ShapeUnknown
from execution.broker.alpaca.orders import about, by_id, last_moment, order, orders, pages, size_of_page
from execution.broker.port import Told, Unreadable
from execution.orders import OrderStatus as S

NAME = "avx-20261120-AAPL-entry-1"
AT = "2026-11-20T15:31:00.123456789Z"
D = Decimal

WORDS = [
    "new", "partially_filled", "filled", "done_for_day", "canceled", "expired", "replaced", "pending_cancel",
    "pending_replace", "accepted", "pending_new", "accepted_for_bidding", "stopped", "rejected", "suspended",
    "calculated", "held",
]  # fmt: skip
"""Every status the published specification has."""


def said(**changes: Any) -> dict[str, Any]:
    return {
        "id": "61e69015",
        "client_order_id": NAME,
        "created_at": AT,
        "submitted_at": AT,
        "updated_at": AT,
        "symbol": "AAPL",
        "notional": None,
        "qty": "9",
        "filled_qty": "0",
        "filled_avg_price": None,
        "order_class": "bracket",
        "order_type": "limit",
        "type": "limit",
        "side": "buy",
        "limit_price": "100.39",
        "stop_price": None,
        "status": "new",
        "legs": None,
        "replaced_by": None,
        "replaces": None,
        **changes,
    }


def without(key: str, **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in said(**changes).items() if name != key}


def stop_leg(**changes: Any) -> dict[str, Any]:
    leg = {"id": "leg-1", "client_order_id": "made-up", "side": "sell", "type": "stop", "limit_price": None}
    return said(**{**leg, "stop_price": "97", "status": "held", **changes})


MULTI_LEG: dict[str, Any] = {"order_class": "mleg", "symbol": None, "side": None, "client_order_id": "theirs"}


# --- words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "status", "works", "asleep"),
    [
        ("pending_new", S.SUBMITTED, True, False),
        ("accepted", S.SUBMITTED, True, False),
        ("accepted_for_bidding", S.SUBMITTED, True, False),
        ("pending_review", S.SUBMITTED, False, False),
        ("new", S.WORKING, True, False),
        ("held", S.WORKING, True, True),
        ("partially_filled", S.PARTIALLY_FILLED, True, False),
        ("done_for_day", S.WORKING, True, False),
        ("pending_replace", S.WORKING, True, False),
        ("pending_cancel", S.WORKING, False, False),
        ("stopped", S.WORKING, False, False),
        ("suspended", S.WORKING, False, False),
        ("calculated", S.WORKING, False, False),
        ("pending_quantum_review", S.WORKING, False, False),
        ("canceled", S.CANCELLED, False, False),
        ("replaced", S.CANCELLED, False, False),
        ("expired", S.EXPIRED, False, False),
        ("rejected", S.REJECTED, False, False),
    ],
)
def test_every_status_word(word: str, status: S, works: bool, asleep: bool) -> None:
    read = order(said(status=word))
    assert (read.status, read.works, read.asleep) == (status, works, asleep)
    assert read.unrecognised == (word if word == "pending_quantum_review" else None)


def test_no_published_word_is_unknown() -> None:
    assert [order(said(status=word, filled_qty="9")).unrecognised for word in WORDS] == [None] * len(WORDS)


def test_a_successor_and_its_predecessor_name_each_other() -> None:
    assert order(said(status="replaced", replaced_by="second")).replaced_by == "second"
    assert order(said(replaces="first")).replaces == "first"
    assert order(said()).replaced_by is None and order(said(replaced_by="")).replaced_by is None


# --- what may be missing ---------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["submitted_at", "updated_at", "limit_price", "stop_price", "filled_avg_price", "legs"])
def test_what_the_specification_lets_be_null_may_be_null_or_missing(key: str) -> None:
    for answer in (said(**{key: None}), without(key)):
        read = order(answer)
        assert read.submitted_at == read.updated_at == datetime(2026, 11, 20, 15, 31, 0, 123456, tzinfo=UTC)
        assert read.limit_price == (None if key == "limit_price" else D("100.39"))


def test_an_order_without_a_client_id_is_not_ours() -> None:
    assert order(said(client_order_id=None)).client_order_id == ""


def test_the_type_stands_under_two_names() -> None:
    assert order(without("type")).kind == "limit"
    assert order(without("type", order_type="trailing_stop")).kind == "stop"


@pytest.mark.parametrize("word", ["new", "held", "pending_new", "accepted", "accepted_for_bidding", "pending_review"])
def test_no_filled_quantity_is_none_filled_where_the_word_says_so(word: str) -> None:
    assert order(said(status=word, filled_qty=None)).filled_qty == 0


def test_an_order_for_an_amount_of_money_has_as_many_shares_as_it_got() -> None:
    assert order(said(qty=None, notional="500", filled_qty="1.5", status="partially_filled")).qty == D("1.5")


def test_a_multi_leg_order_is_told_by_its_legs() -> None:
    legs = [said(id=name, symbol=name, client_order_id=name) for name in ("CALL", "PUT")]
    read = order(said(**MULTI_LEG, legs=legs, filled_qty=None, status="filled", type=None, order_type=None))
    assert (read.symbol, read.side, read.kind, read.filled_qty, len(read.legs)) == ("CALL,PUT", "", "", 0, 2)


# --- what cannot be read is named -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"status": None}, "status None"),
        ({"status": ""}, "status ''"),
        ({"status": ["new"]}, "status ['new']"),
        ({"side": None}, "side None"),
        ({"side": "sell_short"}, "side 'sell_short'"),
        ({"type": None, "order_type": None}, "type None"),
        ({"qty": None}, "qty None"),
        ({"qty": "-9"}, "qty '-9'"),
        ({"qty": "NaN"}, "qty 'NaN'"),
        ({"qty": "1e400"}, "qty '1e400'"),
        ({"qty": "1e-400"}, "qty '1e-400'"),
        ({"qty": True}, "qty True"),
        ({"filled_qty": None, "status": "canceled"}, "filled_qty None, status 'canceled'"),
        ({"filled_qty": "-1"}, "filled_qty '-1', status 'new'"),
        ({"filled_qty": "50"}, "filled_qty 50 of 9"),
        ({"filled_qty": "0", "status": "filled"}, "filled_qty 0, status 'filled'"),
        ({"limit_price": "x" * 99}, "limit_price '" + "x" * 59 + "…"),
        ({"submitted_at": None, "created_at": None, "updated_at": None}, "submitted_at None"),
        ({"submitted_at": "2026-11-20T15:31:00"}, "submitted_at '2026-11-20T15:31:00'"),
        ({"submitted_at": "0001-01-01T00:00:00+14:00"}, "submitted_at '0001-01-01T00:00:00+14:00'"),
        ({"updated_at": "soon"}, "updated_at 'soon'"),
        ({"updated_at": "2026-11-20T15:31:00"}, "updated_at without a zone '2026-11-20T15:31:00'"),
        ({"replaced_by": 7}, "replaced_by 7"),
        ({"legs": 7}, "legs 7"),
    ],
)
def test_what_cannot_be_read_is_named_with_field_and_value(changes: dict[str, Any], what: str) -> None:
    ended = said(**changes).get("status") in ("canceled", "filled")
    named = Unreadable(f"order: {what}", "AAPL", "61e69015", NAME, is_over=ended)
    assert orders([said(**changes)]) == Told((), (named,))


def test_one_odd_order_hides_no_other() -> None:
    told = orders([said(id="1"), said(id="2", qty="x"), None, said(id="3")])
    assert [one.order_id for one in told] == ["1", "3"] and len(told) == 2
    assert told.unreadable == (Unreadable("order: qty 'x'", "AAPL", "2", NAME), Unreadable("order None"))


def test_the_readable_legs_of_an_odd_order_stand_for_themselves() -> None:
    target = said(id="leg-2", client_order_id="made-up-2", side="sell", limit_price="106")
    told = orders([said(legs=[target, stop_leg(stop_price="x")])])
    assert [(one.order_id, one.kind) for one in told] == [("leg-2", "target")]
    assert told.unreadable == (
        Unreadable("order: leg: stop_price 'x'", "AAPL", "61e69015", NAME),
        Unreadable("leg: stop_price 'x'", "AAPL", "leg-1", "made-up"),
    )
    told = orders([said(qty="x", legs=[stop_leg()])])
    assert [one.order_id for one in told] == ["leg-1"]


@pytest.mark.parametrize(
    ("changes", "symbol"),
    [
        ({"symbol": None}, "AAPL"),
        ({"symbol": None, "client_order_id": "theirs"}, None),
        ({"symbol": None, "client_order_id": "theirs", "legs": [stop_leg()]}, "AAPL"),
        ({"symbol": None, "client_order_id": "theirs", "legs": [stop_leg(), stop_leg(symbol="MSFT")]}, None),
        ({"symbol": "TSLA", "qty": "x"}, "TSLA"),
        ({"symbol": 7, "client_order_id": 7, "id": 7}, None),
    ],
)
def test_whose_it_is_as_far_as_it_tells(changes: dict[str, Any], symbol: str | None) -> None:
    (odd,) = orders([said(**changes)]).unreadable
    assert odd.symbol == symbol


def test_an_answer_that_is_no_list_is_no_answer() -> None:
    for answer in (None, {}, "orders", 7):
        with pytest.raises(ShapeUnknown, match="orders "):
            orders(answer)
    with pytest.raises(ShapeUnknown, match="order: qty 'x'"):
        order(said(qty="x"))


# --- about our order (P6) ----------------------------------------------------------------------------


ASKED = {"client_order_id": NAME, "symbol": "AAPL", "side": "buy", "qty": "9"}


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"client_order_id": "other"}, f"client_order_id 'other', not '{NAME}'"),
        ({"symbol": "TSLA"}, "symbol 'TSLA', not 'AAPL'"),
        ({"side": "sell"}, "side 'sell', not 'buy'"),
        ({"qty": "50", "filled_qty": "50", "status": "filled"}, "filled_qty 50 of 9"),
    ],
)
def test_an_answer_about_another_order_is_not_understood(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(ShapeUnknown, match=what):
        about(order(said(**changes)), ASKED)


def test_an_answer_about_ours_is() -> None:
    read = order(said(filled_qty="9", status="filled"))
    assert about(read, ASKED) is read and by_id(read, NAME) is read
    crypto = order(said(symbol="BTC/USD", side="sell", client_order_id="avx-20261120-BTCUSD-flatten-1"))
    assert by_id(crypto, "avx-20261120-BTCUSD-flatten-1") is crypto
    theirs = order(said(client_order_id="theirs", symbol="TSLA"))
    assert by_id(theirs, "theirs") is theirs


@pytest.mark.parametrize("changes", [{"client_order_id": "x"}, {"symbol": "MSFT"}, {"side": "sell"}])
def test_a_look_up_answered_with_another_order(changes: dict[str, Any]) -> None:
    with pytest.raises(ShapeUnknown):
        by_id(order(said(**changes)), NAME)


# --- pages -------------------------------------------------------------------------------------------


def test_a_page_counts_orders_and_legs_and_knows_its_youngest() -> None:
    later = "2026-11-20T16:00:00Z"
    page = [said(legs=[stop_leg(), stop_leg()]), said(submitted_at=later), said(submitted_at="?"), 7, said(legs=7)]
    assert size_of_page(page) == 7
    assert last_moment(page) == datetime(2026, 11, 20, 16, tzinfo=UTC)
    assert last_moment([7]) is None


def test_overlapping_pages_are_one_list() -> None:
    first, second = orders([said(id="1"), said(id="2", qty="x")]), orders([said(id="2", qty="x"), said(id="3")])
    assert pages((first, second)) == Told((*first.items, *second.items), first.unreadable)


# --- any answer of the published shapes --------------------------------------------------------------


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.sampled_from(["NaN", "Infinity", "1e400", "-1", "", "0", "2026-11-20T15:31:00", "0001-01-01T00:00:00+14:00"]),
)  # fmt: skip
NUMBERS = st.sampled_from(["0", "9", "4.5", "100.39", 9, 1.5])
TIMES = st.sampled_from([AT, "2026-11-20T10:31:00-05:00", "0001-01-01T00:00:00Z"])
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "client_order_id": st.sampled_from([NAME, "theirs"]),
    "symbol": st.sampled_from(["AAPL", "MSFT"]),
    "side": st.sampled_from(["buy", "sell"]),
    "type": st.sampled_from(["market", "limit", "stop", "stop_limit", "trailing_stop"]),
    "order_type": st.sampled_from(["market", "limit", "stop"]),
    "order_class": st.sampled_from(["", "simple", "bracket", "oco", "oto", "mleg"]),
    **dict.fromkeys(("qty", "notional", "filled_qty", "filled_avg_price", "limit_price", "stop_price"), NUMBERS),
    **dict.fromkeys(("created_at", "submitted_at", "updated_at"), TIMES),
    **dict.fromkeys(("replaced_by", "replaces"), st.just("other-id")),
}


@st.composite
def published(draw: st.DrawFn, odd: bool = True, below: bool = True) -> dict[str, Any]:
    """An order with an id and a status, any other key there, null, missing or, where `odd`, anything."""
    answer = {"id": f"id-{draw(st.integers(0, 10**9))}", "status": draw(st.sampled_from([*WORDS, "a_new_word"]))}
    for key, value in FIELDS.items():
        way = draw(st.sampled_from(["there", "there", "there", "null", "missing", *(["odd"] if odd else [])]))
        if way != "missing":
            answer[key] = None if way == "null" else draw(JUNK if way == "odd" else value)
    if below:
        legs = st.lists(published(odd=odd, below=False), max_size=3)
        answer["legs"] = draw(st.one_of(st.none(), legs, JUNK) if odd else st.one_of(st.none(), legs))
    return answer


def ids(answer: list[dict[str, Any]]) -> set[str]:
    below = [leg for item in answer if isinstance(item["legs"], list) for leg in item["legs"] if isinstance(leg, dict)]
    return {item["id"] for item in (*answer, *below) if "id" in item}


@given(st.lists(published(), max_size=4))
def test_every_order_with_id_and_status_is_read_or_named(answer: list[dict[str, Any]]) -> None:
    told = orders(answer)
    read = {one.order_id for top in told for one in (top, *top.legs)}
    assert ids(answer) <= read | {odd.order_id for odd in told.unreadable}
    for odd in told.unreadable:
        assert odd.what and "\n" not in odd.what
    assert size_of_page(answer) >= len(told)


@given(published(odd=False))
def test_ours_is_named_with_both_its_ids(answer: dict[str, Any]) -> None:
    told = orders([answer | {"id": "ours", "client_order_id": NAME}])
    read = [top.client_order_id for top in told if top.order_id == "ours"]
    named = [odd.client_order_id for odd in told.unreadable if odd.order_id == "ours"]
    assert read + named == [NAME]


ANYTHING = st.recursive(JUNK, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))


@given(ANYTHING)
def test_whatever_is_answered_is_read_named_or_not_understood(answer: Any) -> None:
    for read in (orders, order, size_of_page, last_moment):
        try:
            read(answer)
        except ShapeUnknown:
            continue
