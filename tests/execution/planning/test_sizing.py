"""The number of shares: risk, caps and buying power, whichever is least, each at its edge."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.facts import GOOD_CAPS, GOOD_USAGE
from support.trading import D

from execution.planning.sizing import Room, Size, risk_budget, size
from gates.base.instrument import US_STOCK
from gates.base.record import replace
from gates.facts import Caps, Usage

PLENTY = D(1_000_000)
WIDE_CAPS = Caps(5, 5, PLENTY, PLENTY)


@pytest.mark.parametrize(
    ("equity", "pct", "budget"),
    [
        ("10000", "0.5", "50"),
        ("10000", "5", "500"),
        ("10000", "0", "0"),
        ("0", "0.5", "0"),
        ("-10000", "0.5", "0"),
        ("0.01", "0.5", "0.00005"),
    ],
)
def test_the_budget_is_a_percentage_of_the_equity_and_no_fraction(equity: str, pct: str, budget: str) -> None:
    assert risk_budget(D(equity), D(pct)) == D(budget)


def sized(
    risk: str | Decimal = PLENTY,
    per_symbol: str | Decimal = PLENTY,
    gross: str | Decimal = PLENTY,
    power: str | Decimal = PLENTY,
    usage: Usage = GOOD_USAGE,
) -> Size:
    """Bought at 100.00 with the stop at 97.50: a share costs 100 and risks 2.50."""
    caps = replace(GOOD_CAPS, per_symbol=D(per_symbol), gross_notional=D(gross))
    return size(US_STOCK, D("100.00"), D("97.50"), Room(D(risk), D(power), caps, usage))


@pytest.mark.parametrize(
    ("risk", "expected"),
    [
        ("9.99", Size(D(3), "risk 9.99 at 2.50 a share")),
        ("10", Size(D(4), "risk 10.00 at 2.50 a share")),
        ("10.01", Size(D(4), "risk 10.01 at 2.50 a share")),
        ("2.50", Size(D(1), "risk 2.50 at 2.50 a share")),
        ("2.49", Size(D(0), "risk 2.49 at 2.50 a share")),
        ("0", Size(D(0), "risk 0.00 at 2.50 a share")),
        ("-5", Size(D(0), "risk -5.00 at 2.50 a share")),
    ],
)
def test_the_risk_budget(risk: str, expected: Size) -> None:
    assert sized(risk=risk) == expected


@pytest.mark.parametrize(
    ("cap", "used", "expected"),
    [
        ("399.99", "0", Size(D(3), "per symbol 399.99 left of 399.99 at 100.00 a share")),
        ("400", "0", Size(D(4), "per symbol 400.00 left of 400.0 at 100.00 a share")),
        ("400.01", "0", Size(D(4), "per symbol 400.01 left of 400.01 at 100.00 a share")),
        ("400", "0.01", Size(D(3), "per symbol 399.99 left of 400.0 at 100.00 a share")),
        ("100", "0", Size(D(1), "per symbol 100.00 left of 100.0 at 100.00 a share")),
        ("99.99", "0", Size(D(0), "per symbol 99.99 left of 99.99 at 100.00 a share")),
        ("400", "400", Size(D(0), "per symbol 0.00 left of 400.0 at 100.00 a share")),
        ("400", "900", Size(D(0), "per symbol 0.00 left of 400.0 at 100.00 a share")),
        ("0", "0", Size(D(0), "per symbol 0.00 left of 0.0 at 100.00 a share")),
    ],
)
def test_what_is_left_of_a_cap(cap: str, used: str, expected: Size) -> None:
    assert sized(per_symbol=cap, usage=replace(GOOD_USAGE, of_symbol=D(used), gross=D(7))) == expected
    of_gross = Size(expected.qty, expected.note.replace("per symbol", "gross notional"))
    assert sized(gross=cap, usage=replace(GOOD_USAGE, gross=D(used), of_symbol=D(7))) == of_gross


@pytest.mark.parametrize(
    ("power", "expected"),
    [
        ("399.99", Size(D(3), "buying power 399.99 at 100.00 a share")),
        ("400", Size(D(4), "buying power 400.00 at 100.00 a share")),
        ("400.01", Size(D(4), "buying power 400.01 at 100.00 a share")),
        ("99.99", Size(D(0), "buying power 99.99 at 100.00 a share")),
        ("-400", Size(D(0), "buying power -400.00 at 100.00 a share")),
    ],
)
def test_the_buying_power(power: str, expected: Size) -> None:
    assert sized(power=power) == expected


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        (("10", "500", "600", "700"), Size(D(4), "risk 10.00 at 2.50 a share")),
        (("15", "400", "600", "700"), Size(D(4), "per symbol 400.00 left of 400.0 at 100.00 a share")),
        (("15", "500", "400", "700"), Size(D(4), "gross notional 400.00 left of 400.0 at 100.00 a share")),
        (("15", "500", "600", "400"), Size(D(4), "buying power 400.00 at 100.00 a share")),
        (("10", "400", "400", "400"), Size(D(4), "risk 10.00 at 2.50 a share")),
        (("15", "400", "400", "400"), Size(D(4), "per symbol 400.00 left of 400.0 at 100.00 a share")),
        (("15", "500", "400", "400"), Size(D(4), "gross notional 400.00 left of 400.0 at 100.00 a share")),
        (("12.49", "400", "400", "400"), Size(D(4), "risk 12.49 at 2.50 a share")),
    ],
)
def test_the_least_bound_wins_and_a_tie_is_named_for_the_first(
    bounds: tuple[str, str, str, str], expected: Size
) -> None:
    assert sized(*bounds) == expected


@pytest.mark.parametrize(
    ("stop", "qty"),
    [("99.99", 100), ("100.00", 0), ("100.01", 0), ("0.01", 0), ("0", 0), ("-1", 0)],
)
def test_without_a_stop_below_the_limit_there_is_no_size(stop: str, qty: int) -> None:
    limit = D("100.00")
    fit = size(US_STOCK, limit, D(stop), Room(D(1), PLENTY, WIDE_CAPS, GOOD_USAGE))
    assert fit.qty == qty
    if not 0 < D(stop) < limit:
        assert fit == Size(D(0), f"stop {D(stop):.2f} is not below limit 100.00")


def test_a_penny_stock_keeps_its_ticks() -> None:
    fit = size(US_STOCK, D("0.5001"), D("0.4000"), Room(D(1), PLENTY, WIDE_CAPS, GOOD_USAGE))
    assert fit == Size(D(9), "risk 1.00 at 0.1001 a share")


MONEY = st.decimals(0, 20_000, places=2)
PRICES = st.decimals("0.01", 1_000, places=2)


@given(PRICES, PRICES, MONEY, MONEY, MONEY, MONEY, MONEY, st.decimals(-1_000, 20_000, places=2))
def test_a_size_never_exceeds_risk_caps_or_buying_power_and_wastes_nothing(
    limit: Decimal,
    stop: Decimal,
    risk: Decimal,
    per_symbol: Decimal,
    gross: Decimal,
    used_of_symbol: Decimal,
    used: Decimal,
    power: Decimal,
) -> None:
    caps = replace(GOOD_CAPS, per_symbol=per_symbol, gross_notional=gross)
    usage = replace(GOOD_USAGE, gross=used, of_symbol=used_of_symbol)

    def fits(qty: Decimal) -> bool:
        cost = limit * qty
        within_caps = used_of_symbol + cost <= per_symbol and used + cost <= gross
        return within_caps and cost <= power and (limit - stop) * qty <= risk

    qty = size(US_STOCK, limit, stop, Room(risk, power, caps, usage)).qty
    assert qty >= 0
    if stop >= limit:
        assert qty == 0
    else:
        assert qty == 0 or fits(qty)
        assert not fits(qty + 1)
