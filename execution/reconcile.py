"""Ledger against broker, as an assertion: what we expect to hold, what is found, the difference.

A symbol the broker holds and we never bought is foreign: it is nobody's business of ours and gets
no entry. A symbol of ours that differs is a break: it is locked until the two agree again, which
needs no memory because the comparison is made anew every cycle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from execution.broker.port import BrokerOrder, Position
from execution.ledger import Entry, Exit, Ledger
from execution.orders import OrderName, parse_name

ZERO = Decimal(0)
CLOCKS_DIFFER = timedelta(minutes=1)
"""By how much our clock, which dates an entry, may run ahead of the broker's, which dates a sale."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """`locks` and `foreign` say per symbol, in words, why it gets no entry."""

    locks: Mapping[str, str]
    foreign: Mapping[str, str]


def reconcile(
    live: Ledger | None, positions: Iterable[Position], open_orders: Iterable[BrokerOrder]
) -> Reconciliation:
    """Compare; without a readable live ledger nothing at the broker can be claimed as ours."""
    expected = expected_positions(live)
    found = {position.symbol: position.qty for position in positions if position.qty != 0}
    locks, foreign = {}, {}
    for symbol in sorted(expected.keys() | found.keys()):
        ours, theirs = expected.get(symbol, ZERO), found.get(symbol, ZERO)
        if symbol not in expected:
            foreign[symbol] = f"position of {theirs} shares that is not ours"
        elif ours != theirs:
            locks[symbol] = f"position differs: expected {ours}, found {theirs}, difference {theirs - ours:+}"
    known = known_order_ids(live)
    for order in open_orders:
        if order.order_id not in known and parse_name(order.client_order_id) is None:
            foreign.setdefault(order.symbol, f"open {order.side} order of {order.qty} shares that is not ours")
    return Reconciliation(locks, foreign)


def expected_positions(live: Ledger | None) -> dict[str, Decimal]:
    """Shares our own entries still hold, by symbol."""
    expected: dict[str, Decimal] = {}
    for entry in live.everything() if live is not None else ():
        if entry.held_qty != 0:
            expected[entry.symbol] = expected.get(entry.symbol, ZERO) + entry.held_qty
    return expected


def foreign_exits(
    live: Ledger, positions: Iterable[Position], orders: Iterable[BrokerOrder], now: datetime
) -> tuple[tuple[Entry, ...], tuple[Exit, ...]]:
    """Shares of ours that a sale of somebody else (the operator, on the broker's page) took, oldest
    entry first. Only a difference that such sales explain is taken; any other stays a break."""
    expected = expected_positions(live)
    found = {position.symbol: position.qty for position in positions}
    sales: dict[str, list[BrokerOrder]] = {}
    known = known_order_ids(live)
    for order in orders:
        ours = parse_name(order.client_order_id) is not None or order.order_id in known
        if order.side == "sell" and order.filled_qty > 0 and not ours:
            sales.setdefault(order.symbol, []).append(order)
    taken: dict[str, Decimal] = {}  # by differences that are written already
    for one in live.exits:
        if one.kind == "foreign":
            taken[one.symbol] = taken.get(one.symbol, ZERO) + one.qty
    changed, exits = [], []
    for entry in live.everything():
        missing = expected.get(entry.symbol, ZERO) - max(ZERO, found.get(entry.symbol, ZERO))
        sold_by_others = sales.get(entry.symbol, [])
        qty = min(missing, entry.held_qty)
        unused = sum((order.filled_qty for order in sold_by_others), ZERO) - taken.get(entry.symbol, ZERO)
        if qty <= 0 or unused < missing:
            continue
        price = sold_by_others[-1].filled_avg_price or ZERO
        realized = (price - (entry.filled_avg_price or entry.limit_price)) * qty
        exits.append(Exit(entry.symbol, "foreign", qty, price, now, entry.client_order_id, realized))
        changed.append(msgspec.structs.replace(entry, exited_qty=entry.exited_qty + qty))
        expected[entry.symbol] -= qty
        taken[entry.symbol] = taken.get(entry.symbol, ZERO) + qty
    return tuple(changed), tuple(exits)


def flatten_exits(
    live: Ledger, orders: Iterable[BrokerOrder], now: datetime
) -> tuple[tuple[Entry, ...], tuple[Exit, ...]]:
    """Shares of ours that `flatten` sold in this session and that are not written yet, oldest entry first.
    Its orders are known by their ids, so whoever sent them and died needs to have written nothing."""
    written: dict[str, Decimal] = {}
    for one in live.exits:
        if one.kind == "flatten":
            written[one.symbol] = written.get(one.symbol, ZERO) + one.qty
    entries = {entry.client_order_id: entry for entry in live.everything()}
    changed, exits = {}, []
    for name, order in _flattens(live, orders):
        known = min(written.get(name.symbol, ZERO), order.filled_qty)
        written[name.symbol] = written.get(name.symbol, ZERO) - known
        left = order.filled_qty - known
        for entry in list(entries.values()):
            qty = min(left, entry.held_qty) if entry.symbol == name.symbol else ZERO
            if qty <= 0 or entry.timestamp > order.submitted_at + CLOCKS_DIFFER:
                continue  # it sold before this was bought, and more than was ours then
            left -= qty
            price = order.filled_avg_price or ZERO
            realized = (price - (entry.filled_avg_price or entry.limit_price)) * qty
            happened = min(now, order.updated_at)
            exits.append(Exit(entry.symbol, "flatten", qty, price, happened, entry.client_order_id, realized))
            sold = msgspec.structs.replace(entry, exited_qty=entry.exited_qty + qty)
            entries[entry.client_order_id] = changed[entry.client_order_id] = sold
    return tuple(changed.values()), tuple(exits)


def _flattens(live: Ledger, orders: Iterable[BrokerOrder]) -> list[tuple[OrderName, BrokerOrder]]:
    """This session's sales by `flatten` that sold anything, in the order of their attempts."""
    named = [(parse_name(order.client_order_id), order) for order in orders if order.filled_qty > 0]
    found = [
        (name, order)
        for name, order in named
        if name is not None and name.leg == "flatten" and name.day == live.date_ny and order.side == "sell"
    ]
    return sorted(found, key=lambda one: (one[0].symbol, one[0].attempt))


def known_order_ids(live: Ledger | None) -> frozenset[str]:
    """Broker ids of our entries and of their legs, whose client ids the broker made up."""
    ids = set()
    for entry in live.everything() if live is not None else ():
        ids |= {entry.order_id} if entry.order_id else set()
        ids |= {leg.order_id for leg in entry.legs}
        for protection in entry.protections:
            ids |= {protection.order_id} if protection.order_id else set()
            ids |= {leg.order_id for leg in protection.legs}
    return frozenset(ids)
