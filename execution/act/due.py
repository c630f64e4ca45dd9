"""Decides which entries must be cancelled and which of our shares must be protected. Pure.

An entry is cancelled when its time is over, when the session is, or when the operator has killed. Shares of
ours are naked when no stop at the broker would sell them: by the stops as the broker tells them, whatever
the ledger's words are. They are protected at once when their entry ended with part of it filled (the bracket
died with the entry), else only when two cycles have seen them naked, because right after a fill the broker's
list may not show the legs yet. Each naked share ends as one of three: protected, freed by a cancel, or waiting
with the reason said.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

import msgspec

from execution.broker.port import BrokerOrder, Position
from execution.ledger.absorb import in_doubt, stands, stops_asleep, working_stops
from execution.ledger.day import Entry, Ledger, Leg
from execution.ledger.lists import Lists
from execution.ledger.reconcile import Surplus, expected_positions, explained_shares, known_order_ids, surplus
from execution.orders import WORKING, OrderStatus
from gates.base.instrument import US_STOCK, Instrument, stock
from gates.base.record import dataclass

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Standing:
    """Holds what the janitor goes by."""

    now: datetime
    ttl_seconds: int
    session_over: bool
    killed: bool
    kill_cancels: bool
    kill_protects: bool
    flattening: bool = False
    flattened: Container[str] = ()
    """Symbols that are being closed while the others are not."""
    takes_no_orders: str | None = None

    def holds_back(self, symbol: str) -> str | None:
        """Why nothing of the symbol is protected now, None when protections may go out."""
        if self.flattening:
            return "the latch `flatten` is set; say `execution flatten` again, or `execution latches clear flatten`"
        if symbol in self.flattened:
            again = f"say `execution flatten --symbol {symbol}` again, or `execution latches clear flatten:{symbol}`"
            return f"the latch `flatten:{symbol}` is set; {again}"
        if self.killed and not self.kill_protects:
            return "kill switch active and KILL_PROTECTS_POSITIONS is off"
        if self.takes_no_orders is not None:
            return f"the broker takes no orders ({self.takes_no_orders}); `execution unkill` lifts our own suspend"
        return None


@dataclass(frozen=True, slots=True)
class Shares:
    """One symbol: what our entries hold, what the position is (None when it was not told), how many of it are
    free to be sold, what is known of the difference, and how many others sold so lately that the position may
    not show it yet."""

    symbol: str
    ours: Decimal
    found: Decimal | None
    free: Decimal
    kind: Surplus
    just_sold: Decimal = ZERO
    instrument: Instrument = US_STOCK

    @property
    def differs(self) -> bool:
        return self.kind is Surplus.BREAK

    @property
    def may_be_split(self) -> bool:
        """Whether more or fewer shares are held than our entries bought, for whatever reason: the prices of our
        orders may be those of other shares."""
        return self.kind is not Surplus.NONE

    def __str__(self) -> str:
        found = "not told" if self.found is None else str(self.found)
        return f"expected {self.ours}, found {found}"


@dataclass(frozen=True, slots=True)
class Naked:
    """Shares of one entry that no stop would sell, and how many a protection may be sent for now."""

    entry: Entry
    qty: Decimal
    shares: Shares
    grant: Decimal


def to_cancel(lists: Lists, standing: Standing) -> tuple[tuple[BrokerOrder, str], ...]:
    """Entries of ours at the broker whose time is over, each with the reason; by the broker's lists,
    so that an unreadable ledger keeps nothing alive."""
    found = []
    for order in lists.everything():
        name = lists.origin(order)
        if name is None or name.leg != "entry" or order.side != "buy" or order.status not in WORKING:
            continue
        age = int((standing.now - order.submitted_at).total_seconds())
        if standing.killed and standing.kill_cancels:
            found.append((order, "kill switch active"))
        elif standing.session_over:
            found.append((order, "session over"))
        elif age >= standing.ttl_seconds:
            found.append((order, f"not filled in time ({age}s, limit {standing.ttl_seconds}s)"))
    return tuple(found)


def shares_of(
    ledger: Ledger,
    positions: Iterable[Position],
    untold: frozenset[str] = frozenset(),
    just_sold: Mapping[str, Decimal] = MappingProxyType({}),
    instrument_of: Callable[[str], Instrument] = stock,
) -> dict[str, Shares]:
    """Every symbol our entries hold or may hold, against the position; `untold` are symbols whose position was not
    readable."""
    explained, listed = explained_shares(ledger), {position.symbol: position for position in positions}
    found = {}
    expected = dict.fromkeys((entry.symbol for entry in ledger.unresolved()), ZERO) | expected_positions(ledger)
    for symbol, ours in expected.items():
        position = listed.get(symbol)
        qty = None if symbol in untold else position.qty if position is not None else ZERO
        free = max(ZERO, min(position.qty, position.qty_available)) if position is not None else ZERO
        kind = Surplus.BREAK if qty is None else surplus(ours, qty, explained.get(symbol, ZERO))
        sold = just_sold.get(symbol, ZERO)
        found[symbol] = Shares(symbol, ours, qty, free if qty is not None else ZERO, kind, sold, instrument_of(symbol))
    return found


def naked_qty(entry: Entry, lists: Lists) -> Decimal:
    """Shares held for this entry that nothing at the broker would sell at the stop, as far as that is known."""
    if stops_asleep(entry):
        return ZERO  # the bracket guards them when it fills or ends
    return max(ZERO, entry.held_qty - working_stops(entry, lists.by_id) - in_doubt(entry))


def naked_entries(ledger: Ledger, shares: Mapping[str, Shares], lists: Lists) -> tuple[Naked, ...]:
    """Entries with naked shares, and for how many of them a protection may go out: never for more than the
    position has, or than is free of it."""
    spare = _foreign_stops(ledger, shares, lists)
    free = {symbol: one.free for symbol, one in shares.items()}
    found = []
    for entry in ledger.everything():
        alone = naked_qty(entry, lists)
        if alone <= 0:
            continue
        guarded = min(alone, spare.get(entry.symbol, ZERO))
        spare[entry.symbol] = spare.get(entry.symbol, ZERO) - guarded
        qty = alone - guarded
        there = shares[entry.symbol].found
        if there is not None:
            qty = min(qty, max(ZERO, there))  # what is not there is said as a difference, and needs no stop
        if qty > 0:
            grant = shares[entry.symbol].instrument.whole_steps(min(qty, free[entry.symbol]))
            free[entry.symbol] -= grant
            found.append(Naked(entry, qty, shares[entry.symbol], grant))
    return tuple(found)


def _foreign_stops(ledger: Ledger, shares: Mapping[str, Shares], lists: Lists) -> dict[str, Decimal]:
    """Shares by symbol that stops which are not known as ours would sell, beyond the shares that are not ours:
    a stop that the operator moved on the broker's page still guards."""
    known, stops = known_order_ids(ledger), dict[str, Decimal]()
    for order in lists.everything():
        if order.symbol not in shares or order.order_id in known or not _is_stop(order):
            continue
        if not order.asleep or _wakes(lists.by_id.get(lists.parents.get(order.order_id, ""))):
            stops[order.symbol] = stops.get(order.symbol, ZERO) + order.qty - order.filled_qty
    return {
        symbol: max(ZERO, qty - max(ZERO, (shares[symbol].found or ZERO) - shares[symbol].ours))
        for symbol, qty in stops.items()
    }


def _wakes(parent: BrokerOrder | None) -> bool:
    """Whether a leg asleep under this order guards shares that are held: a bracket's once its entry has bought
    them, a pair's while its target works."""
    if parent is None:
        return False
    return parent.status in WORKING if parent.side == "sell" else parent.status is OrderStatus.FILLED


def _is_stop(order: BrokerOrder) -> bool:
    return order.side == "sell" and order.kind == "stop" and order.status in WORKING and order.works


def marked(entry: Entry, now: datetime, naked: Decimal) -> Entry:
    """The entry with the moment its nakedness was first seen, or without it. A moment that is still to come was
    written by a clock that ran ahead, and says no more than that it was seen before."""
    since = min(entry.naked_since or now, now) if naked > 0 else None
    return entry if since == entry.naked_since else msgspec.structs.replace(entry, naked_since=since)


def waited(entry: Entry, now: datetime) -> bool:
    """Whether a protection is due: seen naked by an earlier cycle, or with an entry that ended before it was full."""
    seen_before = entry.naked_since is not None and entry.naked_since != now
    return seen_before or entry.status is not OrderStatus.FILLED


def in_the_way(entry: Entry, lists: Lists) -> tuple[Leg, ...]:
    """Sells of ours that work by the broker's lists and guard nothing: a target whose stop ended, a leg asleep for
    good. One that no list shows any more holds nothing."""
    families = [(entry.legs, entry.status is OrderStatus.FILLED)]
    families += [(one.legs, one.status in WORKING) for one in entry.protections if not one.at_market]
    return tuple(
        leg
        for legs, awake in families
        if not any(stands(one, awake) for one in legs)
        for leg in legs
        if leg.status in WORKING and leg.order_id in lists.by_id
    )
