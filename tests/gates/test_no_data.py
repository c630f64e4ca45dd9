"""PASS is never said about what was not asked: the gates that need a fact say NO-DATA, or No, without it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.facts import (
    GOOD_ENTRY,
    GOOD_MARKET,
    GOOD_MODE,
    GOOD_ORDER,
    armed_mode_facts,
    entry_facts,
    entry_facts_with_market,
    mode_facts,
    order_facts,
)

from gates.base.record import replace
from gates.catalog import ENTRY_GATES, MODE_GATES, ORDER_GATES
from gates.verdict import Status, Verdict, ask_all, no_data

TIMEOUT = "timeout"
COUNTED = "orders_per_day positions gross_notional per_symbol"
UNASKED: dict[str, tuple[Any, Any, str]] = {
    "mode: the broker does not tell the account": (
        MODE_GATES,
        mode_facts(account_problem=TIMEOUT, account_told=False),
        "same_account",
    ),
    "mode: armed, and the broker does not tell the account": (MODE_GATES, armed_mode_facts(account=None), "arm"),
    "mode: no account is bound yet": (MODE_GATES, mode_facts(account_bound=False), "same_account"),
    "entry: the broker does not tell the account": (
        ENTRY_GATES,
        entry_facts(account_problem=TIMEOUT, account_told=False),
        "same_account account_active",
    ),
    "entry: no account is bound yet": (ENTRY_GATES, entry_facts(account_bound=False), "same_account"),
    "entry: the broker does not tell today's orders": (ENTRY_GATES, entry_facts(orders_problem=TIMEOUT), "unresolved"),
    "entry: the ledger is not readable": (ENTRY_GATES, entry_facts(ledger_problem="digest"), "unresolved"),
    "entry: the broker's clock gives no answer": (
        ENTRY_GATES,
        entry_facts_with_market(broker_problem=TIMEOUT),
        "broker_clock near_close",
    ),
    "entry: the market is closed": (
        ENTRY_GATES,
        entry_facts_with_market(open_by_table=False, broker_open=False),
        "near_close",
    ),
    "entry: the session table does not know today": (
        ENTRY_GATES,
        entry_facts(market=replace(GOOD_MARKET, session=None, open_by_table=False, broker_open=False)),
        "market near_close",
    ),
    "order: positions or orders were not told": (
        ORDER_GATES,
        order_facts(untold="positions unavailable (timeout)"),
        f"once foreign reconciliation {COUNTED}",
    ),
    "order: the latches are not readable": (ORDER_GATES, order_facts(latches_known=False), "latched"),
    "order: no ask": (ORDER_GATES, order_facts(ask=None), "chase collar"),
    "order: no bid": (ORDER_GATES, order_facts(bid=None), "levels"),
}


@pytest.mark.parametrize("case", UNASKED)
def test_a_gate_without_its_fact_says_no_data_and_no_other_does(case: str) -> None:
    gates, facts, expected = UNASKED[case]
    answers = ask_all(gates, facts)
    assert [one.gate for one in answers if one.verdict.status is Status.NO_DATA] == expected.split()
    assert not any(one.passed for one in answers if one.gate in expected.split())


@pytest.mark.parametrize(
    ("gates", "facts"), [(MODE_GATES, GOOD_MODE), (ENTRY_GATES, GOOD_ENTRY), (ORDER_GATES, GOOD_ORDER)]
)
def test_whole_facts_leave_no_question_unasked(gates: Any, facts: Any) -> None:
    assert {one.verdict.status for one in ask_all(gates, facts)} == {Status.PASS}


def test_what_is_known_is_said_before_what_is_not() -> None:
    """A mismatch, an order in doubt, a cap that is reached: certain whatever else is missing."""
    entry = {
        one.gate: one.verdict for one in ask_all(ENTRY_GATES, entry_facts(orders_problem=TIMEOUT, unresolved=("a",)))
    }
    assert entry["unresolved"].status is Status.FAIL
    full = order_facts(untold="orders unavailable (timeout)", earlier_entry="avx-20261120-AAPL-entry-1 filled")
    order = {one.gate: one.verdict for one in ask_all(ORDER_GATES, replace(full, max_risk=Decimal(0)))}
    assert (order["once"].status, order["risk"].status) == (Status.FAIL, Status.FAIL)
    close = entry_facts_with_market(broker_problem=TIMEOUT)
    near = {one.gate: one.verdict for one in ask_all(ENTRY_GATES, replace(close, seconds_to_close=100))}
    assert near["near_close"].status is Status.FAIL


def test_the_reason_keeps_the_number() -> None:
    order = {one.gate: one.verdict for one in ask_all(ORDER_GATES, order_facts(untold="orders unavailable (timeout)"))}
    assert order["orders_per_day"] == Verdict(
        Status.NO_DATA,
        "caps.orders_per_day",
        "not known: orders unavailable (timeout); else 0 of 5 orders used",
    )
    entry = {one.gate: one.verdict for one in ask_all(ENTRY_GATES, entry_facts_with_market(broker_problem=TIMEOUT))}
    assert entry["broker_clock"] == no_data("clock.unavailable", "broker clock unavailable (timeout)")
