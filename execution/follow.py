"""What became of our orders: the ledger brought up to the broker's word.

Orders in doubt are settled by looks, fills and exits are taken over, and what the ledger forgot is
adopted. Nothing here is decided by time alone and nothing here is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec

from execution.broker.port import BrokerOrder, Sender
from execution.errors import BrokerUnreachable
from execution.ledger import Entry, Event, Exit, Ledger, Protection, moved, with_changed, with_entries, with_exits
from execution.lists import Lists
from execution.orders import DONE, UNRESOLVED, WORKING, OrderName, OrderStatus, parse_name
from execution.reconcile import expected_positions
from execution.sales import book_closes, book_foreign, completed
from execution.tracking import absorb, absorb_protection, adopted, adopted_protection, with_protection

LOOK = "looked, not found by id nor among the session's orders"
LOST = "the broker knows it no longer, by id or in any list; `execution ledger settle` says what became of it"


@dataclass(frozen=True, slots=True)
class Followed:
    """The ledger after following the broker, and what changed, one line each."""

    ledger: Ledger
    news: tuple[str, ...]


def follow(
    ledger: Ledger,
    lists: Lists,
    sender: Sender,
    now: datetime,
    settle_seconds: int,
    found: Mapping[str, Decimal] | None = None,
) -> Followed:
    """Bring every entry that is not over up to the broker's word. With `found`, the position of each symbol as far
    as it was told, shares of ours that somebody else's sale took are written as foreign exits."""
    expected = expected_positions(ledger)
    differing = frozenset(symbol for symbol, qty in (found or {}).items() if qty != expected.get(symbol, 0))
    looks = _Looks(lists, sender, now, settle_seconds, differing)
    changed: list[Entry] = []
    exits: list[Exit] = []
    for entry in ledger.everything():
        after, sold = looks.entry(entry)
        exits += sold
        for protection in after.protections:
            after, sold = looks.protection(after, protection)
            exits += sold
        changed.append(after)
    forgotten = _forgotten(ledger, lists, now)
    followed = with_entries(with_changed(ledger, changed), [entry for entry, _ in forgotten])
    exits += [sold for _, sales in forgotten for sold in sales]
    followed = _with_forgotten_protections(with_exits(followed, exits), lists, now)
    followed = book_closes(followed, lists, now)
    if found is not None:
        followed = book_foreign(followed, lists, found, now)
    followed = completed(followed, lists)
    return Followed(followed, news_between(ledger, followed))


@dataclass(frozen=True, slots=True)
class _Looks:
    """Where an order of ours is looked for, and what its absence means."""

    lists: Lists
    sender: Sender
    now: datetime
    settle_seconds: int
    differing: frozenset[str]

    def entry(self, entry: Entry) -> tuple[Entry, tuple[Exit, ...]]:
        try:
            order = self._order(entry.client_order_id, entry.carries_over)
        except BrokerUnreachable:
            return entry, ()
        if order is not None:
            return self._taken_over(entry, self.lists.current(order))
        if entry.status is OrderStatus.UNKNOWN and entry.order_id is not None:
            return entry, ()  # the broker knew it once: only a look that finds it, or a person, settles this
        if entry.status in UNRESOLVED:
            return self._looked(entry), ()
        if entry.unfinished:
            return moved(entry, OrderStatus.UNKNOWN, self.now, LOST), ()
        return entry, ()

    def protection(self, entry: Entry, protection: Protection) -> tuple[Entry, tuple[Exit, ...]]:
        try:
            order = self._order(protection.client_order_id, protection.unfinished)
        except BrokerUnreachable:
            return entry, ()
        if order is not None:
            return absorb_protection(entry, protection, self.lists.sells(order), self.now)
        if protection.status in UNRESOLVED:
            return with_protection(entry, self._looked_for_pair(protection)), ()
        if protection.status in WORKING:
            return with_protection(entry, _missing(protection, Event(self.now, OrderStatus.UNKNOWN, LOST))), ()
        return entry, ()

    def _order(self, client_order_id: str, asks: bool) -> BrokerOrder | None:
        """The order as a list has it; where none does and it is not over, as the broker tells it when asked. What is
        over, or proven absent, is believed unless a list says otherwise."""
        order = self.lists.find(client_order_id)
        if order is None and asks:
            order = self.sender.find(client_order_id)
            if order is not None:
                self.lists.add(order)
        return order

    def _taken_over(self, entry: Entry, order: BrokerOrder) -> tuple[Entry, tuple[Exit, ...]]:
        """The broker's word, but for one that is older than what replaced the order on the broker's page."""
        is_newest = entry.order_id is None or self.lists.goes_on_from(order, entry.order_id)
        return absorb(entry, order, self.now) if is_newest and order.replaced_by is None else (entry, ())

    def _looked(self, entry: Entry) -> Entry:
        """Not found. Only the second look since it was last sent, and only `settle_seconds` after the doubt
        began, proves that the order never arrived; an intent left by a death is in doubt from the first
        look. Shares at the broker that nothing else explains are a sign that it did arrive."""
        arrived = entry.symbol in self.differing
        status, note = _absence(entry.status, entry.history, self.now, self.settle_seconds, arrived)
        if status is not entry.status:
            return moved(entry, status, self.now, note)
        return msgspec.structs.replace(entry, history=(*entry.history, Event(self.now, status, note)))

    def _looked_for_pair(self, protection: Protection) -> Protection:
        """The same for a protection; it stays in doubt while it may still be sent again."""
        status, note = _absence(protection.status, protection.history, self.now, self.settle_seconds, False)
        return _missing(protection, Event(self.now, status, note))


def _missing(protection: Protection, event: Event) -> Protection:
    """A protection that the broker does not have, as far as one more look tells: its legs are no more than it is."""
    legs = (leg if leg.status in DONE else msgspec.structs.replace(leg, status=event.status) for leg in protection.legs)
    history = (*protection.history, event)
    return msgspec.structs.replace(protection, status=event.status, legs=tuple(legs), history=history)


def _absence(
    status: OrderStatus, history: tuple[Event, ...], now: datetime, settle_seconds: int, speaks_against: bool
) -> tuple[OrderStatus, str]:
    """What one more look that found nothing makes of an order in doubt, and the note of it."""
    if status is OrderStatus.INTENDED:
        return OrderStatus.UNKNOWN, f"intended found at start; {LOOK}"
    doubt = _this_doubt(history)
    looks = sum(1 for event in doubt if _is_look(event))
    if looks >= 1 and (now - doubt[0].at).total_seconds() >= settle_seconds and not speaks_against:
        return OrderStatus.NOT_SENT, f"proven absent: {LOOK}, {looks + 1} times"
    return status, LOOK


def _this_doubt(history: tuple[Event, ...]) -> list[Event]:
    """The looks at the end of a history, and what they doubt: looks of an earlier sending prove nothing."""
    run: list[Event] = []
    for event in reversed(history):
        if event.status is not OrderStatus.UNKNOWN:
            break
        run.insert(0, event)
        if not _is_look(event):
            break
    return run


def _is_look(event: Event) -> bool:
    return event.note is not None and LOOK in event.note


def _forgotten(ledger: Ledger, lists: Lists, now: datetime) -> list[tuple[Entry, tuple[Exit, ...]]]:
    """Entries of this session at the broker that the ledger does not know."""
    known = ledger.by_id()
    return [
        adopted(name, lists.current(order), now)
        for name, order in lists.ours("entry")
        if name.day == ledger.date_ny and str(name) not in known
    ]


def _with_forgotten_protections(ledger: Ledger, lists: Lists, now: datetime) -> Ledger:
    """The ledger with protections of its entries at the broker that it does not know, and what they sold."""
    known = {one.client_order_id for entry in ledger.everything() for one in entry.protections}
    forgotten = [(name, order) for name, order in lists.ours("protect") if str(name) not in known]
    for name, order in sorted(forgotten, key=lambda one: one[0].attempt):
        entry = _last_of(ledger, name)
        if entry is not None:
            protection = adopted_protection(order, now)
            after, exits = absorb_protection(entry, protection, lists.sells(order), now)
            ledger = with_exits(with_changed(ledger, [after]), exits)
    return ledger


def _last_of(ledger: Ledger, name: OrderName) -> Entry | None:
    """The entry a protection is for: the last attempt of its day and symbol."""
    found = None
    for entry in ledger.everything():
        of = parse_name(entry.client_order_id)
        if of is not None and (of.day, of.symbol) == (name.day, name.symbol):
            found = entry
    return found


def news_between(before: Ledger, after: Ledger) -> tuple[str, ...]:
    """One line per status that changed, per adoption, per word we do not know, per exit."""
    lines = []
    known = before.by_id()
    for entry in after.everything():
        old = known.get(entry.client_order_id)
        if old is None:
            lines.append(f"ADOPTED {entry.symbol}: {entry.client_order_id} {entry.status.value} at the broker")
        elif old.status is not entry.status or old.filled_qty != entry.filled_qty:
            lines.append(
                f"{entry.status.value.upper()} {entry.symbol}: filled={entry.filled_qty} of {entry.qty} "
                f"client_order_id={entry.client_order_id} (was {old.status.value})"
            )
        elif old.filled_avg_price is not None and old.filled_avg_price != entry.filled_avg_price:
            lines.append(
                f"PRICE {entry.symbol}: filled at {entry.filled_avg_price}, was told as {old.filled_avg_price} "
                f"client_order_id={entry.client_order_id}"
            )
        if entry.unrecognised is not None and (old is None or old.unrecognised != entry.unrecognised):
            lines.append(
                f"UNRECOGNISED {entry.symbol}: the broker's status {entry.unrecognised!r} is not known to us; "
                f"it counts as working client_order_id={entry.client_order_id}"
            )
    for sold in after.exits[len(before.exits) :]:
        price, result = (told(one) for one in (sold.price, sold.realized))
        beyond = " beyond what the entry held" if sold.beyond else ""
        lines.append(
            f"EXIT {sold.symbol}: kind={sold.kind} qty={sold.qty} price={price} realized={result} "
            f"entry={sold.entry}{beyond}"
        )
    return tuple(lines)


def told(number: Decimal | None) -> str:
    return "not told" if number is None else str(number)
