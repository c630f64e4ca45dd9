"""Sends each intent at most once.

Every intent is on disk before this module sees it. Right before each POST the caller is asked
again (kill file, caps, budget). A clear answer is recorded; anything else, a bug of our own
included, is settled by looking the id up, and what the look does not find stays *unknown*: it may
exist, so it is never sent again from here and never called rejected because time passed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from execution.broker.errors import BrokerRefused, BrokerUnclear, BrokerUnreachable
from execution.broker.port import BracketRequest, BrokerOrder, Sender
from execution.ledger.absorb import absorb
from execution.ledger.day import Entry, Ledger, moved, with_changed
from execution.ledger.moments import Answered, entry_with_moments
from execution.orders import OrderStatus
from execution.planning.plan import request_of

MayStillSend = Callable[[Entry, Ledger], str | None]
"""Asked right before each submit: the reason it must not leave, or None."""


def send_all(
    ledger: Ledger,
    intents: Sequence[Entry],
    sender: Sender,
    no_longer: MayStillSend,
    now: Callable[[], datetime],
    report: Callable[[Entry], None],
) -> Ledger:
    """Send each intent and fold what became of it into the ledger."""
    for intent in intents:
        reason = no_longer(intent, ledger)
        if reason is not None:
            entry = moved(intent, OrderStatus.NOT_SENT, now(), f"not sent: {reason}")
        else:
            entry = send_one(intent, sender, now)
        ledger = with_changed(ledger, [entry])
        report(entry)
    return ledger


def send_one(intent: Entry, sender: Sender, now: Callable[[], datetime]) -> Entry:
    """The intent after one sending, what is new in its history bearing when it was sent and when that was answered."""
    asked_at = now()
    sent = _sent(intent, sender, now)
    return entry_with_moments(intent, sent, Answered(asked_at, now()))


def _sent(intent: Entry, sender: Sender, now: Callable[[], datetime]) -> Entry:
    try:
        order = sender.submit(request_of(intent))
        return absorb(intent, order, now())[0]
    except BrokerRefused as refusal:
        return moved(intent, OrderStatus.REJECTED, now(), str(refusal))
    except BrokerUnclear as unclear:
        return _looked_up(intent, sender, str(unclear), now)
    except Exception as broken:  # noqa: BLE001 - it may have been sent before we broke
        return _looked_up(intent, sender, f"{type(broken).__name__} while sending", now)


def _looked_up(intent: Entry, sender: Sender, unclear: str, now: Callable[[], datetime]) -> Entry:
    """One look right away. Finding the order settles it; not finding it proves nothing yet."""
    try:
        order = sender.find(intent.client_order_id)
        if order is not None:
            return absorb(intent, order, now())[0]
        look = "not found at the first look"
    except BrokerUnreachable as unreachable:
        look = f"look failed: {unreachable}"
    except Exception as broken:  # noqa: BLE001 - the order may exist; only a later look can tell
        look = f"look failed: {type(broken).__name__}"
    return moved(intent, OrderStatus.UNKNOWN, now(), f"{unclear}; {look}")


class Recorder:
    """Records intents in DRY_RUN: the broker hears nothing, and what is recorded counts as sent."""

    ORDER_ID = "dry-run"

    def __init__(self, now: Callable[[], datetime], recorded: Callable[[str], Entry | None]) -> None:
        self._now = now
        self._recorded = recorded

    def submit(self, request: BracketRequest) -> BrokerOrder:
        return self._order(request)

    def find(self, client_order_id: str) -> BrokerOrder | None:
        """An intent a dead cycle left behind was recorded the moment it was written."""
        entry = self._recorded(client_order_id)
        return self._order(request_of(entry)) if entry is not None else None

    def _order(self, request: BracketRequest) -> BrokerOrder:
        now = self._now()
        return BrokerOrder(
            order_id=self.ORDER_ID,
            client_order_id=request.client_order_id,
            symbol=request.symbol,
            side="buy",
            kind="limit",
            qty=request.qty,
            status=OrderStatus.SUBMITTED,
            filled_qty=Decimal(0),
            filled_avg_price=None,
            limit_price=request.limit_price,
            stop_price=None,
            submitted_at=now,
            updated_at=now,
        )
