"""Decides how an entry is protected next, from what was tried before. Pure.

A protection in doubt goes out again under its own id, and only while it would be asked for today too. One that
the broker refused for another reason than its prices is followed by a pause, each twice as long as the last.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from execution.act.due import Shares
from execution.ledger.absorb import in_doubt, unsold, with_protection, working_stops
from execution.ledger.day import Entry, Event, Ledger, Protection
from execution.ledger.lists import Lists
from execution.orders import UNRESOLVED, OrderStatus, parse_name, protect_id
from gates.base.record import replace

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=15)
"""How long a protection that was refused for another reason than its prices waits before the next one."""


def resendable(
    ledger: Ledger, shares: Mapping[str, Shares], lists: Lists
) -> tuple[dict[str, Shares], dict[str, Shares]]:
    """The protections to send again, by id, each with its symbol's shares; and all shares, less what these take.

    The broker may never have had them, and they would still be asked for: their shares are held, free and not guarded.
    """
    again, left = dict[str, Shares](), dict(shares)
    for entry in ledger.everything():
        doubt = in_doubt(entry)
        for one in entry.protections:
            if one.status not in UNRESOLVED or one.order_id is not None or entry.symbol not in left:
                continue
            known = left[entry.symbol]
            naked = entry.held_qty - working_stops(entry, lists.by_id) - (doubt - unsold(one))
            if one.qty <= min(naked, known.free):
                again[one.client_order_id] = known
                left[entry.symbol] = replace(known, free=known.free - one.qty)
    return again, left


def sent_again(protection: Protection, now: datetime) -> Protection:
    """A protection in doubt before it goes out again: looks before this moment do not prove that it is absent."""
    event = Event(now, OrderStatus.UNKNOWN, "sent again")
    return msgspec.structs.replace(protection, status=event.status, history=(*protection.history, event))


def rest_until(entry: Entry) -> datetime | None:
    """Until when no further protection is sent, because the last ones were refused for more than a price."""
    pause = timedelta(0)
    for one in reversed(entry.protections):
        if one.status is not OrderStatus.REJECTED or one.price_refused:
            break
        pause = min(LONGEST_WAIT, pause * 2) if pause else FIRST_WAIT
    return entry.protections[-1].history[-1].at + pause if pause else None


def intended_protection(
    entry: Entry, qty: Decimal, now: datetime, at_market: bool, taken: Container[str] = ()
) -> Entry:
    """The entry with a protection written down, under an id that none of `taken` has. The attempt rises only when
    the last one is over; one in doubt is sent again under its own id, which the broker takes once."""
    name = parse_name(entry.client_order_id)
    if name is None:
        return entry
    attempt = len(entry.protections) + 1
    while protect_id(name.day, entry.symbol, attempt) in taken:
        attempt += 1
    protection = Protection(
        client_order_id=protect_id(name.day, entry.symbol, attempt),
        qty=qty,
        stop_price=None if at_market else entry.stop_price,
        target_price=None if at_market else entry.target_price,
        status=OrderStatus.INTENDED,
        history=(Event(now, OrderStatus.INTENDED),),
    )
    return with_protection(entry, protection)


def price_was_refused(entry: Entry) -> bool:
    """Whether the broker refused the last protection for its prices: its stop may have been passed already."""
    return bool(entry.protections) and entry.protections[-1].price_refused
