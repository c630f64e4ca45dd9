"""The next session's ledger: chained to the last one, with everything that is not over."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trading import DAY, NOW, YESTERDAY, D, S, entry, ident, ledger, protection

from execution.ledger.day import SCHEMA, Entry, Exit, Ledger, Previous, Sale, Word
from execution.ledger.rollover import rolled_over, sales_of
from execution.orders import OrderStatus
from gates.mode import Mode

EXIT = Exit("AAPL", "stop", D(4), D("97.88"), NOW, ident(), D("-13.68"))
HISTORY_OF_A_WEEK = ledger(
    entry("NVDA", S.FILLED, filled=4, exited=4),
    entry("AAPL", S.WORKING),
    entry("AMD", S.CANCELLED),
    entry("META", S.NOT_SENT),
    entry("MSFT", S.INTENDED),
    carried=(
        entry("TSLA", S.FILLED, day=YESTERDAY, filled=4),
        entry("GOOG", S.FILLED, day=YESTERDAY, filled=4, exited=4),
        entry("IBM", S.UNKNOWN, day=YESTERDAY),
    ),
    exits=(EXIT,),
    previous=Previous(YESTERDAY, "old digest"),
)
MONDAY = DAY + timedelta(days=3)


def test_the_next_session_carries_what_is_not_over() -> None:
    carried = (
        entry("TSLA", S.FILLED, day=YESTERDAY, filled=4),
        entry("IBM", S.UNKNOWN, day=YESTERDAY),
        entry("AAPL", S.WORKING),
        entry("MSFT", S.INTENDED),
    )
    assert rolled_over(HISTORY_OF_A_WEEK, "digest", MONDAY) == Ledger(
        SCHEMA, MONDAY, Mode.LIVE, "PA3TEST", Previous(DAY, "digest"), carried, (), (), (), ()
    )


def test_a_rehearsal_carries_nothing() -> None:
    rehearsed = msgspec.structs.replace(HISTORY_OF_A_WEEK, mode=Mode.DRY_RUN)
    assert rolled_over(rehearsed, "digest", MONDAY) == Ledger(
        SCHEMA, MONDAY, Mode.DRY_RUN, "PA3TEST", Previous(DAY, "digest"), (), (), (), (), ()
    )


def test_five_nights_in_a_row_lose_nothing() -> None:
    held, doubt = entry("TSLA", S.FILLED, filled=4), entry("IBM", S.UNKNOWN)
    book = ledger(held, doubt)
    for night in range(1, 6):
        book = rolled_over(book, f"digest {night}", DAY + timedelta(days=night))
        assert (book.carried, book.entries) == ((held, doubt), ())
        assert book.unresolved() == (doubt,)


def test_a_protection_that_is_not_over_travels_with_its_entry() -> None:
    sold = entry(status=S.FILLED, filled=4, exited=4, protections=(protection(S.UNKNOWN),))
    assert rolled_over(ledger(sold), "digest", MONDAY).carried == (sold,)


# Sales that were used already


def sold(symbol: str, order_id: str | None, qty: int = 1) -> Exit:
    return Exit(symbol, "foreign", D(qty), D(100), NOW, ident(symbol), D(0), order_id)


def remembered(symbol: str, order_id: str, qty: int = 1) -> Sale:
    return Sale(order_id, symbol, D(qty), NOW)


HELD = entry("TSLA", S.FILLED, filled=4, exited=1)


@pytest.mark.parametrize(
    ("before", "exits", "kept"),
    [
        ((), (), ()),
        ((), (sold("TSLA", "by-hand"),), (remembered("TSLA", "by-hand"),)),
        ((), (sold("TSLA", None),), ()),
        ((), (sold("IBM", "other"),), ()),
        (
            (remembered("TSLA", "older", 2), remembered("IBM", "other")),
            (sold("TSLA", "by-hand"), sold("TSLA", "by-hand", 2)),
            (remembered("TSLA", "older", 2), remembered("TSLA", "by-hand"), remembered("TSLA", "by-hand", 2)),
        ),
    ],
    ids=["none", "of a carried entry", "by the operator's word", "of what is over", "once more"],
)
def test_a_sale_is_remembered_while_it_may_be_listed_again(
    before: tuple[Sale, ...], exits: tuple[Exit, ...], kept: tuple[Sale, ...]
) -> None:
    assert rolled_over(ledger(HELD, sales=before, exits=exits), "digest", MONDAY).sales == kept


def test_all_sales_are_those_of_earlier_sessions_and_of_this_one() -> None:
    book = ledger(sales=(remembered("TSLA", "older"),), exits=(sold("IBM", "x"), sold("IBM", None)))
    assert sales_of(book) == (remembered("TSLA", "older"), remembered("IBM", "x"))


def test_the_operators_words_travel_on() -> None:
    word = Word("AAPL", D(3), NOW, "mine, bought by hand")
    assert rolled_over(ledger(words=(word,)), "digest", MONDAY).words == (word,)


ENTRIES = st.builds(
    lambda number, status, filled, exited: entry(
        "AAPL", status, attempt=number, filled=max(filled, exited), exited=min(filled, exited)
    ),
    st.integers(1, 99), st.sampled_from(S), st.integers(0, 4), st.integers(0, 4),
)  # fmt: skip


@given(st.lists(ENTRIES, max_size=6, unique_by=lambda one: one.client_order_id), st.integers(0, 6))
def test_no_share_and_no_doubt_is_left_behind(entries: list[Entry], carried: int) -> None:
    book = ledger(*entries[carried:], carried=tuple(entries[:carried]))
    after = rolled_over(book, "digest", MONDAY)
    assert after.unresolved() == book.unresolved()
    assert sum(one.held_qty for one in after.everything()) == sum(one.held_qty for one in book.everything())
    assert rolled_over(after, "digest", MONDAY + timedelta(days=1)).carried == after.carried


@pytest.mark.parametrize("status", S)
def test_an_entry_of_every_status_with_shares_travels_on(status: OrderStatus) -> None:
    held = entry(status=status, filled=4, exited=3)
    assert rolled_over(ledger(held), "digest", MONDAY).carried == (held,)
