"""Works out how many shares the risk budget, the caps and the account allow, whichever is least."""

from __future__ import annotations

from decimal import Decimal

from gates.base.instrument import Instrument
from gates.base.money import PERCENT, show, show_cap
from gates.base.record import dataclass
from gates.facts import Caps, Usage

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Size:
    """A number of shares and the bound that made it, in words."""

    qty: Decimal
    note: str


@dataclass(frozen=True, slots=True)
class Room:
    """What one more entry may cost: dollars at risk and buying power, and the caps with what fills them already."""

    max_risk: Decimal
    buying_power: Decimal
    caps: Caps
    usage: Usage


def risk_budget(equity: Decimal, risk_per_trade_pct: Decimal) -> Decimal:
    """Dollars lost if the stop is hit, at most."""
    return max(ZERO, equity) * risk_per_trade_pct / PERCENT


def size(instrument: Instrument, limit: Decimal, stop: Decimal, room: Room) -> Size:
    """The least of all bounds, in whole steps of the instrument; a tie is named for the first of them."""
    if not ZERO < stop < limit:
        return Size(ZERO, f"stop {show(stop)} is not below limit {show(limit)}")
    max_risk, caps, power = room.max_risk, room.caps, room.buying_power
    bounds = (
        (max_risk, limit - stop, f"risk {show(max_risk)} at {show(limit - stop)} a share"),
        _bound("per symbol", caps.per_symbol, room.usage.of_symbol, limit),
        _bound("gross notional", caps.gross_notional, room.usage.gross, limit),
        (power, limit, f"buying power {show(power)} at {show(limit)} a share"),
    )
    return min(
        (Size(instrument.paid_for(amount, price), note) for amount, price, note in bounds), key=lambda fit: fit.qty
    )


def _bound(words: str, cap: Decimal, used: Decimal, limit: Decimal) -> tuple[Decimal, Decimal, str]:
    left = max(ZERO, cap - used)
    return left, limit, f"{words} {show(left)} left of {show_cap(cap)} at {show(limit)} a share"
