"""Closes what is held, each position once, even while the list of positions lags behind.

Ids of closes are derived and the broker takes an id once. Shares that a sale of the last minutes accounts for are
not sold again while the list of positions lags behind it: they are waited for, and said when the wait is over.
"""

from __future__ import annotations

from execution.act.closing import ClosingSale, Sight
from execution.act.stop import Stop, look, rounds
from execution.act.suspend import is_owed, lift, put_back
from execution.broker.errors import BrokerRefused, BrokerUnclear, BrokerUnreachable
from execution.broker.port import BrokerOrder
from execution.ledger.lists import Lists
from execution.ledger.sales import POSITIONS_LAG
from execution.orders import WORKING, flatten_id

MOST_ATTEMPTS = 99


def close_all(stop: Stop, sight: Sight) -> tuple[Sight, bool]:
    """Close what is held; the last sight, and whether a suspend that was lifted for it stands again."""
    owed, restored = is_owed(stop), True
    try:
        owed = (bool(sight.task.sales) and lift(stop)) or owed
        under_way = [sale for sale in sight.task.sales if _close(stop, sale, sight.lists)]
        _wait_for(stop, {sale.symbol for sale in under_way})
        sight = _close_the_rest(stop, sight)
    finally:
        if owed:
            restored = put_back(stop)
    return sight, restored


def _close_the_rest(stop: Stop, sight: Sight) -> Sight:
    """Symbols whose position lagged behind a sale: what is still there once the lists agree is closed too."""
    symbols = {sale.symbol for sale in sight.task.sales if sale.gone > 0}
    try:
        for _ in rounds(stop.service) if symbols else ():
            sight = look(stop, sight)
            due = [sale for sale in sight.task.sales if sale.symbol in symbols and sale.gone == 0]
            symbols -= {sale.symbol for sale in due}
            for sale in due:
                _close(stop, sale, sight.lists)
            symbols &= {sale.symbol for sale in sight.task.sales}
            if not symbols:
                break
    except BrokerUnreachable as problem:
        stop.say(f"the broker does not answer ({problem})")
    return sight


def _close(stop: Stop, sale: ClosingSale, lists: Lists) -> bool:
    """Send one close; whether something of it is at the broker."""
    try:
        name, found = _next_close(stop, sale.symbol, lists)
        if found is not None:
            stop.say(f"CLOSE {sale.symbol}: is on its way already, order_id={found.order_id} {name}")
            return True
        if sale.qty <= 0 and sale.gone > 0:
            stop.say(f"CLOSE WAITS {sale.symbol}: {gone_words(sale)}")
            return False
        if sale.qty <= 0:
            stop.say(f"CLOSE FAILED {sale.symbol}: all {sale.held} shares are held by other orders; say it again")
            return False
        order = _sent(stop, sale, name)
    except (BrokerUnreachable, BrokerRefused, BrokerUnclear) as problem:
        doubt = "may have arrived, say it again" if isinstance(problem, BrokerUnclear) else "not taken"
        stop.say(f"CLOSE FAILED {sale.symbol}: {doubt}: {problem}")
        return False
    stop.say(f"CLOSE {sale.symbol}: sell {sale.qty} of {sale.held} at the market order_id={order.order_id} {name}")
    return True


def _sent(stop: Stop, sale: ClosingSale, name: str) -> BrokerOrder:
    try:
        return stop.broker.close(sale.symbol, sale.qty, name)
    except BrokerUnclear as unclear:
        try:
            found = stop.broker.find(name)
        except BrokerUnreachable:
            raise unclear from None
        if found is None:
            raise
        return found


def _next_close(stop: Stop, symbol: str, lists: Lists) -> tuple[str, BrokerOrder | None]:
    """The id of the next close, and the order when one works under it. An id is left behind only when its
    order is over; one that the broker does not know is sent again as it is."""
    for attempt in range(1, MOST_ATTEMPTS):
        name = flatten_id(stop.day, symbol, attempt)
        found = lists.find(name) or stop.broker.find(name)
        if found is None or found.status in WORKING:
            return name, found
    raise BrokerRefused(f"{MOST_ATTEMPTS} closes were tried in this session; use the broker's own page")


def _wait_for(stop: Stop, symbols: set[str]) -> None:
    """Until the shares are gone, or the exchange is closed and they cannot go."""
    try:
        for _ in rounds(stop.service):
            left = {position.symbol for position in stop.broker.positions() if position.qty > 0}
            if not symbols & left:
                return
            if not stop.broker.clock().is_open:
                stop.say("The exchange is closed: what is on its way is sold at the next open.")
                return
    except BrokerUnreachable as problem:
        stop.say(f"the broker does not answer ({problem})")


def gone_words(sale: ClosingSale) -> str:
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
