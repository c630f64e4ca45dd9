"""Compares ledger and broker, as an assertion: what we expect to hold, what is found, the difference. Pure.

A symbol the broker holds and we never bought is foreign and gets no entry. A symbol of ours that differs is
a break: it is locked until the two agree again, which needs no memory because the comparison is made anew
every cycle. Shares beyond ours that the operator has explained are foreign and no break; a part of a share
(a dividend that was reinvested) is neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import Enum

from execution.broker.port import BrokerOrder, Position
from execution.ledger.day import Ledger
from execution.orders import parse_name
from gates.base.record import dataclass

ZERO = Decimal(0)
ONE_SHARE = Decimal(1)
EXPLAIN = "`execution ledger explain` enters why"


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """`locks` and `foreign` say per symbol, in words, why it gets no entry."""

    locks: Mapping[str, str]
    foreign: Mapping[str, str]


def reconcile(
    live: Ledger | None, positions: Iterable[Position], open_orders: Iterable[BrokerOrder]
) -> Reconciliation:
    """Compare; without a readable live ledger nothing at the broker can be claimed as ours."""
    expected, explained, oversold = expected_positions(live), explained_shares(live), sold_beyond(live)
    found = {position.symbol: position.qty for position in positions}
    locks, foreign = {}, {}
    for symbol in sorted(expected.keys() | found.keys() | oversold.keys()):
        ours, theirs = expected.get(symbol, ZERO), found.get(symbol, ZERO)
        if symbol in oversold:
            locks[symbol] = f"sold {oversold[symbol]} shares beyond those bought, the position is {theirs}"
        elif symbol not in expected:
            if not 0 <= theirs < ONE_SHARE:
                foreign[symbol] = f"position of {theirs} shares that is not ours"
        elif (kind := surplus(ours, theirs, explained.get(symbol, ZERO))) is Surplus.FOREIGN:
            foreign[symbol] = f"position of {theirs - ours} shares beyond our {ours}, as the operator explained"
        elif kind is Surplus.BREAK:
            difference = f"expected {ours}, found {theirs}, difference {theirs - ours:+}"
            locks[symbol] = f"position differs: {difference}; {EXPLAIN}"
    known = known_order_ids(live)
    for order in open_orders:
        if order.order_id not in known and parse_name(order.client_order_id) is None:
            foreign.setdefault(order.symbol, f"open {order.side} order of {order.qty} shares that is not ours")
    return Reconciliation(locks, foreign)


class Surplus(Enum):
    """What a difference between the position and our shares is."""

    NONE = "none"
    FOREIGN = "foreign"
    BREAK = "break"


def surplus(ours: Decimal, found: Decimal, explained: Decimal) -> Surplus:
    more = found - ours
    if more < 0:
        return Surplus.BREAK
    if more < ONE_SHARE:
        return Surplus.NONE
    return Surplus.FOREIGN if more < explained + ONE_SHARE else Surplus.BREAK


def explained_shares(live: Ledger | None) -> dict[str, Decimal]:
    """Shares that are held and not ours, by the operator's word, by symbol."""
    shares: dict[str, Decimal] = {}
    for word in live.words if live is not None else ():
        shares[word.symbol] = shares.get(word.symbol, ZERO) + word.shares
    return shares


def sold_beyond(live: Ledger | None) -> dict[str, Decimal]:
    """Shares that were sold today without being held, by symbol: the account is short of them."""
    shares: dict[str, Decimal] = {}
    for one in live.exits if live is not None else ():
        if one.beyond:
            shares[one.symbol] = shares.get(one.symbol, ZERO) + one.qty
    return shares


def expected_positions(live: Ledger | None) -> dict[str, Decimal]:
    """Shares our own entries still hold, by symbol."""
    expected: dict[str, Decimal] = {}
    for entry in live.everything() if live is not None else ():
        if entry.held_qty != 0:
            expected[entry.symbol] = expected.get(entry.symbol, ZERO) + entry.held_qty
    return expected


def found_positions(
    live: Ledger, positions: Iterable[Position], untold: frozenset[str] = frozenset()
) -> dict[str, Decimal]:
    """The position of every symbol that is held or expected, 0 where the list has none; not of `untold` ones."""
    found = dict.fromkeys(expected_positions(live), ZERO) | {one.symbol: one.qty for one in positions}
    return {symbol: qty for symbol, qty in found.items() if symbol not in untold}


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
