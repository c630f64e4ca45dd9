"""Whatever is done to the account in whatever order, money and shares add up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from support.cases import cases
from support.simulated import World

from execution.broker.errors import BrokerRefused, BrokerUnclear
from execution.broker.simulated.account import available_shares, cash, holdings
from execution.broker.simulated.record import BrokerRecord, Drop, Hide, LoseReply, Order, Partial, Resting
from execution.orders import MOVES, OrderStatus
from gates.base.errors import UsageError

D = Decimal
SYMBOLS = ("AAPL", "MSFT")
CASH = D("5000.00")

Step = Callable[[World, str], object]

symbols = st.sampled_from(SYMBOLS)
quantities = st.integers(0, 30)
prices = st.integers(90, 110).map(lambda dollars: D(dollars))


def steps() -> st.SearchStrategy[Step]:
    return st.one_of(
        st.builds(_submit, symbols, quantities, prices),
        st.builds(_exit, symbols, quantities, prices),
        st.builds(_close, symbols, quantities),
        st.builds(_foreign, symbols, quantities, st.none() | prices),
        st.builds(_cancel, st.integers(1, 30)),
        st.builds(_price, symbols, prices),
        st.builds(_advance, st.sampled_from([1, 60, 600, 30_000, 90_000])),
        st.builds(_behave, symbols, st.sampled_from(["partial", "rest", "lose", "drop", "hide"])),
        st.builds(_relent),
    )


def _submit(symbol: str, qty: int, limit: Decimal) -> Step:
    return lambda world, name: world.submit(
        client_order_id=name, symbol=symbol, qty=qty, limit=str(limit), stop=str(limit - 3), target=str(limit + 4)
    )


def _exit(symbol: str, qty: int, target: Decimal) -> Step:
    return lambda world, name: world.broker.submit_exit(name, symbol, qty, target - 5, target)


def _close(symbol: str, qty: int) -> Step:
    return lambda world, name: world.broker.close(symbol, qty, name)


def _foreign(symbol: str, qty: int, limit: Decimal | None) -> Step:
    return lambda world, name: world.broker.place_foreign(name, symbol, qty, limit)


def _cancel(number: int) -> Step:
    return lambda world, _: world.broker.cancel(f"sim-{number:06}")


def _price(symbol: str, price: Decimal) -> Step:
    return lambda world, _: world.broker.set_price(symbol, price)


def _advance(seconds: int) -> Step:
    return lambda world, _: world.broker.advance(seconds)


def _behave(symbol: str, kind: str) -> Step:
    made = {
        "partial": Partial(symbol, 2),
        "rest": Resting(symbol),
        "lose": LoseReply(symbol),
        "drop": Drop(symbol),
        "hide": Hide(symbol, 1),
    }
    return lambda world, _: world.broker.add_behaviour(made[kind])


def _relent() -> Step:
    def relent(world: World, _: str) -> None:
        for behaviour in world.broker.behaviours():
            world.broker.remove_behaviour(behaviour)

    return relent


@settings(max_examples=cases(150), deadline=None)
@given(st.lists(steps(), min_size=5, max_size=25))
def test_money_and_shares_add_up(story: list[Step]) -> None:
    with TemporaryDirectory() as directory:
        world = World(Path(directory), cash=CASH)
        before = world.record
        for number, step in enumerate(story):
            with suppress(BrokerRefused, BrokerUnclear, UsageError):
                step(world, f"order-{number}")
            after = world.record
            _adds_up(world, after)
            _only_goes_on(before, after)
            before = after


def _adds_up(world: World, record: BrokerRecord) -> None:
    for symbol in SYMBOLS:
        orders = [order for order in record.orders if order.symbol == symbol]
        bought = sum(order.filled_qty for order in orders if order.side == "buy")
        sold = sum(order.filled_qty for order in orders if order.side == "sell")
        assert 0 <= sold <= bought
        assert available_shares(record.orders, symbol) >= 0
        held = holdings(record.orders)
        assert bought - sold == (held[symbol].qty if symbol in held else 0)
    account, positions = world.broker.account(), world.broker.positions()
    assert account.equity == cash(record) + sum((position.market_value for position in positions), D(0))
    assert cash(record) == CASH + sum((_flow(order) for order in record.orders), D(0))
    assert D(0) <= account.buying_power <= max(D(0), cash(record))
    assert all(position.qty >= position.qty_available >= 0 for position in positions)


def _flow(order: Order) -> Decimal:
    sign = 1 if order.side == "sell" else -1
    return sum((sign * fill.qty * fill.price for fill in order.fills), D(0))


def _only_goes_on(before: BrokerRecord, after: BrokerRecord) -> None:
    """Orders are never forgotten, what was filled stays filled, and every change is an allowed move."""
    assert len(after.orders) >= len(before.orders)
    assert after.clock.now >= before.clock.now
    for old, new in zip(before.orders, after.orders, strict=False):
        assert new.fills[: len(old.fills)] == old.fills
        if old.status is not OrderStatus.CANCELLED:
            assert new.status is old.status or new.status in MOVES[old.status]
        else:
            assert new == old


@settings(max_examples=cases(25), deadline=None)
@given(st.lists(st.integers(1, 600), min_size=1, max_size=5))
def test_orders_meet_the_same_minutes_however_time_is_cut(cuts: list[int]) -> None:
    """In whole minutes, over nights too: the same fills at the same prices and times."""
    with TemporaryDirectory() as directory:
        world = World(Path(directory))
        world.submit(limit="99.90", stop="99.60", target="100.30")
        as_submitted = world.path.read_bytes()
        for minutes in cuts:
            world.pass_minutes(minutes)
        stepwise = world.record.orders
        world.path.write_bytes(as_submitted)
        world.pass_minutes(sum(cuts))
        assert world.record.orders == stepwise
