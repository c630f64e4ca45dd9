"""Holds an order's life as one table of allowed moves, and the ids that orders go by.

The ids are derived, not drawn: `avx-20261120-AAPL-entry-1` is session, symbol, leg and attempt, so
whoever writes the same intent again writes the same id, and the broker takes an id only once.
"""

from __future__ import annotations

import re
from datetime import date
from enum import Enum

from gates.base.record import dataclass


class OrderStatus(Enum):
    INTENDED = "intended"
    SUBMITTED = "submitted"
    WORKING = "working"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"


S = OrderStatus

_ANSWERED = frozenset(
    {S.SUBMITTED, S.WORKING, S.PARTIALLY_FILLED, S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED}
)

MOVES: dict[OrderStatus, frozenset[OrderStatus]] = {
    S.INTENDED: _ANSWERED | {S.UNKNOWN, S.NOT_SENT},
    # Sent without a clear answer, or found unsent after a death: only a look at the broker moves it.
    S.UNKNOWN: _ANSWERED | {S.NOT_SENT},
    # Proven absent. The same id and payload may go out again; and if a look finds it after all
    # (the proof was wrong), it is adopted rather than denied.
    S.NOT_SENT: _ANSWERED | {S.INTENDED, S.UNKNOWN},
    # An order the broker knew and knows no longer is in doubt again, whatever it was.
    S.SUBMITTED: (_ANSWERED - {S.SUBMITTED}) | {S.UNKNOWN},
    S.WORKING: frozenset({S.PARTIALLY_FILLED, S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED, S.UNKNOWN}),
    # More shares of the same order: from partial to partial. An exchange may reject the rest of one.
    S.PARTIALLY_FILLED: frozenset(
        {S.PARTIALLY_FILLED, S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED, S.UNKNOWN}
    ),
    S.FILLED: frozenset(),
    # A fill that was on its way when the cancel was confirmed.
    S.CANCELLED: frozenset({S.CANCELLED, S.FILLED}),
    S.EXPIRED: frozenset({S.EXPIRED, S.FILLED}),
    # The refusal was another order's: an id refused as used already is that of an order that may have filled.
    S.REJECTED: frozenset({S.REJECTED, S.FILLED}),
}

UNRESOLVED = frozenset({S.INTENDED, S.UNKNOWN})
"""In doubt: may be at the broker, blocks new entries until settled."""

WORKING = frozenset({S.SUBMITTED, S.WORKING, S.PARTIALLY_FILLED})
"""At the broker and not over."""

DONE = frozenset({S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED})
"""Over at the broker."""

NEVER = frozenset({S.REJECTED, S.NOT_SENT})
"""Nothing of it ever worked at the broker."""

MAY_HAVE_LEFT = UNRESOLVED | WORKING | DONE
"""Counts toward orders/day: everything but not_sent."""


def may_move(old: OrderStatus, new: OrderStatus) -> bool:
    return new in MOVES[old]


PREFIX = "avx-"
_ID = re.compile(r"avx-([0-9]{4})([0-9]{2})([0-9]{2})-([A-Z][A-Z0-9.]*)-([a-z]+)-([1-9][0-9]*)")


@dataclass(frozen=True, slots=True)
class OrderName:
    """The parts of one of our client order ids."""

    day: date
    symbol: str
    leg: str
    attempt: int

    def __str__(self) -> str:
        return f"{PREFIX}{self.day:%Y%m%d}-{self.symbol}-{self.leg}-{self.attempt}"


def parse_name(client_order_id: str) -> OrderName | None:
    """The parts of an id of ours, None for any other id."""
    match = _ID.fullmatch(client_order_id)
    if match is None:
        return None
    year, month, day, symbol, leg, attempt = match.groups()
    try:
        return OrderName(date(int(year), int(month), int(day)), symbol, leg, int(attempt))
    except ValueError:
        return None


def protect_id(day: date, symbol: str, attempt: int) -> str:
    return str(OrderName(day, symbol, "protect", attempt))


def flatten_id(day: date, symbol: str, attempt: int) -> str:
    return str(OrderName(day, symbol, "flatten", attempt))


def entry_id(day: date, symbol: str, attempt: int) -> str:
    return str(OrderName(day, symbol, "entry", attempt))
