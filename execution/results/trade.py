"""Defines a trade: an entry with all its exits, and what follows from them. Pure.

What is not known is None and stays None through every sum. R is the plan's risk: limit minus stop, per share, so that a
trade's R does not depend on how it was filled. Slippage is told as a cost per share: above zero is worse than planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from execution.orders import OrderStatus
from gates.base.record import dataclass
from gates.mode import Mode

ZERO = Decimal(0)

Fees = Mapping[str, Decimal]
"""By currency."""


class TradeState(Enum):
    WORKING = "working"
    UNBOUGHT = "nothing bought"
    OPEN = "open"
    ENDED = "ended"
    LOST = "not known"


@dataclass(frozen=True, slots=True)
class EntryPlan:
    """What was planned. `quote` is the ask at that moment."""

    limit: Decimal | None
    stop: Decimal | None
    target: Decimal | None
    quote: Decimal | None = None
    setup: str | None = None
    anchor: str | None = None
    mean_volume: Decimal | None = None

    @property
    def risk(self) -> Decimal | None:
        """R in dollars per share. A stop at 0 is one that nobody told, as in a rebuilt ledger."""
        if not self.limit or not self.stop or self.limit <= self.stop:
            return None
        return self.limit - self.stop


@dataclass(frozen=True, slots=True)
class Sold:
    """One exit. `planned` is the price of the stop or target that sold; `beyond` says that the shares were not held."""

    kind: str
    qty: Decimal
    price: Decimal | None
    planned: Decimal | None
    at: datetime
    session: date
    realized: Decimal | None
    order_id: str | None = None
    fees: Fees | None = None
    beyond: bool = False
    note: str | None = None

    @property
    def slippage(self) -> Decimal | None:
        return None if self.planned is None or self.price is None else self.planned - self.price


@dataclass(frozen=True, slots=True)
class Trade:
    """An entry with all its exits. `problem` says why it is not wholly known."""

    ident: str
    mode: Mode
    account: str | None
    session: date
    symbol: str
    side: str | None
    plan: EntryPlan
    qty: Decimal | None
    status: OrderStatus | None
    bought: Decimal
    paid: Decimal | None
    opened_at: datetime | None
    sales: tuple[Sold, ...]
    held: Decimal
    state: TradeState
    problem: str | None = None
    entry_fees: Fees | None = None
    remarks: tuple[str, ...] = ()

    @property
    def closed_at(self) -> datetime | None:
        return max(one.at for one in self.sales) if self.state is TradeState.ENDED and self.sales else None

    @property
    def closed_on(self) -> date | None:
        """The session in which the last share was sold."""
        return max(one.session for one in self.sales) if self.state is TradeState.ENDED and self.sales else None

    @property
    def realized(self) -> Decimal | None:
        """What its sales brought so far, before fees."""
        return None if self.problem is not None else total(one.realized for one in self.sales)

    @property
    def risked(self) -> Decimal | None:
        return None if self.plan.risk is None or not self.bought else self.plan.risk * self.bought

    @property
    def r(self) -> Decimal | None:
        """The result of an ended trade, in R."""
        return self.in_r(self.realized) if self.state is TradeState.ENDED else None

    def in_r(self, dollars: Decimal | None) -> Decimal | None:
        return None if dollars is None or self.risked is None else dollars / self.risked

    def marked(self, price: Decimal | None) -> Decimal | None:
        """What it brought and would bring at this price, before fees."""
        if self.state is not TradeState.OPEN or price is None or self.paid is None:
            return None
        return total((self.realized, (price - self.paid) * self.held))

    @property
    def kinds(self) -> tuple[str, ...]:
        """What sold it, each kind once, in its order."""
        return tuple(dict.fromkeys(one.kind for one in self.sales))

    @property
    def slippage(self) -> Decimal | None:
        """Against the limit, per share."""
        return None if self.paid is None or self.plan.limit is None else self.paid - self.plan.limit

    @property
    def slippage_of_quote(self) -> Decimal | None:
        return None if self.paid is None or self.plan.quote is None else self.paid - self.plan.quote

    @property
    def slippage_of_stop(self) -> Decimal | None:
        """Against the stop, per share that a stop sold; None where one of those prices is not told."""
        stopped = [one for one in self.sales if one.kind == "stop"]
        lost = total(None if one.slippage is None else one.slippage * one.qty for one in stopped)
        return None if lost is None or not stopped else lost / sum(one.qty for one in stopped)

    @property
    def fees(self) -> Fees | None:
        """Of the entry and of every sale, by currency."""
        if self.entry_fees is None:
            return None
        found: dict[str, Decimal] = dict(self.entry_fees)
        for one in self.sales:
            if one.fees is None:
                return None
            for currency, amount in one.fees.items():
                found[currency] = found.get(currency, ZERO) + amount
        return found


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, None as soon as one of them is not known."""
    added = ZERO
    for one in amounts:
        if one is None:
            return None
        added += one
    return added
