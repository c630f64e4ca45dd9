"""Takes from a ledger's records what a trade wants to know of them. Pure.

The one place that knows which ledgers hold what: those of schema 1 have no setup, anchor, mean volume, quote and fees,
and what a broker did not tell stands in none. There it answers None, which is *not known*.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from execution.ledger.day import Entry, Exit
from execution.records import Fee
from execution.results.trade import EntryPlan, Fees


def plan_of(entry: Entry) -> EntryPlan:
    made_of = entry.origin
    return EntryPlan(
        limit=entry.limit_price or None,
        stop=entry.stop_price or None,
        target=entry.target_price or None,
        quote=made_of.ask if made_of is not None else None,
        setup=made_of.setup if made_of is not None else None,
        anchor=made_of.anchor if made_of is not None else None,
        mean_volume=made_of.avg_volume if made_of is not None else None,
    )


def entry_fees(entry: Entry) -> Fees | None:
    """None where shares were bought and nothing was told of a fee."""
    told = [one.fee for one in entry.history if one.fee is not None]
    return _by_currency(told) if told or not entry.filled_qty else None


def exit_fees(one: Exit) -> Fees | None:
    return None if one.fee is None else _by_currency([one.fee])


def _by_currency(fees: Iterable[Fee]) -> Fees:
    found: dict[str, Decimal] = {}
    for one in fees:
        found[one.currency] = found.get(one.currency, Decimal(0)) + one.amount
    return found
