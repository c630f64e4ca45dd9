"""What cancel-all and flatten have to do, from the broker's lists, and whose it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from execution_factories import DAY, D, S, broker_leg, broker_order, entry, ident, ledger, leg, position

from execution.broker.port import BrokerOrder
from execution.closing import Sale, Task, our_shares, task_of, working
from execution.orders import OrderStatus, flatten_id

LEGS = (broker_leg("target"), broker_leg("stop"))
FILLED = broker_order(status=S.FILLED, filled=4, legs=LEGS)
RESTING = broker_order(ident("MSFT"), symbol="MSFT", legs=(replace(broker_leg("stop"), order_id="asleep"),))
THEIRS = broker_order("by-hand", symbol="NVDA", order_id="theirs")
CLOSE = broker_order(flatten_id(DAY, "AAPL", 1), side="sell", order_id="close")
HELD = ledger(entry(status=S.FILLED, filled=4, legs=(leg("stop"), leg("target"))))


def task(*orders: BrokerOrder, **changes: Any) -> Task:
    asked: dict[str, Any] = {"positions": (), "open_orders": orders, "orders": (), "live": None} | changes
    return task_of(**{"closes": True, "ours_only": False} | asked)


def ids(task: Task) -> list[str]:
    return [order.order_id for order in task.cancels]


def test_every_order_that_works_once_and_legs_asleep_go_with_their_parent() -> None:
    assert [order.order_id for order in working((RESTING, THEIRS, LEGS[0]), (FILLED, RESTING))] == [
        RESTING.order_id, "theirs", "id-target", "id-stop",
    ]  # fmt: skip


@pytest.mark.parametrize("status", [S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED])
def test_what_is_over_needs_no_cancel(status: OrderStatus) -> None:
    assert task(broker_order(status=status)).done


def test_everything_goes_unless_only_ours_should() -> None:
    everything = task(RESTING, THEIRS, *LEGS, orders=(FILLED,))
    assert set(ids(everything)) == {RESTING.order_id, "theirs", "id-target", "id-stop"}
    ours = task(RESTING, THEIRS, *LEGS, orders=(FILLED,), ours_only=True)
    assert set(ids(ours)) == {RESTING.order_id, "id-target", "id-stop"}
    assert ours.left_alone == (("NVDA", "buy order of 4 shares is not ours"),)


def test_a_leg_the_ledger_alone_knows_is_ours() -> None:
    assert ids(task(*LEGS, live=HELD, ours_only=True)) == ["id-target", "id-stop"]
    assert ids(task(*LEGS, ours_only=True)) == []


def test_a_close_on_its_way_is_cancelled_by_cancel_all_and_not_by_flatten() -> None:
    assert ids(task(CLOSE)) == []
    assert ids(task(CLOSE, closes=False)) == ["close"]


def test_cancel_all_sells_nothing() -> None:
    assert task(positions=(position(),), closes=False).done


@pytest.mark.parametrize(
    ("held", "free", "ours_only", "sale", "left"),
    [
        ("4", "4", False, Sale("AAPL", D(4), D(4), D(4)), None),
        ("7", "7", False, Sale("AAPL", D(7), D(7), D(4)), None),
        ("7", "7", True, Sale("AAPL", D(4), D(4), D(4)), "3 shares are not ours"),
        ("7", "2", True, Sale("AAPL", D(2), D(4), D(4)), "3 shares are not ours"),
        ("2", "2", True, Sale("AAPL", D(2), D(2), D(2)), None),
        ("4", "0", False, Sale("AAPL", D(0), D(4), D(4)), None),
        ("4", "-1", False, Sale("AAPL", D(0), D(4), D(4)), None),
        ("0.5", "0.5", False, Sale("AAPL", D("0.5"), D("0.5"), D("0.5")), None),
        ("-3", "-3", False, None, "short 3 shares; buy them back on the broker's own page"),
        ("0", "0", False, None, None),
    ],
)
def test_what_is_sold(held: str, free: str, ours_only: bool, sale: Sale | None, left: str | None) -> None:
    there = replace(position(qty=held), qty_available=D(free))
    found = task(positions=(there,), live=HELD, ours_only=ours_only)
    assert found.sales == ((sale,) if sale else ())
    assert found.left_alone == ((("AAPL", left),) if left else ())


def test_a_position_nobody_bought_for_us_is_theirs() -> None:
    found = task(positions=(position("NVDA"),), live=HELD, ours_only=True)
    assert (found.sales, found.left_alone) == ((), (("NVDA", "4 shares are not ours"),))


def test_without_a_ledger_the_brokers_record_says_whose_shares_are_whose() -> None:
    sold = broker_order(flatten_id(DAY, "AAPL", 1), S.FILLED, filled=1, side="sell")
    stopped = replace(FILLED, legs=(LEGS[0], broker_leg("stop", S.FILLED, filled=2)))
    by_hand = broker_order("by-hand", S.FILLED, filled=4)
    assert our_shares(None, (stopped, sold, by_hand)) == {"AAPL": D(1)}
    assert our_shares(HELD, (stopped,)) == {"AAPL": D(4)}


def test_a_bracket_that_is_over_leaves_nothing_to_cancel() -> None:
    over = (broker_leg("target", S.FILLED, filled=4), broker_leg("stop", S.CANCELLED))
    assert working((), (replace(FILLED, legs=over),)) == ()
