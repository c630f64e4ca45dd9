"""The simulated broker as a broker: what it takes, when it fills, what it answers."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace
from support.simulated import MINUTE, OVERNIGHT, World, bracket, new_york, session_on

from execution.broker.errors import BrokerRefused, BrokerUnclear
from execution.broker.port import Broker, BrokerOrder, Position, Told
from execution.broker.simulated.record import Resting, save
from execution.orders import OrderStatus
from gates.base.errors import UsageError

D = Decimal
S = OrderStatus


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def legs(order: BrokerOrder) -> dict[str, BrokerOrder]:
    return {leg.kind: leg for leg in order.legs}


def statuses(order: BrokerOrder) -> tuple[OrderStatus, OrderStatus, OrderStatus]:
    """Entry, stop, target."""
    return order.status, legs(order)["stop"].status, legs(order)["target"].status


def position(world: World, symbol: str = "AAPL") -> Position | None:
    return next((found for found in world.broker.positions() if found.symbol == symbol), None)


def test_it_is_a_broker(world: World) -> None:
    broker: Broker = world.broker
    assert broker.name == "simulated"


def test_a_new_account_has_its_cash_and_nothing_else(world: World) -> None:
    account = world.broker.account()
    assert (account.equity, account.buying_power, account.blocked) == (D(100_000), D(100_000), None)
    assert world.broker.positions() == world.broker.open_orders() == world.broker.orders_since(world.now) == Told()
    assert world.broker.find("avx-20261119-AAPL-entry-1") is None


def test_quotes_and_bars_come_for_every_symbol_asked(world: World) -> None:
    quotes = world.broker.quotes(iter(["AAPL", "MSFT", "TSLA"]))
    assert list(quotes) == ["AAPL", "MSFT", "TSLA"]
    assert all(quote.at == world.now for quote in quotes.values())
    bars = world.broker.bars(iter(["AAPL", "MSFT"]), session_on("2026-11-19").opens, 10)
    assert [len(series) for series in bars.values()] == [7, 7]
    assert bars["AAPL"][-1].start == world.now, "the running interval is there with its latest price"


# Taking an order.


def test_a_taken_order_is_submitted_until_time_passes(world: World) -> None:
    world.price("AAPL", "100.00")
    order = world.submit()
    assert (order.order_id, order.client_order_id) == ("sim-000001", "avx-20261119-AAPL-entry-1")
    assert (order.symbol, order.side, order.kind, order.qty) == ("AAPL", "buy", "limit", D(10))
    assert (order.limit_price, order.stop_price) == (D("101.00"), None)
    assert (order.filled_qty, order.filled_avg_price) == (D(0), None)
    assert order.submitted_at == order.updated_at == world.now
    assert order.unrecognised is None
    assert statuses(order) == (S.SUBMITTED, S.SUBMITTED, S.SUBMITTED)
    assert world.order() == order
    world.broker.advance(1)
    assert world.order().status is S.FILLED


def test_legs_are_sells_with_ids_of_the_brokers_own(world: World) -> None:
    order = world.submit()
    stop, target = legs(order)["stop"], legs(order)["target"]
    assert (stop.side, stop.stop_price, stop.limit_price) == ("sell", D("95.00"), None)
    assert (target.side, target.stop_price, target.limit_price) == ("sell", None, D("110.00"))
    assert {stop.order_id, target.order_id} == {"sim-000002", "sim-000003"}
    assert len({order.client_order_id, stop.client_order_id, target.client_order_id}) == 3
    assert world.order(stop.client_order_id) == stop


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"qty": 0}, "qty must be a whole number of at least 1"),
        ({"qty": -3}, "qty must be a whole number of at least 1"),
        ({"qty": D("1.5")}, "qty must be a whole number of at least 1"),
        ({"stop": "101.00"}, "stop, limit and target must rise (101.00, 101.00, 110.00)"),
        ({"stop": "102.00"}, "stop, limit and target must rise"),
        ({"target": "101.00"}, "stop, limit and target must rise"),
        ({"target": "99.00"}, "stop, limit and target must rise"),
        ({"limit": "101.001"}, "limit price 101.001 is not a price in whole ticks"),
        ({"stop": "95.005"}, "stop price 95.005 is not a price"),
        ({"target": "110.0001"}, "target price 110.0001 is not a price"),
        ({"stop": "0.12345", "limit": "0.2", "target": "0.3"}, "stop price 0.12345 is not a price"),
        ({"limit": "NaN"}, "limit price NaN is not a price"),
        ({"target": "Infinity"}, "target price Infinity is not a price"),
        ({"stop": "-1"}, "stop price -1 is not a price"),
        ({"qty": 991}, "insufficient buying power (100091.00 of 100000.00)"),
        ({"client_order_id": ""}, "client_order_id must have 1 to 128 characters"),
        ({"client_order_id": "x" * 129}, "client_order_id must have 1 to 128 characters"),
        ({"symbol": ""}, "symbol is missing"),
    ],
)
def test_what_the_broker_does_not_take(world: World, changes: dict[str, object], words: str) -> None:
    before = world.path.read_bytes()
    with pytest.raises(BrokerRefused) as refused:
        world.submit(**changes)
    assert words in str(refused.value)
    assert world.path.read_bytes() == before


def test_the_whole_cash_can_be_spent_and_prices_below_a_dollar_have_four_decimals(world: World) -> None:
    assert world.submit(qty=990).qty == D(990)
    world.submit(client_order_id="penny", symbol="MSFT", stop="0.1111", limit="0.1234", target="0.2345", qty=10)
    with pytest.raises(BrokerRefused, match="insufficient buying power"):
        world.submit(client_order_id="third")


def test_a_refused_id_may_be_used_and_a_taken_one_never_again(world: World) -> None:
    with pytest.raises(BrokerRefused):
        world.submit(qty=0)
    order = world.submit()
    for _ in ("open", "over"):
        with pytest.raises(BrokerUnclear, match="client_order_id must be unique"):
            world.submit()
        with pytest.raises(BrokerUnclear, match="client_order_id must be unique"):
            world.submit(symbol="MSFT", qty=1)
        world.broker.cancel(order.order_id)
        world.broker.advance(OVERNIGHT)
    with pytest.raises(BrokerUnclear, match="client_order_id must be unique"):
        world.broker.close("AAPL", 1, order.client_order_id)
    with pytest.raises(BrokerUnclear, match="client_order_id must be unique"):
        world.submit(client_order_id=legs(order)["stop"].client_order_id)
    assert len(world.record.orders) == 3


# Filling an entry.


def test_an_entry_fills_at_the_ask(world: World) -> None:
    world.hold()
    order = world.order()
    assert order.status is S.FILLED
    assert (order.filled_qty, order.filled_avg_price) == (D(10), D("100.01"))
    assert order.updated_at == new_york("2026-11-19 10:31")
    held = position(world)
    assert held is not None
    assert (held.qty, held.avg_entry_price, held.market_value) == (D(10), D("100.01"), D("1000.00"))
    account = world.broker.account()
    assert (account.equity, account.buying_power) == (D("99999.90"), D("98999.90"))


def test_an_entry_below_the_ask_works_until_the_ask_comes_down(world: World) -> None:
    world.price("AAPL", "101.00")
    world.submit()
    world.pass_minutes(5)
    assert world.order().status is S.WORKING
    assert world.order().updated_at == new_york("2026-11-19 10:31")
    world.price("AAPL", "100.99")
    assert world.order().status is S.WORKING, "a price alone fills nothing; time has to pass"
    world.pass_minutes()
    assert (world.order().status, world.order().filled_avg_price) == (S.FILLED, D("101.00"))


def test_an_open_entry_reserves_its_price(world: World) -> None:
    world.price("AAPL", "200.00")
    world.submit()
    assert world.broker.account().buying_power == D(98_990)
    assert world.broker.account().equity == D(100_000)
    world.pass_minutes()
    assert world.broker.account().buying_power == D(98_990)
    world.broker.cancel("sim-000001")
    assert world.broker.account().buying_power == D(100_000)


def test_the_walk_fills_an_order_at_the_first_minute_it_reaches_the_limit(world: World) -> None:
    world.submit(limit="99.80", stop="99.50", target="120.00")
    world.pass_minutes(300)
    filled = world.order()
    assert filled.status is S.FILLED
    minutes = (filled.legs[0].updated_at - filled.submitted_at).seconds // MINUTE
    earlier = World(world.path.parent, "2026-11-19 08:00", name="earlier.json")
    asks = []
    for _ in range(minutes):
        earlier.pass_minutes()
        asks.append(earlier.broker.quotes(["AAPL"])["AAPL"].ask)
    assert all(ask > D("99.80") for ask in asks[:-1])
    assert filled.filled_avg_price == asks[-1] <= D("99.80")


def test_an_order_may_be_given_while_the_market_is_closed(world: World) -> None:
    world.price("AAPL", "100.00")
    world.broker.set_clock(new_york("2026-11-19 17:00"))
    assert not world.broker.clock().is_open
    world.submit()
    world.broker.set_clock(new_york("2026-11-20 09:29:59"))
    assert world.order().status is S.SUBMITTED
    world.broker.advance(1)
    assert world.order().updated_at == new_york("2026-11-20 09:30")
    assert world.order().status is S.FILLED


# The legs.


def test_legs_sleep_until_the_entry_is_filled_then_work(world: World) -> None:
    world.price("AAPL", "101.00")
    world.submit()
    world.pass_minutes()
    assert statuses(world.order()) == (S.WORKING, S.SUBMITTED, S.SUBMITTED)
    world.price("AAPL", "100.00")
    world.pass_minutes()
    assert statuses(world.order()) == (S.FILLED, S.WORKING, S.WORKING)


def test_legs_wake_after_the_minute_of_the_fill(world: World) -> None:
    """An entry through its own stop fills first and is stopped a minute later."""
    world.price("AAPL", "94.00")
    world.submit()
    world.pass_minutes()
    assert statuses(world.order()) == (S.FILLED, S.WORKING, S.WORKING)
    world.pass_minutes()
    assert statuses(world.order()) == (S.FILLED, S.FILLED, S.CANCELLED)


def test_a_stop_fills_at_the_bid_and_cancels_the_target(world: World) -> None:
    world.hold()
    world.price("AAPL", "95.02")
    world.pass_minutes()
    assert statuses(world.order()) == (S.FILLED, S.WORKING, S.WORKING)
    world.price("AAPL", "93.00")
    world.pass_minutes()
    assert statuses(world.order()) == (S.FILLED, S.FILLED, S.CANCELLED)
    stop = legs(world.order())["stop"]
    assert (stop.filled_qty, stop.filled_avg_price, stop.stop_price) == (D(10), D("92.99"), D("95.00"))
    assert world.broker.positions() == world.broker.open_orders() == Told()
    assert world.broker.account().equity == D(100_000) - 10 * (D("100.01") - D("92.99"))


def test_a_target_fills_at_its_price_and_cancels_the_stop(world: World) -> None:
    world.hold()
    world.price("AAPL", "112.00")
    world.pass_minutes()
    assert statuses(world.order()) == (S.FILLED, S.CANCELLED, S.FILLED)
    assert legs(world.order())["target"].filled_avg_price == D("110.00")
    assert legs(world.order())["stop"].updated_at == world.now
    assert world.order().updated_at == new_york("2026-11-19 10:31"), "the entry was over before"
    account = world.broker.account()
    assert account.equity == account.buying_power == D(100_000) + 10 * (D("110.00") - D("100.01"))


def test_legs_are_good_till_cancelled_and_gap_through_the_night(world: World) -> None:
    world.hold()
    world.broker.set_clock(new_york("2026-11-19 16:00"))
    world.price("AAPL", "90.00")
    world.broker.set_clock(new_york("2026-11-20 09:29"))
    assert statuses(world.order()) == (S.FILLED, S.WORKING, S.WORKING)
    world.broker.set_clock(new_york("2026-11-20 09:31"))
    stop = legs(world.order())["stop"]
    assert (stop.status, stop.filled_avg_price, stop.updated_at) == (S.FILLED, D("89.99"), new_york("2026-11-20 09:30"))


def test_an_entry_is_good_till_cancelled(world: World) -> None:
    world.price("AAPL", "105.00")
    world.submit()
    world.broker.set_clock(new_york("2026-11-23 12:00"))
    assert world.order().status is S.WORKING
    world.price("AAPL", "100.00")
    world.pass_minutes()
    assert world.order().status is S.FILLED


def test_days_that_passed_in_the_real_world_filled_orders_too(world: World) -> None:
    """Seen by every reader before it is written, and written the same."""
    world.price("AAPL", "100.00")
    world.submit()
    world.wall = new_york("2026-11-24 12:00")
    seen = world.order()
    assert (seen.status, seen.updated_at) == (S.FILLED, new_york("2026-11-19 10:31"))
    assert not any(order.fills for order in world.record.orders)
    world.broker.add_behaviour(Resting("TSLA"))
    assert world.record.orders[0].fills[0].at == new_york("2026-11-19 10:31")
    assert world.order() == seen


# Cancelling.


def test_a_cancelled_entry_takes_its_sleeping_legs_along(world: World) -> None:
    order = world.submit()
    world.broker.cancel(order.order_id)
    assert statuses(world.order()) == (S.CANCELLED, S.CANCELLED, S.CANCELLED)
    assert world.broker.open_orders().items == ()
    world.price("AAPL", "90.00")
    world.pass_minutes()
    assert world.broker.positions().items == ()


def test_what_is_over_can_be_cancelled_in_vain(world: World) -> None:
    world.hold()
    before = world.path.read_bytes()
    world.broker.cancel("sim-000001")
    assert world.path.read_bytes() == before
    assert statuses(world.order()) == (S.FILLED, S.WORKING, S.WORKING)


def test_one_cancelled_leg_takes_the_other_along(world: World) -> None:
    world.hold()
    world.broker.cancel(legs(world.order())["stop"].order_id)
    assert statuses(world.order()) == (S.FILLED, S.CANCELLED, S.CANCELLED)
    held = position(world)
    assert held is not None
    assert held.qty == held.qty_available == D(10)


def test_a_cancel_says_whether_it_was_taken(world: World) -> None:
    assert world.broker.cancel("sim-000001") is False
    world.price("AAPL", "105.00")
    world.submit()
    assert [world.broker.cancel("sim-000001") for _ in range(2)] == [True, False]


# Lists.


def test_open_orders_show_an_entry_with_its_legs_and_then_the_legs_alone(world: World) -> None:
    world.price("AAPL", "105.00")
    order = world.submit()
    assert world.broker.open_orders().items == (order,)
    world.price("AAPL", "100.00")
    world.pass_minutes()
    assert [(shown.kind, shown.status, shown.legs) for shown in world.broker.open_orders()] == [
        ("target", S.WORKING, ()),
        ("stop", S.WORKING, ()),
    ]


def test_orders_since_show_every_order_once_with_its_legs(world: World) -> None:
    world.hold()
    later = world.now
    world.submit(client_order_id="second", symbol="MSFT", limit="40", stop="39", target="41")
    first, second = world.broker.orders_since(new_york("2026-11-19 09:30"))
    assert (first.client_order_id, len(first.legs)) == ("avx-20261119-AAPL-entry-1", 2)
    assert (second.client_order_id, len(second.legs)) == ("second", 2)
    assert world.broker.orders_since(later).items == (second,)
    assert world.broker.orders_since(new_york("2026-11-20 09:30")).items == ()


def test_positions_are_sorted_and_average_their_price(world: World) -> None:
    world.hold("MSFT", 10, "one")
    world.hold("AAPL", 10, "two")
    world.price("AAPL", "100.50")
    world.submit(client_order_id="three", qty=5)
    world.pass_minutes()
    aapl, msft = world.broker.positions()
    assert (aapl.symbol, aapl.qty, aapl.avg_entry_price) == ("AAPL", D(15), D("100.1767"))
    assert (msft.symbol, msft.qty, msft.avg_entry_price) == ("MSFT", D(10), D("100.01"))


def test_a_sale_does_not_change_the_average_price(world: World) -> None:
    world.hold(qty=10, client_order_id="one")
    world.price("AAPL", "100.50")
    world.submit(client_order_id="two", qty=5, target="105.00")
    world.pass_minutes()
    world.price("AAPL", "106.00")
    world.pass_minutes()
    held = position(world)
    assert held is not None
    assert (held.qty, held.avg_entry_price) == (D(10), D("100.1767"))


# Exits.


def naked(world: World, qty: int = 10) -> None:
    world.hold(qty=qty)
    world.broker.cancel("sim-000002")


def test_shares_in_working_sells_are_not_available_and_a_pair_takes_them_once(world: World) -> None:
    world.hold()
    held = position(world)
    assert held is not None
    assert (held.qty, held.qty_available) == (D(10), D(0))
    for refused in (
        lambda: world.broker.close("AAPL", 1, "close-1"),
        lambda: world.broker.submit_exit("exit-1", "AAPL", 1, D(90), D(110)),
    ):
        with pytest.raises(BrokerRefused, match=r"insufficient qty available \(1 of 0\)"):
            refused()


def test_a_pair_protects_what_is_naked(world: World) -> None:
    naked(world)
    pair = world.broker.submit_exit("avx-20261119-AAPL-protect-1", "AAPL", 6, D("95.00"), D("110.00"))
    assert (pair.kind, pair.side, pair.qty, pair.limit_price, pair.status) == (
        "target",
        "sell",
        6,
        D("110.00"),
        S.SUBMITTED,
    )
    (stop,) = pair.legs
    assert (stop.kind, stop.stop_price, stop.status) == ("stop", D("95.00"), S.SUBMITTED)
    held = position(world)
    assert held is not None
    assert held.qty_available == D(4), "from the moment it is taken"
    world.pass_minutes()
    (shown,) = world.broker.open_orders()
    assert (shown.status, shown.legs[0].status) == (S.WORKING, S.WORKING)
    world.price("AAPL", "94.00")
    world.pass_minutes()
    pair = world.order("avx-20261119-AAPL-protect-1")
    assert (pair.status, pair.legs[0].status) == (S.CANCELLED, S.FILLED)
    held = position(world)
    assert held is not None
    assert held.qty == held.qty_available == D(4)


def test_a_pairs_target_cancels_its_stop_and_either_half_can_be_cancelled(world: World) -> None:
    naked(world)
    world.broker.submit_exit("one", "AAPL", 4, D("95.00"), D("110.00"))
    two = world.broker.submit_exit("two", "AAPL", 6, D("95.00"), D("120.00"))
    world.price("AAPL", "111.00")
    world.pass_minutes()
    one = world.order("one")
    assert (one.status, one.filled_avg_price, one.legs[0].status) == (S.FILLED, D("110.00"), S.CANCELLED)
    world.broker.cancel(two.legs[0].order_id)
    two = world.order("two")
    assert (two.status, two.legs[0].status) == (S.CANCELLED, S.CANCELLED)


@pytest.mark.parametrize(
    ("qty", "stop", "target", "words"),
    [
        (11, "95", "110", r"insufficient qty available \(11 of 10\)"),
        (0, "95", "110", "whole number"),
        (5, "110", "95", "must rise"),
        (5, "95.001", "110", "whole ticks"),
    ],
)
def test_a_pair_that_is_not_taken(world: World, qty: int, stop: str, target: str, words: str) -> None:
    naked(world)
    with pytest.raises(BrokerRefused, match=words):
        world.broker.submit_exit("exit-1", "AAPL", qty, D(stop), D(target))


def test_a_close_sells_at_the_bid_as_soon_as_time_passes(world: World) -> None:
    naked(world)
    closing = world.broker.close("AAPL", 10, "avx-20261119-AAPL-flatten-1")
    assert (closing.kind, closing.side, closing.status, closing.limit_price) == ("market", "sell", S.SUBMITTED, None)
    with pytest.raises(BrokerRefused, match=r"insufficient qty available \(1 of 0\)"):
        world.broker.close("AAPL", 1, "again")
    world.broker.advance(1)
    assert world.order("avx-20261119-AAPL-flatten-1").filled_avg_price == D("99.99")
    assert world.broker.positions().items == ()


def test_a_close_at_night_waits_for_the_open(world: World) -> None:
    naked(world)
    world.broker.set_clock(new_york("2026-11-19 18:00"))
    world.broker.close("AAPL", 10, "flatten")
    world.broker.set_clock(new_york("2026-11-20 09:00"))
    assert world.order("flatten").status is S.SUBMITTED
    world.broker.set_clock(new_york("2026-11-20 09:30"))
    assert world.order("flatten").status is S.FILLED


def test_what_is_not_held_cannot_be_closed(world: World) -> None:
    with pytest.raises(BrokerRefused, match=r"insufficient qty available \(1 of 0\)"):
        world.broker.close("AAPL", 1, "flatten")


# The clock's practice verbs.


def test_only_session_minutes_are_traded(world: World) -> None:
    world.price("AAPL", "100.00")
    world.broker.set_clock(new_york("2026-11-19 16:00"))
    world.submit()
    for moment in ("2026-11-19 23:00", "2026-11-20 09:29:30"):
        world.broker.set_clock(new_york(moment))
        assert world.order().status is S.SUBMITTED


@pytest.mark.parametrize("seconds", [-1, -0.001, float("nan"), float("-inf"), float("inf"), 1e18])
def test_the_clock_only_goes_forward(world: World, seconds: float) -> None:
    before = world.path.read_bytes()
    with pytest.raises(UsageError):
        world.broker.advance(seconds)
    assert world.path.read_bytes() == before


def test_the_clock_is_set_forward_within_the_table(world: World) -> None:
    world.broker.set_clock(world.now)
    for moment, words in (
        (new_york("2026-11-19 10:29:59"), "only goes forward"),
        (new_york("2026-11-30 16:00"), "past the end of the session table"),
        (new_york("2026-11-20 12:00").replace(tzinfo=None), "names no time zone"),
    ):
        with pytest.raises(UsageError, match=words):
            world.broker.set_clock(moment)
    assert world.now == new_york("2026-11-19 10:30")


def test_a_loop_may_run_over_the_end_of_the_table(world: World) -> None:
    world.broker.set_clock(new_york("2026-11-30 15:59"))
    world.broker.advance(30 * MINUTE)
    world.broker.advance(30 * MINUTE)
    clock = world.broker.clock()
    assert (clock.is_open, clock.day.isoformat()) == (False, "2026-11-30")


@pytest.mark.parametrize("price", ["0", "-1", "NaN", "100.001"])
def test_only_a_price_can_be_set(world: World, price: str) -> None:
    with pytest.raises(UsageError, match="not a price in whole ticks"):
        world.price("AAPL", price)


def test_a_set_price_stands_until_the_next_one(world: World) -> None:
    world.price("AAPL", "123.45")
    world.pass_minutes(60)
    world.price("AAPL", "124.00")
    world.price("AAPL", "125.00")
    assert world.broker.quotes(["AAPL"])["AAPL"].bid == D("124.99")
    assert [price for _, price in world.record.tape["AAPL"]] == [D("123.45"), D("124.00"), D("125.00")]


def test_a_set_price_stands_until_a_recorded_one_follows(world: World) -> None:
    recorded = (new_york("2026-11-19 10:31"), D("101.00")), (new_york("2026-11-19 11:00"), D("102.00"))
    save(world.path, replace(world.record, tape={"AAPL": recorded}))
    world.pass_minutes(10)
    world.price("AAPL", "90.00")
    assert [price for _, price in world.record.tape["AAPL"]] == [D("101.00"), D("90.00"), D("102.00")]
    world.pass_minutes(20)
    assert world.broker.quotes(["AAPL"])["AAPL"].bid == D("101.99")


# Another trader's orders.


def test_a_foreign_order_is_held_in_the_same_account(world: World) -> None:
    world.price("TSLA", "200.00")
    order = world.broker.place_foreign("web-4711", "TSLA", 3)
    assert (order.kind, order.limit_price, order.client_order_id, order.legs) == ("market", None, "web-4711", ())
    assert world.broker.account().buying_power == D(99_400)
    world.pass_minutes()
    held = position(world, "TSLA")
    assert held is not None
    assert (held.qty, held.qty_available, held.avg_entry_price) == (D(3), D(3), D("200.01"))


def test_a_foreign_limit_order_rests(world: World) -> None:
    world.price("TSLA", "200.00")
    world.broker.place_foreign("web-4711", "TSLA", 3, D("190.00"))
    world.pass_minutes()
    (resting,) = world.broker.open_orders()
    assert (resting.client_order_id, resting.status, resting.limit_price) == ("web-4711", S.WORKING, D("190.00"))


def test_a_foreign_order_follows_the_brokers_rules(world: World) -> None:
    world.submit()
    for client_order_id, qty, limit, words in (
        ("avx-20261119-AAPL-entry-1", 1, None, "client_order_id must be unique"),
        ("web-1", 0, None, "whole number"),
        ("web-1", 1, D("1.001"), "whole ticks"),
        ("web-1", 10_000, None, "insufficient buying power"),
    ):
        with pytest.raises(UsageError, match=words):
            world.broker.place_foreign(client_order_id, "AAPL", qty, limit)
    assert len(world.record.orders) == 3


def test_a_bracket_beside_a_foreign_position_sells_only_its_own_shares(world: World) -> None:
    world.price("AAPL", "100.00")
    world.broker.place_foreign("web-4711", "AAPL", 7)
    world.pass_minutes()
    world.broker.submit(bracket())
    world.pass_minutes()
    held = position(world)
    assert held is not None
    assert (held.qty, held.qty_available) == (D(17), D(7))
    world.price("AAPL", "90.00")
    world.pass_minutes()
    held = position(world)
    assert held is not None
    assert held.qty == D(7)
