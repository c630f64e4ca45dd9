"""Closes what is held, each position once, even while the list of positions lags behind.

Ids of closes are derived and the broker takes an id once. Shares that a sale of the last minutes accounts for are
not sold again while the list of positions lags behind it: they are waited for, and said when the wait is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from execution.act.closing import Sale, Sight
from execution.act.suspend import SuspendLifted
from execution.broker.errors import BrokerRefused, BrokerUnclear, BrokerUnreachable
from execution.broker.port import Broker, BrokerOrder
from execution.ledger.lists import Lists
from execution.ledger.sales import POSITIONS_LAG
from execution.orders import WORKING, flatten_id
from execution.service import Service

PAUSE_SECONDS = 1
ROUNDS = 20
MOST_ATTEMPTS = 99


@dataclass(frozen=True, slots=True)
class Closes:
    """Closes the positions of one `flatten`."""

    service: Service
    broker: Broker
    day: date
    by: str
    say: Callable[[str], None]

    def close_all(self, sight: Sight, look: Callable[[], Sight]) -> bool:
        """Close what is held; whether a suspend that was lifted for it stands again."""
        lifted = SuspendLifted(self.service, self.broker, self.by, self.say)
        with lifted.while_closing(bool(sight.task.sales)):
            under_way = [sale for sale in sight.task.sales if self._close(sale, sight.lists)]
            self._wait_for({sale.symbol for sale in under_way})
            self._close_the_rest({sale.symbol for sale in sight.task.sales if sale.gone > 0}, look)
        return lifted.restored

    def _close_the_rest(self, symbols: set[str], look: Callable[[], Sight]) -> None:
        """Symbols whose position lagged behind a sale: what is still there once the lists agree is closed too."""
        try:
            for _ in rounds(self.service) if symbols else ():
                sight = look()
                due = [sale for sale in sight.task.sales if sale.symbol in symbols and sale.gone == 0]
                symbols -= {sale.symbol for sale in due}
                for sale in due:
                    self._close(sale, sight.lists)
                symbols &= {sale.symbol for sale in sight.task.sales}
                if not symbols:
                    return
        except BrokerUnreachable as problem:
            self.say(f"the broker does not answer ({problem})")

    def _close(self, sale: Sale, lists: Lists) -> bool:
        """Send one close; whether something of it is at the broker."""
        try:
            name, found = self._next_close(sale.symbol, lists)
            if found is not None:
                self.say(f"CLOSE {sale.symbol}: is on its way already, order_id={found.order_id} {name}")
                return True
            if sale.qty <= 0 and sale.gone > 0:
                self.say(f"CLOSE WAITS {sale.symbol}: {gone_words(sale)}")
                return False
            if sale.qty <= 0:
                self.say(f"CLOSE FAILED {sale.symbol}: all {sale.held} shares are held by other orders; say it again")
                return False
            order = self._sent(sale, name)
        except (BrokerUnreachable, BrokerRefused, BrokerUnclear) as problem:
            doubt = "may have arrived, say it again" if isinstance(problem, BrokerUnclear) else "not taken"
            self.say(f"CLOSE FAILED {sale.symbol}: {doubt}: {problem}")
            return False
        self.say(f"CLOSE {sale.symbol}: sell {sale.qty} of {sale.held} at the market order_id={order.order_id} {name}")
        return True

    def _sent(self, sale: Sale, name: str) -> BrokerOrder:
        try:
            return self.broker.close(sale.symbol, sale.qty, name)
        except BrokerUnclear as unclear:
            try:
                found = self.broker.find(name)
            except BrokerUnreachable:
                raise unclear from None
            if found is None:
                raise
            return found

    def _next_close(self, symbol: str, lists: Lists) -> tuple[str, BrokerOrder | None]:
        """The id of the next close, and the order when one works under it. An id is left behind only when its
        order is over; one that the broker does not know is sent again as it is."""
        for attempt in range(1, MOST_ATTEMPTS):
            name = flatten_id(self.day, symbol, attempt)
            found = lists.find(name) or self.broker.find(name)
            if found is None or found.status in WORKING:
                return name, found
        raise BrokerRefused(f"{MOST_ATTEMPTS} closes were tried in this session; use the broker's own page")

    def _wait_for(self, symbols: set[str]) -> None:
        """Until the shares are gone, or the exchange is closed and they cannot go."""
        try:
            for _ in rounds(self.service):
                left = {position.symbol for position in self.broker.positions() if position.qty > 0}
                if not symbols & left:
                    return
                if not self.broker.clock().is_open:
                    self.say("The exchange is closed: what is on its way is sold at the next open.")
                    return
        except BrokerUnreachable as problem:
            self.say(f"the broker does not answer ({problem})")


def rounds(service: Service) -> Iterator[int]:
    """So many tries, with a pause between; a simulated exchange moves on in it."""
    for number in range(ROUNDS):
        if number:
            service.clock.sleep(PAUSE_SECONDS)
            service.begin_cycle()
        yield number


def gone_words(sale: Sale) -> str:
    """Shares beyond ours can be explained; for ours only the lists can tell."""
    minutes = int(POSITIONS_LAG.total_seconds() / 60)
    words = (
        f"{sale.gone} of {sale.held} shares are still listed although a sale of the last minutes took as many; nothing "
        f"more is sold before the lists agree, or the sale is {minutes} minutes old. Say it again"
    )
    if sale.gone > sale.held - sale.ours:
        return words
    remedy = f"`execution ledger explain {sale.symbol} --shares {sale.gone} --evidence TEXT`"
    return f"{words}, or, if they are there: {remedy}"
