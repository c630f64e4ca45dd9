"""Ledger against broker: expected, found, difference; and what is not ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trading import (
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
)

from execution.broker.port import BrokerOrder, Position
from execution.ledger.day import Exit, Ledger, Word
from execution.ledger.reconcile import (
    Reconciliation,
    Surplus,
    expected_positions,
    explained_shares,
    found_positions,
    known_order_ids,
    reconcile,
    sold_beyond,
    surplus,
)

AGREED = Reconciliation({}, {})
HELD = ledger(entry(status=S.FILLED, filled=4, legs=(leg("stop"), leg("target"))))
CARRIED = ledger(carried=(entry(status=S.FILLED, day=YESTERDAY, filled=4),))
NOT_OURS = "open buy order of 4 shares that is not ours"


def word(shares: int, symbol: str = "AAPL") -> Word:
    return Word(symbol, D(shares), NOW, "bought by hand")


def beyond(qty: int, symbol: str = "AAPL", **changes: bool) -> Exit:
    return Exit(symbol, "stop", D(qty), D("97.90"), NOW, ident(symbol), None, f"id-{qty}", **{"beyond": True} | changes)


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
        (
            HELD,
            (),
            locked("position differs: expected 4, found 0, difference -4; `execution ledger explain` enters why"),
        ),
        (
            HELD,
            (position(qty=0),),
            locked("position differs: expected 4, found 0, difference -4; `execution ledger explain` enters why"),
        ),
        (
            HELD,
            (position(qty=3),),
            locked("position differs: expected 4, found 3, difference -1; `execution ledger explain` enters why"),
        ),
        (
            HELD,
            (position(qty=5),),
            locked("position differs: expected 4, found 5, difference +1; `execution ledger explain` enters why"),
        ),
        (
            HELD,
            (position(qty=-4),),
            locked("position differs: expected 4, found -4, difference -8; `execution ledger explain` enters why"),
        ),
        (HELD, (position(qty="4.5"),), AGREED),
        (HELD, (position(qty="4.9999"),), AGREED),
        (
            HELD,
            (position(qty="3.5"),),
            locked("position differs: expected 4, found 3.5, difference -0.5; `execution ledger explain` enters why"),
        ),
        (ledger(), (position(qty="0.9999"),), AGREED),
        (ledger(), (position(qty=1),), foreign("position of 1 shares that is not ours")),
        (ledger(), (position(qty="-0.5"),), foreign("position of -0.5 shares that is not ours")),
        (
            ledger(*HELD.entries, carried=CARRIED.carried),
            (position(qty=4),),
            locked("position differs: expected 8, found 4, difference -4; `execution ledger explain` enters why"),
        ),
        (
            ledger(entry(status=S.FILLED, filled=1, exited=2)),
            (),
            locked("position differs: expected -1, found 0, difference +1; `execution ledger explain` enters why"),
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
                {"AAPL": "position differs: expected 4, found 3, difference -1; `execution ledger explain` enters why"},
                {"TSLA": "position of 2 shares that is not ours"},
            ),
        ),
    ],
)
def test_positions(book: Ledger | None, positions: tuple[Position, ...], expected: Reconciliation) -> None:
    assert reconcile(book, positions, ()) == expected


BOUGHT_TWO_MORE = "position of 2 shares beyond our 4, as the operator explained"


@pytest.mark.parametrize(
    ("book", "found", "expected"),
    [
        (ledger(*HELD.entries, words=(word(2),)), 6, foreign(BOUGHT_TWO_MORE)),
        (ledger(*HELD.entries, words=(word(9),)), 6, foreign(BOUGHT_TWO_MORE)),
        (ledger(*HELD.entries, words=(word(1), word(1))), 6, foreign(BOUGHT_TWO_MORE)),
        (ledger(*HELD.entries, words=(word(2),)), 4, AGREED),
        (
            ledger(*HELD.entries, words=(word(2),)),
            7,
            locked("position differs: expected 4, found 7, difference +3; `execution ledger explain` enters why"),
        ),
        (
            ledger(*HELD.entries, words=(word(2, "MSFT"),)),
            6,
            locked("position differs: expected 4, found 6, difference +2; `execution ledger explain` enters why"),
        ),
        (
            ledger(*HELD.entries, words=(word(2),)),
            3,
            locked("position differs: expected 4, found 3, difference -1; `execution ledger explain` enters why"),
        ),
    ],
)
def test_shares_that_the_operator_explained_are_foreign(book: Ledger, found: int, expected: Reconciliation) -> None:
    assert reconcile(book, (position(qty=found),), ()) == expected


@pytest.mark.parametrize(
    ("exits", "positions", "expected"),
    [
        ((beyond(4),), (position(qty=-4),), locked("sold 4 shares beyond those bought, the position is -4")),
        ((beyond(4), beyond(5)), (), locked("sold 9 shares beyond those bought, the position is 0")),
        ((beyond(4, beyond=False),), (), AGREED),
        (
            (beyond(4),),
            (position("MSFT", 1),),
            Reconciliation(
                {"AAPL": "sold 4 shares beyond those bought, the position is 0"},
                {"MSFT": "position of 1 shares that is not ours"},
            ),
        ),
    ],
)
def test_a_symbol_sold_beyond_what_was_held_is_locked(
    exits: tuple[Exit, ...], positions: tuple[Position, ...], expected: Reconciliation
) -> None:
    assert reconcile(ledger(exits=exits), positions, ()) == expected


@pytest.mark.parametrize(
    ("ours", "found", "explained", "expected"),
    [
        ("4", "4", "0", Surplus.NONE),
        ("4", "4.99", "0", Surplus.NONE),
        ("4", "5", "0", Surplus.BREAK),
        ("4", "3.99", "0", Surplus.BREAK),
        ("4", "3.99", "9", Surplus.BREAK),
        ("4", "5", "1", Surplus.FOREIGN),
        ("4", "5.99", "1", Surplus.FOREIGN),
        ("4", "6", "1", Surplus.BREAK),
        ("4", "6", "9", Surplus.FOREIGN),
        ("4", "4.5", "9", Surplus.NONE),
    ],
)
def test_what_a_difference_is(ours: str, found: str, explained: str, expected: Surplus) -> None:
    assert surplus(D(ours), D(found), D(explained)) is expected


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


def test_a_symbol_of_ours_in_which_another_trader_works_is_theirs_too() -> None:
    assert reconcile(HELD, (position(qty=3),), (broker_order("by-hand"),)) == Reconciliation(
        {"AAPL": "position differs: expected 4, found 3, difference -1; `execution ledger explain` enters why"},
        {"AAPL": NOT_OURS},
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


def test_shares_by_the_operators_word_and_shares_sold_beyond_by_symbol() -> None:
    book = ledger(words=(word(2), word(3), word(1, "MSFT")), exits=(beyond(4), beyond(1), beyond(2, "MSFT")))
    assert explained_shares(book) == {"AAPL": 5, "MSFT": 1}
    assert sold_beyond(book) == {"AAPL": 5, "MSFT": 2}
    assert (explained_shares(None), sold_beyond(None)) == ({}, {})


def test_a_position_that_no_list_tells_is_none_unless_it_could_not_be_read() -> None:
    positions = (position("MSFT", 2),)
    assert found_positions(HELD, positions) == {"AAPL": 0, "MSFT": 2}
    assert found_positions(HELD, (*positions, position(qty=3))) == {"AAPL": 3, "MSFT": 2}
    assert found_positions(HELD, positions, frozenset({"AAPL"})) == {"MSFT": 2}


@given(st.integers(0, 9), st.integers(0, 9), st.integers(-9, 9))
def test_a_symbol_is_free_only_where_the_numbers_agree(filled: int, exited: int, found: int) -> None:
    status = S.FILLED if filled else S.CANCELLED
    compared = reconcile(ledger(entry(status=status, filled=filled, exited=exited)), (position(qty=found),), ())
    assert (compared == AGREED) is (filled - exited == found)
    assert not (compared.locks and compared.foreign)
