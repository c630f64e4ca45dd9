"""Money is read strictly, rounded by name and printed one way."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.base.money import (
    parse_plain,
    round_down_to_tick,
    round_up_to_tick,
    show,
    show_cap,
    show_told,
    tick_of,
    whole_shares,
)

PRICES = st.decimals(min_value="0.0001", max_value="999999", places=6)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("0.0", "0"),
        ("5", "5"),
        ("500.0", "500"),
        ("250.75", "250.75"),
        ("007", "7"),
        ("0.00000001", "0.00000001"),
        ("999999999999", "999999999999"),
        ("999999999999.99999999", "999999999999.99999999"),
    ],
)
def test_a_plain_number_is_read_exactly(text: str, value: str) -> None:
    assert parse_plain(text) == Decimal(value)


NO_NUMBERS = """
    5,000 5.000,00 $500 500$ 50% (5) 1_000 five 1O l0 0x10
    1e9 1E3 nan NaN sNaN inf Infinity -1 -0 +5 --5 5- 5. .5 . 5..0 5.0.0
    1000000000000 0.123456789 ٥ ５ ½
"""
SPACED = ["", " ", " 5", "5 ", "5\n", "\n5", "5 000", "5\x00", "5\u00a0000", "5\u200b"]


@pytest.mark.parametrize("text", [*NO_NUMBERS.split(), *SPACED])
def test_everything_else_is_no_number(text: str) -> None:
    assert parse_plain(text) is None


@pytest.mark.parametrize(
    ("price", "tick"),
    [
        ("0.0001", "0.0001"),
        ("0.9999", "0.0001"),
        ("0.999999", "0.0001"),
        ("1", "0.01"),
        ("1.0001", "0.01"),
        ("101.35", "0.01"),
    ],
)
def test_ticks_are_cents_from_a_dollar_up(price: str, tick: str) -> None:
    assert tick_of(Decimal(price)) == Decimal(tick)


@pytest.mark.parametrize(
    ("price", "down", "up"),
    [
        ("101.35", "101.35", "101.35"),
        ("101.3500001", "101.35", "101.36"),
        ("101.3599999", "101.35", "101.36"),
        ("101.355", "101.35", "101.36"),
        ("101.345", "101.34", "101.35"),
        ("1.00", "1.00", "1.00"),
        ("1.001", "1.00", "1.01"),
        ("0.99999", "0.9999", "1"),
        ("0.12341", "0.1234", "0.1235"),
        ("0.00001", "0", "0.0001"),
    ],
)
def test_rounding_goes_where_its_name_says(price: str, down: str, up: str) -> None:
    assert (round_down_to_tick(Decimal(price)), round_up_to_tick(Decimal(price))) == (Decimal(down), Decimal(up))


@given(PRICES)
def test_rounding_stays_within_one_tick(price: Decimal) -> None:
    tick = tick_of(price)
    assert price - tick < round_down_to_tick(price) <= price <= round_up_to_tick(price) < price + tick
    assert round_down_to_tick(price) % tick == 0
    assert round_up_to_tick(price) % tick == 0


@pytest.mark.parametrize("rounded", [round_down_to_tick, round_up_to_tick])
@pytest.mark.parametrize("price", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_what_is_no_number_cannot_be_rounded(rounded: type, price: str) -> None:
    with pytest.raises(InvalidOperation):
        rounded(Decimal(price))


@pytest.mark.parametrize(
    ("amount", "price", "shares"),
    [
        ("1000", "101.35", 9),
        ("912.14", "101.35", 8),
        ("912.15", "101.35", 9),
        ("912.16", "101.35", 9),
        ("101.34", "101.35", 0),
        ("0", "101.35", 0),
        ("-101.35", "101.35", 0),
        ("-0.01", "101.35", 0),
        ("1000", "0.0001", 10_000_000),
    ],
)
def test_whole_shares_never_cost_more_than_the_amount(amount: str, price: str, shares: int) -> None:
    assert whole_shares(Decimal(amount), Decimal(price)) == shares


@pytest.mark.parametrize(("amount", "price"), [("NaN", "1"), ("1", "NaN"), ("1", "0"), ("Infinity", "1")])
def test_shares_of_what_is_no_number_cannot_be_counted(amount: str, price: str) -> None:
    with pytest.raises((ArithmeticError, ValueError)):
        whole_shares(Decimal(amount), Decimal(price))


@pytest.mark.parametrize(
    ("amount", "shown", "shown_as_cap"),
    [
        ("405.4", "405.40", "405.4"),
        ("405.40", "405.40", "405.4"),
        ("500", "500.00", "500.0"),
        ("500.0", "500.00", "500.0"),
        ("250.55", "250.55", "250.55"),
        ("0.1234", "0.1234", "0.1234"),
        ("0.12340", "0.1234", "0.1234"),
        ("0", "0.00", "0.0"),
        ("1E+3", "1000.00", "1000.0"),
        ("1E-4", "0.0001", "0.0001"),
        ("-12.4", "-12.40", "-12.4"),
    ],
)
def test_money_is_shown_in_full(amount: str, shown: str, shown_as_cap: str) -> None:
    assert (show(Decimal(amount)), show_cap(Decimal(amount))) == (shown, shown_as_cap)


def test_what_was_not_told_is_shown_as_that() -> None:
    assert show_told(None) == show_told(None, Decimal("0.01")) == "not told"
    assert (show_told(Decimal("1.005")), show_told(Decimal("1.005"), Decimal("0.01"))) == ("1.005", "1.00")


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=8))
def test_what_is_shown_is_what_was_meant(amount: Decimal) -> None:
    assert Decimal(show(amount)) == Decimal(show_cap(amount)) == amount
