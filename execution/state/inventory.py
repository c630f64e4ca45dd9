"""Says what stays open when a person stops the service: what is held, what rests, what has no stop, by the live ledger.

`kill` and `disarm` ask no broker and must work when nothing else does, so the words come from the ledger on disk and
say so. A ledger that cannot be read leaves it not known, and stops neither verb.
"""

from __future__ import annotations

from decimal import Decimal

from execution.ledger.day import Ledger
from execution.orders import UNRESOLVED, WORKING
from execution.state.directory import StateDir
from gates.base.statefile import StateUnreadable
from gates.mode import Mode

ZERO = Decimal(0)


def stays_open(state: StateDir) -> str:
    """One line about what stays open."""
    try:
        return words(state.ledger(Mode.LIVE).load())
    except StateUnreadable as broken:
        why = broken.what
    except Exception as bug:  # noqa: BLE001 - words about a stop never stand in its way
        why = type(bug).__name__
    return f"What stays open is not known (live ledger {why}); look at the broker's own page."


def words(ledger: Ledger) -> str:
    held: dict[str, Decimal] = {}
    bare, resting, doubtful = [], [], []
    for entry in ledger.everything():
        if entry.held_qty > 0:
            held[entry.symbol] = held.get(entry.symbol, ZERO) + entry.held_qty
            bare += [entry.symbol] if entry.naked_since is not None else []
        if entry.status in WORKING:
            resting.append(f"{entry.symbol} {entry.qty - entry.filled_qty}")
        elif entry.status in UNRESOLVED:
            doubtful.append(entry.client_order_id)
    found = [
        ("held", [f"{symbol} {qty}" for symbol, qty in sorted(held.items())]),
        ("without a stop when last seen", sorted(set(bare))),
        ("resting entries", resting),
        ("in doubt", doubtful),
    ]
    said = "; ".join(f"{name} {', '.join(items)}" for name, items in found if items)
    return f"Stays open by the live ledger of session {ledger.date_ny}: {said or 'nothing'}."
