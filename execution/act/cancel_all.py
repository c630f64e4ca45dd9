"""Cancels every order that is meant, and waits a bounded while until all are over."""

from __future__ import annotations

from execution.act.closing import Sight
from execution.act.stop import Stop, look, rounds
from execution.act.unreadable import cancel as cancel_unreadable
from execution.broker.errors import BrokerRefused, BrokerUnreachable
from execution.broker.port import BrokerOrder, Unreadable
from execution.ledger import unreadable
from gates.base.record import replace


def cancel_all(stop: Stop, sight: Sight) -> Sight:
    """Ask for every cancel, and look until all are over; what shares they held is free then."""
    for _ in rounds(stop.service):
        sight = _ask(stop, sight)
        try:
            sight = look(stop, sight)
        except BrokerUnreachable as problem:
            stop.say(f"the broker does not answer ({problem}); trying on")
            continue
        if not sight.task.cancels and not any(one.order_id for one in _meant(stop, sight)):
            break
    return sight


def _ask(stop: Stop, sight: Sight) -> Sight:
    """Each order is asked for once; one that did not get through is asked for again. One failure stops no other."""
    asked = set(sight.asked)
    for order in sight.task.cancels:
        if order.order_id not in asked and _cancel(stop, order):
            asked.add(order.order_id)
    odd = [one for one in _meant(stop, sight) if not (stop.wanted.closes and unreadable.is_close(one))]
    cancel_unreadable(odd, asked, stop.broker, stop.say)
    return replace(sight, asked=frozenset(asked))


def _meant(stop: Stop, sight: Sight) -> list[Unreadable]:
    """What of the unreadable is known to be of a symbol that is meant."""
    return [one for one in sight.unreadable if stop.wanted.scope.covers(one.symbol)]


def _cancel(stop: Stop, order: BrokerOrder) -> bool:
    words = f"{order.symbol}: {order.side} {order.qty} {order.kind} client_order_id={order.client_order_id}"
    try:
        stop.broker.cancel(order.order_id)
    except (BrokerUnreachable, BrokerRefused) as problem:
        stop.say(f"CANCEL FAILED {words}: reason={problem}")
        return False
    stop.say(f"CANCEL {words}")
    return True
