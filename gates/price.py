"""Judges the price of one order: its trigger, its quote, how far it may be chased, its levels. Pure."""

from __future__ import annotations

from decimal import Decimal

from gates.base.money import PERCENT, show
from gates.facts import OrderFacts
from gates.quotes import SPREAD, SeenQuote, judge_quote, judge_spread
from gates.verdict import Verdict, allow, no_data, refuse


def trigger(facts: OrderFacts) -> Verdict:
    if not facts.trigger_met:
        return refuse("trigger", facts.trigger_note)
    return allow("trigger", facts.trigger_note)


def quote(facts: OrderFacts) -> Verdict:
    """A price to compare with."""
    seen = SeenQuote(facts.bid, facts.ask, facts.quote_age_seconds, facts.quote_problem)
    return judge_quote(seen, facts.limits.max_quote_age_seconds)


def spread(facts: OrderFacts) -> Verdict:
    """Bid and ask are near each other, where a limit is set."""
    most_pct = facts.limits.max_spread_pct
    if most_pct is None:
        return allow(SPREAD, "no limit is set (MAX_SPREAD_PCT)")
    return judge_spread(SeenQuote(facts.bid, facts.ask, facts.quote_age_seconds), most_pct)


def chase(facts: OrderFacts) -> Verdict:
    """The limit never runs further above the row's entry than MAX_CHASE_PCT, and the ask is within it."""
    highest = facts.row_entry * (1 + facts.limits.max_chase_pct / PERCENT)
    if not highest.is_finite():
        return refuse("price.chase", f"entry {facts.row_entry} + {facts.limits.max_chase_pct}% is not a price")
    bound = f"entry {show(facts.row_entry)} + {facts.limits.max_chase_pct}% = {show(highest)}"
    if not facts.limit <= highest:
        return refuse("price.chase", f"limit {show(facts.limit)} above {bound}")
    if facts.ask is not None and not facts.ask <= facts.limit:
        return refuse("price.chase", f"ask {show(facts.ask)} above limit {show(facts.limit)} ({bound})")
    if facts.ask is None:
        return no_data("price.chase", f"not known: no ask; limit {show(facts.limit)} within {bound}")
    return allow("price.chase", f"limit {show(facts.limit)} within {bound}")


def collar(facts: OrderFacts) -> Verdict:
    """The limit stays near the market: a fat finger in the list must not become a price."""
    if facts.ask is None:
        return no_data("price.collar", "not known: no ask to compare the limit with")
    lowest = facts.ask * (1 - facts.limits.price_collar_pct / PERCENT)
    highest = facts.ask * (1 + facts.limits.price_collar_pct / PERCENT)
    collar_text = f"ask {show(facts.ask)} ± {facts.limits.price_collar_pct}%"
    if not (highest.is_finite() and lowest <= facts.limit <= highest):
        return refuse("price.collar", f"limit {show(facts.limit)} outside {collar_text}")
    return allow("price.collar", f"limit {show(facts.limit)} within {collar_text}")


def levels(facts: OrderFacts) -> Verdict:
    """stop < market, and stop < limit < target after rounding; anything else is no bracket."""
    text = f"stop {show(facts.stop)}, limit {show(facts.limit)}, target {show(facts.target)}"
    if not (facts.target.is_finite() and Decimal(0) < facts.stop < facts.limit < facts.target):
        return refuse("price.levels", f"levels out of order ({text})")
    if facts.bid is not None and not facts.stop < facts.bid:
        return refuse("price.levels", f"bid {show(facts.bid)} at or below stop {show(facts.stop)}")
    if facts.bid is None:
        return no_data("price.levels", f"not known: no bid to compare the stop with ({text})")
    return allow("price.levels", text)
