"""Judges whether a quote is good enough to trade on, for entries and for the janitor's own market sale.

A quote is usable when both sides are there and not crossed, and when it is young. The free feed shows wide ones too,
before the open, in halts and in thin names; how wide one may be is asked apart.
"""

from __future__ import annotations

from decimal import Decimal

from gates.base.money import PERCENT, show
from gates.base.record import dataclass
from gates.verdict import Verdict, allow, no_data, refuse

NO_USABLE_QUOTE = "quote"
SPREAD = "spread"


@dataclass(frozen=True, slots=True)
class SeenQuote:
    """A quote as it was told; `problem` says in words why there is none."""

    bid: Decimal | None
    ask: Decimal | None
    age_seconds: Decimal | None
    problem: str | None = None


def judge_quote(seen: SeenQuote, max_age_seconds: int) -> Verdict:
    """Two-sided and young, or the first of these that it is not, with number and limit."""
    if seen.problem is not None:
        return refuse(NO_USABLE_QUOTE, f"no usable quote ({seen.problem})")
    bid, ask, age = seen.bid, seen.ask, seen.age_seconds
    if bid is None or ask is None or not _two_sided(bid, ask):
        return refuse(NO_USABLE_QUOTE, f"no usable quote (bid {bid}, ask {ask})")
    if age is None:
        return refuse(NO_USABLE_QUOTE, "no usable quote (no time)")
    if not -max_age_seconds <= age <= max_age_seconds:
        return refuse("quote.age", f"quote too old ({age:.0f}s, limit {max_age_seconds}s)")
    return allow("quote", f"bid {show(bid)} ask {show(ask)}, {age:.0f}s old of {max_age_seconds}s")


def judge_spread(seen: SeenQuote, most_pct: Decimal) -> Verdict:
    """Narrow enough: ask minus bid in percent of the middle between them."""
    bid, ask = seen.bid, seen.ask
    if bid is None or ask is None or not _two_sided(bid, ask):
        return no_data(SPREAD, f"not known: no two sides (bid {bid}, ask {ask})")
    spread_pct = (ask - bid) / ((bid + ask) / 2) * PERCENT
    sides = f"bid {show(bid)} ask {show(ask)}: {spread_pct:.2f}%"
    if not (most_pct.is_finite() and spread_pct <= most_pct):
        return refuse(SPREAD, f"spread too wide ({sides}, limit {most_pct}%)")
    return allow(SPREAD, f"{sides} of {most_pct}%")


def _two_sided(bid: Decimal, ask: Decimal) -> bool:
    return bid.is_finite() and ask.is_finite() and Decimal(0) < bid <= ask
