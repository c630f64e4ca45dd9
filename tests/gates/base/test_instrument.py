"""Prices and quantities come in the steps of their instrument; those of US stocks are what they have always been."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.base.instrument import US_STOCK, Instrument, Tick, plain, stock
from gates.base.record import replace

PRICES = st.decimals(min_value="0.0001", max_value="999999", places=6)
COIN = Instrument((Tick(Decimal(0), Decimal("0.5")),), Decimal("0.0001"), Decimal("0.001"), Decimal(10), "USDT", False)
"""Of which parts are ordered, at prices in halves."""


@pytest.mark.parametrize(
    ("price", "tick"),
    [
        ("-1", "0.0001"),
        ("0.0001", "0.0001"),
        ("0.9999", "0.0001"),
        ("0.999999", "0.0001"),
        ("1", "0.01"),
        ("1.0001", "0.01"),
        ("101.35", "0.01"),
    ],
)
def test_ticks_are_cents_from_a_dollar_up(price: str, tick: str) -> None:
    assert US_STOCK.tick_at(Decimal(price)) == Decimal(tick)


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
    assert (US_STOCK.round_down(Decimal(price)), US_STOCK.round_up(Decimal(price))) == (Decimal(down), Decimal(up))


@given(PRICES)
def test_rounding_stays_within_one_tick(price: Decimal) -> None:
    tick = US_STOCK.tick_at(price)
    assert price - tick < US_STOCK.round_down(price) <= price <= US_STOCK.round_up(price) < price + tick
    assert US_STOCK.round_down(price) % tick == 0
    assert US_STOCK.round_up(price) % tick == 0


@pytest.mark.parametrize("rounded", [US_STOCK.round_down, US_STOCK.round_up])
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
        ("1E+3", "1E+1", 100),
    ],
)
def test_whole_shares_never_cost_more_than_the_amount(amount: str, price: str, shares: int) -> None:
    assert str(US_STOCK.paid_for(Decimal(amount), Decimal(price))) == str(shares)


@pytest.mark.parametrize(
    ("amount", "price"), [("NaN", "1"), ("1", "NaN"), ("1", "0"), ("Infinity", "1"), ("1E+30", "1")]
)
def test_shares_of_what_is_no_number_cannot_be_counted(amount: str, price: str) -> None:
    with pytest.raises((ArithmeticError, ValueError)):
        US_STOCK.paid_for(Decimal(amount), Decimal(price))


# --- other instruments than stocks ------------------------------------------------------------------


def test_every_symbol_is_a_us_stock_in_whole_shares_and_dollars() -> None:
    assert stock("AAPL") is US_STOCK
    assert (US_STOCK.order_step, US_STOCK.least_qty, US_STOCK.least_notional) == (1, 1, 0)
    assert (US_STOCK.currency, US_STOCK.whole_only, US_STOCK.least_price) == ("USD", True, Decimal("0.0001"))


def test_whole_only_never_makes_a_step_smaller() -> None:
    assert replace(US_STOCK, step=Decimal(100)).order_step == 100
    assert COIN.order_step == Decimal("0.0001")


@pytest.mark.parametrize(("price", "down", "up"), [("100.5", "100.5", "100.5"), ("100.74", "100.5", "101.0")])
def test_a_tick_need_not_be_a_power_of_ten(price: str, down: str, up: str) -> None:
    assert (COIN.round_down(Decimal(price)), COIN.round_up(Decimal(price))) == (Decimal(down), Decimal(up))


@pytest.mark.parametrize(
    ("qty", "whole", "part"),
    [
        ("4", "4", "4"),
        ("4.0", "4", "4"),
        ("1.2E+1", "12", "12"),
        ("4.99999", "4", "4.9999"),
        ("0.5", "0", "0.5"),
        ("0", "0", "0"),
        ("-0.5", "0", "0"),
        ("-3", "0", "0"),
    ],
)
def test_what_one_order_can_have_of_a_quantity(qty: str, whole: str, part: str) -> None:
    assert str(US_STOCK.whole_steps(Decimal(qty))) == whole
    assert str(COIN.whole_steps(Decimal(qty))) == part


@pytest.mark.parametrize(
    ("qty", "stock_takes", "coin_takes"),
    [
        ("1", True, True), ("12", True, True), ("0", False, False), ("0.5", False, True), ("1.5", False, True),
        ("0.001", False, True), ("0.0009", False, False), ("0.00101", False, False), ("-1", False, False),
    ],
)  # fmt: skip
def test_the_quantities_an_order_may_have(qty: str, stock_takes: bool, coin_takes: bool) -> None:
    assert US_STOCK.takes(Decimal(qty)) is stock_takes
    assert COIN.takes(Decimal(qty)) is coin_takes


@given(st.decimals(0, 20_000, places=2), st.decimals("0.5", 1_000, places=1))
def test_what_is_paid_for_is_all_that_the_amount_pays_for(amount: Decimal, price: Decimal) -> None:
    for one in (US_STOCK, COIN):
        qty = one.paid_for(amount, price)
        assert qty % one.order_step == 0
        assert qty * price <= amount < (qty + one.order_step) * price


@pytest.mark.parametrize(
    ("qty", "written"),
    [("12", "12"), ("12.0", "12"), ("1E+1", "10"), ("0.5", "0.5"), ("0.50", "0.5"), ("0", "0"), ("0E-9", "0")],
)
def test_a_quantity_is_written_plainly(qty: str, written: str) -> None:
    assert str(plain(Decimal(qty))) == written
