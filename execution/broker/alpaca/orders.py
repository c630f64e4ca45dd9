"""Reads Alpaca's orders into our words, each on its own. Pure; the vendor's names end here.

Every status is mapped once. A word we do not know, on an order, is *working, unrecognised*: the order
holds its caps and its symbol until a word we know arrives. What the published specification lets be
null may be null where something else in the order says the same; an order that cannot be read, or
contradicts itself, is named with its ids, so that it can be cancelled and looked for all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from execution.broker.alpaca.fields import (
    ID,
    WORD,
    ShapeUnknown,
    brief,
    check_worth,
    foreign_id,
    listed,
    maybe_amount,
    maybe_id,
    maybe_quantity,
    maybe_text,
    moment,
    record,
    shown_symbol,
    symbol,
    text,
    word,
)
from execution.broker.port import BrokerOrder, Told, Unreadable
from execution.orders import DONE, OrderStatus, parse_name

S = OrderStatus
ZERO = Decimal(0)

STATUSES = {
    "pending_new": S.SUBMITTED,
    "accepted": S.SUBMITTED,
    "accepted_for_bidding": S.SUBMITTED,
    "pending_review": S.SUBMITTED,
    "new": S.WORKING,
    "held": S.WORKING,  # a leg asleep, or a stop that works beside its target
    "partially_filled": S.PARTIALLY_FILLED,
    "done_for_day": S.WORKING,  # good till cancelled: works again tomorrow
    "pending_cancel": S.WORKING,
    "pending_replace": S.WORKING,
    "stopped": S.WORKING,
    "suspended": S.WORKING,
    "calculated": S.WORKING,
    "filled": S.FILLED,
    "canceled": S.CANCELLED,
    "replaced": S.CANCELLED,  # by hand or by a corporate action: `replaced_by` names the order that goes on
    "expired": S.EXPIRED,
    "rejected": S.REJECTED,
}
ASLEEP = "held"
MULTI_LEG = "mleg"
MOST_LEGS = 20
PRICES = ("filled_avg", "limit", "stop")
WOULD_EXECUTE = frozenset(
    {
        "pending_new",
        "accepted",
        "accepted_for_bidding",
        "new",
        "held",
        "partially_filled",
        "done_for_day",
        "pending_replace",
    }
)
NOTHING_FILLED_YET = frozenset({"pending_new", "accepted", "accepted_for_bidding", "pending_review", "new", "held"})


def orders(answer: object) -> Told[BrokerOrder]:
    """A page of orders. Where an order or one of its legs cannot be read, its other legs stand for themselves."""
    told = [_told(item) for item in listed(answer, "orders")]
    return Told(
        tuple(order for one in told for order in one.items), tuple(odd for one in told for odd in one.unreadable)
    )


def order(answer: object) -> BrokerOrder:
    """The one order an answer is about, whole."""
    told = _told(answer)
    if told.unreadable:
        raise ShapeUnknown(told.unreadable[0].what)
    return told.items[0]


def by_id(found: BrokerOrder, client_order_id: str) -> BrokerOrder:
    """The order, if it is the one that goes by this id; the symbol and side of an id of ours are in the id."""
    name = parse_name(client_order_id)
    if name is None:
        return about(found, {"client_order_id": client_order_id, "symbol": found.symbol, "side": found.side})
    side = "buy" if name.leg == "entry" else "sell"
    return about(found, {"client_order_id": client_order_id, "symbol": name.symbol, "side": side})


def about(found: BrokerOrder, asked: Mapping[str, Any]) -> BrokerOrder:
    """The order, if it is the one that was asked for; a broken go-between can answer with another."""
    told = {"client_order_id": found.client_order_id, "symbol": found.symbol.replace("/", ""), "side": found.side}
    for key, value in told.items():
        if value != asked[key].replace("/", ""):
            raise ShapeUnknown(f"{key} {brief(value)}, not {brief(asked[key])}")
    if "qty" in asked and found.filled_qty > Decimal(asked["qty"]):
        raise ShapeUnknown(f"filled_qty {found.filled_qty} of {asked['qty']}")
    return found


def size_of_page(answer: object) -> int:
    """Orders and legs of a page; what the vendor's `limit` counts is not published."""
    page = listed(answer, "orders")
    below = [item.get("legs") for item in page if isinstance(item, Mapping)]
    return len(page) + sum(len(legs) for legs in below if isinstance(legs, list))


def last_moment(answer: object) -> datetime | None:
    """When the youngest order of a page was submitted, as far as its orders tell."""
    found = [at for item in listed(answer, "orders") if isinstance(item, Mapping) and (at := _submitted(item))]
    return max(found, default=None)


def _told(answer: object) -> Told[BrokerOrder]:
    if not isinstance(answer, Mapping):
        return Told((), (Unreadable(f"order {brief(answer)}"),))
    below = answer.get("legs") or []
    if not isinstance(below, list) or len(below) > MOST_LEGS:
        return Told((), (_named(answer, f"legs {brief(below)}"),))
    legs = [_one(leg, label="leg") for leg in below]
    readable = tuple(leg for leg in legs if isinstance(leg, BrokerOrder))
    odd = tuple(leg for leg in legs if isinstance(leg, Unreadable))
    top = _one(answer, readable)
    if isinstance(top, Unreadable):
        return Told(readable, (top, *odd))
    if odd:
        return Told(readable, (_named(answer, odd[0].what, readable), *odd))
    return Told((top,))


def _one(answer: object, legs: tuple[BrokerOrder, ...] = (), label: str = "order") -> BrokerOrder | Unreadable:
    try:
        return _order(record(answer, label), legs)
    except ShapeUnknown as strange:
        return _named(answer, str(strange), legs, label)


def _named(answer: object, what: str, legs: tuple[BrokerOrder, ...] = (), label: str = "order") -> Unreadable:
    """Whose an unreadable order is, as far as it tells; its legs, or an id of ours, tell the symbol too."""
    said = answer if isinstance(answer, Mapping) else {}
    client_order_id = foreign_id(said, "client_order_id") if isinstance(said.get("client_order_id"), str) else ""
    name = parse_name(client_order_id)
    of_name = name.symbol if name is not None else None
    symbols = {shown_symbol(said) or of_name, *(leg.symbol for leg in legs)} - {None}
    whose = symbols.pop() if len(symbols) == 1 else None
    is_over = STATUSES.get(str(said.get("status")), S.WORKING) in DONE
    return Unreadable(f"{label}: {what}", whose, maybe_id(said, "id"), client_order_id or None, is_over)


def _order(answer: Mapping[str, Any], legs: tuple[BrokerOrder, ...]) -> BrokerOrder:
    said = word(answer, "status")
    by_legs = _told_by_legs(answer, legs)
    side = maybe_text(answer, "side", WORD) if by_legs else text(answer, "side", WORD)
    filled = _filled(answer, said, nothing_if_missing=by_legs or said in NOTHING_FILLED_YET)
    status = STATUSES.get(said, S.WORKING)
    if filled > 0 and status in (S.SUBMITTED, S.WORKING):
        status = S.PARTIALLY_FILLED  # a cancel or a replace is pending on shares already bought
    if side not in ("buy", "sell", None):
        raise ShapeUnknown(f"side {brief(side)}")
    if status is S.FILLED and filled == 0 and not by_legs:
        raise ShapeUnknown(f"filled_qty {filled}, status {said!r}")
    submitted_at = _submitted(answer)
    if submitted_at is None:
        raise ShapeUnknown(f"submitted_at {brief(answer.get('submitted_at'))}")
    qty, prices = _qty(answer, filled), [maybe_amount(answer, f"{key}_price") for key in PRICES]
    check_worth(qty, *prices)
    return BrokerOrder(
        order_id=text(answer, "id", ID),
        client_order_id=foreign_id(answer, "client_order_id"),
        symbol=",".join(dict.fromkeys(leg.symbol for leg in legs)) if by_legs else symbol(answer),
        side=side or "",
        kind=_kind(answer, side, by_legs=by_legs),
        qty=qty,
        status=status,
        filled_qty=filled,
        filled_avg_price=prices[0],
        limit_price=prices[1],
        stop_price=prices[2],
        submitted_at=submitted_at,
        updated_at=moment(answer, "updated_at") if answer.get("updated_at") is not None else submitted_at,
        legs=legs,
        unrecognised=None if said in STATUSES else said,
        reason="replaced at the broker" if said == "replaced" else None,
        works=said in WOULD_EXECUTE,
        asleep=said == ASLEEP,
        replaced_by=maybe_text(answer, "replaced_by", ID),
        replaces=maybe_text(answer, "replaces", ID),
    )


def _told_by_legs(answer: Mapping[str, Any], legs: tuple[BrokerOrder, ...]) -> bool:
    """Whether it is a multi-leg order, whose symbols, sides and fills are those of its legs."""
    return answer.get("order_class") == MULTI_LEG and bool(legs) and answer.get("symbol") in (None, "")


def _submitted(answer: Mapping[str, Any]) -> datetime | None:
    for key in ("submitted_at", "created_at", "updated_at"):
        if answer.get(key) is not None:
            try:
                return moment(answer, key)
            except ShapeUnknown:
                return None
    return None


def _filled(answer: Mapping[str, Any], said: str, *, nothing_if_missing: bool) -> Decimal:
    found = maybe_quantity(answer, "filled_qty")
    if found is None and nothing_if_missing:
        return ZERO
    if found is None or found < 0:
        raise ShapeUnknown(f"filled_qty {brief(answer.get('filled_qty'))}, status {said!r}")
    return found


def _qty(answer: Mapping[str, Any], filled: Decimal) -> Decimal:
    """An order for an amount of money has as many shares as it got."""
    found = maybe_quantity(answer, "qty")
    if found is None and maybe_amount(answer, "notional") is not None:
        return filled
    if found is None or found < 0:
        raise ShapeUnknown(f"qty {brief(answer.get('qty'))}")
    if filled > found:
        raise ShapeUnknown(f"filled_qty {filled} of {found}")
    return found


def _kind(answer: Mapping[str, Any], side: str | None, *, by_legs: bool) -> str:
    """stop and target for what sells with a bound, limit or market for the rest."""
    told = maybe_text(answer, "type", WORD) or maybe_text(answer, "order_type", WORD)
    if told is None and not by_legs:
        raise ShapeUnknown(f"type {brief(answer.get('type'))}")
    if told is not None and "stop" in told:
        return "stop"
    return "target" if told == "limit" and side == "sell" else told or ""


def pages(told: Iterable[Told[BrokerOrder]]) -> Told[BrokerOrder]:
    """Overlapping pages as one list: each order once, as first told, and each unreadable one too."""
    found: dict[str, BrokerOrder] = {}
    odd: dict[Unreadable, None] = {}
    for page in told:
        for one in page.items:
            found.setdefault(one.order_id, one)
        odd |= dict.fromkeys(page.unreadable)
    return Told(tuple(found.values()), tuple(odd))
