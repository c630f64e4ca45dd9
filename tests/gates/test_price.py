"""The price of one order: trigger, quote, chase, collar and levels, each at its limit and beyond."""

from __future__ import annotations

from decimal import Decimal

import pytest
from support.facts import order_facts

from gates import price
from gates.verdict import Verdict, allow, no_data, refuse

SIDES = "bid 101.20 ask 101.25"


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (
            price.trigger(order_facts()),
            allow("trigger", "two bars closed at or above 101.00"),
        ),
        (
            price.trigger(order_facts(trigger_met=False, trigger_note="last bar closed 100.90, entry 101.00")),
            refuse("trigger", "last bar closed 100.90, entry 101.00"),
        ),
    ],
)
def test_the_trigger_is_told_as_planning_found_it(verdict: Verdict, expected: Verdict) -> None:
    assert verdict == expected


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
        ({"bid": Decimal("0.01")}, allow("quote", "bid 0.01 ask 101.25, 2s old of 60s")),
        ({"bid": Decimal("NaN")}, refuse("quote", "no usable quote (bid NaN, ask 101.25)")),
        ({"ask": Decimal("Infinity")}, refuse("quote", "no usable quote (bid 101.20, ask Infinity)")),
        ({"bid": Decimal("101.25")}, allow("quote", "bid 101.25 ask 101.25, 2s old of 60s")),
        ({"bid": Decimal("101.26")}, refuse("quote", "no usable quote (bid 101.26, ask 101.25)")),
        ({"ask": Decimal(0)}, refuse("quote", "no usable quote (bid 101.20, ask 0)")),
    ],
)
def test_a_usable_quote_is_two_sided_and_young(changes: dict[str, object], expected: Verdict) -> None:
    assert price.quote(order_facts(**changes)) == expected


@pytest.mark.parametrize(
    ("most", "changes", "expected"),
    [
        (None, {"bid": Decimal("0.01")}, allow("spread", "no limit is set (MAX_SPREAD_PCT)")),
        (None, {"bid": None}, allow("spread", "no limit is set (MAX_SPREAD_PCT)")),
        ("0.05", {}, allow("spread", "bid 101.20 ask 101.25: 0.05% of 0.05%")),
        ("0.049", {}, refuse("spread", "spread too wide (bid 101.20 ask 101.25: 0.05%, limit 0.049%)")),
        ("1", {"bid": None}, no_data("spread", "not known: no two sides (bid None, ask 101.25)")),
    ],
)
def test_an_entry_waits_for_a_spread_within_the_limit_that_is_set(
    most: str | None, changes: dict[str, object], expected: Verdict
) -> None:
    limit = Decimal(most) if most is not None else None
    assert price.spread(order_facts(max_spread_pct=limit, **changes)) == expected


def test_a_quote_from_beyond_the_limit_ahead_is_refused() -> None:
    assert price.quote(order_facts(quote_age_seconds=Decimal(-61))).code == "quote.age"
    assert not price.quote(order_facts(quote_age_seconds=Decimal(-61))).passed


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
    assert price.chase(order_facts(**changes)) == expected


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
    facts = order_facts(limit=Decimal(limit), ask=None if ask is None else Decimal(ask), price_collar_pct=Decimal(pct))
    assert price.collar(facts) == expected


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
    assert price.levels(facts) == expected


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
    assert price.levels(order_facts(bid=None if bid is None else Decimal(bid))) == expected
