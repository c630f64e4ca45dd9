"""`cancel-all` and `flatten`: from the broker's truth, whatever else is broken.

    show -> confirm -> lock -> latch -> cancel, wait -> lift a suspend -> close, wait -> ask again -> write down

Neither mode, kill file, pause, staleness nor the ledger is asked for permission, and no price is needed. One
failure never keeps the next order from being tried. Ids of closes are derived and the broker takes an id once,
so saying the command again after a death or a timeout is harmless, and is how it gets finished.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from execution import latches, unreadable
from execution.books import current_books, open_books, save
from execution.broker.port import Broker, BrokerOrder, Position, Told
from execution.closing import Sale, Sight, is_close, task_of
from execution.errors import BrokerRefused, BrokerUnclear, BrokerUnreachable
from execution.follow import follow
from execution.gather import orders_from
from execution.latches import Latch
from execution.ledger import Ledger
from execution.orders import WORKING, flatten_id
from execution.service import Service
from execution.statedir import record_or_blank
from execution.suspending import SuspendLifted
from gates.sessions import new_york_day
from gates.statefile import StateUnreadable, StateUnwritable

LOOK_BACK = timedelta(days=14)
"""Orders older than that are known by the ledger, or by their being open."""
PAUSE_SECONDS = 1
ROUNDS = 20
MOST_ATTEMPTS = 99


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the operator said, and who they are."""

    closes: bool
    ours_only: bool
    by: str
    why: str


class Stopping:
    """One call of the verb, at one broker; says what it does as it goes."""

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
        self._since = now - LOOK_BACK
        books = open_books(service)
        self._live: Ledger | None = books.live.ledger
        if self._live is not None and self._session is not None:
            self._since = min(self._since, orders_from(self._session, books))

    def look(self) -> Sight:
        """The broker's lists now. Open orders have to be told, and positions to close them. Whose they are is
        told by the list of the last days' orders, so that is done without only when everything goes."""
        wanted = self._wanted
        positions, open_orders = self._positions(), self._broker.open_orders()
        try:
            orders = self._broker.orders_since(self._since).items
        except BrokerUnreachable as problem:
            if wanted.ours_only:
                raise
            self._say(f"orders of the last days unavailable ({problem}); going by the open ones")
            orders = ()
        items = positions.items if positions is not None else None
        live = self._followed(orders, items)
        task = task_of(items or (), open_orders, orders, live, closes=wanted.closes, ours_only=wanted.ours_only)
        held = positions if wanted.closes else None
        return Sight(items, orders, task, unreadable.in_the_way(held, open_orders, ours_only=wanted.ours_only))

    def _positions(self) -> Told[Position] | None:
        try:
            return self._broker.positions()
        except BrokerUnreachable as problem:
            if self._wanted.closes:
                raise
            self._say(f"positions unavailable ({problem}); not needed to cancel")
            return None

    def _followed(self, orders: tuple[BrokerOrder, ...], positions: tuple[Position, ...] | None) -> Ledger | None:
        """The live ledger as it would be after a look, for whose shares are whose; nothing is written."""
        live = self._live
        if live is None or live.account not in (None, self._account):
            return None
        settle = self._service.settings.unknown_settle_seconds
        return follow(live, orders, self._broker, self._service.clock.now(), settle, positions).ledger

    def run(self) -> bool:
        """Do it, under the caller's lock; whether nothing is left."""
        self._latch(latches.FLATTEN if self._wanted.closes else latches.CANCEL_ALL, self._wanted.why)
        sight = self._cancel_all(self.look())
        restored = True
        if self._wanted.closes:
            restored = self._close_all(sight)
        return self._verified() and restored

    # ---- cancelling ----------------------------------------------------------------------------

    def _cancel_all(self, sight: Sight) -> Sight:
        """Ask for every cancel, and wait a bounded while until all are over; what shares they held is free then."""
        asked: set[str] = set()
        for _ in self._rounds():
            for order in sight.task.cancels:
                if order.order_id not in asked and self._cancel(order):
                    asked.add(order.order_id)
            odd = [one for one in sight.unreadable if not (self._wanted.closes and unreadable.is_close(one))]
            unreadable.cancel(odd, asked, self._broker, self._say)
            try:
                sight = self.look()
            except BrokerUnreachable as problem:
                self._say(f"the broker does not answer ({problem}); trying on")
                continue
            if not sight.task.cancels and not any(one.order_id for one in sight.unreadable):
                break
        return sight

    def _cancel(self, order: BrokerOrder) -> bool:
        words = f"{order.symbol}: {order.side} {order.qty} {order.kind} client_order_id={order.client_order_id}"
        try:
            self._broker.cancel(order.order_id)
        except (BrokerUnreachable, BrokerRefused) as problem:
            self._say(f"CANCEL FAILED {words}: reason={problem}")
            return False
        self._say(f"CANCEL {words}")
        return True

    # ---- closing -------------------------------------------------------------------------------

    def _close_all(self, sight: Sight) -> bool:
        """Close what is held; whether a suspend that was lifted for it stands again."""
        lifted = SuspendLifted(self._service, self._broker, self._wanted.by, self._say)
        with lifted.while_closing(bool(sight.task.sales)):
            under_way = [sale for sale in sight.task.sales if self._close(sale, sight.orders)]
            self._wait_for({sale.symbol for sale in under_way})
        return lifted.restored

    def _close(self, sale: Sale, orders: tuple[BrokerOrder, ...]) -> bool:
        """Send one close; whether something of it is at the broker."""
        try:
            name, found = self._next_close(sale.symbol, orders)
            if found is not None:
                self._say(f"CLOSE {sale.symbol}: is on its way already, order_id={found.order_id} {name}")
                return True
            if sale.qty <= 0:
                self._say(f"CLOSE FAILED {sale.symbol}: all {sale.held} shares are held by other orders; say it again")
                return False
            order = self._sent(sale, name)
        except (BrokerUnreachable, BrokerRefused, BrokerUnclear) as problem:
            doubt = "may have arrived, say it again" if isinstance(problem, BrokerUnclear) else "not taken"
            self._say(f"CLOSE FAILED {sale.symbol}: {doubt}: {problem}")
            return False
        self._say(f"CLOSE {sale.symbol}: sell {sale.qty} of {sale.held} at the market order_id={order.order_id} {name}")
        return True

    def _sent(self, sale: Sale, name: str) -> BrokerOrder:
        try:
            return self._broker.close(sale.symbol, sale.qty, name)
        except BrokerUnclear as unclear:
            try:
                found = self._broker.find(name)
            except BrokerUnreachable:
                raise unclear from None
            if found is None:
                raise
            return found

    def _next_close(self, symbol: str, orders: tuple[BrokerOrder, ...]) -> tuple[str, BrokerOrder | None]:
        """The id of the next close, and the order when one works under it. An id is left behind only when its
        order is over; one that nobody knows is sent again as it is."""
        listed = {order.client_order_id: order for order in orders if is_close(order)}
        for attempt in range(1, MOST_ATTEMPTS):
            name = flatten_id(self.day, symbol, attempt)
            found = listed.get(name) or self._broker.find(name)
            if found is None or found.status in WORKING:
                return name, found
        raise BrokerRefused(f"{MOST_ATTEMPTS} closes were tried in this session; use the broker's own page")

    def _wait_for(self, symbols: set[str]) -> None:
        """Until the shares are gone, or the exchange is closed and they cannot go."""
        try:
            for _ in self._rounds():
                left = {position.symbol for position in self._broker.positions() if position.qty > 0}
                if not symbols & left:
                    return
                if not self._broker.clock().is_open:
                    self._say("The exchange is closed: what is on its way is sold at the next open.")
                    return
        except BrokerUnreachable as problem:
            self._say(f"the broker does not answer ({problem})")

    def _rounds(self) -> Iterator[int]:
        """So many tries, with a pause between; a simulated exchange moves on in it."""
        for number in range(ROUNDS):
            if number:
                self._service.clock.sleep(PAUSE_SECONDS)
                self._service.begin_cycle()
            yield number

    # ---- after ---------------------------------------------------------------------------------

    def _verified(self) -> bool:
        """Ask again, write down what happened, say what is left."""
        try:
            sight = self.look()
        except BrokerUnreachable as problem:
            self._say(f"NOT VERIFIED: the broker does not answer ({problem}); say the command again")
            return False
        self._write_down(sight)
        for order in sight.task.cancels:
            self._say(f"LEFT {order.symbol}: {order.side} order of {order.qty} still works, order_id={order.order_id}")
        for sale in sight.task.sales:
            self._say(f"LEFT {sale.symbol}: {sale.held} shares are still held")
        for odd in sight.unreadable:
            self._say(f"LEFT {unreadable.line(odd)}")
        for symbol, why in sight.task.left_alone:
            self._say(f"LEFT ALONE {symbol}: {why}")
        short = self._wanted.closes and not self._wanted.ours_only and any(p.qty < 0 for p in sight.positions or ())
        return sight.task.done and not sight.unreadable and not short

    def _write_down(self, sight: Sight) -> None:
        """Into the session's ledger where there is one to rely on; the next cycle finds the rest by the ids."""
        service, now = self._service, self._service.clock.now()
        record = record_or_blank(service.state)
        try:
            if self._session is None or record.account not in (None, self._account):
                raise BrokerUnreachable("no session, or another account than the state dir's")
            books = current_books(open_books(service), self._session, record)
            if books.live.ledger is None:
                raise BrokerUnreachable(f"live ledger {books.live.problem}")
            settle = service.settings.unknown_settle_seconds
            followed = follow(books.live.ledger, sight.orders, self._broker, now, settle, sight.positions)
            save(service, books, followed.ledger, record)
            for line in followed.news:
                self._say(line)
        except (BrokerUnreachable, StateUnwritable, StateUnreadable) as problem:
            self._say(f"not written into the ledger now ({problem}); the next cycle of the session does it")

    def _latch(self, name: str, why: str) -> None:
        """Durably, before anything is done; a disk that does not take it traps nobody in a position."""
        try:
            latches.set_latch(self._service.state.latches, Latch(name, self._service.clock.now(), self._wanted.by, why))
            self._say(f"LATCHED {name}: nothing is opened until `execution latches clear {name} --reason TEXT`")
        except StateUnwritable as broken:
            self._say(f"NOT LATCHED {name} ({broken}); keep the service from opening: `execution kill`, stop its timer")
