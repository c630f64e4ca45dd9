"""Reads and writes what the simulated broker remembers, `simulated_broker.json`, strictly.

It holds an account number, a seed, the clock, the prices it goes by, the behaviours asked for in
practice and every order ever taken. Positions, cash and buying power are not in it: they follow from
the orders (`account.py`), so they cannot disagree with them. A record that contradicts
itself is unreadable, never repaired.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from execution.broker.simulated.clock import Timeline
from execution.orders import DONE, OrderStatus
from execution.records import Moment, read_record, to_record
from gates.base.instrument import US_STOCK
from gates.base.statefile import StateUnreadable, create, render, replace

SCHEMA = 2
"""1 wrote quantities as numbers of JSON, 2 as decimal strings."""
ZERO = Decimal(0)

Looks = Annotated[int, msgspec.Meta(ge=1)]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Takes exact fields only, and every amount as a finite number above zero."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, Decimal) and not is_amount(value):
                raise ValueError(f"{name} {value} is not a number above 0")


class Reject(Strict, frozen=True, tag_field="kind", tag="reject"):
    """Every order of the symbol is refused with this reason."""

    symbol: str
    reason: str


class Partial(Strict, frozen=True, tag_field="kind", tag="partial"):
    """Only so many shares of the symbol's next entry fill; the rest of it rests."""

    symbol: str
    qty: Decimal


class Resting(Strict, frozen=True, tag_field="kind", tag="rest"):
    """No order of the symbol fills."""

    symbol: str


class LoseReply(Strict, frozen=True, tag_field="kind", tag="lose_reply"):
    """The symbol's next order is taken, and the answer never arrives."""

    symbol: str


class Drop(Strict, frozen=True, tag_field="kind", tag="drop"):
    """The symbol's next order never arrives, and neither does an answer."""

    symbol: str


class Hide(Strict, frozen=True, tag_field="kind", tag="hide"):
    """Orders of the symbol are not shown until they have been looked up this often."""

    symbol: str
    looks: Looks


class Outage(Strict, frozen=True, tag_field="kind", tag="outage"):
    """Nothing is answered."""


Behaviour = Reject | Partial | Resting | LoseReply | Drop | Hide | Outage


class Fill(Strict, frozen=True):
    at: Moment
    qty: Decimal
    price: Decimal


class Order(Strict, frozen=True):
    """One order; a leg names its parent. Its status follows from what happened to it."""

    order_id: str
    client_order_id: str
    symbol: str
    side: Literal["buy", "sell"]
    kind: Literal["limit", "market", "stop", "target"]
    qty: Decimal
    price: Decimal | None
    submitted_at: Moment
    parent: str | None = None
    fills_at_most: Decimal | None = None
    working_since: Moment | None = None
    cancelled_at: Moment | None = None
    reason: str | None = None
    fills: tuple[Fill, ...] = ()

    @property
    def family(self) -> str:
        """The order and its legs, or the two of a pair: one fills, the others are cancelled."""
        return self.parent or self.order_id

    @property
    def filled_qty(self) -> Decimal:
        return sum((fill.qty for fill in self.fills), ZERO)

    @property
    def left_qty(self) -> Decimal:
        return self.qty - self.filled_qty

    @property
    def status(self) -> OrderStatus:
        if self.left_qty == 0:
            return OrderStatus.FILLED
        if self.cancelled_at is not None:
            return OrderStatus.CANCELLED
        if self.fills:
            return OrderStatus.PARTIALLY_FILLED
        return OrderStatus.SUBMITTED if self.working_since is None else OrderStatus.WORKING

    @property
    def is_open(self) -> bool:
        return self.status not in DONE

    @property
    def updated_at(self) -> datetime:
        steps = (self.working_since, self.cancelled_at, *(fill.at for fill in self.fills))
        return max((step for step in steps if step is not None), default=self.submitted_at)


class BrokerRecord(Strict, frozen=True):
    """The whole file. `first_session` is where the prices' session indexes are counted from."""

    schema: int
    account: str
    seed: int
    opening_cash: Decimal
    first_session: date
    clock: Timeline
    references: Mapping[str, Decimal] = {}
    tape: Mapping[str, tuple[tuple[Moment, Decimal], ...]] = {}
    behaviours: tuple[Behaviour, ...] = ()
    orders: tuple[Order, ...] = ()
    suspended: bool = False


def load(path: Path) -> BrokerRecord:
    record = read_record(path, BrokerRecord, SCHEMA, 1)
    return _consistent(path, msgspec.structs.replace(record, schema=SCHEMA))


def save(path: Path, record: BrokerRecord) -> None:
    replace(path, _rendered(path, record))


def save_new(path: Path, record: BrokerRecord) -> bool:
    return create(path, _rendered(path, record))


def _consistent(path: Path, record: BrokerRecord) -> BrokerRecord:
    problem = inconsistency(record)
    if problem is not None:
        raise StateUnreadable(path, problem)
    return record


def _rendered(path: Path, record: BrokerRecord) -> bytes:
    """What could not be read again is never written."""
    document = msgspec.to_builtins(record)
    _consistent(path, to_record(path, document, BrokerRecord))
    return render(document)


def order_name(number: int) -> str:
    return f"sim-{number:06}"


def is_amount(value: Decimal) -> bool:
    return value.is_finite() and value > 0


def held_shares(orders: Iterable[Order]) -> dict[str, Decimal]:
    """Shares bought and not sold, by symbol."""
    held: dict[str, Decimal] = {}
    for order in orders:
        signed = order.filled_qty if order.side == "buy" else -order.filled_qty
        held[order.symbol] = held.get(order.symbol, ZERO) + signed
    return held


def inconsistency(record: BrokerRecord) -> str | None:
    """What contradicts itself in the record, in words; None when nothing does."""
    if not record.clock.epochs:
        return "has no epochs"
    for symbol, price in record.references.items():
        if not is_amount(price):
            return f"reference {price} of {symbol} is not a number above 0"
    for symbol, tape in record.tape.items():
        if not all(is_amount(price) for _, price in tape):
            return f"tape of {symbol} holds a price that is not a number above 0"
        if any(later < earlier for (earlier, _), (later, _) in pairwise(tape)):
            return f"tape of {symbol} is not in the order of time"
    problem = _orders_problem(record.orders)
    if problem is not None:
        return problem
    oversold = [symbol for symbol, qty in held_shares(record.orders).items() if qty < 0]
    return f"sold more {oversold[0]} than it bought" if oversold else None


def _orders_problem(orders: Iterable[Order]) -> str | None:
    order_ids: set[str] = set()
    client_order_ids: set[str] = set()
    for number, order in enumerate(orders, 1):
        name = order.order_id
        if name != order_name(number):
            return f"order {number} is called {name}"
        if order.client_order_id in client_order_ids:
            return f"holds client_order_id {order.client_order_id} twice"
        if order.parent is not None and order.parent not in order_ids:
            return f"{name} is a leg of {order.parent}, which is not before it"
        quantities = (order.qty, *(fill.qty for fill in order.fills))
        if not all(US_STOCK.takes(qty) for qty in quantities):
            return f"{name} has a quantity that is not of whole shares"
        if order.left_qty < 0:
            return f"{name} filled {order.filled_qty} of {order.qty} shares"
        if (order.price is None) is not (order.kind == "market"):
            return f"{name} is a {order.kind} order at price {order.price}"
        order_ids.add(name)
        client_order_ids.add(order.client_order_id)
    return None
