"""Money is read strictly and printed one way."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.base.money import (
    parse_plain,
    show,
    show_cap,
    show_told,
)


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
