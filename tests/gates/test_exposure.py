"""Each order gate at its limit and one step to either side, with the words it uses."""

from __future__ import annotations

from decimal import Decimal

import pytest
from support.facts import order_facts, order_facts_with_caps, order_facts_with_usage

from gates import exposure
from gates.base.instrument import US_STOCK, Instrument, Tick
from gates.base.record import replace
from gates.facts import OrderFacts
from gates.verdict import Verdict, allow, refuse


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (None, allow("allowlist", "every symbol allowed")),
        (frozenset({"AAPL"}), allow("allowlist", "on the allowlist")),
        (frozenset({"MSFT", "AAPL"}), allow("allowlist", "on the allowlist")),
        (frozenset({"MSFT", "A"}), refuse("allowlist", "not on the allowlist (A,MSFT)")),
        (frozenset({"AAPLX"}), refuse("allowlist", "not on the allowlist (AAPLX)")),
        (frozenset({"aapl"}), refuse("allowlist", "not on the allowlist (aapl)")),
        (frozenset(), refuse("allowlist", "not on the allowlist (NONE)")),
    ],
)
def test_unset_allows_all_and_set_but_empty_allows_none(allowed: frozenset[str] | None, expected: Verdict) -> None:
    assert exposure.allowlist(order_facts(allowlist=allowed)) == expected


@pytest.mark.parametrize(
    ("symbols", "text"),
    [(None, "ALL"), (frozenset(), "NONE"), (frozenset({"MSFT", "AAPL", "BRK.B"}), "AAPL,BRK.B,MSFT")],
)
def test_the_allowlist_in_the_journal(symbols: frozenset[str] | None, text: str) -> None:
    assert exposure.allowlist_text(symbols) == text


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (exposure.once(order_facts()), allow("once.per_session", "not entered today")),
        (
            exposure.once(order_facts(earlier_entry="avx-20261120-AAPL-entry-1 filled")),
            refuse("once.per_session", "already entered today (avx-20261120-AAPL-entry-1 filled)"),
        ),
        (exposure.once(order_facts(earlier_entry="")), refuse("once.per_session", "already entered today ()")),
        (exposure.foreign(order_facts()), allow("foreign", "no foreign position or order")),
        (
            exposure.foreign(order_facts(foreign="position of 10")),
            refuse("foreign", "not ours to touch (position of 10)"),
        ),
        (exposure.foreign(order_facts(foreign="")), refuse("foreign", "not ours to touch ()")),
        (exposure.reconciliation(order_facts()), allow("reconciliation", "ledger and broker agree")),
        (
            exposure.reconciliation(order_facts(lock="ledger 4, broker 3")),
            refuse("reconciliation", "symbol locked (ledger 4, broker 3)"),
        ),
        (exposure.reconciliation(order_facts(lock="")), refuse("reconciliation", "symbol locked ()")),
    ],
)
def test_the_gates_without_a_number(verdict: Verdict, expected: Verdict) -> None:
    assert verdict == expected


def orders_used(used: int, limit: int) -> OrderFacts:
    facts = order_facts_with_caps(orders_per_day=limit)
    return order_facts(caps=facts.limits.caps, usage=order_facts_with_usage(orders=used).usage)


@pytest.mark.parametrize(
    ("used", "limit", "expected"),
    [
        (4, 5, allow("caps.orders_per_day", "4 of 5 orders used")),
        (5, 5, refuse("caps.orders_per_day", "max orders/day reached (5 of 5)")),
        (6, 5, refuse("caps.orders_per_day", "max orders/day reached (6 of 5)")),
        (0, 1, allow("caps.orders_per_day", "0 of 1 orders used")),
        (1, 1, refuse("caps.orders_per_day", "max orders/day reached (1 of 1)")),
        (0, 0, refuse("caps.orders_per_day", "max orders/day reached (0 of 0)")),
    ],
)
def test_orders_per_day(used: int, limit: int, expected: Verdict) -> None:
    assert exposure.orders_per_day(orders_used(used, limit)) == expected


def positions_used(symbols: str, limit: int) -> OrderFacts:
    facts = order_facts_with_caps(positions=limit)
    return order_facts(caps=facts.limits.caps, usage=order_facts_with_usage(symbols=frozenset(symbols.split())).usage)


@pytest.mark.parametrize(
    ("symbols", "limit", "expected"),
    [
        ("MSFT", 3, allow("caps.positions", "1 of 3 positions used")),
        ("MSFT NVDA", 3, allow("caps.positions", "2 of 3 positions used")),
        ("MSFT NVDA TSLA", 3, refuse("caps.positions", "max positions reached (3 of 3)")),
        ("MSFT NVDA TSLA AMD", 3, refuse("caps.positions", "max positions reached (4 of 3)")),
        ("MSFT NVDA AAPL", 3, allow("caps.positions", "2 of 3 positions used")),
        ("MSFT NVDA TSLA AAPL", 3, refuse("caps.positions", "max positions reached (3 of 3)")),
        ("", 0, refuse("caps.positions", "max positions reached (0 of 0)")),
        ("AAPL", 0, refuse("caps.positions", "max positions reached (0 of 0)")),
    ],
)
def test_positions_count_the_other_symbols(symbols: str, limit: int, expected: Verdict) -> None:
    assert exposure.positions(positions_used(symbols, limit)) == expected


GROSS = [
    ("0", "405.41", 4, allow("caps.gross_notional", "405.40 of 405.41")),
    ("0", "405.40", 4, allow("caps.gross_notional", "405.40 of 405.4")),
    (
        "0",
        "405.39",
        4,
        refuse("caps.gross_notional", "max gross notional reached (4 shares cost 405.40, used 0.00 of 405.39)"),
    ),
    ("4594.60", "5000.0", 4, allow("caps.gross_notional", "5000.00 of 5000.0")),
    (
        "4594.61",
        "5000.0",
        4,
        refuse("caps.gross_notional", "max gross notional reached (4 shares cost 405.40, used 4594.61 of 5000.0)"),
    ),
    ("0", "101.35", 0, allow("caps.gross_notional", "101.35 of 101.35")),
    (
        "0",
        "101.34",
        0,
        refuse("caps.gross_notional", "max gross notional reached (one share costs 101.35, used 0.00 of 101.34)"),
    ),
    (
        "0",
        "0",
        0,
        refuse("caps.gross_notional", "max gross notional reached (one share costs 101.35, used 0.00 of 0.0)"),
    ),
    (
        "4898.66",
        "5000.0",
        1,
        refuse("caps.gross_notional", "max gross notional reached (one share costs 101.35, used 4898.66 of 5000.0)"),
    ),
    ("4898.65", "5000.0", 1, allow("caps.gross_notional", "5000.00 of 5000.0")),
]


@pytest.mark.parametrize(("used", "limit", "qty", "expected"), GROSS)
def test_gross_notional(used: str, limit: str, qty: int, expected: Verdict) -> None:
    caps = order_facts_with_caps(gross_notional=Decimal(limit)).limits.caps
    usage = order_facts_with_usage(gross=Decimal(used), of_symbol=Decimal(10**6)).usage
    assert exposure.gross_notional(order_facts(qty=qty, caps=caps, usage=usage)) == expected


@pytest.mark.parametrize(("used", "limit", "qty", "expected"), GROSS)
def test_notional_per_symbol_is_the_same_comparison_on_its_own_numbers(
    used: str, limit: str, qty: int, expected: Verdict
) -> None:
    caps = order_facts_with_caps(per_symbol=Decimal(limit)).limits.caps
    usage = order_facts_with_usage(of_symbol=Decimal(used), gross=Decimal(10**6)).usage
    words = expected.reason.replace("gross notional", "notional per symbol")
    assert exposure.per_symbol(order_facts(qty=qty, caps=caps, usage=usage)) == Verdict(
        expected.status, "caps.per_symbol", words
    )


@pytest.mark.parametrize(
    ("qty", "expected"),
    [
        (2, allow("size", "2 shares (risk 50.00 per trade)")),
        (1, allow("size", "1 shares (risk 50.00 per trade)")),
        (0, refuse("size", "no whole share fits (risk 50.00 per trade)")),
        (-1, refuse("size", "no whole share fits (risk 50.00 per trade)")),
    ],
)
def test_an_order_is_at_least_one_whole_share(qty: int, expected: Verdict) -> None:
    assert exposure.size(order_facts(qty=qty)) == expected


@pytest.mark.parametrize(
    ("qty", "max_risk", "expected"),
    [
        (4, "13.81", allow("size.risk", "risk 13.80 of 13.81 per trade")),
        (4, "13.80", allow("size.risk", "risk 13.80 of 13.80 per trade")),
        (4, "13.79", refuse("size.risk", "risk 13.80 above 13.79 per trade")),
        (1, "3.45", allow("size.risk", "risk 3.45 of 3.45 per trade")),
        (0, "3.45", allow("size.risk", "risk 3.45 of 3.45 per trade")),
        (0, "3.44", refuse("size.risk", "risk 3.45 above 3.44 per trade")),
    ],
)
def test_the_risk_of_one_trade(qty: int, max_risk: str, expected: Verdict) -> None:
    assert exposure.risk(order_facts(qty=qty, max_risk=Decimal(max_risk))) == expected


@pytest.mark.parametrize(
    ("qty", "power", "expected"),
    [
        (4, "405.41", allow("buying_power", "405.40 of 405.41 buying power")),
        (4, "405.40", allow("buying_power", "405.40 of 405.40 buying power")),
        (4, "405.39", refuse("buying_power", "buying power too small (405.40 of 405.39)")),
        (0, "101.34", refuse("buying_power", "buying power too small (101.35 of 101.34)")),
        (4, "-1", refuse("buying_power", "buying power too small (405.40 of -1.00)")),
    ],
)
def test_the_account_pays_for_it(qty: int, power: str, expected: Verdict) -> None:
    assert exposure.buying_power(order_facts(qty=qty, buying_power=Decimal(power))) == expected


@pytest.mark.parametrize(
    ("qty", "counted", "notional"), [(4, 4, "405.40"), (1, 1, "101.35"), (0, 1, "101.35"), (-3, 1, "101.35")]
)
def test_an_order_too_small_to_exist_counts_as_one_share(qty: int, counted: int, notional: str) -> None:
    facts = order_facts(qty=qty)
    assert (facts.counted_qty, facts.notional) == (counted, Decimal(notional))


COIN = Instrument((Tick(Decimal(0), Decimal("0.01")),), Decimal("0.01"), Decimal("0.05"), Decimal(10), "USDT", False)
"""Of which parts are ordered, from a least size and a least worth on."""


@pytest.mark.parametrize(
    ("qty", "instrument", "expected"),
    [
        ("0.10", COIN, allow("size", "0.10 shares (risk 50.00 per trade)")),
        ("0.09", COIN, refuse("size.notional", "9.1215 is below the least notional 10.00 USDT (risk 50.00 per trade)")),
        ("0.04", COIN, refuse("size", "least quantity 0.05 (risk 50.00 per trade)")),
        ("0.105", COIN, refuse("size.step", "0.105 is not in steps of 0.01 (risk 50.00 per trade)")),
        ("1.5", US_STOCK, refuse("size.step", "1.5 is not in steps of 1 (risk 50.00 per trade)")),
        (
            "4",
            replace(US_STOCK, least_qty=Decimal("NaN")),
            refuse("size.instrument", "the instrument's step or least size is no number (risk 50.00 per trade)"),
        ),
    ],
)
def test_an_order_has_a_size_that_its_instrument_takes(qty: str, instrument: Instrument, expected: Verdict) -> None:
    assert exposure.size(order_facts(qty=Decimal(qty), instrument=instrument)) == expected
