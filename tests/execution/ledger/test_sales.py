"""Which sale explains which shares of ours, each once; and what is not told yet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trading import (
    DAY,
    NOW,
    SENT_AT,
    YESTERDAY,
    D,
    S,
    broker_leg,
    broker_order,
    entry,
    ident,
    later,
    ledger,
    leg,
    symbols_of,
)

from execution.broker.port import BrokerOrder
from execution.ledger.day import Entry, Exit, Ledger, Sale, Word
from execution.ledger.lists import joined
from execution.ledger.reconcile import expected_positions
from execution.ledger.sales import book_closes, book_foreign, completed, is_close, is_late, just_sold, our_order_ids
from execution.orders import flatten_id
from gates.base.record import replace

ONE = entry(status=S.FILLED, filled=4, legs=(leg("stop"), leg("target")))
HELD = ledger(ONE)
OLD = entry(status=S.FILLED, day=YESTERDAY, filled=4)


def sale(
    qty: int, price: str | None = "99.30", *, symbol: str = "AAPL", name: str = "by-hand", **changes: Any
) -> BrokerOrder:
    told = {"side": "sell", "filled_avg_price": D(price) if price else None, "order_id": f"id-{name}"}
    return broker_order(name, S.FILLED, symbol=symbol, filled=qty, qty=D(qty), **told | changes)


def exit_(qty: int, realized: str | None, price: str | None = "99.30", **changes: Any) -> Exit:
    told = D(price) if price else None, NOW, ident(), D(realized) if realized else None, "id-by-hand"
    return msgspec.structs.replace(Exit("AAPL", "foreign", D(qty), *told), **changes)


def foreign(book: Ledger, *sales: BrokerOrder, found: int | dict[str, int] = 0, now: datetime = NOW) -> Ledger:
    positions = found if isinstance(found, dict) else {"AAPL": found}
    return book_foreign(book, joined(sales), {symbol: D(qty) for symbol, qty in positions.items()}, now)


def exited(one: Entry, qty: int) -> Entry:
    return msgspec.structs.replace(one, exited_qty=one.exited_qty + qty)


# Shares of ours that another trader sold


@pytest.mark.parametrize(
    ("found", "sales", "taken"),
    [
        (0, (sale(4),), 4),
        (1, (sale(3),), 3),
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
        (0, (sale(4, name=flatten_id(DAY, "AAPL", 1)),), 0),
        (0, (sale(4, order_id="id-stop"),), 0),
        (-2, (sale(6),), 4),
        (0, (sale(4, submitted_at=SENT_AT - timedelta(seconds=60)),), 4),
        (0, (sale(4, submitted_at=SENT_AT - timedelta(seconds=61)),), 0),
    ],
)
def test_a_sale_that_is_not_ours_is_an_exit_when_it_explains_the_whole_difference(
    found: int, sales: tuple[BrokerOrder, ...], taken: int
) -> None:
    booked = (exit_(taken, str(D("-2.00") * taken)),) if taken else ()
    assert foreign(HELD, *sales, found=found) == ledger(exited(ONE, taken), exits=booked)


def test_a_position_that_was_not_told_says_nothing() -> None:
    assert foreign(HELD, sale(4), found={}) == HELD
    assert foreign(HELD, sale(4), found={"MSFT": 0}) == HELD


def test_an_untouched_symbol_does_not_hide_a_sold_one() -> None:
    after = foreign(ledger(entry("MSFT", S.FILLED, filled=4), ONE), sale(4), found={"MSFT": 4, "AAPL": 0})
    assert (symbols_of(after.exits), [one.exited_qty for one in after.entries]) == (["AAPL"], [0, 4])


def test_a_foreign_sale_takes_the_oldest_shares_first() -> None:
    old = msgspec.structs.replace(OLD, filled_avg_price=None)
    after = foreign(ledger(ONE, carried=(old,)), sale(6), found=2)
    assert after == ledger(
        exited(ONE, 2),
        carried=(exited(old, 4),),
        exits=(exit_(4, None, entry=old.client_order_id), exit_(2, "-4.00")),
    )


def test_each_sale_keeps_its_own_price_and_moment_and_one_without_a_price_has_no_result() -> None:
    """Bought 4 at 101.30; 1 at 110 and 3 at 90 are -25.20 and not what the last price alone says: P4."""
    sales = (
        sale(1, "110", updated_at=later(-30)),
        sale(2, "90", name="by-hand-2", submitted_at=later(-20), updated_at=later(5)),
        sale(1, None, name="by-hand-3", submitted_at=later(-10)),
    )
    after = foreign(HELD, *sales)
    assert after.exits == (
        exit_(1, "8.70", "110", at=later(-30)),
        exit_(2, "-22.60", "90", order_id="id-by-hand-2"),
        exit_(1, None, None, order_id="id-by-hand-3"),
    )


def test_sales_are_taken_in_the_order_of_their_sending() -> None:
    first, second = sale(4, name="a", submitted_at=later(-1)), sale(4, name="b", submitted_at=later(-2))
    assert [one.order_id for one in foreign(HELD, first, second).exits] == ["id-b"]
    alike = sale(4, name="c", submitted_at=later(-2))
    assert [one.order_id for one in foreign(HELD, alike, second).exits] == ["id-b"]


def test_a_sale_that_explained_a_difference_does_not_explain_the_next() -> None:
    """3 sold by hand; another 3 are missing for another reason, on that day (R18) or on a later one."""
    after = foreign(HELD, sale(3), found=1)
    assert foreign(after, sale(3), found=1) == after
    bought_again = ledger(*after.entries, entry("AAPL", S.FILLED, attempt=2, filled=4), exits=after.exits)
    assert foreign(bought_again, sale(3), found=2) == bought_again
    next_day = ledger(carried=after.entries, sales=(Sale("id-by-hand", "AAPL", D(3), NOW),))
    assert foreign(next_day, sale(3), found=0) == next_day
    assert foreign(next_day, sale(4), found=0).exits == (exit_(1, "-2.00"),)


def test_more_of_a_sale_explains_more() -> None:
    after = foreign(HELD, sale(3), found=1)
    assert foreign(after, sale(4), found=0).exits == (exit_(3, "-6.00"), exit_(1, "-2.00"))


def test_a_sale_that_came_before_the_purchase_does_not_explain_it() -> None:
    """Sold by hand in the morning, bought by us afterwards, and the position is not listed yet."""
    young = msgspec.structs.replace(ONE, client_order_id=ident(attempt=2), timestamp=later(-60))
    early = sale(4, submitted_at=later(-121))
    assert foreign(ledger(young), early) == ledger(young)
    both = ledger(exited(ONE, 2), young)
    assert foreign(both, sale(2, submitted_at=later(-121)), found=4).exits == (exit_(2, "-4.00"),)
    sold = exited(ONE, 4)
    assert foreign(ledger(sold, young), early) == ledger(sold, young)


@pytest.mark.parametrize(
    "other",
    [
        sale(3, symbol="MSFT", name="other"),
        sale(3, name="other", submitted_at=SENT_AT - timedelta(seconds=61)),
    ],
)
@pytest.mark.parametrize("more", [(), (exited(OLD, 4),), (entry("MSFT", S.FILLED, day=YESTERDAY, filled=4),)])
def test_a_sale_that_cannot_be_of_these_shares_fills_no_gap(other: BrokerOrder, more: tuple[Entry, ...]) -> None:
    old = tuple(msgspec.structs.replace(one, timestamp=SENT_AT - timedelta(hours=1)) for one in more)
    book = ledger(ONE, carried=old)
    assert foreign(book, sale(1), other, found={"AAPL": 0, "MSFT": 4}) == book


NAMELESS = exit_(3, "-6.00", order_id=None)


@pytest.mark.parametrize(
    ("nameless", "order", "taken"),
    [
        (NAMELESS, sale(3), 0),
        (NAMELESS, sale(4), 1),
        (msgspec.structs.replace(NAMELESS, note="moved to another account"), sale(4), 1),
        (NAMELESS, sale(4, submitted_at=later(60)), 1),
        (NAMELESS, sale(4, submitted_at=later(61)), 1),
        (msgspec.structs.replace(NAMELESS, kind="flatten"), sale(4), 1),
        (msgspec.structs.replace(NAMELESS, symbol="MSFT"), sale(4), 1),
    ],
)
def test_an_exit_that_names_no_sale_was_for_what_was_sold_before_it(
    nameless: Exit, order: BrokerOrder, taken: int
) -> None:
    """One of an earlier version, or one by the operator's word."""
    book = ledger(exited(ONE, 3), exits=(nameless,))
    after = foreign(book, order)
    assert after.exits == (nameless, exit_(taken, "-2.00")) if taken else (nameless,)


@pytest.mark.parametrize(
    ("changes", "seconds", "used"),
    [
        ({}, 0, True),
        ({}, 60, True),
        ({}, 61, False),
        ({"kind": "flatten"}, 0, False),
        ({"symbol": "MSFT"}, 0, False),
        ({"order_id": "id-another"}, 0, False),
    ],
)
def test_what_a_nameless_exit_used_up(changes: dict[str, str], seconds: int, used: bool) -> None:
    book = ledger(ONE, exits=(msgspec.structs.replace(NAMELESS, qty=D(4), **changes),))
    assert (foreign(book, sale(4, submitted_at=later(seconds))) == book) is used


def test_two_nameless_exits_use_up_two_sales_and_one_uses_up_parts_of_two() -> None:
    book = ledger(ONE, exits=(NAMELESS, NAMELESS))
    assert foreign(book, sale(4), sale(2, name="by-hand-2")) == book
    after = foreign(book, sale(4), sale(6, name="by-hand-2"))
    assert [(one.order_id, one.qty) for one in after.exits[2:]] == [("id-by-hand-2", 4)]


@given(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=3))
def test_foreign_sales_never_take_more_than_is_missing_or_was_sold_and_each_share_once(
    found: int, sold: list[int]
) -> None:
    sales = tuple(sale(qty, name=f"by-hand-{number}") for number, qty in enumerate(sold))
    after = foreign(HELD, *sales, found=found)
    taken = sum(one.qty for one in after.exits)
    assert taken in (0, max(0, 4 - found))
    assert taken <= sum(sold)
    assert after.entries[0].exited_qty == taken
    for number, qty in enumerate(sold):
        assert sum(one.qty for one in after.exits if one.order_id == f"id-by-hand-{number}") <= qty
    assert foreign(after, *sales, found=found) == after


# Sold by `flatten`


def closed(filled: int, attempt: int = 1, price: str | None = "99.30", **changes: Any) -> BrokerOrder:
    name = changes.pop("name", flatten_id(DAY, "AAPL", attempt))
    told = {"kind": "market", "limit_price": None, "submitted_at": NOW, "order_id": f"id-{attempt}"}
    return sale(filled, price, name=name, **told | changes)


def closes(book: Ledger, *orders: BrokerOrder, now: datetime = NOW) -> Ledger:
    return book_closes(book, joined(orders), now)


def close_exit(qty: int, realized: str | None, price: str | None = "99.30", **changes: Any) -> Exit:
    return exit_(qty, realized, price, **{"kind": "flatten", "order_id": "id-1"} | changes)


def test_what_flatten_sold_is_an_exit_without_asking_for_positions() -> None:
    assert closes(HELD, closed(4)) == ledger(exited(ONE, 4), exits=(close_exit(4, "-8.00"),))


def test_a_close_is_written_once_and_what_it_sells_later_too() -> None:
    after = closes(HELD, closed(3))
    assert closes(after, closed(3)) == after
    assert closes(after, closed(4)).exits == (close_exit(3, "-6.00"), close_exit(1, "-2.00"))
    more = closes(after, closed(3), closed(1, 2, "99.00"))
    assert more.exits == (close_exit(3, "-6.00"), close_exit(1, "-2.30", "99.00", order_id="id-2"))
    next_day = ledger(carried=after.entries, sales=(Sale("id-1", "AAPL", D(3), NOW),))
    assert closes(next_day, closed(3)) == next_day


def test_a_close_of_an_earlier_session_is_written_when_it_is_seen() -> None:
    """`flatten` died before it could write, and no sweep ran: R17."""
    old = closed(4, name=flatten_id(YESTERDAY, "AAPL", 1))
    assert closes(ledger(carried=(OLD,)), old).exits == (close_exit(4, "-8.00", entry=OLD.client_order_id),)


def test_the_oldest_shares_go_first_and_never_more_than_are_held() -> None:
    book = ledger(ONE, entry("MSFT", S.FILLED, filled=4), carried=(exited(OLD, 1),))
    after = closes(book, closed(9, 2), closed(5))
    assert [(one.entry, one.qty, one.order_id) for one in after.exits] == [
        (OLD.client_order_id, 3, "id-1"),
        (ident(), 2, "id-1"),
        (ident(), 2, "id-2"),
    ]
    assert expected_positions(after) == {"MSFT": 4}


@pytest.mark.parametrize(
    "order",
    [
        closed(4, name="by-hand"),
        closed(4, name=flatten_id(DAY, "MSFT", 1), symbol="MSFT"),
        closed(4, name="avx-20261120-AAPL-protect-1"),
        closed(4, side="buy"),
        closed(0, price=None),
        closed(4, submitted_at=SENT_AT - timedelta(seconds=61)),
    ],
    ids=["by hand", "of another symbol", "a protection", "a purchase", "not filled", "earlier"],
)
def test_nothing_else_is_a_close(order: BrokerOrder) -> None:
    assert closes(HELD, order) == HELD


def test_clocks_may_differ_and_prices_be_missing() -> None:
    order = closed(4, price=None, submitted_at=SENT_AT - timedelta(seconds=60))
    assert closes(HELD, order).exits == (close_exit(4, None, None),)


def test_a_nameless_exit_of_flatten_used_up_its_close() -> None:
    book = ledger(exited(ONE, 3), exits=(close_exit(3, "-6.00", order_id=None),))
    assert closes(book, closed(3)) == book
    assert closes(book, closed(4)).exits[1:] == (close_exit(1, "-2.00"),)


# What is told later


def booked(*exits: Exit, one: Entry = ONE) -> Ledger:
    return ledger(one, exits=exits)


def test_a_price_told_later_is_filled_in_and_so_is_its_result() -> None:
    untold = exit_(4, None, None)
    assert completed(booked(untold), joined([sale(4)])) == booked(exit_(4, "-8.00"))
    assert completed(booked(untold), joined([sale(4, None)])) == booked(untold)
    assert completed(booked(untold), joined()) == booked(untold)
    assert completed(booked(exit_(4, None, None, order_id=None)), joined([sale(4)])) == booked(
        exit_(4, None, None, order_id=None)
    )


def test_the_price_of_a_whole_sale_is_not_that_of_a_part_of_it() -> None:
    part, rest = exit_(3, None, None), exit_(1, None, None)
    assert completed(booked(part), joined([sale(4)])) == booked(part)
    assert completed(booked(part, rest), joined([sale(4)])) == booked(exit_(3, "-6.00"), exit_(1, "-2.00"))


def test_a_corrected_price_of_the_purchase_corrects_the_result() -> None:
    """Told first as 101.30, later as 101.00: P5."""
    corrected = msgspec.structs.replace(ONE, filled_avg_price=D("101.00"))
    assert completed(booked(exit_(4, "-8.00"), one=corrected), joined()) == booked(exit_(4, "-6.80"), one=corrected)
    unknown = msgspec.structs.replace(ONE, filled_avg_price=None)
    assert completed(booked(exit_(4, "-8.00"), one=unknown), joined()) == booked(exit_(4, "-8.00"), one=unknown)


def test_a_corrected_price_of_a_whole_sale_is_taken() -> None:
    assert completed(booked(exit_(4, "-8.00")), joined([sale(4, "99.00")])) == booked(exit_(4, "-9.20", "99.00"))
    assert completed(booked(exit_(3, "-6.00")), joined([sale(4, "99.00")])) == booked(exit_(3, "-6.00"))


def test_the_last_part_of_a_sale_brought_what_the_others_leave_of_it() -> None:
    """3 shares at 99.30, and 4 at 99.00 on average: the fourth brought 98.10."""
    after = foreign(foreign(HELD, sale(3), found=1), sale(4, "99.00"))
    assert after.exits == (exit_(3, "-6.00"), exit_(1, "-2.30", "99.00"))
    whole = completed(after, joined([sale(4, "99.00")]))
    assert whole.exits == (exit_(3, "-6.00"), exit_(1, "-3.20", "98.10"))
    assert sum(one.realized for one in whole.exits) == (D("99.00") - D("101.30")) * 4
    assert completed(whole, joined([sale(4, "99.00")])) is whole


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 500)), min_size=1, max_size=4))
def test_the_exits_of_a_sale_bring_what_the_sale_brought(parts: list[tuple[int, int]]) -> None:
    total, paid = sum(qty for qty, _ in parts), sum(D(qty) * D(price) for qty, price in parts)
    exits = [exit_(qty, None, str(price)) for qty, price in parts]
    book = booked(*exits, one=msgspec.structs.replace(ONE, qty=D(total), filled_qty=D(total)))
    after = completed(book, joined([sale(total, None, filled_avg_price=paid / total)]))
    assert abs(sum(one.price * one.qty for one in after.exits) - paid) < D("0.000001")
    assert abs(sum(one.realized for one in after.exits) - (paid - D("101.30") * total)) < D("0.000001")


def test_what_was_sold_beyond_or_of_an_entry_that_is_gone_has_a_price_and_no_result() -> None:
    beyond = exit_(4, None, None, beyond=True)
    assert completed(booked(beyond), joined([sale(4)])) == booked(exit_(4, None, beyond=True))
    stranger = exit_(4, None, None, entry="avx-20261110-AAPL-entry-1")
    priced = exit_(4, None, entry="avx-20261110-AAPL-entry-1")
    assert completed(booked(stranger), joined([sale(4)])) == booked(priced)


def test_a_ledger_that_nothing_completes_stays_as_it_is() -> None:
    book = booked(exit_(4, "-8.00"))
    assert completed(book, joined()) is book


# Whose orders, and which may not be in the positions yet

BRACKET = broker_order(status=S.FILLED, filled=4, legs=(broker_leg("target"), broker_leg("stop")))


def test_orders_are_ours_by_name_by_the_ledger_as_a_leg_and_in_the_place_of_one() -> None:
    edited = broker_leg("stop", order_id="id-edited", replaces="id-stop")
    again = broker_leg("stop", order_id="id-again", replaces="id-edited")
    lists = joined([BRACKET, edited, again, sale(4)])
    assert our_order_ids(None, lists) == {"id-AAPL-1", "id-target", "id-stop", "id-edited", "id-again"}
    assert our_order_ids(None, joined([sale(4)])) == frozenset()
    assert our_order_ids(HELD, joined([sale(4)])) == {"id-AAPL-1", "id-target", "id-stop"}


def test_orders_that_replace_each_other_in_a_ring_come_to_an_end() -> None:
    ring = [broker_order(order_id="a", replaces="b"), broker_order("made-up", order_id="b", replaces="a")]
    assert our_order_ids(None, joined(ring)) == {"a", "b"}


@pytest.mark.parametrize(
    ("book", "orders", "expected"),
    [
        (HELD, (sale(4),), {"AAPL": 4}),
        (None, (sale(4),), {"AAPL": 4}),
        (HELD, (sale(4), sale(1, name="2"), sale(3, symbol="MSFT", name="3")), {"AAPL": 5, "MSFT": 3}),
        (ledger(exited(ONE, 3), exits=(exit_(3, "-6.00"),)), (sale(4),), {"AAPL": 1}),
        (HELD, (sale(4, updated_at=later(-899)),), {"AAPL": 4}),
        (HELD, (sale(4, updated_at=later(-900)),), {}),
        (HELD, (closed(4),), {}),
        (None, (replace(BRACKET, legs=(broker_leg("stop", S.FILLED, filled=4),)),), {}),
    ],
)
def test_what_others_sold_of_late_and_nothing_was_booked_for(
    book: Ledger | None, orders: tuple[BrokerOrder, ...], expected: dict[str, int]
) -> None:
    assert just_sold(book, joined(orders), NOW) == expected


@pytest.mark.parametrize(("seconds", "expected"), [(-61, {"AAPL": 4}), (-60, {}), (-59, {})])
def test_the_operators_last_word_has_seen_the_sales_before_it(seconds: float, expected: dict[str, int]) -> None:
    first, last = (Word("AAPL", D(1), later(when), "mine") for when in (-90, seconds))
    book = msgspec.structs.replace(HELD, words=(first, last, Word("MSFT", D(1), NOW, "mine")))
    assert just_sold(book, joined([sale(4, updated_at=later(-60))]), NOW) == expected


def test_a_position_may_lag_behind_a_sale_for_a_quarter_of_an_hour() -> None:
    assert is_late(sale(4, updated_at=later(-899)), NOW)
    assert not is_late(sale(4, updated_at=later(-900)), NOW)


def test_a_close_is_known_by_its_name() -> None:
    assert is_close(closed(4))
    assert not is_close(sale(4))
    assert not is_close(broker_order())
