"""What already counts toward the caps: the union of ledger and broker, by order id.

A file of ours that forgot an order must not make room for another, so the broker's orders with our
id prefix count even if no ledger knows them; of two versions of one order the larger notional
wins. In DRY_RUN the broker's orders do not count and the rehearsed entries count as positions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from execution.broker.port import BrokerOrder, Position
from execution.ledger import Entry, Ledger, Mode
from execution.orders import MAY_HAVE_LEFT, UNRESOLVED, WORKING, OrderStatus, parse_name
from gates.facts import Usage

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
    notional = {e.client_order_id: e.counted_notional for e in entries}
    symbol_of = {e.client_order_id: e.symbol for e in entries}
    ids = {e.client_order_id for e in entries if e.status in MAY_HAVE_LEFT}
    symbols = {p.symbol for p in positions if p.qty != 0}
    symbols |= {e.symbol for e in (*ledger.carried, *entries) if _occupies(e, ledger.mode)}
    for order in broker_orders if ledger.mode is Mode.LIVE else ():
        name = parse_name(order.client_order_id)
        if name is None or name.leg != "entry" or order.client_order_id == leaving_out:
            continue
        if order.status in WORKING:
            symbols.add(order.symbol)
        if name.day == day:
            ids.add(order.client_order_id)
            symbol_of[order.client_order_id] = order.symbol
            known = notional.get(order.client_order_id, ZERO)
            notional[order.client_order_id] = max(known, _notional_at_broker(order))
    by_symbol: dict[str, Decimal] = {}
    for client_order_id, amount in notional.items():
        symbol = symbol_of[client_order_id]
        by_symbol[symbol] = by_symbol.get(symbol, ZERO) + amount
    for entry in ledger.carried:
        if entry.unfinished:  # its rest may become shares any minute
            rest = entry.limit_price * (entry.qty - entry.filled_qty)
            by_symbol[entry.symbol] = by_symbol.get(entry.symbol, ZERO) + rest
    filled_today = _filled_today(entries, ledger.mode)
    for p in positions:
        held = max(ZERO, p.qty - filled_today.get(p.symbol, ZERO)) * (p.avg_entry_price or ZERO)
        by_symbol[p.symbol] = by_symbol.get(p.symbol, ZERO) + held
    return SessionUsage(frozenset(ids), frozenset(symbols), sum(notional.values(), ZERO), by_symbol)


def _occupies(entry: Entry, mode: Mode) -> bool:
    """Whether an entry takes a position's place although the broker may hold nothing yet."""
    if entry.status in UNRESOLVED or entry.status in WORKING:
        return True
    return mode is Mode.DRY_RUN and entry.status is not OrderStatus.NOT_SENT


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
