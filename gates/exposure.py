"""Judges per order whether this symbol may be bought, now, in this size, within the caps.

Each gate compares one number with one limit and says both. Sizing already tries to fit the caps;
these gates do not trust it and compare again, so a mistake there cannot become an order.
"""

from __future__ import annotations

from decimal import Decimal

from gates.base.money import show, show_cap
from gates.facts import OrderFacts
from gates.verdict import Verdict, allow, no_data, refuse


def allowlist(facts: OrderFacts) -> Verdict:
    if facts.limits.allowlist is None:
        return allow("allowlist", "every symbol allowed")
    if facts.symbol not in facts.limits.allowlist:
        return refuse("allowlist", f"not on the allowlist ({allowlist_text(facts.limits.allowlist)})")
    return allow("allowlist", "on the allowlist")


def allowlist_text(symbols: frozenset[str] | None) -> str:
    """ALL, the sorted names, or NONE when the list is set and empty."""
    if symbols is None:
        return "ALL"
    return ",".join(sorted(symbols)) or "NONE"


def once(facts: OrderFacts) -> Verdict:
    if facts.earlier_entry is not None:
        return refuse("once.per_session", f"already entered today ({facts.earlier_entry})")
    return _counted(facts, allow("once.per_session", "not entered today"))


def foreign(facts: OrderFacts) -> Verdict:
    """Refuses a symbol in which another party holds shares or works an order: it is theirs."""
    if facts.foreign is not None:
        return refuse("foreign", f"not ours to touch ({facts.foreign})")
    return _counted(facts, allow("foreign", "no foreign position or order"))


def reconciliation(facts: OrderFacts) -> Verdict:
    if facts.lock is not None:
        return refuse("reconciliation", f"symbol locked ({facts.lock})")
    return _counted(facts, allow("reconciliation", "ledger and broker agree"))


def orders_per_day(facts: OrderFacts) -> Verdict:
    used, limit = facts.usage.orders, facts.limits.caps.orders_per_day
    if used >= limit:
        return refuse("caps.orders_per_day", f"max orders/day reached ({used} of {limit})")
    return _counted(facts, allow("caps.orders_per_day", f"{used} of {limit} orders used"))


def positions(facts: OrderFacts) -> Verdict:
    used, limit = len(facts.usage.symbols - {facts.symbol}), facts.limits.caps.positions
    if used >= limit:
        return refuse("caps.positions", f"max positions reached ({used} of {limit})")
    return _counted(facts, allow("caps.positions", f"{used} of {limit} positions used"))


def gross_notional(facts: OrderFacts) -> Verdict:
    return _notional_cap("gross_notional", "gross notional", facts.usage.gross, facts.limits.caps.gross_notional, facts)


def per_symbol(facts: OrderFacts) -> Verdict:
    limit = facts.limits.caps.per_symbol
    return _notional_cap("per_symbol", "notional per symbol", facts.usage.of_symbol, limit, facts)


def _notional_cap(code: str, words: str, used: Decimal, limit: Decimal, facts: OrderFacts) -> Verdict:
    sum_after = used + facts.notional
    if not within(sum_after, limit):
        cost = "one share costs" if facts.counted_qty == 1 else f"{facts.counted_qty} shares cost"
        return refuse(
            f"caps.{code}",
            f"max {words} reached ({cost} {show(facts.notional)}, used {show(used)} of {show_cap(limit)})",
        )
    return _counted(facts, allow(f"caps.{code}", f"{show(sum_after)} of {show_cap(limit)}"))


def _counted(facts: OrderFacts, yes: Verdict) -> Verdict:
    """The Yes, where all that it was counted from was told."""
    return yes if facts.untold is None else no_data(yes.code, f"not known: {facts.untold}; else {yes.reason}")


def within(amount: Decimal, limit: Decimal) -> bool:
    """At most the limit, and both are numbers: an infinite limit is a mistake and not a permission."""
    return amount.is_finite() and limit.is_finite() and amount <= limit


def size(facts: OrderFacts) -> Verdict:
    """The order has a quantity that the instrument takes, and is worth as much as the broker wants at least."""
    instrument, cost = facts.instrument, facts.limit * facts.qty
    if not all(one.is_finite() for one in (instrument.step, instrument.least_qty, instrument.least_notional)):
        return refuse("size.instrument", f"the instrument's step or least size is no number ({facts.size_note})")
    if facts.qty < instrument.least_qty:
        least = "no whole share fits" if instrument.least_qty == 1 else f"least quantity {instrument.least_qty}"
        return refuse("size", f"{least} ({facts.size_note})")
    if not instrument.takes(facts.qty):
        return refuse("size.step", f"{facts.qty} is not in steps of {instrument.order_step} ({facts.size_note})")
    if cost < instrument.least_notional:
        least = f"least notional {show(instrument.least_notional)} {instrument.currency}"
        return refuse("size.notional", f"{show(cost)} is below the {least} ({facts.size_note})")
    return allow("size", f"{facts.qty} shares ({facts.size_note})")


def risk(facts: OrderFacts) -> Verdict:
    at_risk = (facts.limit - facts.stop) * facts.counted_qty
    if not within(at_risk, facts.max_risk):
        return refuse("size.risk", f"risk {show(at_risk)} above {show(facts.max_risk)} per trade")
    return allow("size.risk", f"risk {show(at_risk)} of {show(facts.max_risk)} per trade")


def buying_power(facts: OrderFacts) -> Verdict:
    if not within(facts.notional, facts.buying_power):
        return refuse("buying_power", f"buying power too small ({show(facts.notional)} of {show(facts.buying_power)})")
    return allow("buying_power", f"{show(facts.notional)} of {show(facts.buying_power)} buying power")
