"""Simulates a broker in a file: an account to learn and rehearse with, LIVE included.

It speaks the port like a real one, fills what the market reaches while its clock advances, and keeps
every order in `simulated_broker.json`, written durably before a call returns, so it remembers what it
took even when we die. What goes wrong at real brokers can be asked for as a behaviour. Nothing is
held in memory: every call reads the file, and the caller's lock keeps two writers apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from execution.broker.errors import BrokerRefused, BrokerUnclear, BrokerUnreachable
from execution.broker.port import (
    Account,
    Bar,
    BracketRequest,
    BrokerClock,
    BrokerOrder,
    BySymbol,
    Position,
    Quote,
    Told,
)
from execution.broker.simulated import account as derived
from execution.broker.simulated import orders as life
from execution.broker.simulated.faults import Practice, asked_for, done_with, is_known
from execution.broker.simulated.record import BrokerRecord, Drop, Hide, LoseReply, Order, Outage, Partial, Reject
from gates.base.instrument import Instrument, stock
from gates.base.sessions import new_york_day
from gates.base.statefile import StateUnwritable

SUSPENDED = "trade_suspended_by_user"


class SimulatedBroker(Practice):
    """Answers the port for a cycle; what a person does to it is inherited from Practice."""

    name = "simulated"

    def clock(self) -> BrokerClock:
        now = self._answering().clock.now
        return BrokerClock(now, self._table.open_at(now) is not None, new_york_day(now))

    def account(self) -> Account:
        record = self._answering()
        price_of = self._price_of(record)
        equity, power = derived.equity(record, price_of), derived.buying_power(record, price_of)
        suspended = SUSPENDED if record.suspended else None
        cash = derived.cash(record)
        return Account(record.account, equity, power, suspended, takes_no_orders=suspended, cash=cash)

    def instrument(self, symbol: str) -> Instrument:
        return stock(symbol)

    def positions(self) -> Told[Position]:
        record = self._answering()
        return Told(derived.positions(record, self._price_of(record)))

    def open_orders(self) -> Told[BrokerOrder]:
        """Open orders with their legs; the working legs of a filled entry stand for themselves."""
        record = self._answering()
        is_open = {order.order_id for order in record.orders if order.is_open}
        tops = (order for order in record.orders if order.order_id in is_open and order.parent not in is_open)
        return _visible(tops, record)

    def orders_since(self, start: datetime) -> Told[BrokerOrder]:
        record = self._answering()
        tops = (order for order in record.orders if order.parent is None and order.submitted_at >= start)
        return _visible(tops, record)

    def find(self, client_order_id: str) -> BrokerOrder | None:
        record = self._answering()
        found = next((order for order in record.orders if order.client_order_id == client_order_id), None)
        if found is None:
            return None
        hidden = asked_for(record, Hide, found.symbol)
        if hidden is not None:
            left = (Hide(hidden.symbol, hidden.looks - 1),) if hidden.looks > 1 else ()
            self._keep(done_with(record, hidden, *left))
            return None
        return derived.shown((found,), record)[0]

    def quotes(self, symbols: Iterable[str]) -> BySymbol[Quote]:
        record = self._answering()
        market = self._market(record)
        return BySymbol({symbol: market.quote(symbol, record.clock.now) for symbol in symbols})

    def bars(self, symbols: Iterable[str], start: datetime, minutes: int) -> BySymbol[tuple[Bar, ...]]:
        record = self._answering()
        market = self._market(record)
        return BySymbol({symbol: market.bars(symbol, start, record.clock.now, minutes) for symbol in symbols})

    def submit(self, request: BracketRequest) -> BrokerOrder:
        return self._send(life.bracket(request))

    def submit_exit(
        self, client_order_id: str, symbol: str, qty: Decimal, stop_price: Decimal, target_price: Decimal
    ) -> BrokerOrder:
        """A stop and a target for shares that are held; one fills, the other is cancelled."""
        return self._send(life.exit_pair(client_order_id, symbol, qty, stop_price, target_price))

    def close(self, symbol: str, qty: Decimal, client_order_id: str) -> BrokerOrder:
        """Sell shares at the market; it never holds a part of one."""
        return self._send(life.market_sell(client_order_id, symbol, qty))

    def cancel(self, order_id: str) -> bool:
        """Cancel an order with all of its family that is open; one that is over or unknown is refused."""
        record = self._answering()
        order = next((order for order in record.orders if order.order_id == order_id), None)
        if order is None or not order.is_open:
            return False
        orders = life.cancelled(record.orders, order.family, record.clock.now)
        self._keep(replace(record, orders=orders))
        return True

    def is_suspended(self) -> bool:
        return self._answering().suspended

    def suspend(self, on: bool) -> bool:
        record = self._answering()
        if record.suspended is not on:
            self._keep(replace(record, suspended=on))
        return on

    def _send(self, draft: life.Draft) -> BrokerOrder:
        """Take an order as a broker does: once per id, by its own rules, and not always with an answer."""
        record = self._present()
        if Outage() in record.behaviours:
            raise BrokerUnclear("simulated outage: no answer")
        dropped = asked_for(record, Drop, draft.symbol)
        if dropped is not None:
            self._keep(done_with(record, dropped), BrokerUnclear)
            raise BrokerUnclear("simulated drop: no answer")
        if is_known(record, draft.client_order_id):
            raise BrokerUnclear("client_order_id must be unique")
        if record.suspended:
            raise BrokerRefused("new orders are rejected by user request")
        rejected = asked_for(record, Reject, draft.symbol)
        reason = rejected.reason if rejected is not None else self._refusal(record, draft)
        if reason is not None:
            raise BrokerRefused(reason)
        partial = asked_for(record, Partial, draft.symbol) if draft.parts[0].side == "buy" else None
        if partial is not None:
            record = done_with(record, partial)
        record, order = self._taken(record, draft, partial.qty if partial is not None else None)
        lost = asked_for(record, LoseReply, draft.symbol)
        self._keep(done_with(record, lost) if lost is not None else record, BrokerUnclear)
        if lost is not None:
            raise BrokerUnclear("simulated lost reply: no answer")
        return order

    def _answering(self) -> BrokerRecord:
        record = self._present()
        if Outage() in record.behaviours:
            raise BrokerUnreachable("simulated outage: no answer")
        return record

    def _keep(self, record: BrokerRecord, failure: type[Exception] = BrokerUnreachable) -> None:
        """Write before answering; a broker that cannot remember gives no answer."""
        try:
            self._write(record)
        except StateUnwritable as broken:
            raise failure(f"the simulated broker gave no answer: {broken}") from broken


def _visible(orders: Iterable[Order], record: BrokerRecord) -> Told[BrokerOrder]:
    hidden = {behaviour.symbol for behaviour in record.behaviours if isinstance(behaviour, Hide)}
    return Told(derived.shown((order for order in orders if order.symbol not in hidden), record))
