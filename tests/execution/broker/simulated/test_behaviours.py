"""What goes wrong at brokers, on request: each survives processes, and one-shot ones are used up."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from support.simulated import World, every_read, new_york

from execution.broker.errors import BrokerRefused, BrokerUnclear, BrokerUnreachable
from execution.broker.port import Told
from execution.broker.simulated.record import Behaviour, Drop, Hide, LoseReply, Outage, Partial, Reject, Resting, save
from execution.orders import OrderStatus
from gates.base.errors import UsageError

D = Decimal
S = OrderStatus
ID = "avx-20261119-AAPL-entry-1"


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.price("AAPL", "100.00")
    return world


def ask_for(world: World, *behaviours: Behaviour) -> None:
    for behaviour in behaviours:
        world.broker.add_behaviour(behaviour)


def test_behaviours_are_kept_and_can_be_taken_back(world: World) -> None:
    asked = (
        Reject("AAPL", "halted"),
        Partial("AAPL", 3),
        Resting("AAPL"),
        LoseReply("AAPL"),
        Drop("AAPL"),
        Hide("AAPL", 2),
        Outage(),
    )
    ask_for(world, *asked)
    assert world.broker.behaviours() == asked
    for behaviour in asked:
        world.broker.remove_behaviour(behaviour)
    assert world.broker.behaviours() == ()


def test_what_is_not_in_force_cannot_be_taken_back(world: World) -> None:
    ask_for(world, Resting("MSFT"))
    for behaviour in (Resting("AAPL"), Outage()):
        with pytest.raises(UsageError, match="no such behaviour in force"):
            world.broker.remove_behaviour(behaviour)


@pytest.mark.parametrize("nonsense", [Partial("AAPL", 0), Hide("AAPL", -1), Hide("AAPL", "often")])  # type: ignore[arg-type]
def test_nonsense_is_not_kept(world: World, nonsense: Behaviour) -> None:
    with pytest.raises(UsageError):
        world.broker.add_behaviour(nonsense)
    assert world.broker.behaviours() == ()


def test_every_behaviour_survives_being_written_down() -> None:
    for behaviour in (Reject("AAPL", "halted"), Partial("AAPL", 3), Hide("AAPL", 2), Outage()):
        assert msgspec.json.decode(msgspec.json.encode(behaviour), type=Behaviour) == behaviour


# reject


def test_reject_refuses_every_order_of_the_symbol_until_taken_back(world: World) -> None:
    ask_for(world, Reject("AAPL", "asset is not tradable"))
    for _ in range(2):
        with pytest.raises(BrokerRefused, match="asset is not tradable"):
            world.submit()
    assert world.broker.find(ID) is None
    world.submit(symbol="MSFT", client_order_id="other")
    world.broker.remove_behaviour(Reject("AAPL", "asset is not tradable"))
    assert world.submit().status is S.SUBMITTED


def test_reject_refuses_exits_too(world: World) -> None:
    world.hold()
    world.broker.cancel("sim-000002")
    ask_for(world, Reject("AAPL", "trading suspended"))
    with pytest.raises(BrokerRefused, match="trading suspended"):
        world.broker.close("AAPL", 10, "flatten")


# partial


def test_partial_fills_so_many_shares_of_the_next_entry_and_the_rest_rests(world: World) -> None:
    ask_for(world, Partial("AAPL", 3))
    world.submit()
    assert world.broker.behaviours() == ()
    world.pass_minutes(30)
    order = world.order()
    assert (order.status, order.filled_qty, order.filled_avg_price) == (S.PARTIALLY_FILLED, D(3), D("100.01"))
    assert [leg.status for leg in order.legs] == [S.SUBMITTED, S.SUBMITTED]
    (held,) = world.broker.positions()
    assert held.qty == held.qty_available == D(3), "sleeping legs hold no shares"
    assert world.broker.account().buying_power == D(100_000) - 3 * D("100.01") - 7 * D("101.00")
    (listed,) = world.broker.open_orders()
    assert listed == order


def test_a_cancelled_partial_keeps_its_shares_naked(world: World) -> None:
    ask_for(world, Partial("AAPL", 3))
    world.submit()
    world.pass_minutes()
    world.broker.cancel("sim-000001")
    order = world.order()
    assert (order.status, order.filled_qty) == (S.CANCELLED, D(3))
    assert [leg.status for leg in order.legs] == [S.CANCELLED, S.CANCELLED]
    world.price("AAPL", "90.00")
    world.pass_minutes()
    (held,) = world.broker.positions()
    assert held.qty == held.qty_available == D(3)
    pair = world.broker.submit_exit("protect", "AAPL", 3, D("80.00"), D("110.00"))
    assert pair.qty == D(3)


def test_partial_of_the_whole_order_or_more_fills_it(world: World) -> None:
    ask_for(world, Partial("AAPL", 99))
    world.submit()
    world.pass_minutes()
    assert world.order().status is S.FILLED


def test_partial_is_for_the_next_entry_only(world: World) -> None:
    world.hold(client_order_id="held")
    world.broker.cancel("sim-000002")
    ask_for(world, Partial("AAPL", 3))
    world.broker.close("AAPL", 4, "flatten")
    world.broker.place_foreign("web", "AAPL", 4)
    world.submit(symbol="MSFT", client_order_id="other")
    assert world.broker.behaviours() == (Partial("AAPL", 3),)
    world.pass_minutes()
    assert world.order("flatten").status is S.FILLED
    assert world.order("web").status is S.FILLED


def test_shares_promised_elsewhere_while_the_entry_filled_are_not_sold_twice(world: World) -> None:
    """Three shares came, were protected, and the rest came after all: the legs find seven for ten."""
    ask_for(world, Partial("AAPL", 3))
    world.submit()
    world.pass_minutes()
    world.broker.submit_exit("protect", "AAPL", 3, D("80.00"), D("120.00"))
    unpartial(world)
    world.pass_minutes()
    order = world.order()
    assert (order.status, order.filled_qty) == (S.FILLED, D(10))
    assert [(leg.status, leg.reason) for leg in order.legs] == [(S.CANCELLED, "insufficient qty available")] * 2
    (held,) = world.broker.positions()
    assert (held.qty, held.qty_available) == (D(10), D(7))
    assert world.order("protect").status is S.WORKING


def unpartial(world: World) -> None:
    """The rest of a partial fills after all, as it may at a real broker."""
    head, *others = world.record.orders
    save(world.path, replace(world.record, orders=(replace(head, fills_at_most=None), *others)))


# rest


def test_rest_keeps_orders_working_while_it_is_in_force(world: World) -> None:
    ask_for(world, Resting("AAPL"))
    world.submit()
    world.pass_minutes(10)
    assert world.order().status is S.WORKING
    world.broker.remove_behaviour(Resting("AAPL"))
    world.pass_minutes()
    assert world.order().status is S.FILLED


def test_rest_holds_stops_and_foreign_orders_too(world: World) -> None:
    world.hold()
    ask_for(world, Resting("AAPL"))
    world.broker.place_foreign("web", "AAPL", 1)
    world.price("AAPL", "90.00")
    world.pass_minutes()
    assert [leg.status for leg in world.order().legs] == [S.WORKING, S.WORKING]
    assert world.order("web").status is S.WORKING


# lose_reply, drop


def test_lose_reply_takes_the_next_order_and_says_nothing(world: World) -> None:
    ask_for(world, LoseReply("AAPL"))
    with pytest.raises(BrokerUnclear, match="no answer"):
        world.submit()
    assert world.broker.behaviours() == ()
    assert world.order().status is S.SUBMITTED
    with pytest.raises(BrokerUnclear, match="must be unique"):
        world.submit()
    world.pass_minutes()
    assert world.order().status is S.FILLED


def test_lose_reply_waits_for_an_order_that_is_taken(world: World) -> None:
    ask_for(world, LoseReply("AAPL"))
    with pytest.raises(BrokerRefused):
        world.submit(qty=0)
    world.submit(symbol="MSFT", client_order_id="other")
    assert world.broker.behaviours() == (LoseReply("AAPL"),)


def test_drop_loses_the_next_order_on_the_way(world: World) -> None:
    ask_for(world, Drop("AAPL"))
    world.submit(symbol="MSFT", client_order_id="other")
    with pytest.raises(BrokerUnclear, match="no answer"):
        world.submit()
    assert world.broker.find(ID) is None
    assert world.broker.behaviours() == ()
    assert world.submit().status is S.SUBMITTED, "the same id may be sent again"


def test_one_shots_are_used_one_by_one(world: World) -> None:
    ask_for(world, Drop("AAPL"), Drop("AAPL"), LoseReply("AAPL"))
    for left in ((Drop("AAPL"), LoseReply("AAPL")), (LoseReply("AAPL"),), ()):
        with pytest.raises(BrokerUnclear):
            world.submit()
        assert world.broker.behaviours() == left
    assert world.order().status is S.SUBMITTED


# hide


def test_hide_denies_an_order_until_it_was_looked_up_so_often(world: World) -> None:
    world.submit()
    ask_for(world, Hide("AAPL", 2))
    assert world.broker.orders_since(new_york("2026-11-19 09:30")) == world.broker.open_orders() == Told()
    for left in ((Hide("AAPL", 1),), ()):
        assert world.broker.find(ID) is None
        assert world.broker.behaviours() == left
    assert world.order().status is S.SUBMITTED
    assert len(world.broker.open_orders()) == len(world.broker.orders_since(new_york("2026-11-19 09:30"))) == 1


def test_hide_counts_no_look_that_would_have_found_nothing(world: World) -> None:
    ask_for(world, Hide("AAPL", 1))
    assert world.broker.find("avx-20261119-AAPL-entry-9") is None
    world.submit(symbol="MSFT", client_order_id="other")
    assert world.order("other").symbol == "MSFT"
    assert [order.symbol for order in world.broker.open_orders()] == ["MSFT"]
    assert world.broker.behaviours() == (Hide("AAPL", 1),)


def test_a_hidden_order_is_there_all_the_same(world: World) -> None:
    world.submit()
    ask_for(world, Hide("AAPL", 5))
    with pytest.raises(BrokerUnclear, match="must be unique"):
        world.submit()
    world.pass_minutes()
    assert world.broker.positions().items[0].qty == D(10)


# outage


def test_an_outage_answers_nothing_until_it_is_over(world: World) -> None:
    world.submit()
    ask_for(world, Outage())
    reads: tuple[Callable[[], object], ...] = every_read(world.broker, new_york("2026-11-19 09:30"))
    for call in (*reads, lambda: world.broker.cancel("sim-000001")):
        with pytest.raises(BrokerUnreachable, match="outage"):
            call()
    for send in (
        lambda: world.submit(client_order_id="another"),
        lambda: world.broker.submit_exit("exit", "AAPL", 1, D(90), D(110)),
        lambda: world.broker.close("AAPL", 1, "close"),
    ):
        with pytest.raises(BrokerUnclear, match="outage"):
            send()
    world.broker.remove_behaviour(Outage())
    assert [order.client_order_id for order in world.broker.open_orders()] == [ID]


def test_the_market_does_not_wait_for_an_outage_to_end(world: World) -> None:
    world.submit()
    ask_for(world, Outage())
    world.pass_minutes()
    assert world.clock.now() == new_york("2026-11-19 10:31")
    world.broker.remove_behaviour(Outage())
    assert world.order().status is S.FILLED


# suspended by its owner


def test_a_suspended_account_refuses_every_order_exits_too_and_still_cancels(world: World) -> None:
    world.hold()
    name = "avx-20261119-MSFT-entry-1"
    resting = world.submit(client_order_id=name, symbol="MSFT", stop="40", limit="41", target="90")
    assert world.broker.is_suspended() is False
    assert world.broker.suspend(True) is True and world.broker.is_suspended() is True
    assert world.broker.account().blocked == "trade_suspended_by_user"
    words = "new orders are rejected by user request"
    with pytest.raises(BrokerRefused, match=words):
        world.submit(client_order_id="avx-20261119-MSFT-entry-2", symbol="MSFT")
    with pytest.raises(BrokerRefused, match=words):
        world.broker.close("AAPL", 10, "avx-20261119-AAPL-flatten-1")
    world.broker.cancel(resting.order_id)
    assert world.order(resting.client_order_id).status is OrderStatus.CANCELLED
    assert world.broker.suspend(False) is False and world.broker.account().blocked is None
    world.submit(client_order_id="avx-20261119-MSFT-entry-3", symbol="MSFT", stop="40", limit="60", target="90")


def test_a_suspend_is_not_set_while_nothing_is_answered(world: World) -> None:
    world.broker.add_behaviour(Outage())
    with pytest.raises(BrokerUnreachable):
        world.broker.suspend(True)
    assert world.record.suspended is False
