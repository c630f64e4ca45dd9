"""Works out what `cancel-all` and `flatten` have to do, from the broker's own lists. Pure.

Whose an order is: ours by its id prefix, or as a leg of one that is, or because the ledger knows it. Whose
shares are: ours as far as the ledger's entries hold them, or, where no ledger can be read, as far as the
broker's record of our orders says they were bought and not sold.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from execution.broker.port import BrokerOrder, Position, Told, Unreadable
from execution.ledger.day import Entry, Ledger, Protection
from execution.ledger.lists import Lists
from execution.ledger.reconcile import ONE_SHARE, expected_positions, explained_shares
from execution.ledger.sales import beyond_ours, is_close, is_late, just_sold, our_order_ids
from execution.orders import UNRESOLVED, WORKING
from gates.base.record import dataclass, field

ZERO = Decimal(0)
SETTLE = "`execution ledger settle` says what became of it"


@dataclass(frozen=True, slots=True)
class ClosingSale:
    """A position to be closed: `qty` is what may be sold now, `held` what is to be sold, `gone` what of it a sale of
    the last minutes may have sold already although the position does not show it yet."""

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
    sales: tuple[ClosingSale, ...]
    left_alone: tuple[tuple[str, str], ...]
    untold: tuple[tuple[str, str], ...] = ()

    @property
    def done(self) -> bool:
        return not self.cancels and not self.sales and not self.untold


@dataclass(frozen=True, slots=True)
class Scope:
    """Holds what the operator asked for."""

    closes: bool
    ours_only: bool
    symbol: str | None = None
    """The one symbol that is meant, None for all of them."""

    def covers(self, symbol: str | None) -> bool:
        return self.symbol is None or symbol == self.symbol

    def may_cover(self, symbol: str | None) -> bool:
        """Whether it is covered as far as one knows who cannot read the symbol."""
        return symbol is None or self.covers(symbol)


def working(lists: Lists) -> tuple[BrokerOrder, ...]:
    """Every order that works, once each. Legs asleep under a working parent end with it and are left out."""
    found = {order.order_id: order for order in lists.everything() if order.status in WORKING}
    return tuple(order for order in found.values() if lists.parents.get(order.order_id) not in found)


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
        if not scope.covers(order.symbol):
            continue
        if scope.ours_only and order.order_id not in ours:
            left.append((order.symbol, f"{order.side} order of {order.qty} shares is not ours"))
        elif not (scope.closes and is_close(order)):
            cancels.append(order)
    if not scope.closes:
        return Task(tuple(cancels), (), tuple(left))
    listed = tuple(position for position in positions if scope.covers(position.symbol))
    shares = {symbol: qty for symbol, qty in shares.items() if scope.covers(symbol)}
    sales, untold = [], list[tuple[str, str]]()
    for position, gone in _lagging(listed, shares, live, lists, now):
        owned = max(ZERO, shares.get(position.symbol, ZERO))
        sale, aside = _sale(position, owned, scope, gone)
        sales += [sale] if sale is not None else []
        left += [aside] if aside is not None else []
        untold += _surplus(position, owned + gone, live, lists) if scope.ours_only else []
    return Task(tuple(cancels), tuple(sales), tuple(left), (*untold, *_unexplained(shares, listed, unread)))


def _sale(
    position: Position, owned: Decimal, scope: Scope, gone: Decimal
) -> tuple[ClosingSale | None, tuple[str, str] | None]:
    """What to sell of a position, and what of it is left alone."""
    if position.qty < 0:
        return None, (position.symbol, f"short {-position.qty} shares; buy them back on the broker's own page")
    qty = min(owned, position.qty) if scope.ours_only else position.qty
    rest = position.qty - qty
    aside = (position.symbol, f"{rest} shares are not ours") if rest > 0 else None
    if qty <= 0:
        return None, aside
    there = min(qty, position.qty - gone)
    free = max(ZERO, min(there, position.qty_available))
    return ClosingSale(position.symbol, free, qty, min(qty, owned), gone=qty - there), aside


def _lagging(
    positions: Iterable[Position], shares: Mapping[str, Decimal], live: Ledger | None, lists: Lists, now: datetime
) -> Iterator[tuple[Position, Decimal]]:
    """Each position with its shares that sales of the last minutes may have sold although the list shows them still:
    all beyond ours, and of ours as many as others sold and nothing was booked for. Shares that the operator has
    explained are believed to be there."""
    explained, by_others = explained_shares(live), just_sold(live, lists, now)
    late: dict[str, Decimal] = {}
    for order in lists.everything():
        if order.side == "sell" and is_late(order, now):
            late[order.symbol] = late.get(order.symbol, ZERO) + order.filled_qty
    for position in positions:
        symbol = position.symbol
        known = min(position.qty, shares.get(symbol, ZERO) + explained.get(symbol, ZERO))
        certain = max(ZERO, known - by_others.get(symbol, ZERO))
        yield position, min(position.qty - certain, late.get(symbol, ZERO))


def _surplus(position: Position, known: Decimal, live: Ledger | None, lists: Lists) -> list[tuple[str, str]]:
    """Why a symbol that is ours is not done, while shares of it are held that nothing explains."""
    beyond = beyond_ours(position, known, live, lists)
    if beyond < ONE_SHARE:
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


@dataclass(frozen=True, slots=True)
class Seen:
    """Holds what one command has seen held, so that a list that lacks it later is not believed without a sale."""

    held: Mapping[str, Decimal] = field(default_factory=dict)
    sold: Mapping[str, Decimal] = field(default_factory=dict)

    def after(self, sales: Iterable[ClosingSale], lists: Lists) -> Seen:
        """With what is seen held for the first time, and what was sold of it until then."""
        fresh, sold = {sale.symbol: sale.held for sale in sales}, _sold_or_leaving(lists)
        before = {symbol: sold.get(symbol, ZERO) for symbol in fresh}
        return Seen({**fresh, **self.held}, {**before, **self.sold})

    def vanished(self, sales: Iterable[ClosingSale], lists: Lists) -> tuple[tuple[str, str], ...]:
        """Shares that an earlier look of this command had to sell, that are listed no longer and that no sale
        explains. A close of ours that works by the lists explains what it may have sold by now."""
        sold, now = _sold_or_leaving(lists), {sale.symbol: sale.held for sale in sales}
        lacking = {
            symbol: qty - now.get(symbol, ZERO) - (sold.get(symbol, ZERO) - self.sold[symbol])
            for symbol, qty in self.held.items()
        }
        return tuple(
            (symbol, f"{qty} shares were listed a moment ago, and no sale explains that they are not now; say it again")
            for symbol, qty in sorted(lacking.items())
            if qty > 0
        )


@dataclass(frozen=True, slots=True)
class Sight:
    """The broker's lists and what follows from them. `positions` is None where they could not be told, which
    only cancelling does without; `unreadable` is what of them stands in the way of being done and cannot be read.
    `asked` and `seen` are what the command knows from before: the orders it asked to cancel, the shares it saw held.
    `asked_at` is when the lists were asked for."""

    positions: Told[Position] | None
    lists: Lists
    task: Task
    unreadable: tuple[Unreadable, ...] = ()
    asked: frozenset[str] = frozenset()
    seen: Seen = field(default_factory=Seen)
    asked_at: datetime | None = None


def _sold_or_leaving(lists: Lists) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for order in lists.everything():
        if order.side == "sell":
            leaving = order.qty if is_close(order) and order.status in WORKING else order.filled_qty
            found[order.symbol] = found.get(order.symbol, ZERO) + leaving
    return found


def not_shown(live: Ledger | None, lists: Lists, unread: Container[str | None]) -> tuple[tuple[str, str], ...]:
    """Orders of ours that are not over by the ledger and that neither a list nor a look by id tells of: sent a moment
    ago and not listed yet, in doubt, or lost. Any of them may work at the broker. `unread` are the names of orders
    that were told and could not be read."""
    orders: list[tuple[Entry, Entry | Protection]] = []
    for entry in live.everything() if live is not None else ():
        orders += [(entry, entry), *((entry, protection) for protection in entry.protections)]
    return tuple(
        (
            entry.symbol,
            f"{one.client_order_id} is {one.status.value} by the ledger, and the broker does not show it; say it again"
            + (f", or, if it stays so, {SETTLE}" if one is entry else ""),
        )
        for entry, one in orders
        if one.status in WORKING | UNRESOLVED
        and one.client_order_id not in unread
        and lists.find(one.client_order_id) is None
    )
