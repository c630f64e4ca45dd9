"""What counts toward the caps: ledger and broker as a union, the larger notional wins."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trading import DAY, YESTERDAY, D, S, broker_leg, broker_order, entry, ident, ledger, position

from execution.broker.port import BrokerOrder, Position
from execution.ledger.day import Entry, Ledger
from execution.ledger.usage import SessionUsage, exposure, session_usage
from execution.orders import OrderStatus
from gates.base.money import show
from gates.base.record import replace
from gates.facts import Usage
from gates.mode import Mode

OLD = ident(day=YESTERDAY)
SOLD = broker_leg("stop", S.FILLED, filled=4)


def used(
    book: Ledger | None = None, orders: tuple[BrokerOrder, ...] = (), positions: tuple[Position, ...] = (), **more: Any
) -> SessionUsage:
    return session_usage(DAY, ledger() if book is None else book, orders, positions, **more)


def told(usage: SessionUsage) -> tuple[int, str, str]:
    """Orders, symbols, gross: `1 AAPL 405.40`."""
    return len(usage.ids), " ".join(sorted(usage.symbols)), show(usage.gross)


def test_an_untouched_session() -> None:
    assert used() == SessionUsage(frozenset(), frozenset(), D(0), {})


# Entries of the ledger

COUNTED = {
    # status, filled: as LIVE counts it, as DRY_RUN counts it
    (S.INTENDED, 0): ((1, "AAPL", "405.40"), (1, "AAPL", "405.40")),
    (S.UNKNOWN, 0): ((1, "AAPL", "405.40"), (1, "AAPL", "405.40")),
    (S.SUBMITTED, 0): ((1, "AAPL", "405.40"), (1, "AAPL", "405.40")),
    (S.WORKING, 0): ((1, "AAPL", "405.40"), (1, "AAPL", "405.40")),
    (S.PARTIALLY_FILLED, 1): ((1, "AAPL", "405.40"), (1, "AAPL", "405.40")),
    (S.FILLED, 4): ((1, "AAPL", "405.40"), (1, "AAPL", "405.40")),
    (S.CANCELLED, 0): ((1, "", "0.00"), (1, "AAPL", "0.00")),
    (S.CANCELLED, 1): ((1, "AAPL", "101.35"), (1, "AAPL", "101.35")),
    (S.EXPIRED, 2): ((1, "AAPL", "202.70"), (1, "AAPL", "202.70")),
    (S.REJECTED, 0): ((1, "", "0.00"), (1, "AAPL", "0.00")),
    (S.NOT_SENT, 0): ((0, "", "0.00"), (0, "", "0.00")),
}


@pytest.mark.parametrize(("status", "filled"), COUNTED)
def test_what_an_entry_counts(status: OrderStatus, filled: int) -> None:
    live, dry_run = COUNTED[status, filled]
    one = entry(status=status, filled=filled)
    assert told(used(ledger(one))) == live
    assert told(used(ledger(one, mode=Mode.DRY_RUN))) == dry_run


def test_entries_add_up() -> None:
    book = ledger(entry("AAPL"), entry("MSFT", qty=D(2)), entry("AAPL", S.CANCELLED, attempt=2, filled=1))
    assert used(book) == SessionUsage(
        frozenset({ident("AAPL"), ident("MSFT"), ident("AAPL", 2)}),
        frozenset({"AAPL", "MSFT"}),
        D("709.45"),
        {"AAPL": D("506.75"), "MSFT": D("202.70")},
    )


@pytest.mark.parametrize(
    ("carried", "symbols"),
    [
        (entry(status=S.WORKING, day=YESTERDAY), {"AAPL"}),
        (entry(status=S.UNKNOWN, day=YESTERDAY), {"AAPL"}),
        (entry(status=S.FILLED, day=YESTERDAY, filled=4), {"AAPL"}),
        (entry(status=S.FILLED, day=YESTERDAY, filled=4, exited=4), set()),
        (entry(status=S.CANCELLED, day=YESTERDAY, filled=1), {"AAPL"}),
    ],
)
def test_a_carried_entry_is_no_order_of_today_but_takes_its_place(carried: Entry, symbols: set[str]) -> None:
    usage = used(ledger(carried=(carried,)))
    assert (usage.ids, usage.symbols, usage.gross) == (frozenset(), symbols, 0)


def test_what_a_carried_entry_may_still_buy_counts_for_its_symbol() -> None:
    """Held shares count by their position; the rest of a working order may become a position any minute."""
    working = entry(status=S.PARTIALLY_FILLED, day=YESTERDAY, filled=1)
    usage = used(ledger(carried=(working,)), positions=(position(qty=1),))
    assert usage.by_symbol == {"AAPL": 3 * D("101.35") + D("101.30")}


# Orders at the broker


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (broker_order(status=S.SUBMITTED), (1, "AAPL", "405.40")),
        (broker_order(status=S.WORKING), (1, "AAPL", "405.40")),
        (broker_order(status=S.WORKING, unrecognised="calculated"), (1, "AAPL", "405.40")),
        (broker_order(status=S.PARTIALLY_FILLED, filled=1), (1, "AAPL", "405.40")),
        (broker_order(status=S.FILLED, filled=4), (1, "AAPL", "405.40")),
        (broker_order(status=S.FILLED, filled=3), (1, "AAPL", "405.40")),
        (broker_order(status=S.CANCELLED), (1, "", "0.00")),
        (broker_order(status=S.CANCELLED, filled=3), (1, "AAPL", "304.05")),
        (broker_order(status=S.EXPIRED), (1, "", "0.00")),
        (broker_order(status=S.REJECTED), (1, "", "0.00")),
        (broker_order(status=S.FILLED, filled=4, limit_price=None), (1, "AAPL", "405.20")),
        (broker_order(status=S.WORKING, limit_price=None), (1, "AAPL", "0.00")),
        (broker_order(OLD, S.WORKING), (0, "AAPL", "0.00")),
        (broker_order(OLD, S.FILLED, filled=4), (0, "AAPL", "0.00")),
        (broker_order(OLD, S.FILLED, filled=4, legs=(SOLD,)), (0, "", "0.00")),
        (broker_order(status=S.FILLED, filled=4, legs=(SOLD,)), (1, "", "405.40")),
        (broker_order("avx-20261120-AAPL-stop-1"), (0, "", "0.00")),
        (broker_order("avx-20261120-AAPL-protect-1"), (0, "", "0.00")),
        (broker_order("avx-by-hand"), (0, "", "0.00")),
        (broker_order("61e69015-8549"), (0, "", "0.00")),
        (broker_leg("stop"), (0, "", "0.00")),
    ],
)
def test_an_order_of_ours_counts_even_if_no_ledger_knows_it(order: BrokerOrder, expected: tuple[int, str, str]) -> None:
    assert told(used(orders=(order,))) == expected
    assert told(used(ledger(mode=Mode.DRY_RUN), (order,))) == (0, "", "0.00")


def test_orders_that_are_not_ours_hide_none_that_is() -> None:
    orders = (broker_order("by-hand"), broker_order(OLD, S.CANCELLED), broker_order())
    assert told(used(orders=orders)) == told(used(orders=orders[::-1])) == (1, "AAPL", "405.40")


@pytest.mark.parametrize(
    ("ours", "theirs", "gross"),
    [
        (entry(status=S.WORKING), broker_order(status=S.CANCELLED), "405.40"),
        (entry(status=S.CANCELLED), broker_order(status=S.WORKING), "405.40"),
        (entry(status=S.CANCELLED, filled=1), broker_order(status=S.CANCELLED, filled=3), "304.05"),
        (entry(status=S.CANCELLED, filled=3), broker_order(status=S.CANCELLED, filled=1), "304.05"),
        (entry(status=S.NOT_SENT), broker_order(status=S.FILLED, filled=4), "405.40"),
        (entry(), broker_order(qty=D(5)), "506.75"),
        (entry(), broker_order(qty=D(3)), "405.40"),
    ],
)
def test_of_two_versions_of_one_order_the_larger_counts_once(ours: Entry, theirs: BrokerOrder, gross: str) -> None:
    usage = used(ledger(ours), (theirs,))
    assert (len(usage.ids), usage.gross, usage.by_symbol) == (1, D(gross), {"AAPL": D(gross)})


def test_a_working_order_takes_a_place_although_the_ledger_thinks_it_over() -> None:
    assert used(ledger(entry(status=S.CANCELLED)), (broker_order(),)).symbols == {"AAPL"}
    assert used(ledger(entry(status=S.WORKING)), (broker_order(status=S.CANCELLED),)).symbols == {"AAPL"}


@pytest.mark.parametrize(
    ("ours", "symbols"),
    [
        (entry(), {"AAPL"}),
        (entry(status=S.FILLED, filled=4), {"AAPL"}),
        (entry(status=S.FILLED, filled=4, exited=3), {"AAPL"}),
        (entry(status=S.FILLED, filled=4, exited=4), set()),
    ],
)
def test_a_fill_at_the_broker_takes_a_place_until_the_ledger_has_its_exit(ours: Entry, symbols: set[str]) -> None:
    assert used(ledger(ours), (broker_order(status=S.FILLED, filled=4),)).symbols == symbols


@pytest.mark.parametrize(
    ("order", "positions", "amount"),
    [
        (broker_order(OLD), (), "405.40"),
        (broker_order(OLD, S.PARTIALLY_FILLED, filled=1), (), "405.40"),
        (broker_order(OLD, S.PARTIALLY_FILLED, filled=1), (position(qty=1),), "405.40"),
        (broker_order(OLD, S.FILLED, filled=4), (), "405.40"),
        (broker_order(OLD, S.FILLED, filled=4), (position(qty=4),), "405.40"),
        (broker_order(OLD, S.FILLED, filled=4), (position(qty=5),), "506.50"),
        (broker_order(OLD, S.FILLED, filled=4, legs=(SOLD,)), (), "0"),
        (broker_order(OLD, S.CANCELLED), (), "0"),
    ],
)
def test_a_forgotten_order_of_an_earlier_session_counts_for_its_symbol(
    order: BrokerOrder, positions: tuple[Position, ...], amount: str
) -> None:
    usage = used(orders=(order, order), positions=positions)
    assert (usage.by_symbol.get("AAPL", D(0)), usage.gross, usage.ids) == (D(amount), 0, frozenset())


def test_what_is_carried_counts_for_its_symbol_before_the_positions_tell_it() -> None:
    book = ledger(carried=(entry(status=S.FILLED, day=YESTERDAY, filled=4),))
    assert used(book).by_symbol == {"AAPL": D("405.20")}


@pytest.mark.parametrize(
    ("ours", "order", "amount"),
    [
        (entry(status=S.CANCELLED, day=YESTERDAY, filled=1), broker_order(OLD, S.CANCELLED, filled=3), "304.05"),
        (entry(status=S.CANCELLED, day=YESTERDAY, filled=3), broker_order(OLD, S.CANCELLED, filled=1), "304.05"),
        (
            entry(status=S.CANCELLED, day=YESTERDAY, filled=3, exited=2),
            broker_order(OLD, S.CANCELLED, filled=3),
            "101.35",
        ),
        (
            entry(status=S.CANCELLED, day=YESTERDAY, filled=3),
            broker_order(OLD, S.CANCELLED, filled=3, limit_price=D(99)),
            "304.05",
        ),
        (
            entry(status=S.CANCELLED, day=YESTERDAY, filled=3),
            broker_order(OLD, S.CANCELLED, filled=3, limit_price=D(102)),
            "306",
        ),
        (entry(status=S.WORKING, day=YESTERDAY), broker_order(OLD, S.FILLED, filled=4), "405.40"),
        (entry(status=S.WORKING, day=YESTERDAY), broker_order(OLD, S.PARTIALLY_FILLED, filled=1), "405.40"),
        (entry(status=S.CANCELLED, day=YESTERDAY, filled=1), broker_order(OLD, S.WORKING, qty=D(9)), "912.15"),
        (entry(status=S.FILLED, day=YESTERDAY, filled=4), broker_order(OLD, S.WORKING, qty=D(3)), "405.40"),
    ],
)
def test_a_carried_order_that_the_broker_knows_better_counts_once_and_whole(
    ours: Entry, order: BrokerOrder, amount: str
) -> None:
    usage = used(ledger(carried=(ours,)), (order,))
    assert (usage.by_symbol, usage.gross, usage.ids) == ({"AAPL": D(amount)}, 0, frozenset())


# Positions


@pytest.mark.parametrize(
    ("positions", "symbols", "by_symbol"),
    [
        ((position("TSLA", 2, "250.00"),), {"TSLA"}, {"TSLA": "500.00"}),
        ((position("TSLA", 0),), set(), {"TSLA": "0.00"}),
        ((position("TSLA", -2),), {"TSLA"}, {"TSLA": "0.00"}),
        ((position("TSLA", "0.5", "250.00"),), set(), {"TSLA": "125.000"}),
        ((position("TSLA", 1, "250.00"), position("IBM", 1, "99.00")), {"TSLA", "IBM"}, {"TSLA": 250, "IBM": 99}),
    ],
)
@pytest.mark.parametrize("mode", Mode)
def test_positions_count_whoever_opened_them(
    mode: Mode, positions: tuple[Position, ...], symbols: set[str], by_symbol: dict[str, str]
) -> None:
    usage = used(ledger(mode=mode), positions=positions)
    expected = {symbol: D(amount) for symbol, amount in by_symbol.items()}
    assert usage == SessionUsage(frozenset(), frozenset(symbols), D(0), expected)


@pytest.mark.parametrize(
    ("book", "held", "amount"),
    [
        (ledger(entry(status=S.FILLED, filled=4)), 4, "405.40"),
        (ledger(entry(status=S.FILLED, filled=4)), 5, "506.70"),
        (ledger(entry(status=S.FILLED, filled=4)), 3, "405.40"),
        (ledger(entry(status=S.FILLED, filled=4, exited=1)), 3, "405.40"),
        (ledger(entry(status=S.FILLED, filled=4, exited=4)), 4, "810.60"),
        (ledger(entry(status=S.CANCELLED, filled=1)), 1, "101.35"),
        (ledger(entry(status=S.CANCELLED, filled=1), entry(status=S.FILLED, attempt=2, filled=4)), 5, "506.75"),
        (ledger(entry(status=S.FILLED, filled=4), entry(status=S.CANCELLED, attempt=2, exited=1)), 4, "405.40"),
        (ledger(carried=(entry(status=S.FILLED, day=YESTERDAY, filled=4),)), 4, "405.20"),
        (ledger(entry(status=S.FILLED, filled=4), mode=Mode.DRY_RUN), 4, "810.60"),
    ],
    ids=str,
)
def test_shares_bought_today_count_as_orders_and_not_again_as_held(book: Ledger, held: int, amount: str) -> None:
    assert used(book, positions=(position(qty=held),)).by_symbol == {"AAPL": D(amount)}


# The entry being asked about


def test_the_order_asked_about_is_left_out() -> None:
    book = ledger(entry("AAPL"), entry("MSFT"), carried=(entry("IBM", S.WORKING, day=YESTERDAY),))
    usage = used(book, (broker_order(ident("AAPL")),), leaving_out=ident("AAPL"))
    assert usage == SessionUsage(
        frozenset({ident("MSFT")}), frozenset({"MSFT", "IBM"}), D("405.40"), {"MSFT": D("405.40"), "IBM": D("405.40")}
    )


# One symbol's share of it, and what comes on top


def test_the_usage_one_symbol_is_asked_with() -> None:
    usage = used(ledger(entry("AAPL"), entry("MSFT", qty=D(2))))
    assert usage.for_symbol("MSFT") == Usage(2, frozenset({"AAPL", "MSFT"}), D("608.10"), D("202.70"))
    assert usage.for_symbol("NVDA") == Usage(2, frozenset({"AAPL", "MSFT"}), D("608.10"), D(0))


def test_an_intended_order_comes_on_top() -> None:
    before = used(ledger(entry("AAPL")))
    assert before.plus(ident("MSFT"), "MSFT", D(100)) == SessionUsage(
        frozenset({ident("AAPL"), ident("MSFT")}),
        frozenset({"AAPL", "MSFT"}),
        D("505.40"),
        {"AAPL": D("405.40"), "MSFT": D(100)},
    )
    assert before.plus(ident("AAPL", 2), "AAPL", D(100)).by_symbol == {"AAPL": D("505.40")}
    assert before == used(ledger(entry("AAPL")))


# Whatever ledger and broker say

SYMBOLS = st.sampled_from(["AAPL", "MSFT", "NVDA"])
SHARES = st.integers(0, 4)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    filled = draw(SHARES)
    return entry(
        draw(SYMBOLS),
        draw(st.sampled_from(S)),
        attempt=draw(st.integers(1, 3)),
        filled=filled,
        exited=draw(st.integers(0, filled)),
    )


@st.composite
def carried_entries(draw: st.DrawFn) -> Entry:
    status = draw(st.sampled_from([S.WORKING, S.UNKNOWN, S.FILLED, S.CANCELLED]))
    return entry(draw(SYMBOLS), status, day=YESTERDAY, filled=draw(SHARES))


@st.composite
def broker_orders(draw: st.DrawFn) -> BrokerOrder:
    symbol = draw(SYMBOLS)
    leg = draw(st.sampled_from(["entry", "entry", "stop", "x-1-entry"]))
    day = draw(st.sampled_from(["20261120", "20261119", "20261123", "20261399"]))
    return broker_order(
        f"avx-{day}-{symbol}-{leg}-{draw(st.integers(1, 3))}",
        draw(st.sampled_from(S)),
        symbol=symbol,
        filled=draw(SHARES),
        qty=Decimal(draw(st.integers(1, 9))),
        limit_price=draw(st.sampled_from([None, D("101.35"), D("99.00"), D("0.5001")])),
    )


LEDGERS = st.builds(
    lambda today, carried, mode: ledger(*today, carried=tuple(carried), mode=mode),
    st.lists(entries(), max_size=5, unique_by=lambda one: one.client_order_id),
    st.lists(carried_entries(), max_size=3, unique_by=lambda one: one.client_order_id),
    st.sampled_from(Mode),
)
ORDERS = st.lists(broker_orders(), max_size=5).map(tuple)
POSITIONS = st.lists(st.builds(position, SYMBOLS, st.integers(-3, 9)), max_size=3, unique_by=lambda one: one.symbol)


def at_least(more: SessionUsage, less: SessionUsage) -> bool:
    return (
        more.ids >= less.ids
        and more.symbols >= less.symbols
        and more.gross >= less.gross
        and all(more.by_symbol.get(symbol, 0) >= amount for symbol, amount in less.by_symbol.items())
    )


@given(LEDGERS, ORDERS)
def test_the_union_never_counts_less_than_ledger_or_broker_alone(book: Ledger, orders: tuple[BrokerOrder, ...]) -> None:
    union = used(book, orders)
    assert at_least(union, used(book))
    if book.mode is Mode.LIVE:
        exited = {one.symbol for one in book.everything() if one.exited_qty}
        alone = used(ledger(), orders)
        assert at_least(union, replace(alone, symbols=alone.symbols - exited))


@given(LEDGERS, ORDERS, POSITIONS, broker_orders())
def test_one_more_order_of_ours_never_loosens(
    book: Ledger, orders: tuple[BrokerOrder, ...], positions: list[Position], more: BrokerOrder
) -> None:
    assert at_least(used(book, (*orders, more), tuple(positions)), used(book, orders, tuple(positions)))


@given(LEDGERS, ORDERS, POSITIONS, entries())
def test_an_entry_more_in_the_ledger_never_frees_an_order_or_gross(
    book: Ledger, orders: tuple[BrokerOrder, ...], positions: list[Position], more: Entry
) -> None:
    if book.find(more.client_order_id) is not None:
        return
    grown = ledger(*book.entries, more, carried=book.carried, mode=book.mode)
    before, after = used(book, orders, tuple(positions)), used(grown, orders, tuple(positions))
    assert after.ids >= before.ids
    assert after.gross >= before.gross


@given(LEDGERS, ORDERS, POSITIONS)
def test_the_order_of_the_lists_does_not_matter(
    book: Ledger, orders: tuple[BrokerOrder, ...], positions: list[Position]
) -> None:
    backwards = ledger(*reversed(book.entries), carried=tuple(reversed(book.carried)), mode=book.mode)
    straight = used(book, orders, tuple(positions))
    assert used(backwards, tuple(reversed(orders)), tuple(reversed(positions))) == straight


@given(LEDGERS, ORDERS)
def test_leaving_one_out_is_as_if_it_had_never_been(book: Ledger, orders: tuple[BrokerOrder, ...]) -> None:
    for one in book.entries:
        without = ledger(*(e for e in book.entries if e is not one), carried=book.carried, mode=book.mode)
        elsewhere = tuple(order for order in orders if order.client_order_id != one.client_order_id)
        assert used(book, orders, leaving_out=one.client_order_id) == used(without, elsewhere)


@pytest.mark.parametrize(("qty", "takes"), [("0.0134", False), ("0.9", False), (1, True), (-1, True), ("-0.5", True)])
def test_a_part_of_a_share_takes_no_place(qty: int | str, takes: bool) -> None:
    """A dividend that was reinvested leaves one; a short position takes its place however small it is."""
    assert session_usage(DAY, ledger(), (), (position("KO", qty),)).symbols == ({"KO"} if takes else frozenset())


def test_what_is_at_stake_in_the_account_is_what_is_held_and_what_may_still_be_bought() -> None:
    """Gross counts the session's entries: with yesterday's twenty positions it was 0.00."""
    held = [position("AAPL", 4), replace(position("MSFT", -2), market_value=D("-400.00"))]
    resting = broker_order(ident("KO"), symbol="KO", qty=D(3), filled=1)
    over = broker_order(ident("NVDA"), symbol="NVDA", status=S.CANCELLED)
    sell = broker_order(ident("AMD"), symbol="AMD", side="sell")
    rest = (resting.limit_price or D(0)) * 2
    value = (
        held[0].market_value if held[0].market_value is not None else held[0].qty * (held[0].avg_entry_price or D(0))
    )
    assert exposure(held, (resting, over, sell)) == value + D("400.00") + rest
    assert exposure((), ()) == 0


def test_what_has_no_price_makes_the_exposure_not_known() -> None:
    unpriced = replace(position(), market_value=None, avg_entry_price=None)
    assert exposure((unpriced,), ()) is None
    assert exposure((replace(position(), market_value=None, avg_entry_price=D("10.00")),), ()) == position().qty * 10
    assert exposure((), (replace(broker_order(), limit_price=None),)) is None
