"""Ledger against broker: expected, found, difference; and what is not ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from execution_factories import (
    DAY,
    NOW,
    YESTERDAY,
    D,
    S,
    broker_leg,
    broker_order,
    entry,
    ident,
    ledger,
    leg,
    position,
    protection,
    symbols_of,
)
from hypothesis import given
from hypothesis import strategies as st

from execution.broker.port import BrokerOrder, Position
from execution.ledger import Entry, Exit, Ledger
from execution.orders import flatten_id
from execution.reconcile import (
    Reconciliation,
    expected_positions,
    flatten_exits,
    foreign_exits,
    known_order_ids,
    reconcile,
)

AGREED = Reconciliation({}, {})
HELD = ledger(entry(status=S.FILLED, filled=4, legs=(leg("stop"), leg("target"))))
CARRIED = ledger(carried=(entry(status=S.FILLED, day=YESTERDAY, filled=4),))
NOT_OURS = "open buy order of 4 shares that is not ours"


def locked(words: str) -> Reconciliation:
    return Reconciliation({"AAPL": words}, {})


def foreign(words: str, symbol: str = "AAPL") -> Reconciliation:
    return Reconciliation({}, {symbol: words})


@pytest.mark.parametrize(
    ("book", "positions", "expected"),
    [
        (ledger(), (), AGREED),
        (HELD, (position(qty=4),), AGREED),
        (HELD, (position(qty="4.0"),), AGREED),
        (CARRIED, (position(qty=4),), AGREED),
        (ledger(entry(status=S.WORKING)), (), AGREED),
        (ledger(entry(status=S.FILLED, filled=4, exited=4)), (), AGREED),
        (ledger(entry(status=S.PARTIALLY_FILLED, filled=1)), (position(qty=1),), AGREED),
        (ledger(entry(status=S.CANCELLED, filled=1)), (position(qty=1),), AGREED),
        (ledger(*HELD.entries, carried=CARRIED.carried), (position(qty=8),), AGREED),
        (HELD, (), locked("position differs: expected 4, found 0, difference -4")),
        (HELD, (position(qty=0),), locked("position differs: expected 4, found 0, difference -4")),
        (HELD, (position(qty=3),), locked("position differs: expected 4, found 3, difference -1")),
        (HELD, (position(qty=5),), locked("position differs: expected 4, found 5, difference +1")),
        (HELD, (position(qty=-4),), locked("position differs: expected 4, found -4, difference -8")),
        (HELD, (position(qty="4.5"),), locked("position differs: expected 4, found 4.5, difference +0.5")),
        (
            ledger(*HELD.entries, carried=CARRIED.carried),
            (position(qty=4),),
            locked("position differs: expected 8, found 4, difference -4"),
        ),
        (
            ledger(entry(status=S.FILLED, filled=1, exited=2)),
            (),
            locked("position differs: expected -1, found 0, difference +1"),
        ),
        (ledger(), (position(qty=4),), foreign("position of 4 shares that is not ours")),
        (ledger(), (position(qty=-4),), foreign("position of -4 shares that is not ours")),
        (ledger(), (position(qty=0),), AGREED),
        (ledger(entry(status=S.WORKING)), (position(qty=4),), foreign("position of 4 shares that is not ours")),
        (None, (position(qty=4),), foreign("position of 4 shares that is not ours")),
        (None, (), AGREED),
        (
            HELD,
            (position("TSLA", 2), position(qty=3)),
            Reconciliation(
                {"AAPL": "position differs: expected 4, found 3, difference -1"},
                {"TSLA": "position of 2 shares that is not ours"},
            ),
        ),
    ],
)
def test_positions(book: Ledger | None, positions: tuple[Position, ...], expected: Reconciliation) -> None:
    assert reconcile(book, positions, ()) == expected


@pytest.mark.parametrize(
    ("book", "order", "expected"),
    [
        (ledger(), broker_order("by-hand"), foreign(NOT_OURS)),
        (None, broker_order("by-hand"), foreign(NOT_OURS)),
        (ledger(), broker_leg("stop"), foreign("open sell order of 4 shares that is not ours")),
        (ledger(), broker_order("avx-by-hand"), foreign(NOT_OURS)),
        (ledger(), broker_order("by-hand", symbol="TSLA"), foreign(NOT_OURS, "TSLA")),
        (ledger(), broker_order(ident(), order_id="unheard of"), AGREED),
        (None, broker_order(ident()), AGREED),
        (ledger(), broker_order("avx-20261120-AAPL-protect-1"), AGREED),
        (ledger(), broker_order(ident(day=YESTERDAY)), AGREED),
        (ledger(entry()), broker_order("renamed by the broker"), foreign(NOT_OURS)),
        (ledger(entry(order_id="61e6")), broker_order("renamed by the broker", order_id="61e6"), AGREED),
    ],
)
def test_open_orders(book: Ledger | None, order: BrokerOrder, expected: Reconciliation) -> None:
    assert reconcile(book, (), (order,)) == expected


def test_the_legs_of_our_entries_are_ours() -> None:
    legs = (broker_leg("stop"), broker_leg("target"))
    assert reconcile(HELD, (position(qty=4),), legs) == AGREED
    carried = ledger(carried=HELD.entries)
    assert reconcile(carried, (position(qty=4),), legs) == AGREED
    another = broker_leg("stop", order_id="id-of-another")
    assert reconcile(HELD, (position(qty=4),), (another,)) == foreign("open sell order of 4 shares that is not ours")


def test_the_position_is_named_before_the_order_and_the_first_order_before_the_second() -> None:
    orders = (broker_order("by-hand"), broker_order("by-hand-too", qty=D(9)))
    assert reconcile(ledger(), (position(qty=2),), orders) == foreign("position of 2 shares that is not ours")
    assert reconcile(ledger(), (), orders) == foreign(NOT_OURS)


def test_a_symbol_of_ours_in_which_somebody_else_works_is_theirs_too() -> None:
    assert reconcile(HELD, (position(qty=3),), (broker_order("by-hand"),)) == Reconciliation(
        {"AAPL": "position differs: expected 4, found 3, difference -1"}, {"AAPL": NOT_OURS}
    )


def test_the_halves_of_our_protections_are_ours() -> None:
    pair = protection(order_id="id-of-pair", legs=(leg("stop", order_id="id-of-its-stop"),))
    book = ledger(entry(status=S.CANCELLED, filled=4, protections=(pair, protection(S.INTENDED, order_id=None))))
    halves = (broker_leg("target", order_id="id-of-pair"), broker_leg("stop", order_id="id-of-its-stop"))
    assert reconcile(book, (position(qty=4),), halves) == AGREED
    assert known_order_ids(book) == {"id-AAPL-1", "id-of-pair", "id-of-its-stop"}


def test_shares_expected_by_symbol() -> None:
    book = ledger(
        entry("AAPL", S.FILLED, filled=4, exited=1),
        entry("MSFT", S.WORKING),
        entry("NVDA", S.FILLED, filled=4, exited=4),
        carried=(entry("AAPL", S.FILLED, day=YESTERDAY, filled=2), entry("IBM", S.CANCELLED, day=YESTERDAY, filled=1)),
    )
    assert expected_positions(book) == {"AAPL": 5, "IBM": 1}
    assert expected_positions(None) == {}


def test_the_ids_we_know() -> None:
    book = ledger(
        entry("AAPL", legs=(leg("stop"), leg("target"))),
        entry("MSFT", S.UNKNOWN),
        carried=(entry("IBM", order_id="id-carried"),),
    )
    assert known_order_ids(book) == {"id-AAPL-1", "id-stop", "id-target", "id-carried"}
    assert known_order_ids(None) == frozenset()


@given(st.integers(0, 9), st.integers(0, 9), st.integers(-9, 9))
def test_a_symbol_is_free_only_where_the_numbers_agree(filled: int, exited: int, found: int) -> None:
    status = S.FILLED if filled else S.CANCELLED
    compared = reconcile(ledger(entry(status=status, filled=filled, exited=exited)), (position(qty=found),), ())
    assert (compared == AGREED) is (filled - exited == found)
    assert not (compared.locks and compared.foreign)


# Shares of ours that somebody else sold


def sale(qty: int, price: str = "99.30", symbol: str = "AAPL", name: str = "by-hand", **changes: Any) -> BrokerOrder:
    sold = {"side": "sell", "filled_avg_price": D(price), "order_id": f"id-{name}"}
    return broker_order(name, S.FILLED, symbol=symbol, filled=qty, qty=D(qty), **sold | changes)


def foreign_exit(qty: int, realized: str, price: str = "99.30", of: Entry = HELD.entries[0]) -> Exit:
    return Exit("AAPL", "foreign", D(qty), D(price), NOW, of.client_order_id, D(realized))


@pytest.mark.parametrize(
    ("found", "sales", "taken"),
    [
        (0, (sale(4),), 4),
        (1, (sale(3),), 3),
        (0, (sale(1), sale(3, name="by-hand-too")), 4),
        (0, (sale(5),), 4),
        (3, (sale(4),), 1),
        (4, (sale(4),), 0),
        (5, (sale(4),), 0),
        (0, (sale(3),), 0),
        (0, (), 0),
        (0, (sale(4, symbol="MSFT"),), 0),
        (0, (sale(4, side="buy"),), 0),
        (0, (sale(0),), 0),
        (0, (sale(4, name="avx-20261120-AAPL-protect-1"),), 0),
        (0, (sale(4, order_id="id-stop"),), 0),
        (-2, (sale(6),), 4),
    ],
)
def test_a_sale_that_is_not_ours_is_an_exit_when_it_explains_the_whole_difference(
    found: int, sales: tuple[BrokerOrder, ...], taken: int
) -> None:
    changed, exits = foreign_exits(HELD, (position(qty=found),), sales, NOW)
    if taken:
        assert changed == (msgspec.structs.replace(HELD.entries[0], exited_qty=D(taken)),)
        assert exits == (foreign_exit(taken, str(D("-2.00") * taken)),)
    else:
        assert (changed, exits) == ((), ())


def test_a_position_that_is_gone_from_the_list_is_a_position_of_nothing() -> None:
    assert foreign_exits(HELD, (), (sale(4),), NOW)[1] == (foreign_exit(4, "-8.00"),)


def test_an_untouched_symbol_does_not_hide_a_sold_one() -> None:
    other = entry("MSFT", S.FILLED, filled=4)
    changed, exits = foreign_exits(ledger(other, *HELD.entries), (position("MSFT"),), (sale(4),), NOW)
    assert (symbols_of(changed), symbols_of(exits)) == (["AAPL"], ["AAPL"])


def test_a_sale_that_has_not_filled_says_nothing_about_the_price() -> None:
    resting = sale(0, name="by-hand-too", filled_avg_price=None)
    assert foreign_exits(HELD, (), (sale(4), resting), NOW)[1] == (foreign_exit(4, "-8.00"),)


def test_a_foreign_sale_takes_the_oldest_shares_first() -> None:
    old = entry(status=S.FILLED, day=YESTERDAY, filled=4, filled_avg_price=None)
    today = HELD.entries[0]
    book = ledger(today, carried=(old,))
    changed, exits = foreign_exits(book, (position(qty=2),), (sale(6),), NOW)
    assert changed == (
        msgspec.structs.replace(old, exited_qty=D(4)),
        msgspec.structs.replace(today, exited_qty=D(2)),
    )
    assert exits == (foreign_exit(4, "-8.20", of=old), foreign_exit(2, "-4.00"))


def test_the_price_of_the_last_sale_is_taken_and_a_missing_one_is_nothing() -> None:
    sales = (sale(1, "99.00"), sale(3, "98.30", name="by-hand-too"))
    assert foreign_exits(HELD, (), sales, NOW)[1] == (foreign_exit(4, "-12.00", "98.30"),)
    assert foreign_exits(HELD, (), (sale(4, filled_avg_price=None),), NOW)[1] == (foreign_exit(4, "-405.20", "0"),)


def test_a_sale_that_explained_one_difference_does_not_explain_the_next() -> None:
    """Sold by hand in the morning, bought by us again, and the position is not listed yet: not sold."""
    old = entry(status=S.FILLED, day=YESTERDAY, filled=4, exited=4)
    book = ledger(HELD.entries[0], carried=(old,), exits=(foreign_exit(4, "-8.00", of=old),))
    assert foreign_exits(book, (), (sale(4),), NOW) == ((), ())


@given(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=3))
def test_foreign_sales_never_take_more_than_is_missing_or_was_sold(found: int, sold: list[int]) -> None:
    sales = tuple(sale(qty, name=f"by-hand-{number}") for number, qty in enumerate(sold))
    _, exits = foreign_exits(HELD, (position(qty=found),), sales, NOW)
    taken = sum(one.qty for one in exits)
    assert taken in (0, max(0, 4 - found))
    assert taken <= sum(sold)


# Sold by `flatten`


def flattened(filled: int, attempt: int = 1, price: str | None = "99.30", **changes: Any) -> BrokerOrder:
    name = changes.pop("name", flatten_id(DAY, "AAPL", attempt))
    good = broker_order(name, S.FILLED, filled=filled, side="sell", kind="market", limit_price=None)
    sold_at = D(price) if price is not None else None
    return replace(good, **{"filled_avg_price": sold_at, "submitted_at": NOW, "updated_at": NOW} | changes)


def flatten_exit(qty: int, realized: str, price: str = "99.30", of: Entry = HELD.entries[0]) -> Exit:
    return Exit("AAPL", "flatten", D(qty), D(price), NOW, of.client_order_id, D(realized))


def test_what_flatten_sold_is_an_exit_without_asking_for_positions() -> None:
    changed, exits = flatten_exits(HELD, (flattened(4),), NOW)
    assert exits == (flatten_exit(4, "-8.00"),)
    assert changed == (msgspec.structs.replace(HELD.entries[0], exited_qty=D(4)),)


def test_a_flatten_is_written_once() -> None:
    changed, exits = flatten_exits(HELD, (flattened(3),), NOW)
    book = msgspec.structs.replace(HELD, entries=changed, exits=exits)
    assert flatten_exits(book, (flattened(3),), NOW) == ((), ())
    assert flatten_exits(book, (flattened(4),), NOW)[1] == (flatten_exit(1, "-2.00"),)
    assert flatten_exits(book, (flattened(3), flattened(1, attempt=2, price="99.00")), NOW)[1] == (
        flatten_exit(1, "-2.30", "99.00"),
    )


def test_the_oldest_shares_go_first_and_never_more_than_are_held() -> None:
    old = entry(status=S.FILLED, day=YESTERDAY, filled=4, exited=1, filled_avg_price=None)
    book = ledger(HELD.entries[0], entry("MSFT", S.FILLED, filled=4), carried=(old,))
    changed, exits = flatten_exits(book, (flattened(5, 2), flattened(9, 1)), NOW)
    assert [(one.entry, one.qty) for one in exits] == [(old.client_order_id, 3), (ident(), 4)]
    assert symbols_of(changed) == ["AAPL", "AAPL"]


@pytest.mark.parametrize(
    "order",
    [
        flattened(4, name="by-hand"),
        flattened(4, name=flatten_id(YESTERDAY, "AAPL", 1)),
        flattened(4, name=flatten_id(DAY, "MSFT", 1)),
        flattened(4, name="avx-20261120-AAPL-protect-1"),
        flattened(4, side="buy"),
        flattened(0, price=None),
        flattened(4, submitted_at=HELD.entries[0].timestamp - timedelta(seconds=61)),
    ],
    ids=["by hand", "of another session", "of another symbol", "a protection", "a purchase", "not filled", "earlier"],
)
def test_nothing_else_is_a_flatten(order: BrokerOrder) -> None:
    assert flatten_exits(HELD, (order,), NOW) == ((), ())


def test_clocks_may_differ_and_prices_be_missing() -> None:
    order = flattened(4, price=None, submitted_at=HELD.entries[0].timestamp - timedelta(seconds=59))
    assert flatten_exits(HELD, (order,), NOW)[1] == (flatten_exit(4, "-405.20", "0"),)


def test_a_flatten_is_no_foreign_sale() -> None:
    assert foreign_exits(HELD, (), (flattened(4),), NOW) == ((), ())
