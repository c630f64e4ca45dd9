"""The catalog is complete, in the documented order, and each gate in it can say No all by itself."""

from __future__ import annotations

import inspect
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
    order_facts_with_caps,
    token_file,
)

from gates import breakers, exposure, inputs, integrity, price, switches
from gates.base.record import replace
from gates.catalog import CAP_GATES, ENTRY_GATES, MODE_GATES, ORDER_GATES, STANDING_GATES
from gates.facts import Presence, WatchlistFacts
from gates.verdict import Gate, Status, Verdict, ask_all, refusals, strictest

FAMILIES = {"mode": MODE_GATES, "entry": ENTRY_GATES, "order": ORDER_GATES}
GOOD_FACTS = {"mode": GOOD_MODE, "entry": GOOD_ENTRY, "order": GOOD_ORDER}

ALONE = {
    "mode": {
        "kill_env": mode_facts(kill_env=True),
        "kill_file": mode_facts(kill_file=Presence.UNCHECKABLE),
        "dry_run": mode_facts(dry_run=True),
        "live_trading": mode_facts(live_trading=False),
        "confirm_token": mode_facts(token_file=token_file(permissions=0o644)),
        "arm": armed_mode_facts(host="another/0000000000000000"),
        "ledger": mode_facts(ledger_problem="missing"),
        "same_account": mode_facts(account_mismatch="bound to PA3AAA"),
        "positions": mode_facts(positions_problem="timeout"),
        "account": mode_facts(account_problem="timeout"),
    },
    "entry": {
        "settings": entry_facts(settings_mistakes=1),
        "state": entry_facts(state_problem="No space left on device"),
        "paused": entry_facts(paused=Presence.PRESENT),
        "latched": entry_facts(latches=("flatten (set …)",)),
        "market": entry_facts_with_market(open_by_table=False, broker_open=False),
        "broker_clock": entry_facts_with_market(skew_seconds=Decimal(6)),
        "near_close": entry_facts(seconds_to_close=900),
        "watchlist": entry_facts(watchlist=WatchlistFacts("watchlist missing", "", 0)),
        "ledger": entry_facts(ledger_problem="missing"),
        "same_account": entry_facts(account_mismatch="bound to PA3AAA"),
        "account": entry_facts(account_problem="timeout"),
        "account_active": entry_facts(account_blocked="trading_blocked"),
        "positions": entry_facts(positions_problem="timeout"),
        "orders": entry_facts(orders_problem="timeout"),
        "unresolved": entry_facts(unresolved=("avx-20261120-AAPL-entry-1",)),
    },
    "order": {
        "allowlist": order_facts(allowlist=frozenset({"MSFT"})),
        "latched": order_facts(latched="flatten:AAPL (set …)"),
        "once": order_facts(earlier_entry="avx-20261120-AAPL-entry-1 filled"),
        "foreign": order_facts(foreign="position of 10"),
        "reconciliation": order_facts(lock="ledger 4, broker 3"),
        "quote": order_facts(quote_age_seconds=Decimal(61)),
        "spread": order_facts(max_spread_pct=Decimal("0.049")),
        "trigger": order_facts(trigger_met=False, trigger_note="last bar closed 100.90, entry 101.00"),
        "levels": order_facts(bid=Decimal("97.90")),
        "chase": order_facts(max_chase_pct=Decimal("0.3")),
        "collar": order_facts(price_collar_pct=Decimal("0.05")),
        "orders_per_day": order_facts_with_caps(orders_per_day=0),
        "positions": order_facts_with_caps(positions=0),
        "gross_notional": order_facts_with_caps(gross_notional=Decimal("405.39")),
        "per_symbol": order_facts_with_caps(per_symbol=Decimal("405.39")),
        "buying_power": order_facts(buying_power=Decimal("405.39")),
        "risk": order_facts(max_risk=Decimal("13.79")),
        "size": order_facts(qty=0),
    },
}

UNASKED_THEN = {
    ("entry", "market"): ["near_close"],
    ("entry", "ledger"): ["unresolved"],
    ("entry", "orders"): ["unresolved"],
}
"""What cannot be asked when another gate alone says No."""


@pytest.mark.parametrize(
    ("family", "names"),
    [
        ("mode", "kill_env kill_file dry_run live_trading confirm_token arm ledger same_account positions account"),
        (
            "entry",
            "settings state paused latched market broker_clock near_close watchlist ledger same_account account "
            "account_active positions orders unresolved",
        ),
        (
            "order",
            "allowlist latched once foreign reconciliation quote spread trigger levels chase collar orders_per_day "
            "positions gross_notional per_symbol buying_power risk size",
        ),
    ],
)
def test_the_printing_order(family: str, names: str) -> None:
    assert [gate.name for gate in FAMILIES[family]] == names.split()


@pytest.mark.parametrize("family", FAMILIES)
def test_good_facts_pass_every_gate(family: str) -> None:
    answers = ask_all(FAMILIES[family], GOOD_FACTS[family])
    assert refusals(answers) == ()
    assert len(answers) == len(FAMILIES[family])
    assert strictest(answers, "all pass").reason == "all pass"


@pytest.mark.parametrize(("family", "name"), [(family, name) for family in ALONE for name in ALONE[family]])
def test_each_gate_can_say_no_all_by_itself(family: str, name: str) -> None:
    answers = ask_all(FAMILIES[family], ALONE[family][name])
    assert [answer.gate for answer in refusals(answers) if answer.verdict.status is Status.FAIL] == [name]
    assert [answer.gate for answer in refusals(answers)[1:]] == UNASKED_THEN.get((family, name), [])


@pytest.mark.parametrize("family", FAMILIES)
def test_no_gate_is_left_out_of_the_table_above(family: str) -> None:
    assert list(ALONE[family]) == [gate.name for gate in FAMILIES[family]]


def test_every_rule_from_facts_to_a_verdict_is_asked_somewhere() -> None:
    written = {
        rule
        for module in (switches, inputs, integrity, breakers, exposure, price)
        for name, rule in inspect.getmembers(module, inspect.isfunction)
        if rule.__module__ == module.__name__
        and not name.startswith("_")
        and list(inspect.signature(rule).parameters) == ["facts"]
    }
    asked = {gate.answer for gates in FAMILIES.values() for gate in gates}
    assert asked == written


SHARED_BY_TWO = {"live_ledger": "ledger", "mode_ledger": "ledger", "symbol_latched": "latched"}
"""Two families print this name for a question of their own; the function says before it whose it is."""
SAID_AS = {
    "kill_env": "kill",
    "kill_file": "kill",
    "confirm_token": "token",
    "same_account": "account",
    "account_active": "account",
    "broker_clock": "clock",
    "levels": "price",
    "chase": "price",
    "collar": "price",
    "orders_per_day": "caps",
    "gross_notional": "caps",
    "per_symbol": "caps",
    "risk": "size",
}
"""Codes that group several gates, or were printed before their gate had its name (docs/decisions/0112)."""


@pytest.mark.parametrize("family", FAMILIES)
def test_a_gate_is_called_by_the_name_of_its_function(family: str) -> None:
    for gate in FAMILIES[family]:
        name = getattr(gate.answer, "__name__", "")
        assert gate.name == SHARED_BY_TWO.get(name, name)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_code_begins_with_the_name_of_its_gate(family: str) -> None:
    for gate in FAMILIES[family]:
        said = "caps" if (family, gate.name) == ("order", "positions") else SAID_AS.get(gate.name, gate.name)
        for facts in (GOOD_FACTS[family], ALONE[family][gate.name]):
            assert gate.answer(facts).code.split(".")[0] == said, gate.name


@pytest.mark.parametrize("family", FAMILIES)
def test_every_gate_asks_one_question_in_plain_words(family: str) -> None:
    questions = [gate.question for gate in FAMILIES[family]]
    assert all(question[0].isupper() and question.count("?") == 1 and question.endswith("?") for question in questions)
    assert len(set(questions)) == len(questions)


def test_a_gate_says_yes_and_no_in_different_words() -> None:
    for family, gates in FAMILIES.items():
        for gate in gates:
            yes, no = gate.answer(GOOD_FACTS[family]), gate.answer(ALONE[family][gate.name])
            assert yes.passed and not no.passed, gate.name
            assert yes.reason != no.reason, gate.name


def test_the_caps_are_asked_together_and_once_more_before_each_submit() -> None:
    assert [gate.name for gate in CAP_GATES] == ["orders_per_day", "positions", "gross_notional", "per_symbol"]
    place = ORDER_GATES.index(CAP_GATES[0])
    assert ORDER_GATES[place : place + len(CAP_GATES)] == CAP_GATES


def test_standing_gates_come_first_and_need_no_price() -> None:
    assert ORDER_GATES[: len(STANDING_GATES)] == STANDING_GATES
    no_price_yet = order_facts(
        bid=None, ask=None, quote_age_seconds=None, quote_problem="not asked", trigger_met=False, qty=0
    )
    assert ask_all(STANDING_GATES, no_price_yet) == ask_all(STANDING_GATES, GOOD_ORDER)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_gate_that_breaks_closes_its_family(family: str) -> None:
    """Whichever gate breaks, at whatever place, the others still answer and the whole is a No."""

    def breaks(_: object) -> Verdict:
        raise RuntimeError("broken")

    for place, broken in enumerate(FAMILIES[family]):
        gates: list[Gate[Any]] = [*FAMILIES[family]]
        gates[place] = replace(broken, answer=breaks)
        answers = ask_all(gates, GOOD_FACTS[family])
        assert [answer.gate for answer in refusals(answers)] == [broken.name]
        assert strictest(answers, "").code == f"{broken.name}.broken"


def test_a_closed_market_closes_entries_and_hides_no_other_answer() -> None:
    """`why` gives the whole chain on a Sunday, too."""
    closed = entry_facts(market=replace(GOOD_MARKET, session=None, open_by_table=False, broker_open=False))
    assert {answer.gate for answer in refusals(ask_all(ENTRY_GATES, closed))} <= {
        "market",
        "broker_clock",
        "near_close",
        "watchlist",
    }
