"""Says in which steps something is priced and ordered, and rounds prices and quantities to them. Pure.

The broker is asked which instrument a symbol is (`execution/broker/port.py`); what is scanned and entered today are
US stocks, one constant. Shares stay whole although the broker holds parts of them: a part of a share can have no stop
that outlives the day.
"""

from __future__ import annotations

from decimal import Decimal

from gates.base.record import dataclass

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Tick:
    """The step between two prices, for prices of at least `since`."""

    since: Decimal
    size: Decimal


@dataclass(frozen=True, slots=True)
class Instrument:
    """What can be ordered of a symbol. `ticks` has those of the highest prices first; `step` is the smallest part that
    can be held, and where `whole_only` no order of ours has a part of one; `least_qty` and `least_notional` bound an
    entry; prices, fees and results are in `currency`."""

    ticks: tuple[Tick, ...]
    step: Decimal
    least_qty: Decimal
    least_notional: Decimal
    currency: str
    whole_only: bool

    @property
    def order_step(self) -> Decimal:
        return max(ONE, self.step) if self.whole_only else self.step

    @property
    def least_price(self) -> Decimal:
        return self.ticks[-1].size

    def tick_at(self, price: Decimal) -> Decimal:
        for one in self.ticks:
            if price >= one.since:
                return one.size
        return self.least_price

    def round_down(self, price: Decimal) -> Decimal:
        """The highest price in whole ticks that is not above this one."""
        tick = self.tick_at(price)
        return (price - price % tick).quantize(tick)

    def round_up(self, price: Decimal) -> Decimal:
        """The lowest price in whole ticks that is not below this one."""
        tick = self.tick_at(price)
        rest = price % tick
        return (price - rest + tick if rest else price).quantize(tick)

    def whole_steps(self, qty: Decimal) -> Decimal:
        """So much of a quantity as one order can have; never negative."""
        return self._in_steps(qty, ONE)

    def paid_for(self, amount: Decimal, price: Decimal) -> Decimal:
        """The quantity that `amount` pays for; never negative."""
        return self._in_steps(amount, price)

    def _in_steps(self, amount: Decimal, price: Decimal) -> Decimal:
        step = self.order_step
        steps = max(ZERO, (amount // (price * step)).quantize(ONE))
        return steps if step == ONE else plain(steps * step)

    def takes(self, qty: Decimal) -> bool:
        """Whether an order may have this quantity."""
        return qty >= self.least_qty and qty % self.order_step == 0


def plain(qty: Decimal) -> Decimal:
    """The quantity as it is written: 12 rather than 12.0 or 1.2E+1."""
    whole = qty.to_integral_value()
    return whole.quantize(ONE) if whole == qty else qty.normalize()


US_STOCK = Instrument(
    ticks=(Tick(ONE, Decimal("0.01")), Tick(ZERO, Decimal("0.0001"))),
    step=Decimal("0.000000001"),
    least_qty=ONE,
    least_notional=ZERO,
    currency="USD",
    whole_only=True,
)
"""Cents from a dollar up, hundredths of a cent below it; held in parts of a share, ordered in whole ones."""


def stock(_symbol: str) -> Instrument:
    """The instrument of a symbol where all that is traded are US stocks."""
    return US_STOCK
