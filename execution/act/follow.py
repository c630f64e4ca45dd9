"""Brings the ledger up to what the broker says of our orders.

Orders in doubt are settled by looks, fills and exits are taken over, and what the ledger forgot is
adopted. Nothing here is decided by time alone and nothing here is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from functools import partial

from execution.act.said import Said, noted, warned
from execution.broker.errors import BrokerUnreachable
from execution.broker.port import BrokerOrder, Sender
from execution.ledger.absorb import absorb, absorb_protection, adopted, adopted_protection, with_protection
from execution.ledger.day import Entry, Exit, Ledger, Protection, with_changed, with_entries, with_exits
from execution.ledger.doubts import looked, looked_for_pair
from execution.ledger.lists import Lists
from execution.ledger.reconcile import expected_positions
from execution.ledger.sales import book_closes, book_foreign, completed
from execution.orders import UNRESOLVED, WORKING, OrderName, OrderStatus, parse_name
from gates.base.record import dataclass, field

TO_LOOK_AT = frozenset({OrderStatus.REJECTED, OrderStatus.UNKNOWN})
"""What an order may come to that a person should look at."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The ledger after following the broker, and what changed, one line each."""

    ledger: Ledger
    news: tuple[Said, ...]


def follow(
    ledger: Ledger,
    lists: Lists,
    sender: Sender,
    now: datetime,
    settle_seconds: int,
    found: Mapping[str, Decimal] | None = None,
) -> Followed:
    """Bring every entry that is not over up to the broker's word. With `found`, the position of each symbol as far
    as it was told, shares of ours that a sale not ours took are written as foreign exits."""
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
    followed = _unless_odd(followed, lambda known: book_closes(known, lists, now))
    if found is not None:
        followed = _unless_odd(followed, lambda known: book_foreign(known, lists, found, now))
    followed = _unless_odd(followed, lambda known: completed(known, lists))
    return Followed(followed, (*news_between(ledger, followed), *looks.odd))


def _unless_odd(ledger: Ledger, step: Callable[[Ledger], Ledger]) -> Ledger:
    """The ledger after a step, or as it was where the broker's numbers cannot be reckoned with."""
    try:
        return step(ledger)
    except ArithmeticError:
        return ledger


@dataclass(frozen=True, slots=True)
class _Looks:
    """Looks for an order of ours, and says what its absence means."""

    lists: Lists
    sender: Sender
    now: datetime
    settle_seconds: int
    differing: frozenset[str]
    odd: list[Said] = field(default_factory=list)

    def entry(self, entry: Entry) -> tuple[Entry, tuple[Exit, ...]]:
        """One whose numbers cannot be reckoned with stays as it is and holds its symbol, and ends no cycle."""
        try:
            return self._entry(entry)
        except ArithmeticError:
            return self._not_reckoned(entry, entry.client_order_id)

    def protection(self, entry: Entry, protection: Protection) -> tuple[Entry, tuple[Exit, ...]]:
        try:
            return self._protection(entry, protection)
        except ArithmeticError:
            return self._not_reckoned(entry, protection.client_order_id)

    def _not_reckoned(self, entry: Entry, client_order_id: str) -> tuple[Entry, tuple[Exit, ...]]:
        self.lists.untold.add(entry.client_order_id)
        words = "the broker's numbers cannot be reckoned with, none of them is taken over"
        self.odd.append(warned(f"IN DOUBT {entry.symbol}: {client_order_id}: {words}"))
        return entry, ()

    def _entry(self, entry: Entry) -> tuple[Entry, tuple[Exit, ...]]:
        try:
            order = self._order(entry.client_order_id, entry.carries_over)
        except BrokerUnreachable:
            self.lists.untold.add(entry.client_order_id)
            return entry, ()
        if order is not None:
            return self._taken_over(entry, self.lists.current(order, (leg.order_id for leg in entry.legs)))
        is_lost = entry.status is OrderStatus.UNKNOWN and entry.order_id is not None
        if is_lost or not entry.unfinished:
            return entry, ()  # what the broker had and lost only a look that finds it, or a person, settles
        return looked(entry, self.now, self.settle_seconds, entry.symbol in self.differing), ()

    def _protection(self, entry: Entry, protection: Protection) -> tuple[Entry, tuple[Exit, ...]]:
        try:
            order = self._order(protection.client_order_id, protection.unfinished)
        except BrokerUnreachable:
            self.lists.untold.add(entry.client_order_id)
            return entry, ()
        if order is not None:
            known = (leg.order_id for leg in protection.legs)
            return absorb_protection(entry, protection, self.lists.sells(order, known), self.now)
        if protection.status in UNRESOLVED | WORKING:
            return with_protection(entry, looked_for_pair(protection, self.now, self.settle_seconds)), ()
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


def _forgotten(ledger: Ledger, lists: Lists, now: datetime) -> list[tuple[Entry, tuple[Exit, ...]]]:
    """Entries of this session at the broker that the ledger does not know."""
    known, found = ledger.by_id(), []
    for name, order in lists.ours("entry"):
        if name.day == ledger.date_ny and str(name) not in known:
            with suppress(ArithmeticError):  # what cannot be reckoned with counts by its order alone
                found.append(adopted(name, lists.current(order), now))
    return found


def _with_forgotten_protections(ledger: Ledger, lists: Lists, now: datetime) -> Ledger:
    """The ledger with protections of its entries at the broker that it does not know, and what they sold."""
    known = {one.client_order_id for entry in ledger.everything() for one in entry.protections}
    forgotten = [(name, order) for name, order in lists.ours("protect") if str(name) not in known]
    for name, order in sorted(forgotten, key=lambda one: one[0].attempt):
        entry = _last_of(ledger, name)
        if entry is not None:
            ledger = _unless_odd(ledger, partial(_with_protection, entry, order, lists, now))
    return ledger


def _with_protection(entry: Entry, order: BrokerOrder, lists: Lists, now: datetime, ledger: Ledger) -> Ledger:
    after, exits = absorb_protection(entry, adopted_protection(order, now), lists.sells(order), now)
    return with_exits(with_changed(ledger, [after]), exits)


def _last_of(ledger: Ledger, name: OrderName) -> Entry | None:
    """The entry a protection is for: the last attempt of its day and symbol."""
    found = None
    for entry in ledger.everything():
        of = parse_name(entry.client_order_id)
        if of is not None and (of.day, of.symbol) == (name.day, name.symbol):
            found = entry
    return found


def news_between(before: Ledger, after: Ledger) -> tuple[Said, ...]:
    """One line per status that changed, per adoption, per word we do not know, per exit."""
    lines: list[Said] = []
    known = before.by_id()
    for entry in after.everything():
        lines += _news_of(known.get(entry.client_order_id), entry)
    for sold in after.exits[len(before.exits) :]:
        price, result = (_or_not_told(one) for one in (sold.price, sold.realized))
        beyond = " beyond what the entry held" if sold.beyond else ""
        words = f"kind={sold.kind} qty={sold.qty} price={price} realized={result} entry={sold.entry}{beyond}"
        lines.append(noted(f"EXIT {sold.symbol}: {words}"))
    return tuple(lines)


def _news_of(old: Entry | None, entry: Entry) -> Iterator[Said]:
    name = f"client_order_id={entry.client_order_id}"
    if old is None:
        yield noted(f"ADOPTED {entry.symbol}: {entry.client_order_id} {entry.status.value} at the broker")
    elif old.status is not entry.status or old.filled_qty != entry.filled_qty:
        words = f"filled={entry.filled_qty} of {entry.qty} {name} (was {old.status.value})"
        say = warned if entry.status in TO_LOOK_AT else noted
        yield say(f"{entry.status.value.upper()} {entry.symbol}: {words}")
    elif old.filled_avg_price is not None and old.filled_avg_price != entry.filled_avg_price:
        words = f"filled at {entry.filled_avg_price}, was told as {old.filled_avg_price} {name}"
        yield noted(f"PRICE {entry.symbol}: {words}")
    if entry.unrecognised is not None and (old is None or old.unrecognised != entry.unrecognised):
        words = f"the broker's status {entry.unrecognised!r} is not known to us; it counts as working {name}"
        yield warned(f"UNRECOGNISED {entry.symbol}: {words}")


def _or_not_told(number: Decimal | None) -> str:
    return "not told" if number is None else str(number)
