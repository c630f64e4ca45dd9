"""Works out how many whole shares the risk budget, the caps and the account allow, whichever is least."""

from __future__ import annotations

from decimal import Decimal

from gates.base.money import PERCENT, show, show_cap, whole_shares
from gates.base.record import dataclass
from gates.facts import Caps, Usage

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Size:
    """A number of shares and the bound that made it, in words."""

    qty: int
    note: str


def risk_budget(equity: Decimal, risk_per_trade_pct: Decimal) -> Decimal:
    """Dollars lost if the stop is hit, at most."""
    return max(ZERO, equity) * risk_per_trade_pct / PERCENT


def size(
    limit: Decimal, stop: Decimal, max_risk: Decimal, caps: Caps, usage: Usage, buying_power: Decimal
) -> Size:
    """The least of all bounds; a tie is named for the first of them."""
    if not ZERO < stop < limit:
        return Size(0, f"stop {show(stop)} is not below limit {show(limit)}")
    bounds = (
        (max_risk, limit - stop, f"risk {show(max_risk)} at {show(limit - stop)} a share"),
        _bound("per symbol", caps.per_symbol, usage.of_symbol, limit),
        _bound("gross notional", caps.gross_notional, usage.gross, limit),
        (buying_power, limit, f"buying power {show(buying_power)} at {show(limit)} a share"),
    )
    amount, price, note = min(bounds, key=lambda bound: whole_shares(max(ZERO, bound[0]), bound[1]))
    return Size(whole_shares(max(ZERO, amount), price), note)


def _bound(words: str, cap: Decimal, used: Decimal, limit: Decimal) -> tuple[Decimal, Decimal, str]:
    left = max(ZERO, cap - used)
    return left, limit, f"{words} {show(left)} left of {show_cap(cap)} at {show(limit)} a share"
