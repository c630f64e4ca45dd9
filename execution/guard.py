"""Cancel what is over, protect what is naked: the janitor's two writes at the broker.

What is not ours is never touched: cancels go by our id prefix, protections by shares our own entries
bought. A failure of one never keeps the next from being tried.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from execution.broker.port import Broker, BrokerOrder, Position
from execution.errors import BrokerRefused, BrokerUnclear, BrokerUnreachable
from execution.ledger import Entry, Event, Exit, Ledger, Protection, with_changed, with_exits
from execution.orders import UNRESOLVED, OrderStatus
from execution.protect import Standing, intended_protection, marked, to_cancel, to_protect, was_refused
from execution.tracking import absorb, absorb_protection, with_protection


def cancel_due(
    ledger: Ledger | None, broker: Broker, open_orders: Iterable[BrokerOrder], standing: Standing
) -> tuple[Ledger | None, tuple[str, ...]]:
    """Cancel what is due and look once at what became of it; one failure does not stop the next."""
    said = []
    for order, reason in to_cancel(open_orders, standing):
        try:
            broker.cancel(order.order_id)
            after = broker.find(order.client_order_id)
        except (BrokerUnreachable, BrokerRefused) as problem:
            said.append(f"CANCEL FAILED {order.symbol}: reason={problem} client_order_id={order.client_order_id}")
            continue
        said.append(f"CANCEL {order.symbol}: reason={reason} client_order_id={order.client_order_id}")
        entry = ledger.find(order.client_order_id) if ledger is not None else None
        if ledger is not None and entry is not None and after is not None:
            absorbed, sold = absorb(entry, after, standing.now)
            ledger = with_exits(with_changed(ledger, [marked(absorbed, standing.now)]), sold)
    return ledger, tuple(said)


def intend_protections(
    ledger: Ledger, broker: Broker, positions: Iterable[Position], standing: Standing
) -> tuple[Ledger, tuple[str, ...]]:
    """Write down a protection for every naked position of ours; the ids still to be sent.

    An earlier one still in doubt after this cycle's look-up is sent again as it is: its id is taken
    by the broker once."""
    if standing.flattening or standing.takes_no_orders is not None:
        # a pair sent now would hold the very shares that are being closed, or would be one more refusal a minute
        return ledger, ()
    changed, ids = [], []
    for entry, qty in to_protect(ledger, positions, standing):
        after = intended_protection(entry, qty, standing.now, was_refused(entry) and _stop_passed(broker, entry))
        changed.append(after)
    ledger = with_changed(ledger, changed)
    for entry in ledger.everything():
        ids += [one.client_order_id for one in entry.protections if one.status in UNRESOLVED]
    return ledger, tuple(ids)


def waiting_for_the_broker(ledger: Ledger, positions: Iterable[Position], standing: Standing) -> tuple[str, ...]:
    """One line per position of ours that stays naked while the broker takes no orders at all."""
    if standing.takes_no_orders is None:
        return ()
    return tuple(
        f"PROTECT WAITS {entry.symbol}: {qty} shares have no stop; the broker takes no orders "
        f"({standing.takes_no_orders}); `execution unkill` lifts our own suspend"
        for entry, qty in to_protect(ledger, positions, standing)
    )


def send_protections(
    ledger: Ledger, broker: Broker, ids: Iterable[str], now: datetime
) -> tuple[Ledger, tuple[str, ...]]:
    said = []
    for client_order_id in ids:
        entry, protection = next(
            (entry, one)
            for entry in ledger.everything()
            for one in entry.protections
            if one.client_order_id == client_order_id
        )
        after, exits = _protected(entry, protection, broker, now)
        ledger = with_exits(with_changed(ledger, [after]), exits)
        status = next(one.status for one in after.protections if one.client_order_id == client_order_id)
        said.append(
            f"PROTECT {entry.symbol}: qty={protection.qty} stop={protection.stop_price} "
            f"target={protection.target_price} status={status.value} client_order_id={client_order_id}"
        )
    return ledger, tuple(said)


def _protected(
    entry: Entry, protection: Protection, broker: Broker, now: datetime
) -> tuple[Entry, tuple[Exit, ...]]:
    """Send one protection; what is unclear is looked up, and stays in doubt until a look finds it."""
    try:
        order = _sent(protection, entry.symbol, broker)
    except BrokerRefused as refusal:
        return with_protection(entry, _answered(protection, OrderStatus.REJECTED, now, str(refusal))), ()
    except BrokerUnreachable:
        return entry, ()
    except BrokerUnclear as unclear:
        try:
            found = broker.find(protection.client_order_id)
        except BrokerUnreachable:
            found = None
        if found is None:
            return with_protection(entry, _answered(protection, OrderStatus.UNKNOWN, now, str(unclear))), ()
        order = found
    return absorb_protection(entry, protection, order, now)


def _sent(protection: Protection, symbol: str, broker: Broker) -> BrokerOrder:
    name = protection.client_order_id
    if protection.stop_price is None or protection.target_price is None:
        return broker.close(symbol, protection.qty, name)
    return broker.submit_exit(name, symbol, int(protection.qty), protection.stop_price, protection.target_price)


def _answered(protection: Protection, status: OrderStatus, now: datetime, note: str) -> Protection:
    if protection.status is status:
        return protection
    history = (*protection.history, Event(now, status, note))
    return msgspec.structs.replace(protection, status=status, history=history)


def _stop_passed(broker: Broker, entry: Entry) -> bool:
    """Whether the market is at or below the stop, so that only a sale at the market is left."""
    try:
        quote = broker.quotes([entry.symbol]).get(entry.symbol)
    except BrokerUnreachable:
        return False
    return quote is not None and 0 < quote.bid <= entry.stop_price
