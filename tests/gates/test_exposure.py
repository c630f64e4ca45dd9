"""Each order gate at its limit and one step to either side, with the words it uses."""

from __future__ import annotations

from decimal import Decimal

import pytest
from factories import order_facts, order_facts_with_caps, order_facts_with_usage

from gates import exposure
from gates.facts import OrderFacts
from gates.verdict import Verdict, allow, no_data, refuse


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
        (exposure.not_foreign(order_facts()), allow("foreign", "no foreign position or order")),
        (
            exposure.not_foreign(order_facts(foreign="position of 10")),
            refuse("foreign", "not ours to touch (position of 10)"),
        ),
        (exposure.not_foreign(order_facts(foreign="")), refuse("foreign", "not ours to touch ()")),
        (exposure.reconciled(order_facts()), allow("reconciliation", "ledger and broker agree")),
        (
            exposure.reconciled(order_facts(lock="ledger 4, broker 3")),
            refuse("reconciliation", "symbol locked (ledger 4, broker 3)"),
        ),
        (exposure.reconciled(order_facts(lock="")), refuse("reconciliation", "symbol locked ()")),
        (
            exposure.trigger(order_facts()),
            allow("trigger", "two bars closed at or above 101.00"),
        ),
        (
            exposure.trigger(order_facts(trigger_met=False, trigger_note="last bar closed 100.90, entry 101.00")),
            refuse("trigger", "last bar closed 100.90, entry 101.00"),
        ),
    ],
)
def test_the_gates_without_a_number(verdict: Verdict, expected: Verdict) -> None:
    assert verdict == expected


def orders_used(used: int, limit: int) -> OrderFacts:
    facts = order_facts_with_caps(orders_per_day=limit)
    return order_facts(caps=facts.caps, usage=order_facts_with_usage(orders=used).usage)


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
    return order_facts(caps=facts.caps, usage=order_facts_with_usage(symbols=frozenset(symbols.split())).usage)


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
    caps = order_facts_with_caps(gross_notional=Decimal(limit)).caps
    usage = order_facts_with_usage(gross=Decimal(used), of_symbol=Decimal(10**6)).usage
    assert exposure.gross_notional(order_facts(qty=qty, caps=caps, usage=usage)) == expected


@pytest.mark.parametrize(("used", "limit", "qty", "expected"), GROSS)
def test_notional_per_symbol_is_the_same_comparison_on_its_own_numbers(
    used: str, limit: str, qty: int, expected: Verdict
) -> None:
    caps = order_facts_with_caps(per_symbol=Decimal(limit)).caps
    usage = order_facts_with_usage(of_symbol=Decimal(used), gross=Decimal(10**6)).usage
    words = expected.reason.replace("gross notional", "notional per symbol")
    assert exposure.per_symbol(order_facts(qty=qty, caps=caps, usage=usage)) == Verdict(
        expected.status, "caps.per_symbol", words
    )


SIDES, WIDE = "bid 101.20 ask 101.25, spread 0.05% of 1.0%", "bid 0.01 ask 101.25"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, allow("quote", f"{SIDES}, 2s old of 60s")),
        ({"quote_age_seconds": Decimal(59)}, allow("quote", f"{SIDES}, 59s old of 60s")),
        ({"quote_age_seconds": Decimal(60)}, allow("quote", f"{SIDES}, 60s old of 60s")),
        ({"quote_age_seconds": Decimal(61)}, refuse("quote.age", "quote too old (61s, limit 60s)")),
        ({"quote_age_seconds": Decimal(-60)}, allow("quote", f"{SIDES}, -60s old of 60s")),
        ({"quote_age_seconds": Decimal("Infinity")}, refuse("quote.age", "quote too old (Infinitys, limit 60s)")),
        ({"quote_age_seconds": None}, refuse("quote", "no usable quote (no time)")),
        ({"quote_problem": "the broker sent none"}, refuse("quote", "no usable quote (the broker sent none)")),
        ({"quote_problem": ""}, refuse("quote", "no usable quote ()")),
        ({"bid": None}, refuse("quote", "no usable quote (bid None, ask 101.25)")),
        ({"ask": None}, refuse("quote", "no usable quote (bid 101.20, ask None)")),
        ({"bid": Decimal(0)}, refuse("quote", "no usable quote (bid 0, ask 101.25)")),
        ({"bid": Decimal("-0.01")}, refuse("quote", "no usable quote (bid -0.01, ask 101.25)")),
        ({"bid": Decimal("0.01")}, refuse("quote.spread", f"spread too wide ({WIDE}: 199.96%, limit 1.0%)")),
        ({"bid": Decimal("NaN")}, refuse("quote", "no usable quote (bid NaN, ask 101.25)")),
        ({"ask": Decimal("Infinity")}, refuse("quote", "no usable quote (bid 101.20, ask Infinity)")),
        ({"bid": Decimal("101.25")}, allow("quote", "bid 101.25 ask 101.25, spread 0.00% of 1.0%, 2s old of 60s")),
        ({"bid": Decimal("101.26")}, refuse("quote", "no usable quote (bid 101.26, ask 101.25)")),
        ({"ask": Decimal(0)}, refuse("quote", "no usable quote (bid 101.20, ask 0)")),
    ],
)
def test_a_usable_quote_is_two_sided_and_young(changes: dict[str, object], expected: Verdict) -> None:
    assert exposure.quote(order_facts(**changes)) == expected


def test_a_quote_from_beyond_the_limit_ahead_is_refused() -> None:
    assert exposure.quote(order_facts(quote_age_seconds=Decimal(-61))).code == "quote.age"
    assert not exposure.quote(order_facts(quote_age_seconds=Decimal(-61))).passed


BOUND = "entry 101.00 + 0.5% = 101.505"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, allow("price.chase", f"limit 101.35 within {BOUND}")),
        ({"limit": Decimal("101.50")}, allow("price.chase", f"limit 101.50 within {BOUND}")),
        ({"limit": Decimal("101.505")}, allow("price.chase", f"limit 101.505 within {BOUND}")),
        ({"limit": Decimal("101.51")}, refuse("price.chase", f"limit 101.51 above {BOUND}")),
        ({"ask": Decimal("101.34")}, allow("price.chase", f"limit 101.35 within {BOUND}")),
        ({"ask": Decimal("101.35")}, allow("price.chase", f"limit 101.35 within {BOUND}")),
        ({"ask": Decimal("101.36")}, refuse("price.chase", f"ask 101.36 above limit 101.35 ({BOUND})")),
        ({"ask": None}, no_data("price.chase", f"not known: no ask; limit 101.35 within {BOUND}")),
        (
            {"max_chase_pct": Decimal("Infinity")},
            refuse("price.chase", "entry 101.00 + Infinity% is not a price"),
        ),
        (
            {"row_entry": Decimal("Infinity")},
            refuse("price.chase", "entry Infinity + 0.5% is not a price"),
        ),
        (
            {"max_chase_pct": Decimal(0)},
            refuse("price.chase", "limit 101.35 above entry 101.00 + 0% = 101.00"),
        ),
        (
            {"max_chase_pct": Decimal(0), "limit": Decimal("101.00"), "ask": Decimal("100.99")},
            allow("price.chase", "limit 101.00 within entry 101.00 + 0% = 101.00"),
        ),
    ],
)
def test_the_limit_never_chases_beyond_its_percent(changes: dict[str, object], expected: Verdict) -> None:
    assert exposure.chase(order_facts(**changes)) == expected


@pytest.mark.parametrize(
    ("limit", "ask", "pct", "expected"),
    [
        ("101.99", "100", "2.0", allow("price.collar", "limit 101.99 within ask 100.00 ± 2.0%")),
        ("102.00", "100", "2.0", allow("price.collar", "limit 102.00 within ask 100.00 ± 2.0%")),
        ("102.01", "100", "2.0", refuse("price.collar", "limit 102.01 outside ask 100.00 ± 2.0%")),
        ("98.01", "100", "2.0", allow("price.collar", "limit 98.01 within ask 100.00 ± 2.0%")),
        ("98.00", "100", "2.0", allow("price.collar", "limit 98.00 within ask 100.00 ± 2.0%")),
        ("97.99", "100", "2.0", refuse("price.collar", "limit 97.99 outside ask 100.00 ± 2.0%")),
        ("100", "100", "0", allow("price.collar", "limit 100.00 within ask 100.00 ± 0%")),
        ("100.01", "100", "0", refuse("price.collar", "limit 100.01 outside ask 100.00 ± 0%")),
        ("100", "100", "Infinity", refuse("price.collar", "limit 100.00 outside ask 100.00 ± Infinity%")),
        ("101.35", None, "2.0", no_data("price.collar", "not known: no ask to compare the limit with")),
    ],
)
def test_the_limit_stays_near_the_ask(limit: str, ask: str | None, pct: str, expected: Verdict) -> None:
    facts = order_facts(limit=Decimal(limit), ask=None if ask is None else Decimal(ask), collar_pct=Decimal(pct))
    assert exposure.collar(facts) == expected


def in_order(stop: str, limit: str, target: str) -> Verdict:
    return allow("price.levels", f"stop {stop}, limit {limit}, target {target}")


def out_of_order(stop: str, limit: str, target: str) -> Verdict:
    return refuse("price.levels", f"levels out of order (stop {stop}, limit {limit}, target {target})")


@pytest.mark.parametrize(
    ("stop", "limit", "target", "expected"),
    [
        ("97.90", "101.35", "108.10", in_order("97.90", "101.35", "108.10")),
        ("0.01", "101.35", "101.36", in_order("0.01", "101.35", "101.36")),
        ("101.35", "101.35", "108.10", out_of_order("101.35", "101.35", "108.10")),
        ("101.36", "101.35", "108.10", out_of_order("101.36", "101.35", "108.10")),
        ("97.90", "101.35", "101.35", out_of_order("97.90", "101.35", "101.35")),
        ("97.90", "101.35", "101.34", out_of_order("97.90", "101.35", "101.34")),
        ("0", "101.35", "108.10", out_of_order("0.00", "101.35", "108.10")),
        ("-0.01", "101.35", "108.10", out_of_order("-0.01", "101.35", "108.10")),
        ("97.90", "97.00", "108.10", out_of_order("97.90", "97.00", "108.10")),
    ],
)
def test_stop_limit_and_target_make_a_bracket(stop: str, limit: str, target: str, expected: Verdict) -> None:
    facts = order_facts(stop=Decimal(stop), limit=Decimal(limit), target=Decimal(target))
    assert exposure.levels(facts) == expected


@pytest.mark.parametrize(
    ("bid", "expected"),
    [
        ("97.91", in_order("97.90", "101.35", "108.10")),
        ("97.90", refuse("price.levels", "bid 97.90 at or below stop 97.90")),
        ("97.89", refuse("price.levels", "bid 97.89 at or below stop 97.90")),
        (
            None,
            no_data(
                "price.levels", "not known: no bid to compare the stop with (stop 97.90, limit 101.35, target 108.10)"
            ),
        ),
    ],
)
def test_the_stop_lies_below_the_market(bid: str | None, expected: Verdict) -> None:
    assert exposure.levels(order_facts(bid=None if bid is None else Decimal(bid))) == expected


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
