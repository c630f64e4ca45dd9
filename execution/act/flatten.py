"""Cancels and closes, for `cancel-all` and `flatten`, from the broker's lists, whatever else is broken.

    show -> confirm -> lock -> latch -> cancel, wait -> lift a suspend -> close, wait -> ask again -> write down

Neither mode, kill file, pause, staleness nor the ledger is asked for permission, and no price is needed. One
failure never keeps the next order from being tried. Ids of closes are derived and the broker takes an id once,
so saying the command again after a death or a timeout is harmless, and is how it gets finished.
"""

from __future__ import annotations

from execution.act.cancel_all import cancel_all
from execution.act.closes import close_all, gone_words
from execution.act.closing import Sight
from execution.act.follow import follow
from execution.act.stop import Stop, found_in, look
from execution.broker.errors import BrokerUnreachable
from execution.ledger import unreadable
from execution.ledger.moments import Answered, with_moments
from execution.state import latches
from execution.state.directory import record_or_blank
from execution.state.latches import Latch
from execution.state.ledgers import current_ledgers, open_ledgers, save
from gates.base.record import dataclass
from gates.base.statefile import StateUnreadable, StateUnwritable


@dataclass(frozen=True, slots=True)
class Stopped:
    """Says whether nothing is left, and what was seen last; None where the broker did not answer."""

    done: bool
    sight: Sight | None


def carry_out(stop: Stop) -> Stopped:
    """Does it, under the caller's lock."""
    _latch(stop)
    sight, restored = cancel_all(stop, look(stop)), True
    if stop.wanted.closes:
        sight, restored = close_all(stop, sight)
    try:
        last = look(stop, sight)
    except BrokerUnreachable as problem:
        stop.say(f"NOT VERIFIED: the broker does not answer ({problem}); say the command again")
        return Stopped(False, None)
    why = _not_written(stop, last)
    if why is not None:
        stop.say(f"not written into the ledger now ({why}); the next cycle of the session does it")
    return Stopped(verified(stop, last) and restored, last)


def _latch(stop: Stop) -> None:
    """Set the latch durably, before anything is done; a disk that does not take it prevents no close."""
    service, wanted, name = stop.service, stop.wanted, stop.wanted.latch
    try:
        latches.set_latch(service.state.latches, Latch(name, service.clock.now(), wanted.by, wanted.why))
        where = f" in {wanted.symbol}" if wanted.symbol is not None else ""
        stop.say(f"LATCHED {name}: nothing is opened{where} until `execution latches clear {name} --reason TEXT`")
    except StateUnwritable as broken:
        stop.say(f"NOT LATCHED {name} ({broken}); keep the service from opening: `execution kill`, stop its timer")


def verified(stop: Stop, sight: Sight) -> bool:
    """Whether nothing is left by this sight; what is, is said."""
    for order in sight.task.cancels:
        stop.say(f"LEFT {order.symbol}: {order.side} order of {order.qty} still works, order_id={order.order_id}")
    for sale in sight.task.sales:
        stop.say(f"LEFT {sale.symbol}: {gone_words(sale) if sale.gone else f'{sale.held} shares are still held'}")
    for odd in sight.unreadable:
        stop.say(f"LEFT {unreadable.line(odd)}")
    for symbol, why in sight.task.untold:
        stop.say(f"NOT VERIFIED {symbol}: {why}")
    for symbol, why in sight.task.left_alone:
        stop.say(f"LEFT ALONE {symbol}: {why}")
    short = stop.wanted.closes and not stop.wanted.ours_only and _is_short(stop, sight)
    return sight.task.done and not sight.unreadable and not short


def _is_short(stop: Stop, sight: Sight) -> bool:
    return any(one.qty < 0 for one in sight.positions or () if stop.wanted.scope.covers(one.symbol))


def _not_written(stop: Stop, sight: Sight) -> str | None:
    """Writes what happened into the session's ledger where there is one to rely on; why not, where it is not. The next
    cycle finds the rest by the ids."""
    service, record = stop.service, record_or_blank(stop.service.state)
    if stop.session is None or record.account not in (None, stop.account):
        return "no session, or another account than the state dir's"
    try:
        ledgers = current_ledgers(open_ledgers(service.state), stop.session, record)
        if ledgers.live.ledger is None:
            return f"live ledger {ledgers.live.problem}"
        settle, found = service.settings.unknown_settle_seconds, found_in(ledgers.live.ledger, sight.positions)
        followed = follow(ledgers.live.ledger, sight.lists, stop.broker, service.clock.now(), settle, found)
        answered = Answered(sight.asked_at, service.clock.now())
        save(service.state, ledgers, with_moments(ledgers.live.ledger, followed.ledger, answered), record)
    except (BrokerUnreachable, StateUnwritable, StateUnreadable) as problem:
        return str(problem)
    for words in (one.text for one in followed.news):
        stop.say(words)
    return None
