"""What the exchange does with orders, without any wire between."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from venue.book import Book
from venue.drafts import read_draft
from venue.orders import Order, Refusal

Body = Callable[..., dict[str, Any]]
THREE = Decimal(3)


def statuses(order: Order) -> list[str]:
    return [member.status for member in order.group]


class TestBracket:
    def test_legs_sleep_until_the_parent_is_completely_filled(self, book: Book, entry: Order) -> None:
        assert statuses(entry) == ["new", "held", "held"]
        book.fill(entry, qty=3)
        assert statuses(entry) == ["partially_filled", "held", "held"]
        assert book.unprotected("AAPL") == 3
        with pytest.raises(ValueError, match="asleep"):
            book.fill(entry.legs[1])
        book.fill(entry)
        assert statuses(entry) == ["filled", "new", "held"]
        assert book.unprotected("AAPL") == 0

    def test_one_legs_fill_cancels_the_other(self, book: Book, entry: Order) -> None:
        book.fill(entry)
        target, stop = entry.legs
        book.fill(stop, price="97.88")
        assert (target.status, stop.status) == ("canceled", "filled")
        assert book.account.qty("AAPL") == 0
        assert book.account.cash == Decimal(100_000) - 4 * Decimal("101.35") + 4 * Decimal("97.88")

    def test_a_legs_partial_fill_shrinks_the_other(self, book: Book, entry: Order) -> None:
        book.fill(entry)
        target, stop = entry.legs
        book.fill(target, qty=1)
        assert (target.status, stop.status) == ("partially_filled", "held")
        assert (target.remaining, stop.remaining) == (THREE, THREE)
        book.fill(target)
        assert (target.status, stop.status) == ("filled", "canceled")

    def test_cancelling_a_partly_filled_parent_leaves_the_shares_naked(self, book: Book, entry: Order) -> None:
        book.fill(entry, qty=3)
        book.cancel(entry)
        assert statuses(entry) == ["canceled", "canceled", "canceled"]
        assert (book.account.qty("AAPL"), book.unprotected("AAPL"), book.available("AAPL")) == (THREE, THREE, THREE)

    def test_cancelling_one_leg_takes_the_other(self, book: Book, entry: Order) -> None:
        book.fill(entry)
        book.cancel(entry.legs[0])
        assert statuses(entry) == ["filled", "canceled", "canceled"]

    def test_a_pair_holds_its_shares_once(self, book: Book, entry: Order) -> None:
        assert book.available("AAPL") == 0
        book.fill(entry)
        assert (book.account.qty("AAPL"), book.available("AAPL")) == (Decimal(4), Decimal(0))

    def test_fills_average_their_price(self, book: Book, entry: Order) -> None:
        book.fill(entry, qty=1, price="101.30")
        book.fill(entry, qty=3, price="101.10")
        assert entry.filled_avg_price == Decimal("101.15")
        assert book.account.positions["AAPL"].avg_entry_price == Decimal("101.15")

    def test_never_more_than_was_ordered(self, book: Book, entry: Order) -> None:
        with pytest.raises(ValueError, match="has 4 left"):
            book.fill(entry, qty=5)

    def test_day_brackets_lose_their_legs_at_the_close(self, book: Book, bracket: Body) -> None:
        day = book.submit(read_draft(bracket(time_in_force="day")))
        book.fill(day)
        assert {order.type for order in book.close_day()} == {"limit"}
        assert statuses(day) == ["filled", "expired", "expired"]
        assert book.unprotected("AAPL") == 4


class TestExits:
    def test_an_oco_pair_protects_and_excludes(self, book: Book) -> None:
        book.seed_position("AAPL", 3, "101.35")
        pair = book.submit(
            read_draft(
                {
                    "symbol": "AAPL",
                    "qty": "3",
                    "side": "sell",
                    "type": "limit",
                    "time_in_force": "gtc",
                    "order_class": "oco",
                    "take_profit": {"limit_price": "108.10"},
                    "stop_loss": {"stop_price": "97.90"},
                }
            )
        )
        assert (pair.limit_price, statuses(pair)) == (Decimal("108.10"), ["new", "held"])
        assert book.unprotected("AAPL") == 0
        book.fill(pair.legs[0])
        assert statuses(pair) == ["canceled", "filled"]

    def test_an_oto_stop_is_new_once_it_works(self, book: Book, bracket: Body) -> None:
        order = book.submit(read_draft(bracket(order_class="oto", take_profit=None)))
        book.fill(order)
        assert statuses(order) == ["filled", "new"]

    def test_foreign_orders_and_positions_can_be_there(self, book: Book) -> None:
        book.seed_position("MSFT", "7", "300.10")
        order = book.seed_order(symbol="MSFT", qty=2, side="sell", limit_price="330", client_order_id="other-1")
        assert (order.status, book.available("MSFT")) == ("new", Decimal(5))

    def test_a_split_changes_shares_but_no_resting_stop(self, book: Book, entry: Order) -> None:
        book.fill(entry)
        book.split("AAPL", 2)
        position = book.account.positions["AAPL"]
        assert (position.qty, position.avg_entry_price) == (Decimal(8), Decimal("50.675"))
        assert (entry.legs[1].stop_price, entry.legs[1].qty) == (Decimal("97.90"), Decimal(4))


class TestPrices:
    def test_a_move_fills_what_it_reaches_and_nothing_else(self, book: Book, entry: Order) -> None:
        assert book.move_price("AAPL", "101.40", "101.44") == []
        assert book.move_price("AAPL", "101.20", "101.28") == [entry]
        assert entry.filled_avg_price == Decimal("101.28")
        assert book.move_price("AAPL", "98.10", "98.14") == []
        assert book.move_price("AAPL", "97.80", "97.84", last="97.90") == [entry.legs[1]]
        assert entry.legs[1].filled_avg_price == Decimal("97.80")

    def test_an_empty_side_fills_nobody(self, book: Book, entry: Order) -> None:
        assert book.move_price("AAPL", "0", "0", last="50") == []

    def test_a_target_is_reached_by_the_bid(self, book: Book, entry: Order) -> None:
        book.fill(entry)
        assert book.move_price("AAPL", "108.09", "108.12") == []
        assert book.move_price("AAPL", "108.15", "108.20") == [entry.legs[0]]


class TestRules:
    def test_entries_can_fill_at_once(self, book: Book, bracket: Body) -> None:
        book.rules.fill_entries = "on_accept"
        assert statuses(book.submit(read_draft(bracket()))) == ["filled", "new", "held"]

    def test_or_when_somebody_looks(self, book: Book, bracket: Body) -> None:
        book.rules.fill_entries = "on_next_read"
        entry = book.submit(read_draft(bracket()))
        assert entry.status == "new"
        book.on_read()
        assert entry.status == "filled"

    def test_or_in_part(self, book: Book, bracket: Body) -> None:
        book.rules.fill_entries, book.rules.fill_entries_qty = "on_accept", 3
        assert statuses(book.submit(read_draft(bracket()))) == ["partially_filled", "held", "held"]

    def test_a_cancel_can_take_its_time(self, book: Book, entry: Order) -> None:
        book.rules.cancel_takes_reads = 1
        book.cancel(entry)
        assert entry.status == "pending_cancel"
        book.on_read()
        assert entry.status == "pending_cancel"
        book.on_read()
        assert statuses(entry) == ["canceled", "canceled", "canceled"]

    def test_filling_one_entry_at_once_leaves_the_cancel_of_another_alone(self, book: Book, bracket: Body) -> None:
        book.rules.cancel_takes_reads = 1
        first = book.submit(read_draft(bracket()))
        book.cancel(first)
        book.rules.fill_entries = "on_accept"
        for number in range(3):
            book.submit(read_draft(bracket(client_order_id=f"next-{number}", qty="1")))
        assert first.status == "pending_cancel"

    def test_and_can_lose_against_a_fill(self, book: Book, entry: Order) -> None:
        book.rules.cancel_takes_reads = 1
        book.cancel(entry)
        book.fill(entry)
        for _ in range(3):
            book.on_read()
        assert statuses(entry) == ["filled", "new", "held"]


class TestEnds:
    @pytest.mark.parametrize(("status", "field"), [("expired", "expired"), ("rejected", "failed")])
    def test_the_exchange_ends_a_group(self, book: Book, entry: Order, status: Any, field: str) -> None:
        book.end(entry, status)
        assert statuses(entry) == [status] * 3
        assert entry.ended.keys() == {field}
        assert book.open_orders() == []

    def test_any_state_can_be_set_and_taken_back(self, book: Book, entry: Order) -> None:
        book.set_status(entry, "done_for_day")
        book.set_status(entry, "canceled")
        assert entry not in book.open_orders()
        book.set_status(entry, "suspended")
        assert entry in book.open_orders("AAPL")

    def test_ids_of_both_kinds_find_an_order(self, book: Book, entry: Order) -> None:
        assert book.find(entry.id) is book.find(entry.client_order_id) is book.find(entry) is entry
        with pytest.raises(KeyError):
            book.find("nobody")


class TestReplacing:
    def test_a_new_order_takes_the_place(self, book: Book, entry: Order) -> None:
        book.fill(entry)
        old = entry.legs[1]
        new = book.replace(old, {"stop_price": "99.10"})
        assert (old.status, old.replaced_by, new.replaces) == ("replaced", new.id, old.id)
        assert (new.stop_price, new.status, entry.legs[1]) == (Decimal("99.10"), "held", new)
        book.fill(new)
        assert entry.legs[0].status == "canceled"

    @pytest.mark.parametrize("status", ["pending_new", "pending_cancel", "pending_replace", "filled"])
    def test_refused_while_pending_or_over(self, book: Book, entry: Order, status: str) -> None:
        book.set_status(entry, status)
        with pytest.raises(Refusal):
            book.replace(entry, {"limit_price": "101"})

    @pytest.mark.parametrize("changes", [{}, {"limit_price": "101.35"}, {"qty": 5}, {"limit_price": "101.351"}])
    def test_refused_changes(self, book: Book, entry: Order, changes: dict[str, Any]) -> None:
        with pytest.raises(Refusal):
            book.replace(entry, changes)

    def test_sleeping_legs_follow_a_replaced_parent(self, book: Book, entry: Order) -> None:
        new = book.replace(entry, {"limit_price": "101"})
        assert [leg.parent for leg in new.legs] == [new, new]
        book.fill(new)
        assert statuses(new) == ["filled", "new", "held"]
