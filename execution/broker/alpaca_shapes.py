"""Alpaca's JSON in our words, and ours in theirs. Pure; the vendor's names end here.

Every status is mapped once. A word we do not know, on an order, is *working, unrecognised*: the order
holds its caps and its symbol until a word we know arrives. A shape we do not know raises ShapeUnknown,
and an answer that cannot be read counts as no answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from execution.broker.port import Account, Bar, BracketRequest, BrokerClock, BrokerOrder, Position, Quote
from execution.orders import OrderStatus
from gates.sessions import new_york_day

S = OrderStatus

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
    "replaced": S.CANCELLED,  # by hand, on the broker's page: the new order has another id and is foreign
    "expired": S.EXPIRED,
    "rejected": S.REJECTED,
}

NANOSECONDS = re.compile(r"(\.\d{6})\d+")


NO_ORDERS = ("trading_blocked", "trade_suspended_by_user")
"""Flags of an account under which the broker refuses every order; the other words may still let an exit through."""


class ShapeUnknown(ValueError):
    """The broker said something of a shape we do not know."""


def moment(text: object) -> datetime:
    """RFC 3339 with up to nanoseconds, to the microsecond we keep."""
    try:
        read = datetime.fromisoformat(NANOSECONDS.sub(r"\1", str(text)))
    except ValueError:
        raise ShapeUnknown(f"time {text!r}") from None
    if read.tzinfo is None:
        raise ShapeUnknown(f"time without a zone {text!r}")
    return read.astimezone(UTC)


def amount(value: object) -> Decimal:
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        raise ShapeUnknown(f"number {value!r}") from None
    if not read.is_finite():
        raise ShapeUnknown(f"number {value!r}")
    return read


def maybe(value: object) -> Decimal | None:
    return None if value is None else amount(value)


def clock(answer: Mapping[str, Any]) -> BrokerClock:
    now = moment(answer["timestamp"])
    if not isinstance(answer["is_open"], bool):
        raise ShapeUnknown(f"is_open {answer['is_open']!r}")
    return BrokerClock(now, answer["is_open"], new_york_day(now))


def account(answer: Mapping[str, Any]) -> Account:
    flags = ("trading_blocked", "account_blocked", "trade_suspended_by_user")
    blocked = [flag for flag in flags if answer.get(flag, False) is not False]
    if answer["status"] != "ACTIVE":
        blocked.insert(0, f"status {answer['status']}")
    return Account(
        number=str(answer["account_number"]),
        equity=amount(answer["equity"]),
        buying_power=amount(answer["buying_power"]),
        blocked=", ".join(blocked) or None,
        last_equity=maybe(answer.get("last_equity")),
        takes_no_orders=next((flag for flag in NO_ORDERS if answer.get(flag) is True), None),
    )


def suspended(answer: Mapping[str, Any]) -> bool:
    if not isinstance(answer["suspend_trade"], bool):
        raise ShapeUnknown(f"suspend_trade {answer['suspend_trade']!r}")
    return answer["suspend_trade"]


def position(answer: Mapping[str, Any]) -> Position:
    available = answer.get("qty_available")
    return Position(
        symbol=str(answer["symbol"]),
        qty=amount(answer["qty"]),
        qty_available=amount(answer["qty"] if available is None else available),
        avg_entry_price=amount(answer["avg_entry_price"]),
        market_value=maybe(answer.get("market_value")) or Decimal(0),
    )


def order(answer: Mapping[str, Any]) -> BrokerOrder:
    word = str(answer["status"])
    filled = amount(answer["filled_qty"])
    status = STATUSES.get(word, S.WORKING)
    if filled > 0 and status in (S.SUBMITTED, S.WORKING):
        status = S.PARTIALLY_FILLED  # a cancel or a replace is pending on shares already bought
    return BrokerOrder(
        order_id=str(answer["id"]),
        client_order_id=str(answer["client_order_id"]),
        symbol=str(answer["symbol"]),
        side=str(answer["side"]),
        kind=_kind(answer),
        qty=amount(answer["qty"] if answer["qty"] is not None else filled),
        status=status,
        filled_qty=filled,
        filled_avg_price=maybe(answer["filled_avg_price"]),
        limit_price=maybe(answer["limit_price"]),
        stop_price=maybe(answer["stop_price"]),
        submitted_at=moment(answer["submitted_at"]),
        updated_at=moment(answer["updated_at"]),
        legs=tuple(order(leg) for leg in answer.get("legs") or ()),
        unrecognised=None if word in STATUSES else word,
        reason="replaced at the broker" if word == "replaced" else None,
    )


def _kind(answer: Mapping[str, Any]) -> str:
    """stop and target for what sells with a bound, limit or market for the rest."""
    word = str(answer["type"])
    if "stop" in word:
        return "stop"
    return "target" if word == "limit" and answer["side"] == "sell" else word


def bracket(request: BracketRequest) -> dict[str, Any]:
    return {
        "symbol": request.symbol,
        "qty": str(request.qty),
        "side": "buy",
        "type": "limit",
        "time_in_force": "gtc",
        "limit_price": str(request.limit_price),
        "order_class": "bracket",
        "take_profit": {"limit_price": str(request.target_price)},
        "stop_loss": {"stop_price": str(request.stop_price)},
        "client_order_id": request.client_order_id,
    }


def exit_pair(client_order_id: str, symbol: str, qty: int, stop: Decimal, target: Decimal) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "qty": str(qty),
        "side": "sell",
        "type": "limit",
        "time_in_force": "gtc",
        "order_class": "oco",
        "take_profit": {"limit_price": str(target)},
        "stop_loss": {"stop_price": str(stop)},
        "client_order_id": client_order_id,
    }


def market_sell(client_order_id: str, symbol: str, qty: Decimal) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "qty": format(qty, "f"),
        "side": "sell",
        "type": "market",
        "time_in_force": "day",
        "client_order_id": client_order_id,
    }


def quotes(answer: Mapping[str, Any]) -> dict[str, Quote]:
    """Prices of 0 (no active side) are passed on; the quote gate refuses them."""
    return {
        str(symbol): Quote(amount(quote["bp"]), amount(quote["ap"]), moment(quote["t"]))
        for symbol, quote in answer["quotes"].items()
    }


def bars(answer: Mapping[str, Any]) -> tuple[dict[str, tuple[Bar, ...]], str | None]:
    """A page of bars, and the token of the next one."""
    page = {
        str(symbol): tuple(Bar(moment(bar["t"]), amount(bar["c"])) for bar in listed)
        for symbol, listed in (answer["bars"] or {}).items()
    }
    return page, answer.get("next_page_token") or None
