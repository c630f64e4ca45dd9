"""Sends protections that are already written down, each under its own id, which the broker takes once.

What is unclear is looked up, and stays in doubt until a look finds it. A refusal for the prices is kept apart from
any other, because only that one may mean that the market has passed the stop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from execution.act.said import Said, warned
from execution.broker.errors import BrokerRefused, BrokerUnclear, BrokerUnreachable
from execution.broker.port import Broker, BrokerOrder
from execution.ledger.absorb import absorb_protection, with_protection
from execution.ledger.day import Entry, Event, Exit, Ledger, Protection, with_changed, with_exits
from execution.ledger.moments import Answered, entry_with_moments
from execution.orders import OrderStatus


def send_protections(
    ledger: Ledger, broker: Broker, ids: Iterable[str], now: datetime, clock: Callable[[], datetime]
) -> tuple[Ledger, tuple[Said, ...]]:
    """The ledger with what became of each, and a line for each. `now` dates what is new, the clock tells how long the
    broker took to answer."""
    said = []
    for client_order_id in ids:
        entry, protection = next(
            (entry, one)
            for entry in ledger.everything()
            for one in entry.protections
            if one.client_order_id == client_order_id
        )
        asked_at = clock()
        after, exits = _protected(entry, protection, broker, now)
        after = entry_with_moments(entry, after, Answered(asked_at, clock()))
        ledger = with_exits(with_changed(ledger, [after]), exits)
        status = next(one.status for one in after.protections if one.client_order_id == client_order_id)
        words = f"qty={protection.qty} stop={protection.stop_price} target={protection.target_price}"
        name = f"status={status.value} client_order_id={client_order_id}"
        said.append(warned(f"PROTECT {entry.symbol}: {words} {name}"))
    return ledger, tuple(said)


def _protected(entry: Entry, protection: Protection, broker: Broker, now: datetime) -> tuple[Entry, tuple[Exit, ...]]:
    """Send one protection. A refusal of one that is sent for the first time is clear; one that is sent again may have
    arrived before, so it is looked up, as is whatever got no clear answer."""
    try:
        return absorb_protection(entry, protection, _sent(protection, entry.symbol, broker), now)
    except BrokerUnreachable:
        return entry, ()
    except BrokerRefused as refusal:
        note = str(refusal)
        refused = msgspec.structs.replace(protection, price_refused=refusal.for_its_prices)
        answered = _answered(refused, OrderStatus.REJECTED, now, note)
        if protection.status is OrderStatus.INTENDED:
            return with_protection(entry, answered), ()
    except BrokerUnclear as unclear:
        note = str(unclear)
        answered = _answered(protection, OrderStatus.UNKNOWN, now, note)
    try:
        found = broker.find(protection.client_order_id)
    except BrokerUnreachable as problem:
        answered, found = _answered(protection, OrderStatus.UNKNOWN, now, f"{note}; look failed: {problem}"), None
    if found is None:
        return with_protection(entry, answered), ()
    return absorb_protection(entry, protection, found, now)


def _sent(protection: Protection, symbol: str, broker: Broker) -> BrokerOrder:
    name = protection.client_order_id
    if protection.stop_price is None or protection.target_price is None:
        return broker.close(symbol, protection.qty, name)
    return broker.submit_exit(name, symbol, protection.qty, protection.stop_price, protection.target_price)


def _answered(protection: Protection, status: OrderStatus, now: datetime, note: str) -> Protection:
    if protection.status is status:
        return protection
    history = (*protection.history, Event(now, status, note))
    return msgspec.structs.replace(protection, status=status, history=history)
