"""Does what only a simulation can: pass time, set prices, misbehave on request, be another trader.

`Practice` is the account's file and these controls; the broker built on it is in `broker.py`. A
look at the file never changes it. When the calendar has moved on since the last write, every look
works out what the orders met in between, in the same way each time, and the next write keeps it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from execution.broker.errors import BrokerUnreachable
from execution.broker.kind import SIMULATED_NUMBER
from execution.broker.port import BrokerOrder
from execution.broker.simulated.account import PriceOf, buying_power, shown
from execution.broker.simulated.clock import Timeline, begun, moved, present
from execution.broker.simulated.market import SimulatedMarket, is_price
from execution.broker.simulated.orders import Draft, matched, moments_between, refusal, simple_buy, taken
from execution.broker.simulated.record import (
    SCHEMA,
    Behaviour,
    BrokerRecord,
    Drop,
    Hide,
    LoseReply,
    Partial,
    Reject,
    Resting,
    load,
    save,
    save_new,
)
from gates.base.errors import UsageError
from gates.base.sessions import SessionTable, new_york_text
from gates.base.statefile import StateMissing, StateUnreadable

DEFAULT_SEED = 7
DEFAULT_CASH = Decimal("100000.00")

Asked = TypeVar("Asked", Reject, Partial, LoseReply, Drop, Hide)


class Practice:
    """One simulated account in one file. `references` are prices for symbols it has not seen yet."""

    def __init__(
        self,
        path: Path,
        table: SessionTable,
        wall: Callable[[], datetime],
        references: Mapping[str, Decimal] | None = None,
    ) -> None:
        self._path = path
        self._table = table
        self._wall = wall
        self._references = dict(references or {})

    @staticmethod
    def create(
        path: Path,
        wall_now: datetime,
        table: SessionTable,
        seed: int = DEFAULT_SEED,
        cash: Decimal = DEFAULT_CASH,
    ) -> bool:
        """Open an account in the session of `wall_now`; False, and nothing changed, when there is one."""
        session = table.current_or_next(wall_now)
        if session is None:
            raise UsageError(f"the session table has no session at or after {new_york_text(wall_now)}")
        number = f"{SIMULATED_NUMBER}{secrets.token_hex(4).upper()}"
        return save_new(path, BrokerRecord(SCHEMA, number, seed, cash, session.day, begun(session, wall_now)))

    def timeline(self) -> Timeline:
        return present(self._load().clock, self._wall(), self._table)

    def advance(self, seconds: float) -> None:
        """Let time pass; orders meet the market at every minute of a session."""
        if not seconds >= 0:
            raise UsageError(f"the simulated clock only goes forward (by {seconds} seconds)")
        record = self._present()
        try:
            moment = record.clock.now + timedelta(seconds=seconds)
        except OverflowError:
            raise UsageError(f"{seconds} seconds lead past the end of time") from None
        self._move(record, moment)

    def set_clock(self, moment: datetime) -> None:
        """Let time pass until `moment`."""
        record = self._present()
        if moment.tzinfo is None:
            raise UsageError(f"{moment} names no time zone")
        if moment < record.clock.now:
            now = new_york_text(record.clock.now)
            raise UsageError(f"the simulated clock only goes forward (it is {now}, wanted {new_york_text(moment)})")
        if self._table.current_or_next(moment) is None:
            ends = f"{new_york_text(moment)} is past the end of the session table"
            raise UsageError(f"{ends}; refresh it with `make sessions`")
        self._move(record, moment.astimezone(UTC))

    def set_price(self, symbol: str, price: Decimal) -> None:
        """From now on the symbol trades at this price, until the next one is set."""
        if not is_price(price):
            raise UsageError(f"{price} is not a price in whole ticks")
        record = self._present()
        now = record.clock.now
        tape = record.tape.get(symbol, ())
        before = tuple(entry for entry in tape if entry[0] <= now)
        tape = (*before, (now, price), *tape[len(before) :])
        self._write(self._seen(replace(record, tape={**record.tape, symbol: tape}), symbol))

    def behaviours(self) -> tuple[Behaviour, ...]:
        """What was asked for and is still in force or still to come."""
        return self._load().behaviours

    def add_behaviour(self, behaviour: Behaviour) -> None:
        try:
            msgspec.convert(msgspec.to_builtins(behaviour), Behaviour)
        except msgspec.ValidationError as wrong:
            raise UsageError(f"{behaviour}: {wrong}") from None
        record = self._present()
        self._write(replace(record, behaviours=(*record.behaviours, behaviour)))

    def remove_behaviour(self, behaviour: Behaviour) -> None:
        record = self._present()
        left = tuple(other for other in record.behaviours if other != behaviour)
        if left == record.behaviours:
            raise UsageError(f"no such behaviour in force: {behaviour}")
        self._write(replace(record, behaviours=left))

    def place_foreign(
        self, client_order_id: str, symbol: str, qty: Decimal, limit_price: Decimal | None = None
    ) -> BrokerOrder:
        """Give the same account an order that is not ours: a limit buy, or a market buy without a price."""
        record = self._present()
        draft = simple_buy(client_order_id, symbol, qty, limit_price)
        problem = "client_order_id must be unique" if is_known(record, client_order_id) else None
        problem = problem or self._refusal(record, draft)
        if problem is not None:
            raise UsageError(f"no order for {symbol}: {problem}")
        record, order = self._taken(record, draft)
        self._write(record)
        return order

    # The file.

    def _load(self) -> BrokerRecord:
        try:
            return load(self._path)
        except StateMissing:
            remedy = "`execution init` makes the first one, `execution init --new-account` another"
            raise BrokerUnreachable(f"the simulated broker has no record: {self._path} is missing; {remedy}") from None
        except StateUnreadable as broken:
            remedy = "put a good copy back, or move it away and let `execution init` make a new account"
            raise BrokerUnreachable(f"the simulated broker's record is unreadable: {broken}; {remedy}") from None

    def _present(self) -> BrokerRecord:
        """The record as of this moment, whatever day it was written."""
        record = self._load()
        return self._matched(record, present(record.clock, self._wall(), self._table))

    def _matched(self, record: BrokerRecord, timeline: Timeline) -> BrokerRecord:
        """The record at a later moment, its orders having met the market on the way."""
        moments = moments_between(self._table, record.clock.now, timeline.now)
        resting = {behaviour.symbol for behaviour in record.behaviours if isinstance(behaviour, Resting)}
        orders = matched(record.orders, moments, self._market(record), resting)
        return replace(record, clock=timeline, orders=orders)

    def _move(self, record: BrokerRecord, moment: datetime) -> None:
        self._write(self._matched(record, moved(record.clock, moment, self._wall(), self._table)))

    def _write(self, record: BrokerRecord) -> None:
        """Keep the record, and the prices handed in for symbols it had not seen."""
        save(self._path, replace(record, references={**self._references, **record.references}))

    # What an order depends on.

    def _market(self, record: BrokerRecord) -> SimulatedMarket:
        references = {**self._references, **record.references}
        return SimulatedMarket(record.seed, record.first_session, references, record.tape, self._table)

    def _price_of(self, record: BrokerRecord) -> PriceOf:
        market = self._market(record)
        return lambda symbol: market.price(symbol, record.clock.now)

    def _seen(self, record: BrokerRecord, symbol: str) -> BrokerRecord:
        """From its first order on, a symbol's reference price stays what it was."""
        references = {symbol: self._market(record).reference(symbol), **record.references}
        return replace(record, references=references)

    def _refusal(self, record: BrokerRecord, draft: Draft) -> str | None:
        ask = self._market(record).quote(draft.symbol, record.clock.now).ask
        return refusal(draft, record.orders, ask, buying_power(record, self._price_of(record)))

    def _taken(
        self, record: BrokerRecord, draft: Draft, fills_at_most: Decimal | None = None
    ) -> tuple[BrokerRecord, BrokerOrder]:
        new = taken(draft, record.orders, record.account, record.clock.now, fills_at_most)
        record = replace(self._seen(record, draft.symbol), orders=(*record.orders, *new))
        return record, shown(new[:1], record)[0]


def is_known(record: BrokerRecord, client_order_id: str) -> bool:
    return any(order.client_order_id == client_order_id for order in record.orders)


def asked_for(record: BrokerRecord, kind: type[Asked], symbol: str) -> Asked | None:
    """The first behaviour of this kind in force for the symbol."""
    found = (behaviour for behaviour in record.behaviours if isinstance(behaviour, kind) and behaviour.symbol == symbol)
    return next(found, None)


def done_with(record: BrokerRecord, behaviour: Behaviour, *instead: Behaviour) -> BrokerRecord:
    """The record with one behaviour used up, or replaced by what is left of it."""
    place = record.behaviours.index(behaviour)
    behaviours = (*record.behaviours[:place], *instead, *record.behaviours[place + 1 :])
    return replace(record, behaviours=behaviours)
