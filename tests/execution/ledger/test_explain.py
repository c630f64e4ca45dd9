"""The operator's word about shares that nothing explains: never more than the difference, kept with its evidence."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trading import NOW, YESTERDAY, D, S, entry, ledger

from execution.ledger.day import Entry, Exit, Ledger, Word
from execution.ledger.explain import Explanation, NotExplained, explained
from execution.ledger.reconcile import Surplus, expected_positions, explained_shares, surplus

ONE = entry(status=S.FILLED, filled=4)
OLD = entry(status=S.FILLED, day=YESTERDAY, filled=4)
BEFORE = Word("AAPL", D(2), NOW, "a gift")


def said(book: Ledger, found: int | str, shares: int | str, price: str | None = None) -> Ledger | NotExplained:
    word = Explanation("AAPL", D(shares), "seen on the page", D(price) if price else None)
    return explained(book, D(found), word, NOW)


def exited(one: Entry, qty: int) -> Entry:
    return msgspec.structs.replace(one, exited_qty=one.exited_qty + qty)


def gone(qty: int, realized: str | None = None, price: str | None = None, of: Entry = ONE) -> Exit:
    told = D(price) if price else None, NOW, of.client_order_id, D(realized) if realized else None
    return Exit("AAPL", "foreign", D(qty), *told, note="seen on the page")


def held(qty: int | str) -> Word:
    return Word("AAPL", D(qty), NOW, "seen on the page")


# Fewer are there than ours


@pytest.mark.parametrize(("found", "shares"), [(0, 4), (1, 3), (3, 1), (0, 1)])
def test_shares_of_ours_that_are_gone_are_an_exit_whose_result_is_not_known(found: int, shares: int) -> None:
    assert said(ledger(ONE), found, shares) == ledger(exited(ONE, shares), exits=(gone(shares),))


def test_a_price_that_the_operator_tells_gives_the_result() -> None:
    assert said(ledger(ONE), 0, 4, "99.30") == ledger(exited(ONE, 4), exits=(gone(4, "-8.00", "99.30"),))


def test_the_oldest_shares_go_first_and_those_of_another_symbol_stay() -> None:
    msft, sold = entry("MSFT", S.FILLED, filled=4), entry(status=S.FILLED, attempt=2, filled=4, exited=4)
    assert said(ledger(msft, sold, ONE, carried=(OLD,)), 2, 6) == ledger(
        msft, sold, exited(ONE, 2), carried=(exited(OLD, 4),), exits=(gone(4, of=OLD), gone(2))
    )


@pytest.mark.parametrize(
    ("found", "shares", "words"),
    [
        (0, 5, "expected 4, found 0, so 4 shares are unexplained; --shares 5"),
        (3, 2, "expected 4, found 3, so 1 shares are unexplained; --shares 2"),
        (4, 1, "expected 4, found 4, so 0 shares are unexplained; --shares 1"),
        (6, 3, "expected 4, found 6, so 2 shares are unexplained; --shares 3"),
        (-2, 5, "expected 4, found 0, so 4 shares are unexplained; --shares 5"),
    ],
)
def test_a_word_explains_no_more_than_the_difference(found: int, shares: int, words: str) -> None:
    assert said(ledger(ONE), found, shares) == NotExplained(f"AAPL: {words}")


def test_of_a_short_position_only_what_was_ours_is_gone() -> None:
    assert said(ledger(ONE), -2, 4) == ledger(exited(ONE, 4), exits=(gone(4),))
    assert said(ledger(), -2, 1) == NotExplained("AAPL: expected 0, found 0, so 0 shares are unexplained; --shares 1")
    assert said(ledger(exited(ONE, 4)), -2, 9) == NotExplained(
        "AAPL: expected 0, found 0, so 0 shares are unexplained; --shares 9"
    )


# More are there than ours


@pytest.mark.parametrize(("found", "shares"), [(6, 2), (6, 1), (9, 5), ("4.5", "0.5")])
def test_shares_that_are_held_and_not_ours_are_a_word(found: int | str, shares: int | str) -> None:
    assert said(ledger(ONE), found, shares) == ledger(ONE, words=(held(shares),))


def test_a_second_word_explains_what_the_first_left() -> None:
    book = ledger(ONE, words=(BEFORE,))
    assert said(book, 9, 3) == ledger(ONE, words=(BEFORE, held(3)))
    assert said(book, 9, 4) == NotExplained("AAPL: expected 4, found 9, so 3 shares are unexplained; --shares 4")
    assert said(book, 5, 1) == NotExplained("AAPL: expected 4, found 5, so 0 shares are unexplained; --shares 1")
    other = ledger(ONE, words=(msgspec.structs.replace(BEFORE, symbol="MSFT"),))
    assert said(other, 6, 2) == msgspec.structs.replace(other, words=(*other.words, held(2)))


def test_shares_of_a_symbol_we_never_bought_can_be_explained() -> None:
    assert said(ledger(), 3, 3) == ledger(words=(held(3),))


@given(
    st.lists(st.integers(0, 4), max_size=3),
    st.integers(-3, 15),
    st.integers(1, 15),
    st.integers(0, 5),
)
def test_a_word_is_entered_whole_and_only_where_there_is_a_difference(
    filled: list[int], found: int, shares: int, known: int
) -> None:
    entries = [entry(status=S.FILLED, attempt=n + 1, filled=qty) for n, qty in enumerate(filled)]
    book = ledger(*entries, words=(msgspec.structs.replace(BEFORE, shares=D(known)),))
    after = said(book, found, shares)
    if isinstance(after, NotExplained):
        return
    ours, left = sum(filled), expected_positions(after).get("AAPL", D(0))
    words = explained_shares(after)["AAPL"]
    assert (ours - left) + (words - known) == shares
    assert sum(one.qty for one in after.exits) == ours - left
    assert max(0, found) <= left <= ours if found < ours else (left, words) <= (ours, D(found - ours))
    if (ours - left) + (words - known) == abs(max(0, found) - ours):
        assert surplus(left, D(max(0, found)), words) in (Surplus.NONE, Surplus.FOREIGN)
    for one in after.everything():
        assert 0 <= one.exited_qty <= one.filled_qty
