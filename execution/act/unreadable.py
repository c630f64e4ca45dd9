"""Cancels orders of ours that could not be read whole.

An odd field may be of any order or position, ours or not. It closes its symbol to entries, or all of them where
no symbol is told, and it keeps neither a kill nor the operator from getting out: a cancel needs the id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from execution.act.due import Standing
from execution.act.said import Said, noted, warned
from execution.broker.errors import BrokerRefused, BrokerUnreachable
from execution.broker.port import Broker, Unreadable
from execution.ledger.day import Ledger
from execution.ledger.unreadable import line
from execution.orders import parse_name


def cancel_due(
    found: Iterable[Unreadable], live: Ledger | None, broker: Broker, standing: Standing
) -> tuple[Said, ...]:
    """Cancel the entries of ours that are due, as with those that can be read; when one was sent is told by the
    ledger. One failure does not stop the next."""
    said = []
    for odd in found:
        reason = _due(odd, live, standing)
        if reason is None or odd.order_id is None:
            continue
        about = f"{odd.symbol}: reason={reason} client_order_id={odd.client_order_id}"
        try:
            taken = broker.cancel(odd.order_id)
        except (BrokerUnreachable, BrokerRefused) as problem:
            failed = f"CANCEL FAILED {odd.symbol}: reason={problem} client_order_id={odd.client_order_id}"
            said.append(warned(failed))
            continue
        said.append(noted(f"CANCEL {about}") if taken else warned(f"CANCEL FAILED {about}: the broker refuses it"))
    return tuple(said)


def cancel(found: Iterable[Unreadable], asked: set[str], broker: Broker, say: Callable[[str], None]) -> None:
    """Ask once for the cancel of each that has an id; one that did not get through is asked for again."""
    for odd in found:
        if odd.order_id is None or odd.order_id in asked:
            continue
        try:
            taken = broker.cancel(odd.order_id)
        except (BrokerUnreachable, BrokerRefused) as problem:
            say(f"CANCEL FAILED {line(odd)}: reason={problem}")
            continue
        asked.add(odd.order_id)
        say(f"{'CANCEL' if taken else 'CANCEL REFUSED'} {line(odd)}")


def _due(odd: Unreadable, live: Ledger | None, standing: Standing) -> str | None:
    name = parse_name(odd.client_order_id or "")
    if name is None or name.leg != "entry":
        return None
    if standing.killed and standing.kill_cancels:
        return "kill switch active"
    if standing.session_over:
        return "session over"
    entry = live.find(str(name)) if live is not None else None
    age = int((standing.now - entry.timestamp).total_seconds()) if entry is not None else 0
    return f"not filled in time ({age}s, limit {standing.ttl_seconds}s)" if age >= standing.ttl_seconds else None
