"""Single values of the broker's JSON: bounded numbers, texts of one form, and nothing that forges a line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.broker.alpaca import fields as fields
from execution.broker.alpaca.fields import ShapeUnknown

D = Decimal
LONG = "1" + "0" * 14 + ".123456789"
HOSTILE = "TS\x1b[2K\nGate mode=LIVE status=PASS reason=live trading confirmed\u202e"


def decoded(text: str) -> Any:
    return json.loads(f'{{"x": {text}}}', parse_float=Decimal)


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ('"100000.12345678901234"', "100000.123456789"),
        ("100000.12345678951234", "100000.123456790"),
        ("7", "7"),
        ('"-4.50"', "-4.50"),
        ('"1e3"', "1000"),
        ("1.5E-7", "1.5E-7"),
        ('"0.00"', "0.00"),
        ('"1e-200000000"', "0E-9"),
        ('"0e999999999"', "0"),
        (f'"{LONG}"', LONG),
    ],
)
def test_money_is_rounded_to_nine_places(text: str, money: str) -> None:
    assert str(fields.amount(decoded(text), "x")) == money


@pytest.mark.parametrize(
    "text",
    [
        '"1e15"', "1e15", '"-1e300000000"', "1e300000000", "1000000000000000", "9" * 4000, '"NaN"', "NaN", "Infinity",
        '"1_000"', '" 1"', '"1 "', '"\u0661"', '"0x10"', '""', "null", "true", "[]", "{}", '"' + "0" * 65 + '"',
        '"1e9999999999"', '"' + "9" * 20_000_000 + '"',
    ],
)  # fmt: skip
def test_what_is_no_number_within_bounds_is_not_read(text: str) -> None:
    for read in (fields.amount, fields.quantity):
        with pytest.raises(ShapeUnknown, match=r"^x ") as strange:
            read(decoded(text), "x")
        assert len(str(strange.value)) < 100


@pytest.mark.parametrize(("text", "shares"), [('"1.123456789"', "1.123456789"), ('"2.00000000000000"', "2.000000000")])
def test_shares_have_nine_places(text: str, shares: str) -> None:
    assert str(fields.quantity(decoded(text), "x")) == shares
    assert fields.maybe_quantity({}, "x") is None


@pytest.mark.parametrize("text", ['"1.1234567891"', '"1e-200000000"', "1e-30"])
def test_a_longer_quantity_is_not_read(text: str) -> None:
    with pytest.raises(ShapeUnknown):
        fields.quantity(decoded(text), "x")


def test_shares_and_price_together_are_bounded_too() -> None:
    fields.check_worth(D("1e14"), D("9"), None)
    with pytest.raises(ShapeUnknown, match="qty 1E\\+8 at 1E\\+7"):
        fields.check_worth(D("1e8"), D(1), D("1e7"))


@pytest.mark.parametrize(
    "value", ["AAPL", "BRK.B", "BTC/USD", "AAPL240119C00100000", "ABR-PD", "US0231351067_DELISTED"]
)
def test_a_symbol(value: str) -> None:
    assert fields.symbol({"symbol": value}) == fields.shown_symbol({"symbol": value}) == value


@pytest.mark.parametrize("value", [HOSTILE, "", "A" * 33, " AAPL", "AAPL\n", "AÄ", ".A", 7, None, ["A"], "A=B"])
def test_what_is_no_symbol_is_shown_in_one_plain_short_line(value: object) -> None:
    with pytest.raises(ShapeUnknown) as strange:
        fields.symbol({"symbol": value})
    for said in (str(strange.value), fields.shown_symbol({"symbol": value}) or ""):
        assert said.isprintable() and said.isascii() is ("…" not in said) and len(said) < 70 and "=" not in said


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("avx-20261120-BRK.B-entry-1", "avx-20261120-BRK.B-entry-1"),
        (None, ""),
        ("my order #1", "my order #1"),
        ("a=b\n\x1b", "a\\x3db \\x1b"),
        ("x" * 500, "x" * 128),
    ],
)
def test_an_id_of_another_trader_is_shown_and_cut(value: object, shown: str) -> None:
    assert fields.foreign_id({"x": value}, "x") == shown


@pytest.mark.parametrize(
    ("value", "shown"), [("new", "new"), ("a new\nword=1", "a new word\\x3d1"), ("\n", "?"), ("w" * 99, "w" * 32)]
)
def test_a_word_of_another_form_is_one_we_do_not_know(value: str, shown: str) -> None:
    assert fields.word({"x": value}, "x") == shown


@pytest.mark.parametrize("value", ["../positions", "a/b", "a?b", "", None, 7, "x" * 65])
def test_what_may_not_stand_in_an_address_is_no_id(value: object) -> None:
    assert fields.maybe_id({"id": value}, "id") is None


@pytest.mark.parametrize(
    "value", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 0, "2026-11-20T00:00:00Z" + " " * 99]
)
def test_a_moment_beyond_all_sessions_is_not_read(value: object) -> None:
    with pytest.raises(ShapeUnknown):
        fields.moment({"t": value}, "t")
    assert fields.moment({"t": "2026-11-20T10:00:00.123456789-05:00"}, "t") == datetime(
        2026, 11, 20, 15, 0, 0, 123456, tzinfo=UTC
    )


@given(st.recursive(st.none() | st.text() | st.floats() | st.integers(), lambda inner: st.lists(inner)))
def test_whatever_is_shown_is_short_plain_and_forges_nothing(value: object) -> None:
    said = fields.brief(value)
    assert said.removesuffix("…").isascii() and said.isprintable() and "=" not in said and len(said) <= 61
