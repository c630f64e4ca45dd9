"""Shows what `cancel-all` or `flatten` would do, and has it done for the account that the person named."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from execution.act.closing import Sight
from execution.act.flatten import Stopped, carry_out
from execution.act.stop import LOOK_BACK, StopWanted, begin, look
from execution.broker.errors import BrokerUnreachable
from execution.broker.port import Broker
from execution.operator.refusal import Cause, Refusal
from execution.service import Service
from execution.state import latches
from execution.state.directory import record_or_blank
from execution.state.ledgers import open_ledgers
from execution.state.switches import kills
from execution.view.broker_view import BrokerView, account_is_ours
from gates.base.clock import Stopwatch
from gates.base.errors import LockHeld
from gates.base.locks import only_one
from gates.base.record import dataclass

BUDGET_SECONDS = 240
PATIENCE_SECONDS = 15
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class StopAccount:
    """Names the account. `problem` says why the ledger's stands in for it, `bound` what the directory is bound to."""

    account: str
    bound: str | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class StopPlan:
    """Holds what would be cancelled and sold now."""

    whose: StopAccount
    wanted: StopWanted
    sight: Sight


class NotStopped(Refusal):
    __slots__ = ()


def whose_account(service: Service) -> StopAccount | NotStopped:
    """Whose positions these are. While the broker cannot tell, the ledger's account stands in for it, where the
    broker lists an order that the ledger has from it (docs/decisions/0057)."""
    broker, record = service.broker(Stopwatch(BUDGET_SECONDS)), record_or_blank(service.state)
    try:
        return StopAccount(broker.account().number, record.account)
    except BrokerUnreachable as problem:
        number = _by_the_ledger(service, broker)
        if number is None:
            return NotStopped(
                Cause.BROKER,
                f"{problem}; no order that the broker lists is known to the ledger, so whose account this is cannot "
                "be told: use the broker's own page",
            )
        return StopAccount(number, record.account, str(problem))


def _by_the_ledger(service: Service, broker: Broker) -> str | None:
    record, live = record_or_blank(service.state), open_ledgers(service.state).live.ledger
    number = record.account or (live.account if live is not None else None)
    listed = (broker.open_orders(), broker.orders_since(service.clock.now() - LOOK_BACK))
    odd = tuple(odd for told in listed for odd in told.unreadable)
    view = BrokerView(open_orders=listed[0].items, orders=listed[1].items, unreadable_open=odd)
    if number is None or not account_is_ours(view, msgspec.structs.replace(record, account=number), live):
        return None
    return number


def plan_stop(service: Service, whose: StopAccount, wanted: StopWanted, say: Say) -> StopPlan | NotStopped:
    """What is to be done by the broker's lists; nothing is done. A symbol that is not held is a typing mistake, except
    where an earlier call has begun to close it."""
    broker = service.broker(Stopwatch(BUDGET_SECONDS))
    sight = look(begin(service, broker, whose.account, wanted, say))
    plan, task = StopPlan(whose, wanted, sight), sight.task
    if wanted.symbol is None or latches.is_set(service.state.latches, wanted.latch):
        return plan
    if task.cancels or task.sales or task.left_alone or task.untold or sight.unreadable:
        return plan
    held = ", ".join(sorted({one.symbol for one in sight.positions or () if one.qty != 0})) or "nothing"
    why = f"nothing was done; nothing is held of {wanted.symbol} and no order in it works (held: {held})"
    return NotStopped(Cause.REQUEST, why)


def stop(
    service: Service, plan: StopPlan, confirmed: str, say: Say, wait_seconds: float | None = None
) -> Stopped | NotStopped:
    """Wait for a running cycle (its budget and a bit), look again and do it; a line for each thing as it is done."""
    account, wanted = plan.whose.account, plan.wanted
    if confirmed != account:
        return NotStopped(Cause.REQUEST, f"nothing was done; {confirmed!r} is not the account number ({account})")
    wait = wait_seconds if wait_seconds is not None else service.settings.cycle_budget_seconds + PATIENCE_SECONDS
    try:
        with only_one(service.state.lock, wait, getting_out=True) as unlocked:
            if unlocked is not None:
                say(
                    f"NOT LOCKED: {unlocked}; no cycle runs there either. Say `{wanted.verb}` from one place at a time."
                )
            broker = service.broker(Stopwatch(BUDGET_SECONDS))
            return carry_out(begin(service, broker, account, wanted, say))
    except LockHeld as held:
        why = f"nothing was done: {held} after {wait:.0f}s; stop the timer, or say it again"
        return NotStopped(Cause.BUSY, why)


def stops_come_back(service: Service) -> bool:
    """Whether the next cycles protect what is ours, going by the kill switches as they are now."""
    settings = service.settings
    return settings.kill_protects_positions or not (settings.kill_switch or kills(service.state))
