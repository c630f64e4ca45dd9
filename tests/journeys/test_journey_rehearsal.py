"""Promise 5: DRY_RUN is a rehearsal of the same code, and the broker hears nothing but reads.

Two desks with the same seed and the same facts, one LIVE and one in DRY_RUN, approve the same orders
and refuse the same ones for the same reasons, cycle after cycle.
"""

from __future__ import annotations

import json
from typing import Any

from support.desk import AAPL, KO, MSFT, Desk, NewDesk

ORDER_FIELDS = ("client_order_id", "symbol", "side", "qty", "limit_price", "notional", "stop_price", "target_price")


def decisions_of(desk: Desk) -> list[dict[str, Any]]:
    path = desk.state / "decisions" / f"{desk.session}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def order_lines(done_said: str) -> list[str]:
    return [line.split("] ", 1)[1] for line in done_said.splitlines() if "Gate order " in line or "] Plan " in line]


def test_live_and_dry_run_decide_the_same_on_the_same_facts(quiet_morning: Desk, another: NewDesk) -> None:
    facts = another("facts", armed=False)
    rows = [
        AAPL,
        MSFT,
        KO,
        "F,10.00,9.70,10.60",  # held by somebody else
        "COST,900.00,880.00,950.00",  # too far above its entry
        "IBM,150.00,145.00,160.00",  # waits
        "XOM,100.00,97.00,106.00",  # not on the allowlist
        "GM,2000.00,1900.00,2200.00",  # not one share fits
        "GE,80.00,78.00,85.00",  # one order too many
    ]
    facts.watchlist_path().unlink()
    facts.import_watchlist(*rows)
    prices = ("F 10.01", "COST 950.00", "IBM 140.00", "XOM 100.10", "GM 2000.10", "GE 80.10")
    for symbol, price in (pair.split() for pair in prices):
        facts.sim("price", symbol, price)
    facts.sim("foreign", "F", "5")
    facts.env |= {"MAX_LIVE_ORDERS_PER_DAY": "3", "ALLOWLIST_SYMBOLS": "AAPL,MSFT,KO,F,COST,IBM,GM,GE"}
    live, dry = another("live", like=facts), another("dry", like=facts)
    dry.env["DRY_RUN"] = "1"

    first_live, first_dry = live.cycle(), dry.cycle()
    assert (first_live.mode, first_dry.mode) == ("LIVE", "DRY_RUN")
    assert order_lines(first_live.said) == order_lines(first_dry.said)
    assert first_live.submitted == first_dry.submitted == ["AAPL", "MSFT", "KO"]
    for _ in range(2):
        live.cycle()
        dry.cycle()
    for in_live, in_dry in zip(decisions_of(live), decisions_of(dry), strict=True):
        assert in_live["approved"] == in_dry["approved"]
        assert in_live["refused"] == in_dry["refused"]
        assert in_live["entry_gates"] == in_dry["entry_gates"]

    orders_live, orders_dry = live.ledger("LIVE")["entries"], dry.ledger("DRY_RUN")["entries"]
    assert [{name: entry[name] for name in ORDER_FIELDS} for entry in orders_live] == [
        {name: entry[name] for name in ORDER_FIELDS} for entry in orders_dry
    ]
    assert [set(entry) for entry in orders_live] == [set(entry) for entry in orders_dry]
    assert {entry["order_id"] for entry in orders_dry} == {"dry-run"}
    assert [order["symbol"] for order in dry.taken()] == ["F"]
    assert live.entries("DRY_RUN") == {} and dry.entries("LIVE") == {}


def test_a_dry_run_holds_its_own_caps_over_many_cycles(desk: Desk) -> None:
    done = desk.cycles(6, MAX_LIVE_ORDERS_PER_DAY="1")
    assert done.submitted == ["AAPL"]
    assert done.said.count("max orders/day reached (1 of 1)") >= 6
    assert desk.taken() == []
    assert desk.cycles(3, MAX_LIVE_ORDERS_PER_DAY="9", MAX_LIVE_POSITIONS="1").submitted == []
    assert desk.cycle(MAX_LIVE_GROSS_NOTIONAL="1000").submitted == ["KO"] or desk.entries("DRY_RUN")


def test_turning_live_after_a_dry_run_begins_with_the_live_ledger(desk: Desk) -> None:
    """What was rehearsed this morning is no order, and takes no place in the caps of LIVE."""
    assert desk.cycle(MAX_LIVE_ORDERS_PER_DAY="1").submitted == ["AAPL"]
    desk.arm()
    assert desk.cycle(MAX_LIVE_ORDERS_PER_DAY="1").submitted == ["AAPL"]
    assert desk.taken_symbols() == ["AAPL"]


def test_the_flag_only_ever_makes_safer(live_desk: Desk) -> None:
    for spelling in (None, "0", "false", ""):
        done = live_desk.ok("run", "--dry-run", DRY_RUN=spelling)
        assert (done.mode, done.reason) == ("DRY_RUN", "DRY_RUN enabled")
    assert live_desk.taken() == []
    assert live_desk.cycle().mode == "LIVE"
