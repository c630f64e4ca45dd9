"""Counts what already fills the caps: the union of ledger and broker, by order id.

A file of ours that forgot an order must not make room for another, so the broker's orders with our
id prefix count even if no ledger knows them; of two versions of one order the larger notional
wins. A fill that either list tells counts, whatever the list of positions says yet. In DRY_RUN the
broker's orders do not count and the rehearsed entries count as positions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from execution.broker.port import BrokerOrder, Position
from execution.ledger.day import Entry, Ledger
from execution.ledger.reconcile import ONE_SHARE
from execution.ledger.strays import Stray, as_told, entries_of_ours, strays_among
from execution.orders import MAY_HAVE_LEFT, UNRESOLVED, WORKING, OrderStatus
from gates.base.record import dataclass
from gates.facts import Usage
from gates.mode import Mode

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class SessionUsage:
    """Caps used so far in this session."""

    ids: frozenset[str]
    symbols: frozenset[str]
    gross: Decimal
    by_symbol: Mapping[str, Decimal]

    def for_symbol(self, symbol: str) -> Usage:
        return Usage(len(self.ids), self.symbols, self.gross, self.by_symbol.get(symbol, ZERO))

    def plus(self, client_order_id: str, symbol: str, notional: Decimal) -> SessionUsage:
        """As it will be once this intended order counts too."""
        return SessionUsage(
            self.ids | {client_order_id},
            self.symbols | {symbol},
            self.gross + notional,
            {**self.by_symbol, symbol: self.by_symbol.get(symbol, ZERO) + notional},
        )


def session_usage(
    day: date,
    ledger: Ledger,
    broker_orders: Iterable[BrokerOrder],
    positions: Sequence[Position],
    leaving_out: str | None = None,
) -> SessionUsage:
    """Everything that counts in session `day`; `leaving_out` names the entry being asked about."""
    entries = [e for e in ledger.entries if e.client_order_id != leaving_out]
    at_broker = tuple(o for o in broker_orders if ledger.mode is Mode.LIVE and o.client_order_id != leaving_out)
    today = [order for name, order in entries_of_ours(at_broker) if name.day == day]
    notional = {e.client_order_id: e.counted_notional for e in entries}
    symbol_of = {e.client_order_id: e.symbol for e in entries} | {o.client_order_id: o.symbol for o in today}
    for order in today:
        known = notional.get(order.client_order_id, ZERO)
        notional[order.client_order_id] = max(known, _notional_at_broker(order))
    by_symbol: dict[str, Decimal] = {}
    for client_order_id, amount in notional.items():
        _add(by_symbol, symbol_of[client_order_id], amount)
    earlier = {name: told for name, told in as_told(at_broker).items() if told.name.day != day}
    for symbol, amount in _of_earlier_sessions(ledger, entries, earlier, positions).items():
        _add(by_symbol, symbol, amount)
    ids = {e.client_order_id for e in entries if e.status in MAY_HAVE_LEFT} | {o.client_order_id for o in today}
    symbols = {p.symbol for p in positions if not 0 <= p.qty < ONE_SHARE}
    symbols |= {e.symbol for e in (*ledger.carried, *entries) if _occupies(e, ledger.mode)}
    symbols |= _occupied_at_broker(ledger, at_broker)
    return SessionUsage(frozenset(ids), frozenset(symbols), sum(notional.values(), ZERO), by_symbol)


def exposure(positions: Iterable[Position], open_orders: Iterable[BrokerOrder]) -> Decimal | None:
    """Dollars at stake in the account now: what is held, at its value, and what open orders may still buy. None
    while the price of one of them is not known. The caps count the session's entries instead, whatever is held."""
    amounts: list[Decimal | None] = []
    for p in positions:
        cost = p.qty * p.avg_entry_price if p.avg_entry_price is not None else None
        value = p.market_value if p.market_value is not None else cost
        amounts.append(abs(value) if value is not None else None)
    for order in open_orders:
        if order.side == "buy" and order.status in WORKING:
            rest = order.qty - order.filled_qty
            amounts.append(order.limit_price * rest if order.limit_price is not None else None)
    known = [amount for amount in amounts if amount is not None]
    return sum(known, ZERO) if len(known) == len(amounts) else None


def _add(amounts: dict[str, Decimal], symbol: str, amount: Decimal) -> None:
    amounts[symbol] = amounts.get(symbol, ZERO) + amount


def _of_earlier_sessions(
    ledger: Ledger, entries: Iterable[Entry], earlier: Mapping[str, Stray], positions: Iterable[Position]
) -> dict[str, Decimal]:
    """Dollars by symbol that no order of today accounts for: what is held, as positions or as ledger and orders
    say, whichever is more, and what an unfinished order may still buy any minute."""
    held: dict[str, Decimal] = {}
    to_come: dict[str, Decimal] = {}
    for entry in ledger.carried:
        bought, rest = _carried_amounts(entry, earlier.get(entry.client_order_id))
        _add(held, entry.symbol, bought)
        _add(to_come, entry.symbol, rest)
    known = ledger.by_id()
    for stray in (told for name, told in earlier.items() if name not in known):
        _add(held, stray.order.symbol, stray.price * stray.held)
        _add(to_come, stray.order.symbol, stray.price * stray.rest)
    filled_today = _filled_today(entries, ledger.mode)
    for p in positions:
        beyond_today = max(ZERO, p.qty - filled_today.get(p.symbol, ZERO)) * (p.avg_entry_price or ZERO)
        held[p.symbol] = max(held.get(p.symbol, ZERO), beyond_today)
    return {symbol: held.get(symbol, ZERO) + to_come.get(symbol, ZERO) for symbol in held | to_come}


def _carried_amounts(entry: Entry, told: Stray | None) -> tuple[Decimal, Decimal]:
    """Dollars held, and dollars it may still buy, of a carried entry: a fill that ledger or broker tells has
    happened, and of two prices the higher counts."""
    held, filled, qty = max(ZERO, entry.held_qty), entry.filled_qty, entry.qty
    paid, limit, unfinished = entry.filled_avg_price or entry.limit_price, entry.limit_price, entry.unfinished
    if told is not None:
        held = max(held, min(told.held, told.bought - entry.exited_qty))
        filled, qty = max(filled, told.bought), max(qty, told.qty)
        paid = limit = max(paid, limit, told.price)
        unfinished = unfinished or told.works
    return paid * held, limit * max(ZERO, qty - filled) if unfinished else ZERO


def _occupies(entry: Entry, mode: Mode) -> bool:
    """Whether an entry takes a position's place although the broker may list no position yet."""
    if entry.status in UNRESOLVED or entry.status in WORKING or entry.held_qty > 0:
        return True
    return mode is Mode.DRY_RUN and entry.status is not OrderStatus.NOT_SENT


def _occupied_at_broker(ledger: Ledger, orders: Sequence[BrokerOrder]) -> set[str]:
    """Symbols of our entries that work there, or bought what the ledger has no exit of."""
    known = ledger.by_id()
    symbols = {stray.order.symbol for stray in strays_among(ledger, orders) if stray.occupies}
    for _, order in entries_of_ours(orders):
        entry = known.get(order.client_order_id)
        if entry is not None and (order.status in WORKING or order.filled_qty > entry.exited_qty):
            symbols.add(order.symbol)
    return symbols


def _notional_at_broker(order: BrokerOrder) -> Decimal:
    price = order.limit_price or order.filled_avg_price or ZERO
    whole = order.status in WORKING or order.status is OrderStatus.FILLED
    return price * (order.qty if whole else order.filled_qty)


def _filled_today(entries: Iterable[Entry], mode: Mode) -> dict[str, Decimal]:
    """Shares of today's entries still held; they count as orders already and not again as held."""
    filled: dict[str, Decimal] = {}
    for entry in entries if mode is Mode.LIVE else ():
        filled[entry.symbol] = filled.get(entry.symbol, ZERO) + max(ZERO, entry.held_qty)
    return filled
