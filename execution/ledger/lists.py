"""Joins the lists of one moment: each order once, in the version that is furthest along. Pure.

The broker's open orders, its orders of the last days and its answer about one id are read one after the
other, and each may lag behind what happened. A fill or an end that any of them shows has happened, so an
order counts as the version with the most shares, then the one that is over, then the one changed last.
An order edited on the broker's page has ended, and another went on for it: both are one order of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from execution.broker.port import BrokerOrder
from execution.ledger.absorb import edited
from execution.orders import DONE, OrderName, parse_name
from gates.base.record import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Lists:
    """Orders by the broker's ids, the legs of each, the broker's ids by our names, what replaced what, and the entries
    of ours of which an order was asked for and not told."""

    by_id: dict[str, BrokerOrder] = field(default_factory=dict)
    legs_of: dict[str, dict[str, None]] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    successors: dict[str, str] = field(default_factory=dict)
    predecessors: dict[str, str] = field(default_factory=dict)
    untold: set[str] = field(default_factory=set)

    def add(self, order: BrokerOrder) -> None:
        """Take in one more version of an order and of its legs."""
        known = self.by_id.get(order.order_id)
        if known is None or _progress(order) > _progress(known):
            self.by_id[order.order_id] = order
        namesake = self.by_id.get(self.named.get(order.client_order_id, ""))
        if namesake is None or order.submitted_at > namesake.submitted_at:
            self.named[order.client_order_id] = order.order_id
        if order.replaced_by is not None:
            self._replaced(order.order_id, order.replaced_by)
        if order.replaces is not None:
            self._replaced(order.replaces, order.order_id)
        for leg in order.legs:
            self.legs_of.setdefault(order.order_id, {})[leg.order_id] = None
            self.parents[leg.order_id] = order.order_id
            self.add(leg)

    def _replaced(self, old: str, new: str) -> None:
        self.successors[old] = new
        self.predecessors[new] = old

    def furthest(self, order: BrokerOrder) -> BrokerOrder:
        """The order as any list has it furthest along, with all legs that any list gave it and what took the
        place of one on the broker's page."""
        known = self.by_id.get(order.order_id, order)
        best = known if known.client_order_id == order.client_order_id else order  # a rehearsal's all bear one id
        legs = {
            leg.order_id: replace(leg, legs=())
            for leg_id in self.legs_of.get(order.order_id, ())
            for leg in self._chain(self.by_id[leg_id], self.successors)
        }
        return replace(best, legs=tuple(legs.values()))

    def find(self, client_order_id: str) -> BrokerOrder | None:
        order_id = self.named.get(client_order_id)
        return self.furthest(self.by_id[order_id]) if order_id is not None else None

    def ours(self, leg: str) -> Iterator[tuple[OrderName, BrokerOrder]]:
        """Every order whose id says that it is ours and of this kind."""
        for client_order_id, order_id in self.named.items():
            name = parse_name(client_order_id)
            if name is not None and name.leg == leg:
                yield name, self.furthest(self.by_id[order_id])

    def current(self, order: BrokerOrder, known_legs: Iterable[str] = ()) -> BrokerOrder:
        """An order of ours as it is now: furthest along, as one with whatever replaced it, and with those of its known
        legs that a list has although they stand under it no longer."""
        first, *later = self._chain(order, self.successors)
        now = self.furthest(first)
        for following in later:
            now = edited(now, self.furthest(following))
        return self._with_loose_legs(now, known_legs)

    def sells(self, order: BrokerOrder, known_legs: Iterable[str] = ()) -> BrokerOrder:
        """A protection of ours as it is now, with every order that sells or sold for it as a leg of its own: what
        was edited on the broker's page has its own fills, and each is told by its own id."""
        *earlier, last = (self.furthest(one) for one in self._chain(order, self.successors))
        parts = [part for one in earlier for part in (replace(one, legs=()), *one.legs)]
        legs = {leg.order_id: leg for leg in (*parts, *last.legs)}
        now = replace(last, client_order_id=order.client_order_id, legs=tuple(legs.values()))
        return self._with_loose_legs(now, known_legs)

    def _with_loose_legs(self, order: BrokerOrder, known_legs: Iterable[str]) -> BrokerOrder:
        named = {order.order_id, *(leg.order_id for leg in order.legs)}
        found = {one: self.by_id[one] for leg in known_legs for one in self._ids_since(leg) if one in self.by_id}
        loose = tuple(replace(leg, legs=()) for leg_id, leg in found.items() if leg_id not in named)
        return replace(order, legs=(*order.legs, *loose)) if loose else order

    def _ids_since(self, order_id: str) -> Iterator[str]:
        """This id, and those of what took its place, each once, also where no list has the order of it any more."""
        seen: set[str] = set()
        one: str | None = order_id
        while one is not None and one not in seen:
            seen.add(one)
            yield one
            one = self.successors.get(one)

    def origin(self, order: BrokerOrder) -> OrderName | None:
        """Our name of the order, or of the one it replaced; None for everybody else's."""
        names = (parse_name(one.client_order_id) for one in self._chain(order, self.predecessors))
        return next((name for name in names if name is not None), None)

    def goes_on_from(self, order: BrokerOrder, order_id: str) -> bool:
        """Whether the order is the one of this id, or took its place."""
        return any(one.order_id == order_id for one in self._chain(order, self.predecessors))

    def everything(self) -> Iterator[BrokerOrder]:
        """Every order and every leg, once."""
        yield from self.by_id.values()

    def _chain(self, order: BrokerOrder, following: Mapping[str, str]) -> Iterator[BrokerOrder]:
        """The order and whatever goes before or after it, each once, as far as the lists have them."""
        seen: set[str] = set()
        one: BrokerOrder | None = order
        while one is not None and one.order_id not in seen:
            seen.add(one.order_id)
            yield one
            one = self.by_id.get(following.get(one.order_id, ""))


def joined(*lists: Iterable[BrokerOrder]) -> Lists:
    found = Lists()
    for orders in lists:
        for order in orders:
            found.add(order)
    return found


def _progress(order: BrokerOrder) -> tuple[object, ...]:
    return order.filled_qty, order.status in DONE, order.updated_at
