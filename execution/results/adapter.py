"""Takes from a ledger's records what a trade wants to know of them. Pure.

The one place that knows what a ledger's schema does not hold: there it answers None, which is *not known*. Schema 1
holds no setup, anchor, mean volume, quote and fees.
"""

from __future__ import annotations

from execution.ledger.day import Entry, Exit
from execution.results.trade import EntryPlan, Fees


def plan_of(entry: Entry) -> EntryPlan:
    return EntryPlan(
        limit=entry.limit_price or None,
        stop=entry.stop_price or None,
        target=entry.target_price or None,
        quote=None,
        setup=None,
        anchor=None,
        mean_volume=None,
    )


def entry_fees(entry: Entry) -> Fees | None:
    return {} if not entry.filled_qty else None


def exit_fees(one: Exit) -> Fees | None:
    return None
