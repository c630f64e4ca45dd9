"""Carries out what a person does at the simulated broker: moves its clock, sets prices, lets something go wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from execution.broker.port import BrokerOrder
from execution.broker.simulated.broker import SimulatedBroker
from execution.broker.simulated.paced import simulated_broker
from execution.broker.simulated.record import Behaviour, Outage
from execution.operator.refusal import Cause, Refusal
from execution.service import Service
from gates.base.clock import wall_now
from gates.base.locks import only_one
from gates.base.moments import read_moment, read_span
from gates.base.sessions import NEW_YORK

LATER, NEXT = "+", "next"
AFTER_THE_OPEN = timedelta(minutes=60)
EVER = datetime.min.replace(tzinfo=NEW_YORK)


class NotSimulated(Refusal):
    __slots__ = ()


def simulator(service: Service) -> SimulatedBroker | NotSimulated:
    """The account that the service trades on, where it is a simulated one."""
    if not service.on_simulator:
        return NotSimulated(Cause.REQUEST, f"the broker is {service.broker_name}; sim is for the simulated one")
    return simulated_broker(service.state.simulated_broker, service.state.watchlist, service.table, wall_now)


def set_clock(service: Service, broker: SimulatedBroker, to: str) -> datetime | NotSimulated:
    """What the clock shows then. `to` is `+10m`, `next` (an hour after the next open), or a New York time."""
    with only_one(service.state.lock):
        moment = _moment(service, broker.timeline().now, to)
        if isinstance(moment, NotSimulated):
            return moment
        broker.set_clock(moment)
        return broker.timeline().now


def set_price(service: Service, broker: SimulatedBroker, symbol: str, price: Decimal) -> None:
    with only_one(service.state.lock):
        broker.set_price(symbol, price)


def add_behaviour(service: Service, broker: SimulatedBroker, behaviour: Behaviour) -> None:
    with only_one(service.state.lock):
        broker.add_behaviour(behaviour)


def end_behaviours(service: Service, broker: SimulatedBroker, *, outages_only: bool) -> tuple[Behaviour, ...]:
    """Those that were in force and are no longer."""
    with only_one(service.state.lock):
        ended = tuple(one for one in broker.behaviours() if isinstance(one, Outage) or not outages_only)
        for behaviour in ended:
            broker.remove_behaviour(behaviour)
    return ended


def buy_foreign(
    service: Service, broker: SimulatedBroker, symbol: str, qty: Decimal, limit: Decimal | None
) -> BrokerOrder:
    """An order in the same account that is not ours; at the market where there is no limit."""
    with only_one(service.state.lock):
        number = len(broker.orders_since(EVER)) + 1
        return broker.place_foreign(f"foreign-{number}", symbol, qty, limit)


def _moment(service: Service, now: datetime, text: str) -> datetime | NotSimulated:
    span = read_span(text.removeprefix(LATER)) if text.startswith(LATER) else None
    if span is not None:
        return now + span
    if text == NEXT:
        current = service.table.current_or_next(now)
        session = service.table.after(current.day) if current and current.opens <= now else current
        if session is None:
            return NotSimulated(Cause.REQUEST, f"the session table ends {service.table_ends}")
        return session.opens + AFTER_THE_OPEN
    why = f"{text!r}: write +10m, next, or a New York time such as 2026-11-23T10:30"
    return read_moment(text) or NotSimulated(Cause.REQUEST, why)
