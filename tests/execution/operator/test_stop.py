"""What `cancel-all` and `flatten` would do is shown first, done for the account that was named, and told as values."""

from __future__ import annotations

import pytest
from support.place import DAY, NOW, Place
from support.trading import entry

from execution.act.closing import Sight
from execution.act.flatten import Stopped
from execution.act.stop import StopWanted, begin, look
from execution.broker.errors import BrokerUnreachable
from execution.broker.port import Account, Broker
from execution.broker.simulated.record import Outage
from execution.operator.refusal import Cause
from execution.operator.stop import (
    NotStopped,
    StopAccount,
    StopPlan,
    plan_stop,
    stop,
    stops_come_back,
    whose_account,
)
from execution.service import Service
from execution.state import latches
from execution.state.latches import FLATTEN, Latch, set_latch
from gates.base.clock import Stopwatch
from gates.base.locks import only_one
from gates.base.record import replace

FLATTENS = StopWanted(closes=True, ours_only=False, by="alice", why="a test")
CANCELS = replace(FLATTENS, closes=False)


@pytest.fixture
def said() -> list[str]:
    return []


def planned(place: Place, wanted: StopWanted, said: list[str]) -> StopPlan:
    whose = whose_account(place.service())
    assert isinstance(whose, StopAccount)
    plan = plan_stop(place.service(), whose, wanted, said.append)
    assert isinstance(plan, StopPlan)
    return plan


def held(place: Place) -> dict[str, int]:
    return {one.symbol: int(one.qty) for one in place.broker.positions() if one.qty}


def test_the_account_is_the_brokers(place: Place) -> None:
    assert whose_account(place.service()) == StopAccount(place.account, place.account)


class NoAccount:
    """The simulated broker, but for the account, which it does not tell."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def __getattr__(self, question: str) -> object:
        return getattr(self._broker, question)

    def account(self) -> Account:
        raise BrokerUnreachable("no answer")


def without_account(place: Place) -> Service:
    return replace(place.service(), broker=lambda watch: NoAccount(place.broker))  # type: ignore[arg-type, return-value]


def test_the_ledgers_account_stands_in_where_the_broker_lists_its_orders(place: Place) -> None:
    name = place.hold()
    order = place.broker.find(name)
    assert order is not None
    place.keep(entry(day=DAY, order_id=order.order_id))
    assert whose_account(without_account(place)) == StopAccount(place.account, place.account, "no answer")


def test_an_account_that_cannot_be_told_is_a_refusal(place: Place) -> None:
    place.hold()
    no = whose_account(without_account(place))
    assert isinstance(no, NotStopped) and no.cause is Cause.BROKER
    assert no.why.startswith("no answer; ") and no.why.endswith("use the broker's own page")


def test_a_broker_that_answers_nothing_is_an_error(place: Place) -> None:
    place.broker.add_behaviour(Outage())
    with pytest.raises(BrokerUnreachable):
        whose_account(place.service())


def test_a_plan_shows_what_would_be_done_and_does_nothing(place: Place, said: list[str]) -> None:
    place.hold()
    before = place.files()
    plan = planned(place, FLATTENS, said)
    assert [(sale.symbol, int(sale.held)) for sale in plan.sight.task.sales] == [("AAPL", 4)]
    assert {order.symbol for order in plan.sight.task.cancels} == {"AAPL"}
    assert (place.files(), said) == (before, [])


def test_flatten_closes_what_is_held_and_says_so(place: Place, said: list[str]) -> None:
    place.hold()
    done = stop(place.service(), planned(place, FLATTENS, said), place.account, said.append)
    assert isinstance(done, Stopped) and done.done and done.sight is not None
    assert held(place) == {} and not place.broker.open_orders().items
    assert latches.is_set(place.state.latches, FLATTEN)
    assert said[0].startswith("LATCHED flatten") and [line for line in said if line.startswith("CLOSE AAPL: sell 4")]


def test_cancel_all_leaves_the_shares(place: Place, said: list[str]) -> None:
    place.hold()
    done = stop(place.service(), planned(place, CANCELS, said), place.account, said.append)
    assert isinstance(done, Stopped) and done.done
    assert held(place) == {"AAPL": 4} and not place.broker.open_orders().items
    assert latches.is_set(place.state.latches, latches.CANCEL_ALL)


@pytest.mark.parametrize("confirmed", ["", "SIM", "flatten"])
def test_another_number_than_the_accounts_does_nothing(place: Place, said: list[str], confirmed: str) -> None:
    place.hold()
    plan, before = planned(place, FLATTENS, said), place.files()
    no = stop(place.service(), plan, confirmed, said.append)
    assert isinstance(no, NotStopped) and no.cause is Cause.REQUEST and "is not the account number" in no.why
    assert (place.files(), said, held(place)) == (before, [], {"AAPL": 4})


def test_a_cycle_at_work_is_waited_for_and_then_nothing_is_done(place: Place, said: list[str]) -> None:
    place.hold()
    plan, before = planned(place, FLATTENS, said), place.files()
    with only_one(place.state.lock):
        no = stop(place.service(), plan, place.account, said.append, wait_seconds=0)
    assert isinstance(no, NotStopped) and no.cause is Cause.BUSY and "after 0s" in no.why
    assert (place.files(), said) == (before, [])


def test_a_symbol_that_is_not_held_is_a_typing_mistake(place: Place, said: list[str]) -> None:
    place.hold()
    whose, wanted = StopAccount(place.account, place.account), replace(FLATTENS, symbol="MSFT")
    no = plan_stop(place.service(), whose, wanted, said.append)
    assert isinstance(no, NotStopped) and no.why.endswith(
        "nothing is held of MSFT and no order in it works (held: AAPL)"
    )
    set_latch(place.state.latches, Latch("flatten:MSFT", NOW, "alice", "begun before"))
    assert isinstance(plan_stop(place.service(), whose, wanted, said.append), StopPlan)


def test_one_symbol_is_closed_alone(place: Place, said: list[str]) -> None:
    place.hold(4, "AAPL")
    place.hold(2, "MSFT")
    plan = planned(place, replace(FLATTENS, symbol="MSFT"), said)
    done = stop(place.service(), plan, place.account, said.append)
    assert isinstance(done, Stopped) and done.done and held(place) == {"AAPL": 4}
    assert latches.is_set(place.state.latches, "flatten:MSFT") and not latches.is_set(place.state.latches, FLATTEN)


def test_a_suspend_is_lifted_for_the_closes_and_stands_again(place: Place, said: list[str]) -> None:
    place.hold()
    place.broker.suspend(True)
    done = stop(place.service(), planned(place, FLATTENS, said), place.account, said.append)
    assert isinstance(done, Stopped) and done.done and held(place) == {}
    assert place.broker.is_suspended() and place.state.kill_switch.exists()
    assert not latches.is_set(place.state.latches, latches.SUSPEND_LIFTED)


def test_a_suspend_that_a_dead_call_owes_is_put_back_though_nothing_is_held(place: Place, said: list[str]) -> None:
    set_latch(place.state.latches, Latch(latches.SUSPEND_LIFTED, NOW, "alice", "lifted by flatten"))
    done = stop(place.service(), planned(place, FLATTENS, said), place.account, said.append)
    assert isinstance(done, Stopped) and done.done and place.broker.is_suspended()


def test_what_one_look_saw_held_is_remembered_by_the_next(place: Place, said: list[str]) -> None:
    place.hold()
    service = place.service()
    first = begin(service, service.broker(Stopwatch(60)), place.account, FLATTENS, said.append)
    sight = look(first)
    assert isinstance(sight, Sight) and sight.seen.held.keys() == {"AAPL"} and sight.asked == frozenset()
    assert look(first, replace(sight, asked=frozenset({"x"}))).asked == {"x"}


@pytest.mark.parametrize(
    ("variables", "killed", "come_back"),
    [
        ({}, False, True),
        ({}, True, True),
        ({"KILL_PROTECTS_POSITIONS": "0"}, False, True),
        ({"KILL_PROTECTS_POSITIONS": "0"}, True, False),
        ({"KILL_PROTECTS_POSITIONS": "0", "KILL_SWITCH": "1"}, False, False),
    ],
)
def test_stops_come_back_unless_a_kill_forbids_it(
    place: Place, variables: dict[str, str], killed: bool, come_back: bool
) -> None:
    if killed:
        place.state.kill_switch.touch()
    service: Service = place.service(**variables)
    assert stops_come_back(service) is come_back
