"""What a person does at the simulated broker is done under the lock, or refused and nothing is done."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from support.place import DAY, NOW, Place

from execution.broker.kind import BrokerKind
from execution.broker.simulated.broker import SimulatedBroker
from execution.broker.simulated.record import Outage, Reject, Resting
from execution.operator.refusal import Cause
from execution.operator.simulate import (
    NotSimulated,
    add_behaviour,
    buy_foreign,
    end_behaviours,
    set_clock,
    set_price,
    simulator,
)
from gates.base.errors import LockHeld
from gates.base.locks import only_one
from gates.base.record import replace

NO = Reject("AAPL", "no shares to borrow")


def steered(place: Place) -> SimulatedBroker:
    broker = simulator(place.service())
    assert isinstance(broker, SimulatedBroker)
    return broker


def test_a_real_broker_is_not_steered(place: Place) -> None:
    service = place.service()
    no = simulator(replace(service, chosen=replace(service.chosen, kind=BrokerKind.ALPACA)))
    assert isinstance(no, NotSimulated) and no.cause is Cause.REQUEST
    assert no.why.endswith("; sim is for the simulated one")


@pytest.mark.parametrize(
    ("to", "later"),
    [("+10m", timedelta(minutes=10)), ("+90s", timedelta(seconds=90)), ("+2h", timedelta(hours=2))],
)
def test_time_passes(place: Place, to: str, later: timedelta) -> None:
    assert set_clock(place.service(), steered(place), to) == NOW + later
    assert place.broker.timeline().now == NOW + later


def test_next_is_an_hour_after_the_next_open_even_while_a_session_runs(place: Place) -> None:
    moment = set_clock(place.service(), steered(place), "next")
    session = place.service().table.after(DAY)
    assert session is not None
    assert moment == session.opens + timedelta(hours=1)


def test_a_time_is_new_yorks(place: Place) -> None:
    assert set_clock(place.service(), steered(place), f"{DAY}T11:00") == NOW + timedelta(minutes=30)


@pytest.mark.parametrize("to", ["soon", "10m", "+10w", "+", "-10m"])
def test_what_is_no_time_moves_nothing(place: Place, to: str) -> None:
    before = place.files()
    no = set_clock(place.service(), steered(place), to)
    assert isinstance(no, NotSimulated) and no.why.startswith(f"{to!r}: write +10m, next, ")
    assert place.files() == before


def test_past_the_table_there_is_no_next_session(place: Place) -> None:
    service = place.service()
    last = service.table.last_day
    assert last is not None
    set_clock(service, steered(place), f"{last}T12:00")
    no = set_clock(service, steered(place), "next")
    assert isinstance(no, NotSimulated) and no.why == f"the session table ends {last}"


def test_a_price_holds_from_now_on(place: Place) -> None:
    set_price(place.service(), steered(place), "AAPL", Decimal("101.50"))
    quote = place.broker.quotes(["AAPL"])["AAPL"]
    assert quote.bid <= Decimal("101.50") <= quote.ask


def test_behaviours_end_all_together_or_the_outage_alone(place: Place) -> None:
    service, broker = place.service(), steered(place)
    for behaviour in (NO, Resting("MSFT"), Outage()):
        add_behaviour(service, broker, behaviour)
    assert end_behaviours(service, broker, outages_only=True) == (Outage(),)
    assert set(place.broker.behaviours()) == {NO, Resting("MSFT")}
    assert set(end_behaviours(service, broker, outages_only=False)) == {NO, Resting("MSFT")}
    assert end_behaviours(service, broker, outages_only=False) == ()


@pytest.mark.parametrize("limit", [None, Decimal("500.00")])
def test_foreign_orders_are_numbered_and_not_ours(place: Place, limit: Decimal | None) -> None:
    service, broker = place.service(), steered(place)
    ids = [buy_foreign(service, broker, "MSFT", 5, limit).client_order_id for _ in range(2)]
    assert ids == ["foreign-1", "foreign-2"]
    assert [(order.symbol, int(order.qty)) for order in place.broker.orders_since(NOW)] == [("MSFT", 5)] * 2


def test_nothing_is_done_beside_a_cycle(place: Place) -> None:
    service, broker = place.service(), steered(place)
    before = place.files()
    with only_one(place.state.lock):
        for act in (
            lambda: set_clock(service, broker, "+10m"),
            lambda: set_price(service, broker, "AAPL", Decimal(1)),
            lambda: add_behaviour(service, broker, Outage()),
            lambda: end_behaviours(service, broker, outages_only=False),
            lambda: buy_foreign(service, broker, "AAPL", 1, None),
        ):
            with pytest.raises(LockHeld):
                act()
    assert place.files() == before
