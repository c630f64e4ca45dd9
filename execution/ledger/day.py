"""Holds the daily ledger: what we intended, what the broker made of it, what came out of it.

A ledger is a frozen record and every change makes a new one. Entries are never removed, a history
only grows, and a status moves only as `orders.MOVES` allows, so whatever is on disk is a true
prefix of what happened. What lasts beyond a session travels in `carried` until it is over. Money
and quantities are decimal strings in the file; its shape is a contract (design, section 8), older ones are read
by `schema`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from execution.ledger.notes import EventKind, kind_of
from execution.orders import DONE, NEVER, UNRESOLVED, WORKING, OrderStatus, may_move
from execution.records import Fee, Moment, Record
from gates.mode import Mode

SCHEMA = 2
ZERO = Decimal(0)


class Event(Record, frozen=True, omit_defaults=True):
    """One step of an order's life. Both moments are explained in `moments`; `fee` is what was new of it then."""

    at: Moment
    status: OrderStatus
    note: str | None = None
    asked_at: Moment | None = None
    answered_at: Moment | None = None
    fee: Fee | None = None

    @property
    def kind(self) -> EventKind:
        return kind_of(self.note)


class Leg(Record, frozen=True):
    """A protecting order the broker holds: the stop or the target of an entry. `works` is false where the
    broker's word says that it would not execute now; one `asleep` waits for its parent."""

    kind: str
    order_id: str
    status: OrderStatus
    qty: Decimal
    price: Decimal
    filled_qty: Decimal = ZERO
    filled_avg_price: Decimal | None = None
    works: bool = True
    asleep: bool = False

    @property
    def rest_qty(self) -> Decimal:
        return self.qty - self.filled_qty


class Protection(Record, frozen=True):
    """A stop and a target we sent ourselves, as one pair, for shares whose bracket holds none; or,
    without prices, a sale at the market because the stop's price was passed already. `price_refused` says
    that the broker refused the pair for one of its prices."""

    client_order_id: str
    qty: Decimal
    stop_price: Decimal | None
    target_price: Decimal | None
    status: OrderStatus
    order_id: str | None = None
    legs: tuple[Leg, ...] = ()
    history: tuple[Event, ...] = ()
    price_refused: bool = False

    @property
    def at_market(self) -> bool:
        return self.stop_price is None or self.target_price is None

    @property
    def unfinished(self) -> bool:
        if self.status in UNRESOLVED:
            return True
        return self.status not in NEVER and any(leg.status not in DONE for leg in self.legs)


class EntryOrigin(Record, frozen=True):
    """What an entry was made of: the row of the watchlist, and the quote it was planned at. What a list made by hand
    does not say is None."""

    entry: Decimal
    bid: Decimal | None
    ask: Decimal | None
    setup: str | None = None
    anchor: str | None = None
    anchor_date: date | None = None
    avg_volume: Decimal | None = None
    score: Decimal | None = None


class Entry(Record, frozen=True):
    client_order_id: str
    order_id: str | None
    symbol: str
    side: str
    qty: Decimal
    limit_price: Decimal
    notional: Decimal
    stop_price: Decimal
    target_price: Decimal
    timestamp: Moment
    status: OrderStatus
    filled_qty: Decimal = ZERO
    filled_avg_price: Decimal | None = None
    exited_qty: Decimal = ZERO
    legs: tuple[Leg, ...] = ()
    protections: tuple[Protection, ...] = ()
    naked_since: Moment | None = None
    history: tuple[Event, ...] = ()
    cancel_asked_at: Moment | None = None
    cancels_asked: int = 0
    unrecognised: str | None = None
    origin: EntryOrigin | None = None

    @property
    def held_qty(self) -> Decimal:
        return self.filled_qty - self.exited_qty

    @property
    def unfinished(self) -> bool:
        return self.status in UNRESOLVED or self.status in WORKING

    @property
    def carries_over(self) -> bool:
        """Still to be looked after in the next session."""
        return self.unfinished or self.held_qty > 0 or any(one.unfinished for one in self.protections)

    @property
    def counted_notional(self) -> Decimal:
        """Limit times quantity; after a cancel, an expiry or a refusal only what was filled."""
        if self.unfinished or self.status is OrderStatus.FILLED:
            return self.limit_price * self.qty
        return self.limit_price * self.filled_qty


class Exit(Record, frozen=True):
    """Shares sold. `price` and `realized` are None where they are not known; `order_id` is the sale, so that each
    sale explains its shares once. What is `beyond` was sold without being held: the account is short of it."""

    symbol: str
    kind: str
    qty: Decimal
    price: Decimal | None
    at: Moment
    entry: str
    realized: Decimal | None
    order_id: str | None = None
    beyond: bool = False
    note: str | None = None
    fee: Fee | None = None


class Sale(Record, frozen=True):
    """A sale that exits of an earlier session were written for, so that it explains nothing twice."""

    order_id: str
    symbol: str
    qty: Decimal
    at: Moment


class Word(Record, frozen=True):
    """What the operator said of shares that nothing else explains: so many are held and not ours."""

    symbol: str
    shares: Decimal
    at: Moment
    evidence: str


class Previous(Record, frozen=True):
    date_ny: date
    sha256: str


class Ledger(Record, frozen=True):
    schema: int
    date_ny: date
    mode: Mode
    account: str | None
    previous: Previous | None = None
    carried: tuple[Entry, ...] = ()
    entries: tuple[Entry, ...] = ()
    exits: tuple[Exit, ...] = ()
    sales: tuple[Sale, ...] = ()
    words: tuple[Word, ...] = ()

    def everything(self) -> Iterator[Entry]:
        yield from self.carried
        yield from self.entries

    def unresolved(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.everything() if entry.status in UNRESOLVED)

    def by_id(self) -> dict[str, Entry]:
        """For whoever looks up many: `find` walks the ledger each time."""
        return {entry.client_order_id: entry for entry in self.everything()}

    def find(self, client_order_id: str) -> Entry | None:
        return next((entry for entry in self.everything() if entry.client_order_id == client_order_id), None)


class BrokenHistory(Exception):
    """Refuses a change that would rewrite what happened; it is always a bug of ours."""


def blank(day: date, mode: Mode, account: str | None) -> Ledger:
    return Ledger(SCHEMA, day, mode, account)


def moved(entry: Entry, status: OrderStatus, at: datetime, note: str | None = None, **fields: Any) -> Entry:
    """The entry after one step of its life, the step written into its history."""
    if not may_move(entry.status, status):
        raise BrokenHistory(f"{entry.client_order_id}: {entry.status.value} cannot become {status.value}")
    history = (*entry.history, Event(at, status, note))
    return msgspec.structs.replace(entry, status=status, history=history, **fields)


def with_entries(ledger: Ledger, new: Iterable[Entry]) -> Ledger:
    """The ledger with entries added; an id stands in it once."""
    known = {entry.client_order_id for entry in ledger.everything()}
    added = []
    for entry in new:
        if entry.client_order_id in known:
            raise BrokenHistory(f"{entry.client_order_id} is in the ledger already")
        known.add(entry.client_order_id)
        added.append(entry)
    return msgspec.structs.replace(ledger, entries=(*ledger.entries, *added))


def with_changed(ledger: Ledger, changed: Iterable[Entry]) -> Ledger:
    """The ledger with entries in their newer versions, wherever they stand."""
    newer = {entry.client_order_id: entry for entry in changed}

    def pick(old: Entry) -> Entry:
        new = newer.pop(old.client_order_id, old)
        if new.history[: len(old.history)] != old.history:
            raise BrokenHistory(f"{old.client_order_id}: its history would be rewritten")
        return new

    carried = tuple(pick(entry) for entry in ledger.carried)
    entries = tuple(pick(entry) for entry in ledger.entries)
    if newer:
        raise BrokenHistory(f"not in the ledger: {', '.join(newer)}")
    return msgspec.structs.replace(ledger, carried=carried, entries=entries)


def with_exits(ledger: Ledger, new: Iterable[Exit]) -> Ledger:
    return msgspec.structs.replace(ledger, exits=(*ledger.exits, *new))
