"""Says what we ask of a broker, in our own words.

Two adapters speak it: `alpaca/` for the real one and `simulated/`, which is a product of its
own. Money is Decimal, ids are text, times are aware, statuses are ours. A question that gets no
answer raises BrokerUnreachable; it never returns an empty list. What of an answer cannot be read is
named beside what can (`Told`), so that one odd item hides no other. `submit` alone may also raise
BrokerRefused (a clear No) or BrokerUnclear (it may have arrived).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, Protocol, TypeVar

from execution.orders import OrderStatus
from execution.records import Fee
from gates.base.instrument import Instrument
from gates.base.record import dataclass, field

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something in an answer that could not be read: `what` names field and value; whose it is, as far as it tells;
    `is_over` where it tells that it is an order which ended."""

    what: str
    symbol: str | None = None
    order_id: str | None = None
    client_order_id: str | None = None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Told(Generic[T_co]):
    """A list the broker told, as far as it can be read. An item whose need-not-know fields are strange is in both."""

    items: tuple[T_co, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()

    def __iter__(self) -> Iterator[T_co]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class BrokerClock:
    now: datetime
    is_open: bool
    day: date


@dataclass(frozen=True, slots=True)
class Account:
    """`number` names it for people and for the binding; `blocked` says why it may not trade; `last_equity` is
    yesterday's close, where the broker tells it; `takes_no_orders` is the word of `blocked` under which every
    order is refused, closes and stops too; `problem` says what of it could not be read, which closes entries
    and stops nothing else; `cash` is for reports alone, so that it may be untold."""

    number: str
    equity: Decimal | None
    buying_power: Decimal | None
    blocked: str | None = None
    last_equity: Decimal | None = None
    takes_no_orders: str | None = None
    problem: str | None = None
    cash: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Shares held, negative for a short sale. Prices are None where they were not told."""

    symbol: str
    qty: Decimal
    qty_available: Decimal
    avg_entry_price: Decimal | None
    market_value: Decimal | None


@dataclass(frozen=True, slots=True)
class BrokerOrder:
    """One order as the broker knows it. `unrecognised` holds a status word we do not know. `works` is False where
    the broker's word says that it would not execute now; `asleep` where it is held back until another order fills,
    or stands as the other half of a pair. An order edited on the broker's page ends as CANCELLED with the id of its
    successor in `replaced_by`, and the successor names it in `replaces`. `fee` is the sum of its fees so far, None
    where the broker does not tell it with the order."""

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
    works: bool = True
    asleep: bool = False
    replaced_by: str | None = None
    replaces: str | None = None
    fee: Fee | None = None


@dataclass(frozen=True, slots=True)
class BracketRequest:
    """A limit entry whose stop and target the broker holds, good till cancelled."""

    client_order_id: str
    symbol: str
    qty: Decimal
    limit_price: Decimal
    stop_price: Decimal
    target_price: Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    bid: Decimal
    ask: Decimal
    at: datetime


@dataclass(frozen=True)
class BySymbol(Mapping[str, T_co]):
    """What was told for each symbol; `problems` says of which symbols it could not be read, and why."""

    found: Mapping[str, T_co]
    problems: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, symbol: str) -> T_co:
        return self.found[symbol]

    def __iter__(self) -> Iterator[str]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


@dataclass(frozen=True, slots=True)
class Bar:
    """One closed or running interval that began at `start`."""

    start: datetime
    close: Decimal


class Sender(Protocol):
    """Takes an intent: the broker in LIVE, a recorder in DRY_RUN."""

    def submit(self, request: BracketRequest) -> BrokerOrder: ...

    def find(self, client_order_id: str) -> BrokerOrder | None:
        """The order of that id, None when the broker answers that it knows none."""


class Broker(Sender, Protocol):
    name: str

    def clock(self) -> BrokerClock: ...

    def account(self) -> Account: ...

    def instrument(self, symbol: str) -> Instrument:
        """In which steps and from which size on the symbol is ordered. Answered without a request: a cycle asks for
        every row of its watchlist."""

    def positions(self) -> Told[Position]: ...

    def open_orders(self) -> Told[BrokerOrder]: ...

    def orders_since(self, start: datetime) -> Told[BrokerOrder]:
        """Every order submitted at or after `start`, all pages, legs under their parents."""

    def quotes(self, symbols: Iterable[str]) -> BySymbol[Quote]: ...

    def bars(self, symbols: Iterable[str], start: datetime, minutes: int) -> BySymbol[tuple[Bar, ...]]: ...

    def submit_exit(
        self, client_order_id: str, symbol: str, qty: Decimal, stop_price: Decimal, target_price: Decimal
    ) -> BrokerOrder:
        """A stop and a target for shares held; the answer is the target with the stop as its leg."""

    def close(self, symbol: str, qty: Decimal, client_order_id: str) -> BrokerOrder:
        """Sell shares at the market; parts of a share too, where the broker holds some."""

    def cancel(self, order_id: str) -> bool:
        """Ask for a cancel. False where the broker refuses: the order is over, not cancelable now, or unknown to it.
        What became of the order is told by looking at it."""

    def is_suspended(self) -> bool:
        """Whether the account's owner has told the broker to refuse every new order, closes and stops too."""

    def suspend(self, on: bool) -> bool:
        """Set that flag and read it back: what the broker says now. Cancels stay possible under it."""
