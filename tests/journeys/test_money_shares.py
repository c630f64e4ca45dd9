"""Shares are sold once and guarded by what the broker has, not by what the ledger says: R1 to R22 and P1 to P8.

The broker here knows things at different moments, forgets orders, ends legs alone, splits shares and answers in
words nobody knows. Whatever it does, no share is sold that something already explains, and a share of ours without
a stop is protected or named in every cycle.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from crash.desk import Desk
from crash.forks import Forks
from venue import faults, happenings
from venue.venue import Venue

from execution.orders import OrderStatus
from execution.state import latches
from gates.base.errors import EXIT_DONE, EXIT_NOT_FINISHED

from .money_desk import (
    AAPL,
    CANCEL_ALL,
    FLATTEN,
    OURS_ONLY,
    bought,
    by_hand,
    entry,
    exits,
    half_bought,
    lines,
    named,
    position,
    resting,
    sells,
)

PROTECT_1, PROTECT_2 = "avx-20261120-AAPL-protect-1", "avx-20261120-AAPL-protect-2"
MONDAY = datetime(2026, 11, 23, 15, 31, tzinfo=UTC)
STOP_PASSED = faults.refuse(422, 42210000, "stop price must be less than current price")
Make = Callable[..., Desk]


@pytest.fixture
def make(venue: Venue, tmp_path: Path, template: Path, forks: Forks) -> Make:
    """A desk by `bought` or `half_bought`."""

    def made(how: Callable[..., Desk], **extra: object) -> Desk:
        return how(venue, template, tmp_path / "state", forks, **extra)

    return made


def cycles(desk: Desk, number: int) -> None:
    for _ in range(number):
        assert desk.cycle().exit_code == EXIT_DONE, desk.said()


# --- protections in doubt, R1


def test_a_protection_in_doubt_is_not_sent_for_shares_the_operator_sold(make: Make) -> None:
    desk = make(half_bought)
    desk.venue.faults.add(faults.drop(), client_order_id=PROTECT_1, times=3)
    desk.cycle()
    assert entry(desk).protections[0].status is OrderStatus.UNKNOWN
    by_hand(desk, 5, "96.00")
    desk.venue.faults.clear()
    cycles(desk, 4)
    assert position(desk) == 0
    assert named(desk, "protect") == []
    assert exits(desk) == [("foreign", Decimal(5), Decimal("96.00"), Decimal("-22.5"))]
    assert entry(desk).protections[0].status is OrderStatus.NOT_SENT


def test_a_sale_at_the_market_in_doubt_is_not_sent_after_flatten(make: Make) -> None:
    desk = make(half_bought)
    desk.venue.faults.add(STOP_PASSED, client_order_id=PROTECT_1)
    desk.cycle()
    desk.venue.book.move_price("AAPL", "90.00", "90.02")
    desk.venue.faults.add(faults.drop(), client_order_id=PROTECT_2, times=2)
    desk.cycle()
    assert [one.client_order_id for one in entry(desk).protections] == [PROTECT_1, PROTECT_2]
    early = desk.cycle(verb=FLATTEN)
    assert position(desk) == 0 and early.exit_code == EXIT_NOT_FINISHED
    assert lines(early, f"NOT VERIFIED AAPL: {PROTECT_2} is unknown by the ledger"), "it may still arrive"
    assert desk.cycle(verb=FLATTEN).exit_code == EXIT_DONE, desk.said()
    desk.venue.faults.clear()
    latches.clear(desk.state.latches, latches.FLATTEN, desk.venue.now(), "tester", "done")
    cycles(desk, 3)
    assert position(desk) == 0 and named(desk, "protect-2") == []


def test_a_protection_in_doubt_is_sent_again_while_its_shares_are_there(make: Make) -> None:
    desk = make(half_bought)
    desk.venue.faults.add(faults.drop(), client_order_id=PROTECT_1)
    cycles(desk, 2)
    assert desk.venue.book.unprotected("AAPL") == 0
    assert named(desk, "protect") == [PROTECT_1]


# Positions that lag behind orders (R2, R11)


def test_flatten_said_twice_while_positions_lag_sells_once(make: Make) -> None:
    desk = make(bought)
    desk.cycle()
    book = desk.venue.book

    def fall_behind(_request: object) -> None:
        book.memory.lag_seconds["positions"] = 600
        book.memory.note(book)
        desk.venue.advance(1)

    desk.venue.faults.add(faults.call(fall_behind, first=True), client_order_id="*-flatten-*")
    first, second = desk.cycle(verb=FLATTEN), desk.cycle(verb=FLATTEN)
    assert (first.exit_code, second.exit_code) == (EXIT_NOT_FINISHED, EXIT_NOT_FINISHED)
    assert position(desk) == 0
    assert named(desk, "flatten") == ["avx-20261120-AAPL-flatten-1"]
    assert "DONE: nothing" not in first.output + second.output
    assert "`execution ledger explain AAPL --shares 9 --evidence TEXT`" in second.output
    desk.venue.book.memory.lag_seconds.clear()
    assert desk.cycle(verb=FLATTEN).exit_code == EXIT_DONE


def test_flatten_is_not_done_while_shares_of_ours_are_not_in_the_positions(make: Make) -> None:
    desk = make(bought)
    desk.cycle()
    desk.venue.book.memory.empty.add("positions")
    done = desk.cycle(verb=FLATTEN)
    assert done.exit_code == EXIT_NOT_FINISHED
    assert lines(done, "NOT VERIFIED AAPL: 9 shares of ours are not in the positions")
    cycles(desk, 2)
    waiting = desk.outcomes[-1]
    assert lines(waiting, "POSITION AAPL: expected 9, found 0; `execution ledger explain AAPL")
    desk.venue.book.memory.empty.clear()
    assert desk.cycle(verb=FLATTEN).exit_code == EXIT_DONE
    assert position(desk) == 0


# Positions that differ (R4)


@pytest.mark.parametrize(("ratio", "left"), [("2", 18), ("0.1111112", 1)], ids=["forward", "reverse"])
def test_after_a_split_nothing_is_sold_or_protected_at_the_old_prices(make: Make, ratio: str, left: int) -> None:
    desk = make(bought)
    cycles(desk, 2)
    happenings.split(desk.venue.book, "AAPL", ratio, legs_end=True)
    for _ in range(4):
        outcome = desk.cycle()
    assert position(desk) == left
    assert named(desk, "protect") == [] and exits(desk) == []
    (waits,) = lines(outcome, f"PROTECT WAITS AAPL: {min(9, left)} shares have no stop; the position differs")
    assert "a split?" in waits
    assert lines(outcome, f"POSITION AAPL: expected 9, found {left}; ")


def test_a_position_that_differs_is_protected_as_far_as_it_is_certain(make: Make) -> None:
    """The legs are gone and two shares too, nobody knows how; the price is where stop and target still fit."""
    desk = make(bought)
    cycles(desk, 2)
    for order in desk.venue.book.open_orders("AAPL"):
        desk.venue.book.cancel(order)
    happenings.move_shares(desk.venue.book, "AAPL", -2)
    cycles(desk, 3)
    assert desk.venue.book.unprotected("AAPL") == 0 and position(desk) == 7
    assert lines(desk.outcomes[-1], "POSITION AAPL: expected 9, found 7; ")


# More sold than bought (R5)


def test_both_legs_filled_leave_a_ledger_that_can_be_read(make: Make) -> None:
    desk = make(bought)
    desk.cycle()
    stop, target = (next(leg for leg in sells(desk) if leg.is_stop is is_stop) for is_stop in (True, False))
    desk.venue.book.fill(target)
    happenings.fill_though_over(desk.venue.book, stop)
    assert position(desk) == -9
    cycles(desk, 3)
    assert {(kind, qty) for kind, qty, _, _ in exits(desk)} == {("target", Decimal(9)), ("stop", Decimal(9))}
    (beyond,) = [one for one in desk.ledger().exits if one.beyond]
    assert beyond.realized is None and entry(desk).held_qty == 0
    assert "Gate mode=LIVE status=PASS" in desk.outcomes[-1].output
    desk.state.ledger(desk.ledger().mode).path.unlink()
    rebuilt = desk.cycle(verb=("rebuild",))
    assert rebuilt.exit_code == EXIT_DONE, rebuilt.output
    assert desk.cycle().exit_code == EXIT_DONE and entry(desk).held_qty == 0


# Prices that are none (R6)


def test_a_pair_refused_for_another_reason_is_never_replaced_by_a_sale_at_the_market(make: Make) -> None:
    desk = make(half_bought)
    wash = faults.refuse(403, 40310000, "potential wash trade detected")
    desk.venue.faults.add(wash, client_order_id="*-protect-*", times=2)
    desk.venue.market.set_quote("AAPL", "1.00", "180.00")
    cycles(desk, 4)
    desk.venue.market.set_quote("AAPL", "100.10", "100.12")
    cycles(desk, 4)
    assert position(desk) == 5 and desk.venue.book.unprotected("AAPL") == 0


def test_a_wide_quote_sells_nothing_when_the_stop_was_refused(make: Make) -> None:
    desk = make(half_bought)
    desk.venue.faults.add(STOP_PASSED, client_order_id="*-protect-*", times=3)
    desk.venue.market.set_quote("AAPL", "1.00", "180.00")
    desk.cycle()
    outcome = desk.cycle()
    (why,) = lines(outcome, "PROTECT AAPL: the pair is tried again, not sold at the market")
    assert "spread too wide" in why
    desk.venue.market.set_quote("AAPL", "100.10", "100.12")
    cycles(desk, 3)
    assert position(desk) == 5 and desk.venue.book.unprotected("AAPL") == 0


def test_a_good_quote_below_the_stop_sells(make: Make) -> None:
    desk = make(half_bought)
    desk.venue.faults.add(STOP_PASSED, client_order_id=PROTECT_1)
    desk.cycle()
    desk.venue.book.move_price("AAPL", "90.00", "90.02")
    cycles(desk, 2)
    assert position(desk) == 0 and [kind for kind, *_ in exits(desk)] == ["stop"]


def test_a_protection_refused_for_good_is_tried_less_and_less_and_said_every_cycle(make: Make) -> None:
    desk = make(half_bought)
    desk.venue.faults.add(faults.refuse(403, 40310000, "no"), client_order_id="*-protect-*", times=faults.EVERY)
    cycles(desk, 30)
    assert len(entry(desk).protections) < 9
    for outcome in desk.outcomes[3:]:
        assert lines(outcome, "PROTECT"), outcome.output


# --- clocks, R12


def test_a_cycle_on_a_clock_that_was_ahead_keeps_nothing_naked(make: Make) -> None:
    desk = make(bought)
    desk.cycle()
    for order in desk.venue.book.open_orders("AAPL"):
        desk.venue.book.cancel(order)
    now = desk.venue.now()
    desk.forks.run({**_environ(desk)}, MONDAY, None, ("run",))
    desk.venue.set_now(now)
    cycles(desk, 2)
    assert desk.venue.book.unprotected("AAPL") == 0


def _environ(desk: Desk) -> dict[str, str]:
    from crash.desk import settings

    return {**settings(desk.root, desk.venue.env), **desk.extra}


# Guarded means that a stop is there (R13, R22, P1)


def end_stop(status: str) -> Callable[[Desk], None]:
    def broken(desk: Desk) -> None:
        happenings.end_alone(desk.venue.book, next(leg for leg in sells(desk) if leg.is_stop and leg.is_open), status)

    return broken


def suspended_leg(desk: Desk) -> None:
    stop, target = (next(leg for leg in sells(desk) if leg.is_stop is is_stop) for is_stop in (True, False))
    happenings.end_alone(desk.venue.book, target, "canceled")
    desk.venue.book.set_status(stop, "suspended")


@pytest.mark.parametrize(
    "broken",
    [end_stop("rejected"), end_stop("canceled"), end_stop("expired"), suspended_leg],
    ids=["rejected", "cancelled", "expired", "suspended"],
)
def test_a_bracket_whose_stop_is_none_is_replaced_by_a_pair(make: Make, broken: Callable[[Desk], None]) -> None:
    desk = make(bought)
    cycles(desk, 2)
    broken(desk)
    cycles(desk, 5)
    assert desk.venue.book.unprotected("AAPL") == 0 and position(desk) == 9


@pytest.mark.parametrize("status", ["rejected", "canceled", "expired"])
def test_a_pair_whose_stop_ended_is_replaced(make: Make, status: str) -> None:
    desk = make(half_bought)
    cycles(desk, 2)
    end_stop(status)(desk)
    cycles(desk, 5)
    assert desk.venue.book.unprotected("AAPL") == 0 and position(desk) == 5
    assert named(desk, "protect") == [PROTECT_1, PROTECT_2]


def test_an_entry_rejected_after_a_part_is_over_and_its_shares_are_protected(make: Make) -> None:
    desk = make(bought, qty=4)
    desk.venue.book.end(AAPL, "rejected")
    cycles(desk, 3)
    assert entry(desk).status is OrderStatus.REJECTED
    assert desk.venue.book.unprotected("AAPL") == 0 and position(desk) == 4


def test_legs_that_sleep_on_under_a_cancelled_parent_are_told_to_end(make: Make) -> None:
    desk = make(bought, qty=4)
    desk.venue.book.rules.legs_outlive_parent = True
    desk.venue.book.cancel(desk.venue.book.find(AAPL))
    desk.venue.book.rules.legs_outlive_parent = False
    cycles(desk, 5)
    assert desk.venue.book.unprotected("AAPL") == 0 and position(desk) == 4


def test_a_word_nobody_knows_is_said_once_and_its_shares_are_protected(make: Make) -> None:
    desk = make(bought, qty=4)
    for leg in sells(desk):
        happenings.end_alone(desk.venue.book, leg, "canceled")
    desk.venue.faults.add(faults.unknown_status("liquidating", AAPL))
    cycles(desk, 4)
    assert sum(len(lines(outcome, "UNRECOGNISED AAPL: ")) for outcome in desk.outcomes) == 1
    assert desk.venue.book.unprotected("AAPL") == 0
    assert entry(desk).unrecognised == "liquidating"


def test_an_order_the_broker_lost_is_in_doubt_and_names_the_way_out(make: Make) -> None:
    """P1 and P3: it holds its symbol until a person says what became of it."""
    desk = make(bought, qty=4)
    cycles(desk, 1)
    happenings.lose(desk.venue.book, AAPL)
    cycles(desk, 3)
    outcome = desk.outcomes[-1]
    assert f"Gate entries status=FAIL reason=unresolved orders (1, limit 0): {AAPL}" in outcome.output
    assert lines(outcome, f"PROTECT WAITS AAPL: 4 shares have no stop; {AAPL} is in doubt; `execution")
    settled = desk.cycle(verb=("ledger", "settle", AAPL, "--as", "cancelled", "--evidence", "the broker's page"))
    assert settled.exit_code == EXIT_DONE, settled.output
    cycles(desk, 3)
    assert desk.venue.book.unprotected("AAPL") == 0


def test_an_order_lost_before_its_fill_was_seen_makes_its_shares_unexplained(make: Make) -> None:
    desk = make(bought, qty=4)
    happenings.lose(desk.venue.book, AAPL)
    cycles(desk, 3)
    outcome = desk.outcomes[-1]
    assert lines(outcome, f"IN DOUBT AAPL: {AAPL}: the broker knows it no longer, by id or in any list; `execution")
    assert lines(outcome, "POSITION AAPL: expected 0, found 4; `execution ledger explain AAPL")


def test_a_stop_moved_on_the_brokers_page_guards_and_is_ours_to_end(make: Make) -> None:
    desk = make(bought)
    cycles(desk, 2)
    stop = next(leg for leg in sells(desk) if leg.is_stop)
    happenings.replace_outside(desk.venue.book, stop, {"stop_price": "96.00"})
    cycles(desk, 3)
    assert named(desk, "protect") == [] and not lines(desk.outcomes[-1], "PROTECT")
    assert desk.cycle(verb=OURS_ONLY).exit_code == EXIT_DONE, desk.said()
    assert position(desk) == 0


# Rebuilding and sales of other days (R16, R17, R18)


def test_rebuild_finds_protections_again(make: Make) -> None:
    desk = make(half_bought)
    cycles(desk, 2)
    desk.state.ledger(desk.ledger().mode).path.unlink()
    assert desk.cycle(verb=("rebuild",)).exit_code == EXIT_DONE
    assert [one.client_order_id for one in entry(desk).protections] == [PROTECT_1]
    desk.venue.book.fill(next(leg for leg in sells(desk) if leg.is_stop and leg.is_open), price="97.00")
    cycles(desk, 2)
    assert entry(desk).held_qty == 0 and [kind for kind, *_ in exits(desk)] == ["stop"]


def test_a_sale_by_flatten_is_written_down_on_a_later_day(make: Make) -> None:
    desk = make(bought)
    cycles(desk, 2)
    sold = desk.venue.book.seed_order(
        symbol="AAPL", side="sell", qty=9, type="market", client_order_id="avx-20261120-AAPL-flatten-1"
    )
    for order in desk.venue.book.open_orders("AAPL"):
        if order is not sold:
            desk.venue.book.cancel(order)
    desk.venue.book.fill(sold, price="99.00")
    desk.venue.set_now(MONDAY)
    cycles(desk, 1)
    assert [(kind, qty) for kind, qty, *_ in exits(desk)] == [("flatten", Decimal(9))]
    assert entry(desk).held_qty == 0


def test_one_sale_by_hand_explains_one_difference(make: Make) -> None:
    desk = make(bought)
    cycles(desk, 2)
    by_hand(desk, 3, "100.00")
    cycles(desk, 3)
    assert [(kind, qty) for kind, qty, *_ in exits(desk)] == [("foreign", Decimal(3))]
    desk.venue.set_now(MONDAY)
    for order in desk.venue.book.open_orders("AAPL"):
        desk.venue.book.cancel(order)
    happenings.move_shares(desk.venue.book, "AAPL", -3)
    cycles(desk, 2)
    assert exits(desk) == []
    assert lines(desk.outcomes[-1], "POSITION AAPL: expected 6, found 3; `execution ledger explain AAPL")
    explained = desk.cycle(verb=("ledger", "explain", "AAPL", "--shares", "3", "--evidence", "a transfer"))
    assert explained.exit_code == EXIT_DONE, explained.output
    cycles(desk, 2)
    assert exits(desk) == [("foreign", Decimal(3), None, None)]
    assert not lines(desk.outcomes[-1], "POSITION")
    assert desk.venue.book.unprotected("AAPL") == 0


# Prices, each used once (P4, P5)


def test_sales_by_hand_keep_their_own_prices(make: Make) -> None:
    desk = make(bought)
    desk.venue.book.find(AAPL).filled_avg_price = Decimal(100)
    desk.cycle()
    by_hand(desk, 3, "110")
    by_hand(desk, 6, "90")
    desk.cycle()
    assert exits(desk) == [
        ("foreign", Decimal(3), Decimal(110), Decimal(30)),
        ("foreign", Decimal(6), Decimal(90), Decimal(-60)),
    ]


def test_a_price_that_is_not_told_is_not_nought_and_is_taken_when_it_comes(make: Make) -> None:
    desk = make(bought)
    order = desk.venue.book.find(AAPL)
    desk.venue.oddities.add("order", order.id, "filled_avg_price")
    desk.cycle()
    target = next(leg for leg in sells(desk) if not leg.is_stop)
    desk.venue.book.fill(target)
    desk.cycle()
    assert exits(desk) == [("target", Decimal(9), target.filled_avg_price, None)]
    desk.venue.oddities.clear()
    order.filled_avg_price = Decimal("99.95")
    desk.cycle()
    price = target.filled_avg_price
    assert price is not None
    assert exits(desk) == [("target", Decimal(9), price, 9 * (price - Decimal("99.95")))]


# --- cancels, P2


@pytest.mark.parametrize("how", ["refused", "ignored"])
def test_a_cancel_that_does_nothing_is_said_as_one(make: Make, how: str) -> None:
    desk = make(resting)
    desk.venue.book.rules.cancels = how  # type: ignore[assignment]
    desk.state.kill_switch.touch()
    first, second, third = (desk.cycle() for _ in range(3))
    assert lines(first, "CANCEL ASKED AAPL: reason=kill switch active")
    assert "still working 2 min after the first of 3 requests" in lines(third, "CANCEL ASKED AAPL: ")[0]
    assert not lines(second, "CANCEL AAPL")
    desk.venue.set_now(datetime(2026, 11, 20, 21, 5, tzinfo=UTC))
    assert desk.cycle(verb=("sweep",)).exit_code == EXIT_NOT_FINISHED
    desk.venue.book.rules.cancels = "taken"
    assert desk.cycle(verb=("sweep",)).exit_code == EXIT_DONE
    assert not desk.venue.book.find(AAPL).is_open


# An entry edited on the broker's page (P7)


def test_an_entry_edited_on_the_brokers_page_stays_ours(make: Make) -> None:
    desk = make(resting)
    happenings.replace_outside(desk.venue.book, AAPL, {"limit_price": "100.30"})
    desk.cycle()
    assert (entry(desk).limit_price, entry(desk).status) == (Decimal("100.30"), OrderStatus.WORKING)
    desk.state.kill_switch.touch()
    desk.cycle()
    assert not [order for order in desk.venue.book.open_orders("AAPL") if order.side == "buy"]
    cycles(desk, 1)
    assert entry(desk).status is OrderStatus.CANCELLED


def test_cancel_all_ends_an_edited_entry_too(make: Make) -> None:
    desk = make(resting)
    happenings.replace_outside(desk.venue.book, AAPL, {"limit_price": "100.30"})
    assert desk.cycle(verb=(*CANCEL_ALL, "--ours-only")).exit_code == EXIT_DONE, desk.said()
    assert not desk.venue.book.open_orders("AAPL")
