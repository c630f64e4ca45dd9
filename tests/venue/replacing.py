"""PATCH of an order: the old one ends as `replaced`, a new one with a new id takes its place.

The new one has the old one's whole quantity and none of its fills, as users report (Alpaca-API issue 165).
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace
from decimal import Decimal
from typing import Any

from .drafts import TIMES_IN_FORCE, number, price
from .orders import PENDING, ZERO, Order, refused_field, refused_rule


def replacement(
    old: Order, changes: dict[str, Any], new_id: Callable[[], str], used_ids: Container[str], at_ns: int
) -> Order:
    """The order that comes instead, already linked into the group; refused while anything is pending."""
    if not old.is_open:
        raise refused_rule(f'order is already in "{old.status}" state')
    if old.status in PENDING or old.is_asleep:
        raise refused_rule(f'cannot replace order in "{old.status}" state')
    client_order_id = changes.get("client_order_id") or new_id()
    if client_order_id in used_ids:
        raise refused_field("client_order_id must be unique")
    new = replace(
        old,
        id=new_id(),
        client_order_id=client_order_id,
        submitted_ns=at_ns,
        updated_ns=at_ns,
        replaces=old.id,
        filled_qty=ZERO,
        filled_avg_price=None,
        status="new" if old.status == "partially_filled" else old.status,
        ended={},
        legs=list(old.legs),
        **_changed(old, changes),
    )
    old.replaced_by = new.id
    old.end("replaced", at_ns)
    old.legs = []
    for leg in new.legs:
        leg.parent = new
        leg.qty = new.qty
    if old.parent is not None:
        legs = old.parent.legs
        legs[legs.index(old)] = new
    return new


def _changed(old: Order, changes: dict[str, Any]) -> dict[str, Any]:
    wanted: dict[str, Decimal | str | None] = {
        "qty": number(changes, "qty"),
        "limit_price": price(changes, "limit_price"),
        "stop_price": price(changes, "stop_price"),
        "time_in_force": changes.get("time_in_force"),
    }
    if wanted["time_in_force"] not in (None, *TIMES_IN_FORCE):
        raise refused_field("invalid time_in_force")
    different = {name: value for name, value in wanted.items() if value is not None and value != getattr(old, name)}
    if not different:
        raise refused_rule("order parameters are not changed")
    if "qty" in different and old.order_class != "simple":
        raise refused_rule("qty of complex orders cannot be replaced")
    if "qty" in different and different["qty"] <= old.filled_qty:  # type: ignore[operator]
        raise refused_rule("qty must be > filled_qty")
    return different
