"""Works out what `cancel-all` and `flatten` have to do, from the broker's own lists. Pure.

Whose an order is: ours by its id prefix, or as a leg of one that is, or because the ledger knows it. Whose
shares are: ours as far as the ledger's entries hold them, or, where no ledger can be read, as far as the
broker's record of our orders says they were bought and not sold.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from execution.broker.port import BrokerOrder, Position, Told, Unreadable
from execution.ledger import Ledger
from execution.lists import Lists
from execution.orders import WORKING
from execution.reconcile import ONE_SHARE, expected_positions, explained_shares, known_order_ids
from execution.sales import is_close

ZERO = Decimal(0)
POSITIONS_LAG = timedelta(minutes=15)
"""For so long after a sale the list of positions may show the shares that it sold."""


@dataclass(frozen=True, slots=True)
class Sale:
    """A position to be closed: `qty` is what may be sold now, `held` what is there, `gone` what a sale of the last
    minutes may have sold already although the position does not show it yet."""

    symbol: str
    qty: Decimal
    held: Decimal
    ours: Decimal
    gone: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Task:
    """What is in the way of being done, what is left alone, and what cannot be told to be sold, each with the
    reason."""

    cancels: tuple[BrokerOrder, ...]
    sales: tuple[Sale, ...]
    left_alone: tuple[tuple[str, str], ...]
    untold: tuple[tuple[str, str], ...] = ()

    @property
    def done(self) -> bool:
        return not self.cancels and not self.sales and not self.untold


@dataclass(frozen=True, slots=True)
class Sight:
    """The broker's lists and what follows from them. `positions` is None where they could not be told, which
    only cancelling does without; `unreadable` is what of them stands in the way of being done and cannot be read."""

    positions: Told[Position] | None
    lists: Lists
    task: Task
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What the operator asked for."""

    closes: bool
    ours_only: bool


def working(lists: Lists) -> tuple[BrokerOrder, ...]:
    """Every order that works, once each. Legs asleep under a working parent end with it and are left out."""
    found = {order.order_id: order for order in lists.everything() if order.status in WORKING}
    return tuple(order for order in found.values() if lists.parents.get(order.order_id) not in found)


def our_order_ids(live: Ledger | None, lists: Lists) -> frozenset[str]:
    """Orders that are ours by name, by the ledger, as a leg of one that is, or in the place of one that is."""
    ids = set(known_order_ids(live))
    for order in lists.everything():
        if lists.origin(order) is not None:
            ids |= {order.order_id, *lists.legs_of.get(order.order_id, ())}
    for order_id in tuple(ids):
        while (following := lists.successors.get(order_id)) is not None and following not in ids:
            ids.add(following)
            order_id = following
    return frozenset(ids)


def our_shares(live: Ledger | None, lists: Lists) -> Mapping[str, Decimal]:
    """Shares of ours by symbol: by the ledger, or, where none can be read, by the broker's record of our orders."""
    if live is not None:
        return expected_positions(live)
    ours, held = our_order_ids(None, lists), dict[str, Decimal]()
    for order in lists.everything():
        if order.order_id in ours:
            signed = order.filled_qty if order.side == "buy" else -order.filled_qty
            held[order.symbol] = held.get(order.symbol, ZERO) + signed
    return held


def task_of(
    positions: Iterable[Position],
    lists: Lists,
    live: Ledger | None,
    scope: Scope,
    now: datetime,
    unread: Container[str | None] = frozenset(),
) -> Task:
    """What to cancel and, when positions are closed, what to sell. A close of ours that works is on its way and
    stays. Shares of ours that the position lacks and no sale explains keep it from being done."""
    ours, shares = our_order_ids(live, lists), our_shares(live, lists)
    cancels, left = [], []
    for order in working(lists):
        if scope.ours_only and order.order_id not in ours:
            left.append((order.symbol, f"{order.side} order of {order.qty} shares is not ours"))
        elif not (scope.closes and is_close(order)):
            cancels.append(order)
    if not scope.closes:
        return Task(tuple(cancels), (), tuple(left))
    listed = tuple(positions)
    sales, untold = [], []
    for position in listed:
        owned = max(ZERO, shares.get(position.symbol, ZERO))
        sale, aside = _sale(position, owned, scope, gone=_gone(position, owned, live, lists, now))
        sales += [sale] if sale is not None else []
        left += [aside] if aside is not None else []
        untold += _surplus(position, owned, live, lists) if scope.ours_only else []
    return Task(tuple(cancels), tuple(sales), tuple(left), (*untold, *_unexplained(shares, listed, unread)))


def _sale(
    position: Position, owned: Decimal, scope: Scope, gone: Decimal
) -> tuple[Sale | None, tuple[str, str] | None]:
    """What to sell of a position, and what of it is left alone."""
    if position.qty < 0:
        return None, (position.symbol, f"short {-position.qty} shares; buy them back on the broker's own page")
    qty = min(owned, position.qty) if scope.ours_only else position.qty
    rest = position.qty - qty
    aside = (position.symbol, f"{rest} shares are not ours") if rest > 0 else None
    if qty <= 0:
        return None, aside
    gone = min(gone, qty)
    free = max(ZERO, min(qty - gone, position.qty_available))
    return Sale(position.symbol, free, qty, min(qty, owned), gone), aside


def _gone(position: Position, owned: Decimal, live: Ledger | None, lists: Lists, now: datetime) -> Decimal:
    """Shares beyond ours that sales of the last minutes account for: a list of positions that lags shows them
    still. Shares that the operator has explained are believed to be there."""
    beyond = position.qty - owned - explained_shares(live).get(position.symbol, ZERO)
    sold = sum(
        (
            order.filled_qty
            for order in lists.everything()
            if order.symbol == position.symbol and order.side == "sell" and now - order.updated_at < POSITIONS_LAG
        ),
        ZERO,
    )
    return max(ZERO, min(beyond, sold))


def _surplus(position: Position, owned: Decimal, live: Ledger | None, lists: Lists) -> list[tuple[str, str]]:
    """Shares beyond ours of a symbol that we bought, and that no purchase of somebody else explains: a split may have
    made them of ours."""
    entries = live.everything() if live is not None else ()
    bought = any(entry.symbol == position.symbol and entry.filled_qty > 0 for entry in entries)
    ours, theirs = our_order_ids(live, lists), ZERO
    for order in lists.everything():
        if order.symbol == position.symbol and order.order_id not in ours:
            theirs += order.filled_qty if order.side == "buy" else -order.filled_qty
    beyond = position.qty - owned - explained_shares(live).get(position.symbol, ZERO) - max(ZERO, theirs)
    if not bought or beyond < ONE_SHARE:
        return []
    return [
        (
            position.symbol,
            f"{beyond} shares beyond those we bought are held and nothing explains them (a split?); close them on the "
            f"broker's own page, or `execution ledger explain {position.symbol} --shares {beyond} --evidence TEXT`",
        )
    ]


def _unexplained(
    shares: Mapping[str, Decimal], positions: Iterable[Position], unread: Container[str | None]
) -> tuple[tuple[str, str], ...]:
    found = {position.symbol: position.qty for position in positions}
    lacking = {symbol: ours - max(ZERO, found.get(symbol, ZERO)) for symbol, ours in shares.items()}
    return tuple(
        (
            symbol,
            f"{qty} shares of ours are not in the positions and no sale explains them; say it again, or "
            f"`execution ledger explain {symbol} --shares {qty} --evidence TEXT`",
        )
        for symbol, qty in sorted(lacking.items())
        if qty > 0 and symbol not in unread
    )
