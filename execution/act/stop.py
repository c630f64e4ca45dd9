"""Looks at the broker's lists for one call of `cancel-all` or `flatten`, as often as the call needs it.

What is remembered between two looks travels in the sight itself, so that each step is a function from one sight to the
next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from execution.act.closing import Scope, Seen, Sight, not_shown, task_of
from execution.act.follow import follow
from execution.broker.errors import BrokerUnreachable
from execution.broker.port import Broker, Position, Told
from execution.ledger import unreadable
from execution.ledger.day import Ledger
from execution.ledger.lists import Lists, joined
from execution.ledger.reconcile import found_positions
from execution.service import Service
from execution.state import latches
from execution.state.ledgers import open_ledgers
from execution.view.gather import orders_from
from gates.base.record import dataclass, replace
from gates.base.sessions import Session, new_york_day

LOOK_BACK = timedelta(days=14)
"""Orders older than that are known by the ledger, or by their being open."""
PAUSE_SECONDS = 1
ROUNDS = 20


@dataclass(frozen=True, slots=True)
class StopWanted:
    """Holds what the operator asked for, and who they are."""

    closes: bool
    ours_only: bool
    by: str
    why: str
    symbol: str | None = None

    @property
    def scope(self) -> Scope:
        return Scope(self.closes, self.ours_only, self.symbol)

    @property
    def latch(self) -> str:
        return latches.flatten_of(self.symbol) if self.closes else latches.CANCEL_ALL

    @property
    def verb(self) -> str:
        return "flatten" if self.closes else "cancel-all"


@dataclass(frozen=True, slots=True)
class Stop:
    """Holds one call of the verb at one broker. `say` takes a line about each thing as it is done. `day` is what closes
    are named by, `since` how far back orders are asked for, `live` the live ledger where one can be read."""

    service: Service
    broker: Broker
    account: str
    wanted: StopWanted
    say: Callable[[str], None]
    day: date
    since: datetime
    session: Session | None
    live: Ledger | None


def begin(service: Service, broker: Broker, account: str, wanted: StopWanted, say: Callable[[str], None]) -> Stop:
    now, ledgers = service.clock.now(), open_ledgers(service.state)
    session, live = service.table.current_or_next(now), ledgers.live.ledger
    since = now - LOOK_BACK
    if live is not None and session is not None:
        since = min(since, orders_from(session, ledgers))
    day = session.day if session is not None else new_york_day(now)
    return Stop(service, broker, account, wanted, say, day, since, session, live)


def look(stop: Stop, before: Sight | None = None) -> Sight:
    """The broker's lists now. Open orders have to be told, and positions to close them. Whose they are is
    told by the list of the last days' orders, so that is done without only when everything goes."""
    asked, seen = (before.asked, before.seen) if before is not None else (frozenset[str](), Seen())
    asked_at = stop.service.clock.now()
    positions, open_orders = _positions(stop), stop.broker.open_orders()
    try:
        orders = stop.broker.orders_since(stop.since)
    except BrokerUnreachable as problem:
        if stop.wanted.ours_only:
            raise
        stop.say(f"orders of the last days unavailable ({problem}); going by the open ones")
        orders = Told()
    lists = joined(orders, open_orders)
    live = _followed(stop, lists, positions)
    scope = stop.wanted.scope
    held = positions if scope.closes else None
    may_work = [one for one in orders.unreadable if one.order_id not in asked]
    in_the_way = unreadable.in_the_way(held, open_orders, may_work, ours_only=scope.ours_only)
    odd = tuple(one for one in in_the_way if scope.may_cover(one.symbol))
    task = task_of(positions or (), lists, live, scope, stop.service.clock.now(), {one.symbol for one in odd})
    unread = {one.client_order_id for one in (*orders.unreadable, *open_orders.unreadable)}
    hidden = [(symbol, why) for symbol, why in not_shown(live, lists, unread) if scope.covers(symbol)]
    untold = (*task.untold, *hidden, *seen.vanished(task.sales, lists))
    return Sight(positions, lists, replace(task, untold=untold), odd, asked, seen.after(task.sales, lists), asked_at)


def _positions(stop: Stop) -> Told[Position] | None:
    try:
        return stop.broker.positions()
    except BrokerUnreachable as problem:
        if stop.wanted.closes:
            raise
        stop.say(f"positions unavailable ({problem}); not needed to cancel")
        return None


def _followed(stop: Stop, lists: Lists, positions: Told[Position] | None) -> Ledger | None:
    """The live ledger as it would be after a look, for whose shares are whose; nothing is written."""
    live = stop.live
    if live is None or live.account not in (None, stop.account):
        return None
    settle = stop.service.settings.unknown_settle_seconds
    found = found_in(live, positions)
    return follow(live, lists, stop.broker, stop.service.clock.now(), settle, found).ledger


def found_in(live: Ledger, positions: Told[Position] | None) -> dict[str, Decimal] | None:
    """The position of each symbol, None when the list was not told or names one without its symbol."""
    if positions is None or any(one.symbol is None for one in positions.unreadable):
        return None
    untold = frozenset(one.symbol for one in positions.unreadable if one.symbol is not None)
    return found_positions(live, positions.items, untold)


def rounds(service: Service) -> Iterator[int]:
    """So many tries, with a pause between; a simulated exchange moves on in it."""
    for number in range(ROUNDS):
        if number:
            service.clock.sleep(PAUSE_SECONDS)
            service.begin_cycle()
        yield number
