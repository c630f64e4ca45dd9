"""Enters a person's word into the live ledger: what became of an order or of shares, or that it is to be made anew."""

from __future__ import annotations

from decimal import Decimal

from execution.act import rebuild as act_rebuild
from execution.act.rebuild import Rebuilt
from execution.ledger.day import Entry, moved, with_changed
from execution.ledger.explain import Explanation, NotExplained, explained
from execution.operator.refusal import Cause, Refusal
from execution.orders import OrderStatus, may_move
from execution.service import Service
from gates.base.clock import Stopwatch
from gates.base.locks import only_one
from gates.base.record import dataclass
from gates.mode import Mode

S = OrderStatus
SETTLED_AS = (S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED, S.NOT_SENT)


@dataclass(frozen=True, slots=True)
class SettleRequest:
    """Holds what a person says of one order. What they leave out is: all of it filled, at its limit."""

    client_order_id: str
    status: OrderStatus
    evidence: str
    filled_qty: Decimal | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    before: Entry
    after: Entry


class NotSettled(Refusal):
    __slots__ = ()


class NotRebuilt(Refusal):
    __slots__ = ()


class StaysUnexplained(Refusal):
    __slots__ = ()


def settle(service: Service, request: SettleRequest) -> Settled | NotSettled:
    """Give the order the status that the person saw, with the evidence beside it."""
    with only_one(service.state.lock):
        file = service.state.ledger(Mode.LIVE)
        ledger = file.load()
        file.check_archive(ledger)
        entry = ledger.find(request.client_order_id)
        if entry is None:
            why = f"{request.client_order_id} is not in the live ledger of {ledger.date_ny}; "
            return NotSettled(Cause.REQUEST, f"{why}`execution ledger show` lists it")
        filled = _filled(entry, request)
        no = _cannot_be(entry, request, filled)
        if no is not None:
            return no
        price = request.price if request.price is not None else entry.filled_avg_price or entry.limit_price
        settled = moved(
            entry, request.status, service.clock.now(), f"settled by operator: {request.evidence}",
            filled_qty=filled, filled_avg_price=price if filled > 0 else entry.filled_avg_price,
        )  # fmt: skip
        file.save(with_changed(ledger, [settled]))
    return Settled(entry, settled)


def _filled(entry: Entry, request: SettleRequest) -> Decimal:
    if request.filled_qty is not None:
        return request.filled_qty
    return entry.qty if request.status is S.FILLED else entry.filled_qty


def _cannot_be(entry: Entry, request: SettleRequest, filled: Decimal) -> NotSettled | None:
    """Why the order cannot have become that."""
    status = request.status
    if not request.evidence.strip():
        return NotSettled(Cause.REQUEST, "is empty; write what you saw and where", "evidence")
    if status not in SETTLED_AS or not may_move(entry.status, status):
        what = f"{entry.client_order_id} is {entry.status.value}"
        return NotSettled(Cause.REQUEST, f"{what}; that cannot become {status.value}")
    if not entry.filled_qty <= filled <= entry.qty or (status is S.FILLED and filled != entry.qty):
        before = f"order of {entry.qty}, {entry.filled_qty} filled before"
        return NotSettled(Cause.REQUEST, f"{filled} does not fit {status.value}: {before}", "filled-qty")
    if status in (S.NOT_SENT, S.REJECTED) and filled > 0:
        return NotSettled(Cause.REQUEST, f"an order with {filled} shares filled was not {status.value}")
    return None


def explain(service: Service, word: Explanation) -> Explanation | StaysUnexplained:
    """Enter the word on shares, held against the position as the broker tells it now."""
    with only_one(service.state.lock):
        file, record = service.state.ledger(Mode.LIVE), service.state.read_record()
        ledger = file.load()
        file.check_archive(ledger)
        broker = service.broker(Stopwatch(service.settings.cycle_budget_seconds))
        account = broker.account().number
        if account not in (record.account, ledger.account):
            why = f"account mismatch: state dir is bound to {record.account}, broker says {account}"
            return StaysUnexplained(Cause.REQUEST, why)
        if word.shares <= 0 or not word.evidence.strip():
            why = "--shares takes a number above 0, and --evidence what you saw and where"
            return StaysUnexplained(Cause.REQUEST, why)
        positions = broker.positions()
        if any(one.symbol in (None, word.symbol) for one in positions.unreadable):
            why = f"the position of {word.symbol} could not be read; look at the broker's own page"
            return StaysUnexplained(Cause.REQUEST, why)
        found = sum((one.qty for one in positions if one.symbol == word.symbol), Decimal(0))
        after = explained(ledger, found, word, service.clock.now())
        if isinstance(after, NotExplained):
            return StaysUnexplained(Cause.REQUEST, after.why)
        file.save(after)
    return word


def rebuild(service: Service) -> Rebuilt | NotRebuilt:
    """Make the lost or broken live ledger of this session anew from the broker's record."""
    with only_one(service.state.lock):
        now = service.clock.now()
        session = service.table.current_or_next(now)
        if session is None:
            why = f"the session table does not know today (ends {service.table_ends})"
            return NotRebuilt(Cause.REQUEST, why)
        broker = service.broker(Stopwatch(service.settings.cycle_budget_seconds))
        account = broker.account().number
        bound = service.state.read_record().account
        if bound not in (None, account):
            why = f"account mismatch: state dir is bound to {bound}, broker says {account}"
            return NotRebuilt(Cause.REQUEST, why)
        file, seconds = service.state.ledger(Mode.LIVE), service.settings.unknown_settle_seconds
        return act_rebuild.rebuild(file, session, account, broker, now, seconds)
