"""Judges whether a quote is good enough to trade on, for entries and for the janitor's own market sale alike.

A quote is usable when both sides are there and not crossed, when it is young, and when the spread is narrow. The
free feed shows others before the open, in halts and in thin names, and a price taken from one of them is no price.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from gates.base.money import PERCENT, show
from gates.verdict import Verdict, allow, refuse

NO_USABLE_QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class SeenQuote:
    """A quote as it was told; `problem` says in words why there is none."""

    bid: Decimal | None
    ask: Decimal | None
    age_seconds: Decimal | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class QuoteBounds:
    """How old and how wide a usable quote may be, at most."""

    max_age_seconds: int
    max_spread_pct: Decimal


def judge_quote(seen: SeenQuote, bounds: QuoteBounds) -> Verdict:
    """Two-sided, young and narrow, or the first of these that it is not, with number and limit."""
    if seen.problem is not None:
        return refuse(NO_USABLE_QUOTE, f"no usable quote ({seen.problem})")
    bid, ask, age = seen.bid, seen.ask, seen.age_seconds
    if bid is None or ask is None or not _two_sided(bid, ask):
        return refuse(NO_USABLE_QUOTE, f"no usable quote (bid {bid}, ask {ask})")
    if age is None:
        return refuse(NO_USABLE_QUOTE, "no usable quote (no time)")
    if not -bounds.max_age_seconds <= age <= bounds.max_age_seconds:
        return refuse("quote.age", f"quote too old ({age:.0f}s, limit {bounds.max_age_seconds}s)")
    spread_pct = (ask - bid) / ((bid + ask) / 2) * PERCENT
    sides, limit = f"bid {show(bid)} ask {show(ask)}", bounds.max_spread_pct
    if not (limit.is_finite() and spread_pct <= limit):
        return refuse("quote.spread", f"spread too wide ({sides}: {spread_pct:.2f}%, limit {limit}%)")
    return allow("quote", f"{sides}, spread {spread_pct:.2f}% of {limit}%, {age:.0f}s old of {bounds.max_age_seconds}s")


def _two_sided(bid: Decimal, ask: Decimal) -> bool:
    return bid.is_finite() and ask.is_finite() and Decimal(0) < bid <= ask
