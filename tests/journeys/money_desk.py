"""A LIVE desk at the venue for the journeys about shares: entries bought by real cycles, then the broker misbehaves."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from crash.desk import Desk, prepare
from crash.forks import Forks, Outcome
from venue.orders import Order
from venue.venue import Venue

from execution.ledger.day import Entry

AAPL, MSFT, NVDA = (f"avx-20261120-{symbol}-entry-1" for symbol in ("AAPL", "MSFT", "NVDA"))
ACCOUNT = "PA3VENUE0001"
FLATTEN = ("flatten", "--confirm", ACCOUNT)
OURS_ONLY = (*FLATTEN, "--ours-only")
CANCEL_ALL = ("cancel-all", "--confirm", ACCOUNT)


def bought(venue: Venue, template: Path, root: Path, forks: Forks, qty: int | None = None, **extra: str) -> Desk:
    """One entry of AAPL sent by a cycle and filled, whole or in part; no other row may follow."""
    desk = resting(venue, template, root, forks, **extra)
    venue.book.fill(AAPL, qty=qty)
    return desk


def resting(venue: Venue, template: Path, root: Path, forks: Forks, **extra: str) -> Desk:
    """One entry of AAPL sent by a cycle and resting at the broker."""
    desk = prepare(venue, template, root, forks, MAX_LIVE_ORDERS_PER_DAY="1", **extra)
    assert desk.cycle().exit_code == 0, desk.said()
    return desk


def half_bought(venue: Venue, template: Path, root: Path, forks: Forks, **extra: str) -> Desk:
    """Five shares of AAPL bought, the rest cancelled on the broker's page: the bracket died, five shares are naked."""
    desk = bought(venue, template, root, forks, qty=5, **extra)
    venue.book.cancel(venue.book.find(AAPL))
    return desk


def position(desk: Desk, symbol: str = "AAPL") -> Decimal:
    return desk.venue.book.account.qty(symbol)


def sells(desk: Desk, symbol: str = "AAPL") -> list[Order]:
    return [order for order in desk.venue.book.orders if order.symbol == symbol and order.side == "sell"]


def named(desk: Desk, part: str) -> list[str]:
    return [name for name in desk.our_orders() if part in name]


def entry(desk: Desk, name: str = AAPL) -> Entry:
    found = desk.ledger().find(name)
    assert found is not None
    return found


def exits(desk: Desk) -> list[tuple[str, Decimal, Decimal | None, Decimal | None]]:
    return [(one.kind, one.qty, one.price, one.realized) for one in desk.ledger().exits]


def lines(outcome: Outcome, start: str) -> list[str]:
    """Lines that begin so, without time and level."""
    plain = [re.sub(r"^\[[^]]*\] (?:(?:WARNING|ERROR): )?", "", line) for line in outcome.output.splitlines()]
    return [line for line in plain if line.startswith(start)]


def by_hand(desk: Desk, qty: int, price: str, symbol: str = "AAPL", name: str = "by-hand") -> Order:
    """The operator cancels what holds the shares and sells on the broker's own page."""
    book = desk.venue.book
    for order in book.open_orders(symbol):
        if order.side == "sell" and order.is_open:
            book.cancel(order)
    order = book.seed_order(symbol=symbol, side="sell", qty=qty, type="market", client_order_id=f"{name}-{qty}-{price}")
    book.fill(order, price=price)
    return order


def at(desk: Desk, moment: datetime) -> None:
    desk.venue.set_now(moment)
