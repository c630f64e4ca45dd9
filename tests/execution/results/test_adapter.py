"""What a ledger of each schema tells a trade: nothing of schema 1 is guessed."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace
from support.trading import NOW, S, entry

from execution.ledger.day import EntryOrigin, Event, Exit
from execution.records import Fee
from execution.results.adapter import entry_fees, exit_fees, plan_of

D = Decimal
BOUGHT = entry("AAPL", S.FILLED, filled=4)
SOLD = Exit("AAPL", "stop", D(4), D("97.88"), NOW, BOUGHT.client_order_id, D("-13.68"))


def test_schema_1_tells_neither_origin_nor_fees() -> None:
    plan = plan_of(BOUGHT)
    assert (plan.limit, plan.quote, plan.setup, plan.anchor, plan.mean_volume) == (D("101.35"), None, None, None, None)
    assert (entry_fees(BOUGHT), exit_fees(SOLD)) == (None, None)
    assert entry_fees(entry("AAPL", S.CANCELLED)) == {}, "what bought nothing cost nothing"


def test_schema_2_tells_what_made_the_entry_and_what_it_cost() -> None:
    origin = EntryOrigin(D("100.85"), D("101.00"), D("101.05"), "pullback", "gap", None, D(2_000_000))
    plan = plan_of(replace(BOUGHT, origin=origin))
    assert (plan.quote, plan.setup, plan.anchor, plan.mean_volume) == (D("101.05"), "pullback", "gap", 2_000_000)
    fees = (Fee(D("0.10"), "USD"), Fee(D("0.05"), "USD"), Fee(D("0.001"), "BNB"))
    history = (*BOUGHT.history, *(Event(NOW, S.FILLED, fee=one) for one in fees))
    assert entry_fees(replace(BOUGHT, history=history)) == {"USD": D("0.15"), "BNB": D("0.001")}
    assert exit_fees(replace(SOLD, fee=fees[2])) == {"BNB": D("0.001")}
