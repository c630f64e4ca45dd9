"""Cancels and closes, for `cancel-all` and `flatten`, from the broker's lists, whatever else is broken.

    show -> confirm -> lock -> latch -> cancel, wait -> lift a suspend -> close, wait -> ask again -> write down

Neither mode, kill file, pause, staleness nor the ledger is asked for permission, and no price is needed. One
failure never keeps the next order from being tried. Ids of closes are derived and the broker takes an id once,
so saying the command again after a death or a timeout is harmless, and is how it gets finished.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from execution.act.closes import Closes, gone_words, rounds
from execution.act.closing import Scope, Seen, Sight, not_shown, task_of
from execution.act.follow import follow
from execution.act.unreadable import cancel as cancel_unreadable
from execution.broker.errors import BrokerRefused, BrokerUnreachable
from execution.broker.port import Broker, BrokerOrder, Position, Told, Unreadable
from execution.ledger import unreadable
from execution.ledger.day import Ledger
from execution.ledger.lists import Lists, joined
from execution.ledger.reconcile import found_positions
from execution.service import Service
from execution.state import latches
from execution.state.directory import record_or_blank
from execution.state.latches import Latch
from execution.state.ledgers import current_ledgers, open_ledgers, save
from execution.view.gather import orders_from
from gates.base.sessions import new_york_day
from gates.base.statefile import StateUnreadable, StateUnwritable

LOOK_BACK = timedelta(days=14)
"""Orders older than that are known by the ledger, or by their being open."""


@dataclass(frozen=True, slots=True)
class Wanted:
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


class Stopping:
    """Carries out one call of the verb at one broker, and says what it does as it goes."""

    def __init__(
        self, service: Service, broker: Broker, account: str, wanted: Wanted, say: Callable[[str], None]
    ) -> None:
        self._service = service
        self._broker = broker
        self._account = account
        self._wanted = wanted
        self._say = say
        now = service.clock.now()
        self._session = service.table.current_or_next(now)
        self.day: date = self._session.day if self._session is not None else new_york_day(now)
        self._asked: set[str] = set()
        self._seen = Seen()
        self.last: Sight | None = None
        self._since = now - LOOK_BACK
        ledgers = open_ledgers(service.state)
        self._live: Ledger | None = ledgers.live.ledger
        if self._live is not None and self._session is not None:
            self._since = min(self._since, orders_from(self._session, ledgers))

    def look(self) -> Sight:
        """The broker's lists now. Open orders have to be told, and positions to close them. Whose they are is
        told by the list of the last days' orders, so that is done without only when everything goes."""
        positions, open_orders = self._positions(), self._broker.open_orders()
        try:
            orders = self._broker.orders_since(self._since)
        except BrokerUnreachable as problem:
            if self._wanted.ours_only:
                raise
            self._say(f"orders of the last days unavailable ({problem}); going by the open ones")
            orders = Told()
        lists = joined(orders, open_orders)
        live = self._followed(lists, positions)
        scope = self._wanted.scope
        held = positions if scope.closes else None
        may_work = [one for one in orders.unreadable if one.order_id not in self._asked]
        in_the_way = unreadable.in_the_way(held, open_orders, may_work, ours_only=scope.ours_only)
        odd = tuple(one for one in in_the_way if scope.may_cover(one.symbol))
        task = task_of(positions or (), lists, live, scope, self._service.clock.now(), {one.symbol for one in odd})
        unread = {one.client_order_id for one in (*orders.unreadable, *open_orders.unreadable)}
        hidden = [(symbol, why) for symbol, why in not_shown(live, lists, unread) if scope.covers(symbol)]
        untold = (*task.untold, *hidden, *self._seen.vanished(task.sales, lists))
        return Sight(positions, lists, replace(task, untold=untold), odd)

    def _positions(self) -> Told[Position] | None:
        try:
            return self._broker.positions()
        except BrokerUnreachable as problem:
            if self._wanted.closes:
                raise
            self._say(f"positions unavailable ({problem}); not needed to cancel")
            return None

    def _followed(self, lists: Lists, positions: Told[Position] | None) -> Ledger | None:
        """The live ledger as it would be after a look, for whose shares are whose; nothing is written."""
        live = self._live
        if live is None or live.account not in (None, self._account):
            return None
        settle = self._service.settings.unknown_settle_seconds
        found = _found(live, positions)
        return follow(live, lists, self._broker, self._service.clock.now(), settle, found).ledger

    def run(self) -> bool:
        """Do it, under the caller's lock; whether nothing is left."""
        self._latch(self._wanted.latch, self._wanted.why)
        sight = self._cancel_all(self.look())
        restored = True
        if self._wanted.closes:
            closes = Closes(self._service, self._broker, self.day, self._wanted.by, self._say)
            restored = closes.close_all(sight, self.look)
        return self._verified() and restored

    # ---- cancelling ----------------------------------------------------------------------------

    def _cancel_all(self, sight: Sight) -> Sight:
        """Ask for every cancel, and wait a bounded while until all are over; what shares they held is free then."""
        asked = self._asked
        for _ in rounds(self._service):
            for order in sight.task.cancels:
                if order.order_id not in asked and self._cancel(order):
                    asked.add(order.order_id)
            cancel_unreadable(self._odd_orders(sight), asked, self._broker, self._say)
            try:
                sight = self.look()
            except BrokerUnreachable as problem:
                self._say(f"the broker does not answer ({problem}); trying on")
                continue
            if not sight.task.cancels and not any(one.order_id for one in self._meant(sight)):
                break
        return sight

    def _meant(self, sight: Sight) -> list[Unreadable]:
        """What of the unreadable is known to be of a symbol that is meant."""
        return [one for one in sight.unreadable if self._wanted.scope.covers(one.symbol)]

    def _odd_orders(self, sight: Sight) -> list[Unreadable]:
        return [one for one in self._meant(sight) if not (self._wanted.closes and unreadable.is_close(one))]

    def _cancel(self, order: BrokerOrder) -> bool:
        words = f"{order.symbol}: {order.side} {order.qty} {order.kind} client_order_id={order.client_order_id}"
        try:
            self._broker.cancel(order.order_id)
        except (BrokerUnreachable, BrokerRefused) as problem:
            self._say(f"CANCEL FAILED {words}: reason={problem}")
            return False
        self._say(f"CANCEL {words}")
        return True

    # ---- after ---------------------------------------------------------------------------------

    def _verified(self) -> bool:
        """Ask again, write down what happened, say what is left."""
        try:
            sight = self.look()
        except BrokerUnreachable as problem:
            self._say(f"NOT VERIFIED: the broker does not answer ({problem}); say the command again")
            return False
        self.last = sight
        self._write_down(sight)
        for order in sight.task.cancels:
            self._say(f"LEFT {order.symbol}: {order.side} order of {order.qty} still works, order_id={order.order_id}")
        for sale in sight.task.sales:
            self._say(f"LEFT {sale.symbol}: {gone_words(sale) if sale.gone else f'{sale.held} shares are still held'}")
        for odd in sight.unreadable:
            self._say(f"LEFT {unreadable.line(odd)}")
        for symbol, why in sight.task.untold:
            self._say(f"NOT VERIFIED {symbol}: {why}")
        for symbol, why in sight.task.left_alone:
            self._say(f"LEFT ALONE {symbol}: {why}")
        short = self._wanted.closes and not self._wanted.ours_only and self._is_short(sight)
        return sight.task.done and not sight.unreadable and not short

    def _is_short(self, sight: Sight) -> bool:
        return any(one.qty < 0 for one in sight.positions or () if self._wanted.scope.covers(one.symbol))

    def _write_down(self, sight: Sight) -> None:
        """Into the session's ledger where there is one to rely on; the next cycle finds the rest by the ids."""
        service, now = self._service, self._service.clock.now()
        record = record_or_blank(service.state)
        try:
            if self._session is None or record.account not in (None, self._account):
                raise BrokerUnreachable("no session, or another account than the state dir's")
            ledgers = current_ledgers(open_ledgers(service.state), self._session, record)
            if ledgers.live.ledger is None:
                raise BrokerUnreachable(f"live ledger {ledgers.live.problem}")
            settle = service.settings.unknown_settle_seconds
            found = _found(ledgers.live.ledger, sight.positions)
            followed = follow(ledgers.live.ledger, sight.lists, self._broker, now, settle, found)
            save(service.state, ledgers, followed.ledger, record)
            for words in (one.text for one in followed.news):
                self._say(words)
        except (BrokerUnreachable, StateUnwritable, StateUnreadable) as problem:
            self._say(f"not written into the ledger now ({problem}); the next cycle of the session does it")

    def _latch(self, name: str, why: str) -> None:
        """Set the latch durably, before anything is done; a disk that does not take it prevents no close."""
        try:
            latches.set_latch(self._service.state.latches, Latch(name, self._service.clock.now(), self._wanted.by, why))
            where = f" in {self._wanted.symbol}" if self._wanted.symbol is not None else ""
            self._say(f"LATCHED {name}: nothing is opened{where} until `execution latches clear {name} --reason TEXT`")
        except StateUnwritable as broken:
            self._say(f"NOT LATCHED {name} ({broken}); keep the service from opening: `execution kill`, stop its timer")


def _found(live: Ledger, positions: Told[Position] | None) -> dict[str, Decimal] | None:
    """The position of each symbol, None when the list was not told or names one without its symbol."""
    if positions is None or any(one.symbol is None for one in positions.unreadable):
        return None
    untold = frozenset(one.symbol for one in positions.unreadable if one.symbol is not None)
    return found_positions(live, positions.items, untold)
