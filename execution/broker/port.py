"""What we ask of a broker, in our own words.

Two adapters speak it: `alpaca.py` for the real one and `simulated.py`, which is a product of its
own. Money is Decimal, ids are text, times are aware, statuses are ours. A question that gets no
answer raises BrokerUnreachable; it never returns an empty list. `submit` alone may also raise
BrokerRefused (a clear No) or BrokerUnclear (it may have arrived).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from execution.orders import OrderStatus


@dataclass(frozen=True, slots=True)
class BrokerClock:
    now: datetime
    is_open: bool
    day: date


@dataclass(frozen=True, slots=True)
class Account:
    """`number` names it for people and for the binding; `blocked` says why it may not trade; `last_equity` is
    yesterday's close, where the broker tells it; `takes_no_orders` is the word of `blocked` under which every
    order is refused, closes and stops too."""

    number: str
    equity: Decimal
    buying_power: Decimal
    blocked: str | None = None
    last_equity: Decimal | None = None
    takes_no_orders: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    symbol: str
    qty: Decimal
    qty_available: Decimal
    avg_entry_price: Decimal
    market_value: Decimal


@dataclass(frozen=True, slots=True)
class BrokerOrder:
    """One order as the broker knows it. `unrecognised` holds a status word we do not know."""

    order_id: str
    client_order_id: str
    symbol: str
    side: str
    kind: str
    qty: Decimal
    status: OrderStatus
    filled_qty: Decimal
    filled_avg_price: Decimal | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    submitted_at: datetime
    updated_at: datetime
    legs: tuple[BrokerOrder, ...] = ()
    unrecognised: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class BracketRequest:
    """A limit entry whose stop and target the broker holds, good till cancelled."""

    client_order_id: str
    symbol: str
    qty: int
    limit_price: Decimal
    stop_price: Decimal
    target_price: Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    bid: Decimal
    ask: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Bar:
    """One closed or running interval that began at `start`."""

    start: datetime
    close: Decimal


class Sender(Protocol):
    """The last inch: where an intent goes. The broker in LIVE, a recorder in DRY_RUN."""

    def submit(self, request: BracketRequest) -> BrokerOrder: ...

    def find(self, client_order_id: str) -> BrokerOrder | None:
        """The order of that id, None when the broker answers that it knows none."""


class Broker(Sender, Protocol):
    name: str

    def clock(self) -> BrokerClock: ...

    def account(self) -> Account: ...

    def positions(self) -> tuple[Position, ...]: ...

    def open_orders(self) -> tuple[BrokerOrder, ...]: ...

    def orders_since(self, start: datetime) -> tuple[BrokerOrder, ...]:
        """Every order submitted at or after `start`, all pages, legs under their parents."""

    def quotes(self, symbols: Iterable[str]) -> Mapping[str, Quote]: ...

    def bars(self, symbols: Iterable[str], start: datetime, minutes: int) -> Mapping[str, tuple[Bar, ...]]: ...

    def submit_exit(
        self, client_order_id: str, symbol: str, qty: int, stop_price: Decimal, target_price: Decimal
    ) -> BrokerOrder:
        """A stop and a target for shares held; the answer is the target with the stop as its leg."""

    def close(self, symbol: str, qty: Decimal, client_order_id: str) -> BrokerOrder:
        """Sell shares at the market; parts of a share too, where the broker holds some."""

    def cancel(self, order_id: str) -> None:
        """Ask for a cancel; one that is over already is no error."""

    def is_suspended(self) -> bool:
        """Whether the account's owner has told the broker to refuse every new order, closes and stops too."""

    def suspend(self, on: bool) -> bool:
        """Set that flag and read it back: what the broker says now. Cancels stay possible under it."""
