"""Asks the broker everything a cycle goes by, each question once; a failure becomes a problem in words. Only reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from execution.broker.errors import BrokerUnreachable
from execution.broker.port import (
    Account,
    Broker,
    BrokerClock,
    BrokerOrder,
    Position,
    Told,
    Unreadable,
)
from execution.ledger.day import Ledger
from execution.ledger.reconcile import known_order_ids
from execution.state.directory import StateRecord
from gates.base.escape import foreign
from gates.base.record import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BrokerView:
    """The broker's answers of this cycle. None goes with a problem in words, never without. `unreadable` names the
    positions and orders that could not be read, `unreadable_open` the open orders among them. `asked_at` is when a
    cycle began to ask."""

    clock: BrokerClock | None = None
    account: Account | None = None
    positions: tuple[Position, ...] = ()
    open_orders: tuple[BrokerOrder, ...] = ()
    orders: tuple[BrokerOrder, ...] = ()
    clock_problem: str | None = None
    account_problem: str | None = None
    positions_problem: str | None = None
    orders_problem: str | None = None
    unreadable_positions: tuple[Unreadable, ...] = ()
    unreadable_open: tuple[Unreadable, ...] = ()
    unreadable_orders: tuple[Unreadable, ...] = ()
    asked_at: datetime | None = None

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        return tuple(dict.fromkeys((*self.unreadable_positions, *self.unreadable_open, *self.unreadable_orders)))

    @property
    def positions_told(self) -> bool:
        """Whether the list of positions was told, but for single ones that name their symbol."""
        return self.positions_problem is None and all(one.symbol is not None for one in self.unreadable_positions)

    @property
    def untold(self) -> frozenset[str]:
        """Symbols whose position was listed and could not be read."""
        return frozenset(one.symbol for one in self.unreadable_positions if one.symbol is not None)

    @property
    def complete(self) -> bool:
        problems = (self.clock_problem, self.account_problem, self.positions_problem, self.orders_problem)
        return all(problem is None for problem in problems)


def ask_broker(broker: Broker, since: datetime, *, without_clock: bool = False) -> BrokerView:
    """Clock first; when that gets no answer the rest is not asked, which keeps a hung broker cheap. With
    `without_clock`, for something of ours may need looking after, it is, unless the account does not answer
    either."""
    clock, problem = asked(broker.clock)
    account, account_problem = asked(broker.account) if problem is None or without_clock else (None, problem)
    if problem is not None and account_problem is not None:
        unasked = f"not asked, {problem}"
        return BrokerView(
            clock_problem=problem, account_problem=unasked, positions_problem=unasked, orders_problem=unasked
        )
    positions, positions_problem = asked(broker.positions)
    open_orders, open_problem = asked(broker.open_orders)
    orders, orders_problem = asked(lambda: broker.orders_since(since))
    return BrokerView(
        clock,
        account,
        positions.items if positions is not None else (),
        open_orders.items if open_orders is not None else (),
        orders.items if orders is not None else (),
        problem,
        account_problem,
        positions_problem,
        open_problem or orders_problem,
        _odd(positions),
        _odd(open_orders),
        _odd(orders),
    )


def _odd(told: Told[Position] | Told[BrokerOrder] | None) -> tuple[Unreadable, ...]:
    return told.unreadable if told is not None else ()


def asked(question: Callable[[], T]) -> tuple[T | None, str | None]:
    """The answer, or the problem in words."""
    try:
        return question(), None
    except BrokerUnreachable as unreachable:
        return None, str(unreachable)
    except Exception as broken:  # noqa: BLE001 - an answer we cannot read is no answer
        return None, f"answer not understood ({type(broken).__name__}: {foreign(str(broken), 170)})"


def account_mismatch(view: BrokerView, record: StateRecord) -> str | None:
    if view.account is None or record.account is None or view.account.number == record.account:
        return None
    return f"state dir is bound to {record.account}, broker says {view.account.number}"


def account_is_ours(view: BrokerView, record: StateRecord, live: Ledger | None) -> bool:
    """By its number; while that cannot be asked, by an order it lists under an id the ledger has from the broker.
    A failing call must keep no entry alive and no share naked, and another account's keys must touch nothing."""
    if view.account is not None:
        return account_mismatch(view, record) is None
    if live is None or live.account not in (None, record.account):
        return False
    listed = (order for top in (*view.orders, *view.open_orders) for order in (top, *top.legs))
    ids = {*(order.order_id for order in listed), *(odd.order_id for odd in view.unreadable)}
    return not known_order_ids(live).isdisjoint(ids)
