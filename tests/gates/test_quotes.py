"""The one judgement of a quote, which entries and the janitor's own market sale share: tables on each limit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.quotes import SPREAD, SeenQuote, judge_quote, judge_spread
from gates.verdict import Verdict, allow, no_data, refuse

D = Decimal
AMOUNTS = st.none() | st.decimals(allow_nan=True, allow_infinity=True)


@pytest.mark.parametrize(
    ("bid", "ask", "limit", "expected"),
    [
        ("99.50", "100.50", "1.0", allow(SPREAD, "bid 99.50 ask 100.50: 1.00% of 1.0%")),
        ("99.49", "100.50", "1.0", refuse(SPREAD, "spread too wide (bid 99.49 ask 100.50: 1.01%, limit 1.0%)")),
        ("97.50", "100.10", "1.0", refuse(SPREAD, "spread too wide (bid 97.50 ask 100.10: 2.63%, limit 1.0%)")),
        ("1.00", "180.00", "10", refuse(SPREAD, "spread too wide (bid 1.00 ask 180.00: 197.79%, limit 10%)")),
        ("100.00", "100.00", "0", allow(SPREAD, "bid 100.00 ask 100.00: 0.00% of 0%")),
        ("100.00", "100.01", "0", refuse(SPREAD, "spread too wide (bid 100.00 ask 100.01: 0.01%, limit 0%)")),
        ("1.00", "1.00", "Infinity", refuse(SPREAD, "spread too wide (bid 1.00 ask 1.00: 0.00%, limit Infinity%)")),
        ("0", "1.00", "10", no_data(SPREAD, "not known: no two sides (bid 0, ask 1.00)")),
    ],
)
def test_a_spread_is_told_in_percent_of_the_middle(bid: str, ask: str, limit: str, expected: Verdict) -> None:
    assert judge_spread(SeenQuote(D(bid), D(ask), D(2)), D(limit)) == expected


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        ("60", allow("quote", "bid 100.00 ask 100.00, 60s old of 60s")),
        ("60.6", refuse("quote.age", "quote too old (61s, limit 60s)")),
        ("-60", allow("quote", "bid 100.00 ask 100.00, -60s old of 60s")),
        ("-60.6", refuse("quote.age", "quote too old (-61s, limit 60s)")),
        (None, refuse("quote", "no usable quote (no time)")),
    ],
)
def test_a_quote_is_as_old_as_the_limit_at_most_by_either_clock(age: str | None, expected: Verdict) -> None:
    seen = SeenQuote(D("100.00"), D("100.00"), None if age is None else D(age))
    assert judge_quote(seen, 60) == expected


@pytest.mark.parametrize(
    ("bid", "ask"), [("0", "100.00"), ("0", "0"), ("-1", "1"), ("100.01", "100.00"), ("1", "Infinity"), ("NaN", "1")]
)
def test_a_quote_has_two_sides_the_right_way_round(bid: str, ask: str) -> None:
    expected = refuse("quote", f"no usable quote (bid {bid}, ask {ask})")
    assert judge_quote(SeenQuote(D(bid), D(ask), D(2)), 60) == expected


@given(bid=AMOUNTS, ask=AMOUNTS, age=st.none() | st.integers(-100, 100).map(D))
def test_every_quote_gets_an_answer(bid: Decimal | None, ask: Decimal | None, age: Decimal | None) -> None:
    seen = SeenQuote(bid, ask, age)
    if judge_quote(seen, 60).passed:
        assert bid is not None and ask is not None and age is not None
        assert 0 < bid <= ask and abs(age) <= 60
    if judge_spread(seen, D("1.0")).passed:
        assert bid is not None and ask is not None and 0 < bid <= ask
        assert (ask - bid) * 200 <= (ask + bid) * D("1.0001")
