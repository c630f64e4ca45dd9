"""The table of moves, the named sets, and the ids that are derived and not drawn."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution import orders
from execution.orders import MOVES, OrderName, OrderStatus, entry_id, flatten_id, may_move, parse_name, protect_id
from scanner.watchlist import SYMBOL

S = OrderStatus
LIFE = {
    "intended": "submitted working partially_filled filled cancelled expired rejected unknown not_sent",
    "unknown": "submitted working partially_filled filled cancelled expired rejected not_sent",
    "not_sent": "submitted working partially_filled filled cancelled expired rejected intended unknown",
    "submitted": "working partially_filled filled cancelled expired rejected unknown",
    "working": "partially_filled filled cancelled expired rejected unknown",
    "partially_filled": "partially_filled filled cancelled expired rejected unknown",
    "filled": "",
    "cancelled": "cancelled filled",
    "expired": "expired filled",
    "rejected": "rejected filled",
}


@pytest.mark.parametrize(("old", "new"), list(product(S, S)), ids=lambda status: status.value)
def test_every_move_is_in_the_table_or_not(old: OrderStatus, new: OrderStatus) -> None:
    assert may_move(old, new) is (new.value in LIFE[old.value].split())


def test_every_status_has_its_moves() -> None:
    assert set(MOVES) == set(S)


def test_a_status_is_either_in_doubt_or_working_or_over_or_never_sent() -> None:
    assert {S.INTENDED, S.UNKNOWN} == orders.UNRESOLVED
    assert {S.SUBMITTED, S.WORKING, S.PARTIALLY_FILLED} == orders.WORKING
    assert {S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED} == orders.DONE
    parts = [*orders.UNRESOLVED, *orders.WORKING, *orders.DONE, S.NOT_SENT]
    assert sorted(parts, key=str) == sorted(S, key=str)


def test_all_but_not_sent_may_have_left() -> None:
    assert set(S) - {S.NOT_SENT} == orders.MAY_HAVE_LEFT


def test_what_never_worked_at_the_broker() -> None:
    assert {S.REJECTED, S.NOT_SENT} == orders.NEVER


def test_what_is_over_at_the_broker_never_comes_back_to_life() -> None:
    assert all(MOVES[status] <= orders.DONE for status in orders.DONE)


def test_what_is_over_is_never_in_doubt_again_and_nothing_the_broker_had_is_unsent() -> None:
    assert all(MOVES[status].isdisjoint(orders.UNRESOLVED | {S.NOT_SENT}) for status in orders.DONE)
    assert all(MOVES[status] & (orders.UNRESOLVED | {S.NOT_SENT}) == {S.UNKNOWN} for status in orders.WORKING)


@pytest.mark.parametrize("status", sorted(orders.WORKING, key=str))
def test_an_order_at_the_broker_may_end_in_every_way_and_be_lost(status: OrderStatus) -> None:
    assert orders.DONE | {S.UNKNOWN} <= MOVES[status]


def test_only_what_was_proven_absent_is_intended_again() -> None:
    assert [status for status in S if may_move(status, S.INTENDED)] == [S.NOT_SENT]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (OrderName(date(2026, 11, 20), "AAPL", "entry", 1), "avx-20261120-AAPL-entry-1"),
        (OrderName(date(2026, 1, 2), "BRK.B", "stop", 2), "avx-20260102-BRK.B-stop-2"),
        (OrderName(date(2026, 12, 31), "BF.A", "target", 10), "avx-20261231-BF.A-target-10"),
        (OrderName(date(2026, 12, 31), "F", "entry", 1), "avx-20261231-F-entry-1"),
    ],
)
def test_an_id_says_session_symbol_leg_and_attempt(name: OrderName, text: str) -> None:
    assert str(name) == text
    assert parse_name(text) == name


def test_the_ids_of_an_entry_of_its_protection_and_of_its_close() -> None:
    assert flatten_id(date(2026, 11, 20), "AAPL", 1) == "avx-20261120-AAPL-flatten-1"
    assert entry_id(date(2026, 11, 20), "AAPL", 2) == "avx-20261120-AAPL-entry-2"
    assert protect_id(date(2026, 11, 20), "AAPL", 3) == "avx-20261120-AAPL-protect-3"


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "avx-",
        "61e69015-8549-4bfd-b9c3-01e75843f47d",
        "AVX-20261120-AAPL-entry-1",
        "xavx-20261120-AAPL-entry-1",
        " avx-20261120-AAPL-entry-1",
        "avx-20261120-AAPL-entry-1\n",
        "avx-20261120-AAPL-entry-1-1",
        "avx-20261120-AAPL-entry",
        "avx-20261120-AAPL-entry-",
        "avx-20261120-AAPL-entry-0",
        "avx-20261120-AAPL-entry-01",
        "avx-20261120-AAPL-entry--1",
        "avx-20261120-AAPL-Entry-1",
        "avx-20261120-aapl-entry-1",
        "avx-20261120--entry-1",
        "avx-20261120-1A-entry-1",
        "avx-2026112-AAPL-entry-1",
        "avx-20261320-AAPL-entry-1",
        "avx-20261131-AAPL-entry-1",
        "avx-00001120-AAPL-entry-1",
        "avx-２０２６1120-AAPL-entry-1",
        "avx-20261120-AAPL-entry-1٣",
    ],
)
def test_an_id_in_any_other_shape_is_not_ours(foreign: str) -> None:
    assert parse_name(foreign) is None


NAMES = st.builds(
    OrderName,
    st.dates(date(2020, 1, 1), date(2100, 1, 1)),
    st.from_regex(SYMBOL, fullmatch=True),
    st.sampled_from(["entry", "stop", "target", "flatten"]),
    st.integers(1, 10**6),
)


@given(NAMES)
def test_every_symbol_a_watchlist_takes_makes_an_id_that_reads_back(name: OrderName) -> None:
    assert parse_name(str(name)) == name


@given(NAMES, NAMES)
def test_two_orders_never_share_an_id(one: OrderName, other: OrderName) -> None:
    assert (str(one) == str(other)) is (one == other)
