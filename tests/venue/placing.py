"""From a draft to the orders it becomes, and where a market meets them. Decides, does nothing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from .drafts import Draft
from .orders import ZERO, Order


def place(draft: Draft, new_id: Callable[[], str], at_ns: int) -> Order:
    """The order with its legs, held. An OCO's target is the order itself and its stop the only leg."""
    order = Order(
        id=new_id(),
        client_order_id=draft.client_order_id or new_id(),
        symbol=draft.symbol,
        side=draft.side,
        type=draft.type,
        submitted_ns=at_ns,
        qty=draft.qty,
        notional=draft.notional,
        time_in_force=draft.time_in_force,
        order_class=draft.order_class,
        limit_price=draft.limit_price,
        stop_price=draft.stop_price,
        extended_hours=draft.extended_hours,
    )
    if draft.order_class in ("bracket", "oto") and draft.target_price is not None:
        order.legs.append(_leg(order, new_id, "limit", draft.target_price, None))
    if draft.is_complex and draft.leg_stop_price is not None:
        kind = "stop" if draft.leg_stop_limit_price is None else "stop_limit"
        order.legs.append(_leg(order, new_id, kind, draft.leg_stop_limit_price, draft.leg_stop_price))
    return order


def _leg(parent: Order, new_id: Callable[[], str], kind: str, limit: Decimal | None, stop: Decimal | None) -> Order:
    enters = parent.order_class != "oco"
    return Order(
        id=new_id(),
        client_order_id=new_id(),
        symbol=parent.symbol,
        side={"buy": "sell", "sell": "buy"}[parent.side] if enters else parent.side,
        type=kind,
        submitted_ns=parent.submitted_ns,
        qty=parent.qty,
        time_in_force=parent.time_in_force,
        order_class=parent.order_class,
        limit_price=limit,
        stop_price=stop,
        status="held",
        parent=parent,
    )


def reached(order: Order, bid: Decimal, ask: Decimal, last: Decimal) -> Decimal | None:
    """The price at which this market fills the order now, None when it does not reach it."""
    buys = order.side == "buy"
    price = ask if buys else bid
    if not price:
        return None
    if order.is_stop:
        stop = order.stop_price or ZERO
        if (last < stop) if buys else (last > stop):
            return None
    if order.limit_price is not None and ((price > order.limit_price) if buys else (price < order.limit_price)):
        return None
    return price
