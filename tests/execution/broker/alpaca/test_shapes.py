"""Account, positions, quotes and bars as Alpaca tells them: each on its own, money within bounds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.broker.alpaca import shapes as shapes
from execution.broker.alpaca.fields import ShapeUnknown
from execution.broker.port import Position, Told, Unreadable

D = Decimal
ACTIVE = frozenset({"ACTIVE"})


def account(**changes: Any) -> dict[str, Any]:
    money = {"equity": "100000", "buying_power": "200000", "last_equity": "99000"}
    return {"account_number": "PA3", "status": "ACTIVE", "currency": "USD", **money, **changes}


# --- account -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, "NaN", "Infinity", "1e400", "1e15", "", {}])
@pytest.mark.parametrize("key", ["equity", "buying_power"])
def test_money_that_cannot_be_read_is_a_problem_and_not_the_end(key: str, value: object) -> None:
    found = shapes.account(account(**{key: value}), ACTIVE)
    assert found.number == "PA3" and found.blocked is None
    assert getattr(found, key) is None and found.problem == f"not understood: {key} {value!r}"


def test_yesterdays_equity_may_be_untold_but_not_strange() -> None:
    assert shapes.account(account(last_equity=None), ACTIVE).problem is None
    assert shapes.account(account(last_equity="x"), ACTIVE).problem == "not understood: last_equity 'x'"


@pytest.mark.parametrize("number", [None, "", 7])
def test_a_number_has_to_be_told(number: object) -> None:
    with pytest.raises(ShapeUnknown, match="account_number"):
        shapes.account(account(account_number=number), ACTIVE)


@pytest.mark.parametrize(
    ("changes", "blocked"),
    [
        ({}, None),
        ({"currency": "EUR"}, "currency EUR"),
        ({"status": "PAPER_ONLY"}, "status PAPER_ONLY"),
        ({"status": None}, "status None"),
        ({"status": "so\nso"}, "status 'so\\nso'"),
        ({"status": "ONBOARDING", "trading_blocked": True}, "status ONBOARDING, trading_blocked"),
        ({"account_blocked": None}, "account_blocked"),
    ],
)
def test_what_keeps_an_account_from_trading(changes: dict[str, Any], blocked: str | None) -> None:
    assert shapes.account(account(**changes), ACTIVE).blocked == blocked


def test_a_currency_that_is_not_told_is_the_vendors_own() -> None:
    answer = account()
    del answer["currency"]
    assert shapes.account(answer, ACTIVE).blocked is None


# --- positions ---------------------------------------------------------------------------------------


def position(**changes: Any) -> dict[str, Any]:
    numbers = {"qty": "9", "qty_available": "4", "avg_entry_price": "100.39", "market_value": "900"}
    return {"symbol": "AAPL", "side": "long", "asset_class": "us_equity", **numbers, **changes}


def read(**changes: Any) -> Told[Position]:
    return shapes.positions([position(**changes)])


@pytest.mark.parametrize(
    ("changes", "qty", "available"),
    [
        ({}, 9, 4),
        ({"side": "short"}, -9, 4),
        ({"side": "short", "qty": "-9", "qty_available": "-9"}, -9, -9),
        ({"side": None, "qty": "-9"}, -9, 4),
        ({"qty_available": None}, 9, 9),
        ({"qty": "9e0"}, 9, 4),
        ({"qty": "1e2"}, 100, 4),
    ],
)
def test_shares_and_their_sign(changes: dict[str, Any], qty: int, available: int) -> None:
    (found,) = read(**changes)
    assert (found.qty, found.qty_available) == (D(qty), D(available)) and str(found.qty) == str(qty)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"symbol": None}, "symbol None"),
        ({"symbol": ""}, "symbol ''"),
        ({"qty": None}, "qty None"),
        ({"qty": "x"}, "qty 'x'"),
        ({"qty": "1e15"}, "qty '1e15'"),
        ({"side": "long", "qty": "-9"}, "qty -9, side 'long'"),
        ({"side": "flat"}, "qty 9, side 'flat'"),
    ],
)
def test_a_position_without_symbol_or_quantity_is_named(changes: dict[str, Any], what: str) -> None:
    symbol = changes.get("symbol", "AAPL") or None
    assert read(**changes) == Told((), (Unreadable(f"position: {what}", symbol),))


@pytest.mark.parametrize(
    ("key", "value"),
    [("qty_available", "x"), ("avg_entry_price", None), ("avg_entry_price", "x"), ("market_value", {})],
)
def test_a_position_is_read_without_what_getting_out_does_not_need(key: str, value: object) -> None:
    told = read(**{key: value})
    (found,) = told
    assert (found.symbol, found.qty) == ("AAPL", D(9))
    assert told.unreadable == (Unreadable(f"position: {key} {value!r}", "AAPL"),)
    assert getattr(found, key) == (D(9) if key == "qty_available" else None)


def test_one_odd_position_hides_no_other() -> None:
    told = shapes.positions([position(qty="x"), None, position(symbol="MSFT")])
    assert [one.symbol for one in told] == ["MSFT"]
    assert [odd.what for odd in told.unreadable] == ["position: qty 'x'", "position: position None"]


def test_crypto_is_known_by_its_class() -> None:
    answer = [position(symbol="BTCUSD", asset_class="crypto"), position(), None]
    assert shapes.crypto_symbols(answer) == {"BTCUSD"}
    assert shapes.market_sell("id", "BTCUSD", D("0.1"), is_crypto=True)["time_in_force"] == "gtc"
    assert shapes.market_sell("id", "AAPL", D(1), is_crypto=False)["time_in_force"] == "day"


# --- quotes and bars ---------------------------------------------------------------------------------


AT = "2026-11-20T15:31:00Z"


@pytest.mark.parametrize(
    ("quote", "problem"),
    [
        ({"bp": None, "ap": 1, "t": AT}, "bp None"),
        ({"bp": 1, "t": AT}, "ap None"),
        ({"bp": 1, "ap": 1, "t": None}, "t None"),
        ({"bp": 1, "ap": 1, "t": "2026-11-20T15:31:00"}, "t without a zone '2026-11-20T15:31:00'"),
        ({"bp": 1, "ap": "1e400", "t": AT}, "ap '1e400'"),
        (None, "quote None"),
    ],
)
def test_one_bad_quote_is_its_symbols_problem(quote: object, problem: str) -> None:
    told = shapes.quotes({"quotes": {"AAPL": quote, "MSFT": {"bp": 1, "ap": 2, "t": AT}}})
    assert set(told) == {"MSFT"} and len(told) == 1 and told["MSFT"].ask == 2
    assert told.problems == {"AAPL": problem}


def test_one_bad_bar_is_its_symbols_problem() -> None:
    good = {"t": AT, "c": 100.5}
    page, token = shapes.bars({"bars": {"AAPL": [good, {"t": AT}], "MSFT": [good], "KO": None}, "next_page_token": "x"})
    assert token == "x" and {symbol: len(bars) for symbol, bars in page.items()} == {"MSFT": 1, "KO": 0}
    assert page.problems == {"AAPL": "c None"}
    assert shapes.bars({"bars": None}) == (shapes.BySymbol({}), None)


@pytest.mark.parametrize("answer", [None, [], {}, {"quotes": None}, {"quotes": []}])
def test_an_answer_without_quotes_is_no_answer(answer: object) -> None:
    with pytest.raises(ShapeUnknown):
        shapes.quotes(answer)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["NaN", "1e400", AT, "9"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
KEYS = ["symbol", "side", "qty", "qty_available", "avg_entry_price", "market_value", "asset_class"]


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["AAPL", "long", "9"]) | JSON) | JSON))
def test_every_position_is_read_or_named(answer: list[Any]) -> None:
    told = shapes.positions(answer)
    assert len(told) + len(told.unreadable) >= len(answer)
    assert shapes.crypto_symbols(answer) is not None


@given(st.dictionaries(st.sampled_from(list(account())), JSON))
def test_an_account_with_a_number_is_an_account(changes: dict[str, Any]) -> None:
    changes["account_number"] = "PA3"
    found = shapes.account(account(**changes), ACTIVE)
    assert (found.problem is not None) >= (found.equity is None)


@given(JSON)
def test_whatever_is_answered_is_read_or_not_understood(answer: Any) -> None:
    def status(told: object) -> object:
        return shapes.account(told, ACTIVE)

    for parse in (status, shapes.positions, shapes.quotes, shapes.bars, shapes.clock, shapes.suspended):
        try:
            parse(answer)
        except ShapeUnknown:
            continue
