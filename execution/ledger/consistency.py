"""Says what contradicts itself in a ledger: asked on reading, and before anything is written. Pure."""

from __future__ import annotations

from itertools import pairwise

from execution.ledger.day import SCHEMA, ZERO, Entry, Ledger
from execution.orders import may_move, parse_name
from gates.mode import Mode


def inconsistency(ledger: Ledger, mode: Mode) -> str | None:
    """What contradicts itself in a ledger whose digest holds, in words; None when nothing does."""
    if ledger.schema != SCHEMA:
        return f"has schema {ledger.schema}, want {SCHEMA}"
    if ledger.mode is not mode:
        return f"is a {ledger.mode.value} ledger, want {mode.value}"
    if ledger.previous is not None and ledger.previous.date_ny >= ledger.date_ny:
        return f"follows a later one ({ledger.previous.date_ny})"
    seen = set()
    for entry in ledger.everything():
        if entry.client_order_id in seen:
            return f"holds {entry.client_order_id} twice"
        seen.add(entry.client_order_id)
        problem = _entry_problem(entry)
        if problem is not None:
            return f"{entry.client_order_id} {problem}"
    for entry in ledger.entries:
        name = parse_name(entry.client_order_id)
        if name is None or name.day != ledger.date_ny or name.symbol != entry.symbol:
            return f"dated {ledger.date_ny} holds {entry.client_order_id}"
    return None


def _entry_problem(entry: Entry) -> str | None:
    """What cannot be true of one entry."""
    if not entry.history or entry.history[-1].status is not entry.status:
        return "is not what its history says"
    for before, after in pairwise(event.status for event in entry.history):
        if before is not after and not may_move(before, after):
            return f"went from {before.value} to {after.value}"
    if entry.qty <= 0 or min(entry.limit_price, entry.stop_price, entry.target_price) < 0:
        return "has a quantity or price below 0"
    if entry.notional != entry.limit_price * entry.qty:
        return f"has notional {entry.notional}, limit times quantity is {entry.limit_price * entry.qty}"
    if not ZERO <= entry.exited_qty <= entry.filled_qty <= entry.qty:
        return f"bought {entry.filled_qty} of {entry.qty} shares and sold {entry.exited_qty}"
    return None
