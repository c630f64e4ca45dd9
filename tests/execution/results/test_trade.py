"""What follows from a trade: sums that end where something is not known, and fees by currency."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from support.facts import new_york

from execution.orders import OrderStatus
from execution.results.trade import EntryPlan, Sold, Trade, TradeState, total
from gates.base.record import replace
from gates.mode import Mode

D = Decimal
DAY = date(2026, 11, 20)
SOLD = Sold("stop", D(2), D("97.00"), D("97.90"), new_york("2026-11-20 11:00"), DAY, D(-8))
TRADE = Trade(
    ident="avx-20261120-AAPL-entry-1", mode=Mode.LIVE, account="PA3TEST", session=DAY, symbol="AAPL", side="buy",
    plan=EntryPlan(D("101.00"), D("98.00"), D("107.00"), quote=D("100.90")), qty=D(4), status=OrderStatus.FILLED,
    bought=D(4), paid=D("101.00"), opened_at=new_york("2026-11-20 10:00"),
    sales=(SOLD, SOLD), held=D(0), state=TradeState.ENDED,
)  # fmt: skip


def test_fees_of_entry_and_sales_by_currency() -> None:
    """As a venue for coins takes them: part in dollars, part in its own coin."""
    paid = replace(SOLD, fees={"USD": D("0.02"), "BNB": D("0.001")})
    trade = replace(TRADE, entry_fees={"USD": D("0.10")}, sales=(paid, paid))
    assert trade.fees == {"USD": D("0.14"), "BNB": D("0.002")}
    assert trade.realized == -16, "before fees"
    assert replace(trade, sales=(paid, SOLD)).fees is None
    assert replace(trade, entry_fees=None).fees is None


def test_quantities_in_parts_of_a_share() -> None:
    half = replace(TRADE, bought=D("0.5"), sales=(replace(SOLD, qty=D("0.5"), realized=D("-2")),))
    assert (half.risked, half.r) == (D("1.5"), D(-2) / D("1.5"))


def test_the_quote_and_nothing_of_a_stop_that_did_not_sell() -> None:
    by_target = replace(TRADE, sales=(replace(SOLD, kind="target"),))
    assert (by_target.slippage_of_quote, by_target.slippage_of_stop) == (D("0.10"), None)


def test_a_sum_with_a_hole_is_none() -> None:
    assert (total([]), total([D(1), D(2)]), total([D(1), None])) == (0, 3, None)


def test_only_an_open_trade_has_a_mark() -> None:
    assert TRADE.marked(D(100)) is None
    held = replace(TRADE, sales=(SOLD,), held=D(2), state=TradeState.OPEN)
    assert held.marked(D("102.00")) == -8 + 2
    assert replace(held, problem="lost").marked(D(102)) is None
    assert (held.r, held.in_r(D(12)), held.closed_on) == (None, 1, None)
