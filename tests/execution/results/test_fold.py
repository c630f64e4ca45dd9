"""Trades out of ledgers: joined over days, whole or said to be not, whatever became of the files between."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.archives import Archives, made, weekdays
from support.facts import TABLE, new_york
from support.trading import DAY, YESTERDAY, S, entry, ident, ledger, leg, protection

from execution.ledger.day import Entry, Exit, Ledger
from execution.results.fold import NO_ENTRY, trades
from execution.results.trade import Trade, TradeState
from gates.base.sessions import counted_in
from gates.mode import Mode

D = Decimal
SESSION_OF = counted_in(TABLE)
MONDAY = date(2026, 11, 23)
BOUGHT = entry("AAPL", S.FILLED, filled=4, day=YESTERDAY, legs=(leg("stop"), leg("target")))
ID = BOUGHT.client_order_id


def sold(qty: int = 4, price: str | None = "97.88", kind: str = "stop", **changes: Any) -> Exit:
    brought = (D(price) - D("101.30")) * qty if price is not None else None
    at = new_york("2026-11-20 11:00")
    return replace(Exit("AAPL", kind, D(qty), D(price) if price else None, at, ID, brought, f"id-{kind}"), **changes)


def on(
    day: date, *, entries: tuple[Entry, ...] = (), carried: tuple[Entry, ...] = (), exits: tuple[Exit, ...] = ()
) -> Ledger:
    return ledger(*entries, carried=carried, exits=exits, date_ny=day)


def after(exited: int) -> Entry:
    return replace(BOUGHT, exited_qty=D(exited))


def only(*ledgers: Ledger) -> Trade:
    (found,) = trades(ledgers, SESSION_OF)
    return found


def test_an_entry_and_its_exit_a_day_later() -> None:
    found = only(on(DAY, carried=(after(4),), exits=(sold(),)), on(YESTERDAY, entries=(BOUGHT,)))
    assert (found.state, found.session, found.problem) == (TradeState.ENDED, YESTERDAY, None)
    assert (found.bought, found.held) == (4, 0)
    assert (found.paid, found.realized, found.risked) == (D("101.30"), D("-13.68"), D("13.80"))
    assert found.r is not None and round(found.r, 4) == D("-0.9913")
    assert (found.slippage, found.slippage_of_stop, found.slippage_of_quote) == (D("-0.05"), D("0.02"), None)
    assert (found.kinds, found.closed_on) == (("stop",), DAY)
    assert found.closed_at == new_york("2026-11-20 11:00") and found.opened_at is not None
    assert (found.plan.setup, found.plan.anchor, found.plan.mean_volume, found.fees) == (None, None, None, None)


def test_sold_in_two_parts_on_two_days() -> None:
    """A partial fill of the stop on one day, the rest on the next, both of one order."""
    first, second = sold(1), sold(3, "97.50", at=new_york("2026-11-23 09:31"))
    found = only(
        on(YESTERDAY, entries=(BOUGHT,)),
        on(DAY, carried=(after(1),), exits=(first,)),
        on(MONDAY, carried=(after(4),), exits=(second,)),
    )
    assert [(one.qty, one.session) for one in found.sales] == [(1, DAY), (3, MONDAY)]
    assert (found.state, found.realized) == (TradeState.ENDED, D("-3.42") + D("-11.40"))
    assert found.slippage_of_stop == (D("0.02") * 1 + D("0.40") * 3) / 4
    assert found.closed_on == MONDAY


def test_the_rest_of_a_partial_fill_that_was_cancelled_is_no_part_of_it() -> None:
    part = entry("AAPL", S.CANCELLED, filled=3, exited=3, day=YESTERDAY)
    found = only(on(YESTERDAY, entries=(part,), exits=(sold(3),)))
    assert (found.qty, found.bought, found.state) == (4, 3, TradeState.ENDED)
    assert found.risked == D("10.35"), "the risk of the shares that were bought"


def test_half_of_a_position_sold_by_another_leaves_the_rest_open() -> None:
    foreign = sold(2, "103.00", "foreign", order_id="theirs", note="sold on the page")
    found = only(on(YESTERDAY, entries=(BOUGHT,)), on(DAY, carried=(after(2),), exits=(foreign,)))
    assert (found.state, found.held, found.realized, found.r) == (TradeState.OPEN, 2, D("3.40"), None)
    assert found.marked(D("104.30")) == D("3.40") + D("6.00")
    assert found.marked(None) is None
    assert found.sales[0].planned is None and found.sales[0].slippage is None
    assert (found.closed_at, found.closed_on) == (None, None)
    ended = only(
        on(YESTERDAY, entries=(BOUGHT,)), on(DAY, carried=(after(2),), exits=(foreign,)),
        on(MONDAY, carried=(after(4),), exits=(sold(2, at=new_york("2026-11-23 10:00")),)),
    )  # fmt: skip
    assert (ended.state, ended.kinds) == (TradeState.ENDED, ("foreign", "stop"))


def test_over_a_split_nothing_is_guessed() -> None:
    """Four bought, eight sold by one order at half the price: a result of -186 would be a lie."""
    half = (sold(4, "55.00"), sold(4, "55.00", beyond=True, realized=None))
    found = only(on(YESTERDAY, entries=(BOUGHT,)), on(DAY, carried=(after(4),), exits=half))
    assert (found.state, found.realized, found.r) == (TradeState.LOST, None, None)
    assert found.problem == "sold 4 shares beyond those bought: a split, or sold twice"
    assert len(found.sales) == 2 and found.closed_at is None


def test_a_price_that_was_not_told_has_no_result() -> None:
    found = only(on(YESTERDAY, entries=(after(4),), exits=(sold(price=None),)))
    assert (found.state, found.realized, found.r, found.slippage_of_stop) == (TradeState.ENDED, None, None, None)
    untold = replace(BOUGHT, filled_avg_price=None)
    found = only(on(YESTERDAY, entries=(untold,)))
    assert (found.paid, found.slippage, found.marked(D(100))) == (None, None, None)


# --- what became of the files ---------------------------------------------------------------------


def test_a_torn_archive_with_the_exit_in_it() -> None:
    """The entry says that four were sold; the exit itself was in the ledger that cannot be read."""
    found = only(on(YESTERDAY, entries=(BOUGHT,)), on(MONDAY, carried=(after(4),)))
    assert (found.state, found.realized) == (TradeState.LOST, None)
    assert found.problem == "sales of 4 shares are in no ledger that can be read"


def test_a_torn_archive_after_which_the_trade_is_gone() -> None:
    found = only(on(YESTERDAY, entries=(BOUGHT,)), on(MONDAY))
    assert (found.state, found.problem) == (TradeState.LOST, "in no ledger since 2026-11-19, when 4 shares were held")


def test_a_torn_archive_with_the_entry_in_it() -> None:
    found = only(on(DAY, carried=(after(4),), exits=(sold(),)))
    assert (found.state, found.session) == (TradeState.ENDED, YESTERDAY), "what carried it on knows all of it"
    found = only(on(DAY, exits=(sold(),)))
    assert (found.state, found.problem, found.symbol, found.session) == (TradeState.LOST, NO_ENTRY, "AAPL", YESTERDAY)
    assert (found.qty, found.paid, found.realized, found.risked) == (None, None, None, None)
    assert [one.realized for one in found.sales] == [D("-13.68")]


def test_a_missing_day_leaves_no_gap() -> None:
    """No cycle ran on the day it was sold: the next one saw it, and it counts on its own day."""
    found = only(on(YESTERDAY, entries=(BOUGHT,)), on(MONDAY, carried=(after(4),), exits=(sold(),)))
    assert (found.state, found.closed_on) == (TradeState.ENDED, DAY)


def test_a_rebuilt_ledger_repeats_a_sale_and_it_counts_once() -> None:
    again = replace(sold(), price=D("97.90"))
    found = only(
        on(YESTERDAY, entries=(BOUGHT,)),
        on(DAY, carried=(after(4),), exits=(sold(),)),
        on(MONDAY, carried=(after(4),), exits=(again,)),
    )
    assert (len(found.sales), found.state) == (1, TradeState.ENDED)


def test_two_equal_sales_of_one_ledger_are_two() -> None:
    twice = sold(2, order_id=None)
    assert len(only(on(DAY, carried=(after(4),), exits=(twice, twice))).sales) == 2


def test_an_older_version_of_the_entry_than_its_exits() -> None:
    """Only the exits say that it ended; the ledgers that knew cannot be read."""
    found = only(on(YESTERDAY, entries=(BOUGHT,), exits=(sold(),)))
    assert (found.state, found.held) == (TradeState.ENDED, 0)


def test_an_entry_adopted_without_its_legs_has_no_risk() -> None:
    found = only(on(YESTERDAY, entries=(replace(after(4), stop_price=D(0), target_price=D(0)),), exits=(sold(),)))
    assert (found.plan.stop, found.plan.risk, found.r) == (None, None, None)
    assert found.sales[0].planned == D("97.90"), "by the leg that sold it"
    upside_down = replace(BOUGHT, stop_price=BOUGHT.limit_price)
    assert only(on(YESTERDAY, entries=(upside_down,))).risked is None


def test_the_price_of_a_pair_of_ours_is_what_it_was_planned_at() -> None:
    moved = leg("stop", order_id="ours", price=D("99.00"))
    pair = protection(legs=(leg("target"), moved))
    found = only(on(DAY, carried=(replace(after(4), protections=(pair,)),), exits=(sold(order_id="ours"),)))
    assert found.sales[0].planned == D("99.00")
    nameless = only(on(DAY, carried=(replace(after(4), legs=()),), exits=(sold(order_id=None),)))
    assert nameless.sales[0].planned == D("97.90"), "of the entry, where the order is not known"


# --- entries that bought nothing ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (S.CANCELLED, TradeState.UNBOUGHT), (S.REJECTED, TradeState.UNBOUGHT), (S.NOT_SENT, TradeState.UNBOUGHT),
        (S.WORKING, TradeState.WORKING), (S.UNKNOWN, TradeState.WORKING), (S.INTENDED, TradeState.WORKING),
    ],
)  # fmt: skip
def test_an_order_that_bought_nothing(status: S, state: TradeState) -> None:
    found = only(on(DAY, entries=(entry("AAPL", status),)))
    assert (found.state, found.bought, found.paid, found.opened_at, found.fees) == (state, 0, None, None, {})


def test_an_entry_under_a_strange_id_stands_in_its_ledgers_session() -> None:
    strange = replace(BOUGHT, client_order_id="adopted by hand")
    assert only(on(DAY, carried=(strange,))).session == DAY


def test_no_ledgers_no_trades() -> None:
    assert trades([], SESSION_OF) == ()


def test_two_entries_of_a_symbol_are_two_trades() -> None:
    second = entry("AAPL", S.FILLED, filled=4)
    found = trades([on(YESTERDAY, entries=(BOUGHT,)), on(DAY, carried=(BOUGHT,), entries=(second,))], SESSION_OF)
    assert [one.ident for one in found] == [ID, ident()]


# --- thousands ------------------------------------------------------------------------------------


def test_five_thousand_entries_add_up() -> None:
    days = weekdays(date(2022, 1, 3), 1000)
    ledgers = list(made(Archives(days, 5)))
    found = trades(ledgers, lambda moment: moment.date())
    exits = [one for ledger in ledgers for one in ledger.exits]
    assert len(found) == 5000
    ended = [one for one in found if one.state is TradeState.ENDED]
    assert sum(len(one.sales) for one in found) == len(exits)
    assert sum((one.realized or D(0) for one in ended), D(0)) == sum((one.realized or D(0) for one in exits), D(0))
    assert {one.state for one in found} == {TradeState.ENDED, TradeState.OPEN, TradeState.UNBOUGHT}


@given(st.integers(0, 10_000), st.integers(2, 12), st.data())
def test_without_one_ledger_no_trade_is_told_wrongly(seed: int, sessions: int, data: st.DataObject) -> None:
    """Whatever single archive is torn: a trade that is told as ended has the result that it had."""
    ledgers = list(made(Archives(weekdays(date(2026, 8, 3), sessions), 3, seed=seed)))
    whole = {one.ident: one for one in trades(ledgers, by_day)}
    torn = data.draw(st.integers(0, sessions - 1))
    for one in trades([*ledgers[:torn], *ledgers[torn + 1 :]], by_day):
        if one.state is TradeState.ENDED:
            assert (one.realized, one.r, one.bought) == (
                whole[one.ident].realized, whole[one.ident].r, whole[one.ident].bought,
            )  # fmt: skip
        assert one.state is not TradeState.OPEN or torn == sessions - 1 or whole[one.ident].state is TradeState.OPEN


def by_day(moment: datetime) -> date:
    return moment.date()


def test_a_rehearsal_is_folded_by_the_same_rules() -> None:
    rehearsed = replace(on(YESTERDAY, entries=(after(4),), exits=(sold(),)), mode=Mode.DRY_RUN)
    assert (only(rehearsed).mode, only(rehearsed).state) == (Mode.DRY_RUN, TradeState.ENDED)
