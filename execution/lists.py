"""Joins the lists of one moment: each order once, in the version that is furthest along. Pure.

The broker's open orders, its orders of the last days and its answer about one id are read one after the
other, and each may lag behind what happened. A fill or an end that any of them shows has happened, so an
order counts as the version with the most shares, then the one that is over, then the one changed last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from execution.broker.port import BrokerOrder
from execution.orders import DONE, OrderName, parse_name
from execution.tracking import edited

MOST_EDITS = 50
"""How often one order may have been replaced by another; a longer chain is no chain."""


@dataclass(frozen=True, slots=True)
class Lists:
    """Orders by the broker's ids, the legs of each, the broker's ids by our names, and the entries of ours of which
    an order was asked for and not told."""

    by_id: dict[str, BrokerOrder] = field(default_factory=dict)
    legs_of: dict[str, dict[str, None]] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    successors: dict[str, str] = field(default_factory=dict)
    untold: set[str] = field(default_factory=set)

    def add(self, order: BrokerOrder) -> None:
        """Take in one more version of an order and of its legs."""
        known = self.by_id.get(order.order_id)
        if known is None or _progress(order) > _progress(known):
            self.by_id[order.order_id] = order
        self.named[order.client_order_id] = order.order_id
        if order.replaced_by is not None:
            self.successors[order.order_id] = order.replaced_by
        if order.replaces is not None:
            self.successors[order.replaces] = order.order_id
        for leg in order.legs:
            self.legs_of.setdefault(order.order_id, {})[leg.order_id] = None
            self.parents[leg.order_id] = order.order_id
            self.add(leg)

    def furthest(self, order: BrokerOrder) -> BrokerOrder:
        """The order as any list has it furthest along, with all legs that any list gave it and what took the
        place of one on the broker's page."""
        best = self.by_id.get(order.order_id, order)
        legs: dict[str, BrokerOrder] = {}
        for leg_id in self.legs_of.get(order.order_id, ()):
            leg: BrokerOrder | None = self.by_id[leg_id]
            while leg is not None and leg.order_id not in legs and len(legs) < MOST_EDITS:
                legs[leg.order_id] = replace(leg, legs=())
                leg = self.successor(leg)
        return replace(best, legs=tuple(legs.values()))

    def find(self, client_order_id: str) -> BrokerOrder | None:
        order_id = self.named.get(client_order_id)
        return self.furthest(self.by_id[order_id]) if order_id is not None else None

    def successor(self, order: BrokerOrder) -> BrokerOrder | None:
        """The order that replaced this one on the broker's page, where a list has it."""
        return self.by_id.get(self.successors.get(order.order_id, ""))

    def current(self, order: BrokerOrder, known_legs: Iterable[str] = ()) -> BrokerOrder:
        """An order of ours as it is now: furthest along, as one with whatever replaced it, and with those of its known
        legs that a list has although they stand under it no longer."""
        order, seen = self.furthest(order), {order.order_id}
        while (following := self.successor(order)) is not None and following.order_id not in seen:
            seen.add(following.order_id)
            order = edited(order, self.furthest(following))
        named = {order.order_id, *(leg.order_id for leg in order.legs)}
        loose = tuple(self.by_id[leg] for leg in known_legs if leg not in named and leg in self.by_id)
        return replace(order, legs=(*order.legs, *loose)) if loose else order

    def origin(self, order: BrokerOrder) -> OrderName | None:
        """Our name of the order, or of the one it replaced; None for everybody else's."""
        for _ in range(MOST_EDITS):
            name = parse_name(order.client_order_id)
            if name is not None or order.replaces is None or order.replaces not in self.by_id:
                return name
            order = self.by_id[order.replaces]
        return None

    def everything(self) -> Iterator[BrokerOrder]:
        """Every order and every leg, once."""
        yield from self.by_id.values()


def joined(*lists: Iterable[BrokerOrder]) -> Lists:
    found = Lists()
    for orders in lists:
        for order in orders:
            found.add(order)
    return found


def _progress(order: BrokerOrder) -> tuple[object, ...]:
    return order.filled_qty, order.status in DONE, order.updated_at
