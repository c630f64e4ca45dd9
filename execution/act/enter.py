"""Writes approved orders down as intents, sends them one by one, and writes down the results.

Two durable replaces per cycle, whatever the number of orders, and between them nothing that could be
lost: a process that dies here leaves intents, and an intent is an order in doubt that the next cycle looks up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from execution.act.submit import Recorder, send_all
from execution.broker.port import Broker
from execution.journal import lines
from execution.ledger.day import Entry, Ledger, moved, with_changed, with_entries
from execution.orders import OrderStatus
from execution.planning.plan import Approved, Plan, intended_entry
from execution.planning.rows import usage_now
from execution.service import Service
from execution.state.ledgers import save
from execution.state.presence import presence
from execution.view.gather import mode_facts
from execution.view.look import Look
from gates.base.clock import Stopwatch
from gates.base.logs import Level
from gates.base.record import replace
from gates.catalog import CAP_GATES, MODE_GATES
from gates.mode import Mode
from gates.verdict import ask_all, refusals


def enter(service: Service, seen: Look, plan: Plan, broker: Broker, watch: Stopwatch) -> tuple[Entry, ...]:
    """Intents on disk, then out one by one, then results on disk."""
    ledger = seen.ledger
    if ledger is None:
        return ()
    ledger, intents = _intended(ledger, plan.approved, seen.now)
    ledgers = save(service.state, seen.ledgers, ledger, seen.record)
    live = seen.mode is Mode.LIVE
    sender = broker if live else Recorder(service.clock.now, ledger.by_id().get)
    approved = {one.request.client_order_id: one for one in plan.approved}

    def no_longer(entry: Entry, now_ledger: Ledger) -> str | None:
        if watch.left_seconds() < service.settings.http_timeout_seconds:
            return f"cycle budget used up ({service.settings.cycle_budget_seconds}s)"
        closed = _switched_off(service, seen) or _slept(service, seen)
        if closed is not None:
            return closed
        usage = usage_now(seen, now_ledger, leaving_out=entry.client_order_id).for_symbol(entry.symbol)
        facts = replace(approved[entry.client_order_id].facts, usage=usage)
        refused = refusals(ask_all(CAP_GATES, facts))
        return refused[0].verdict.reason if refused else None

    def report(entry: Entry) -> None:
        level = Level.INFO if entry.status not in (OrderStatus.UNKNOWN, OrderStatus.REJECTED) else Level.WARNING
        service.journal.line(level, lines.sent_line(entry))

    ledger = send_all(ledger, intents, sender, no_longer, service.clock.now, report)
    save(service.state, ledgers, ledger, seen.record)
    return tuple(entry for entry in ledger.entries if entry.client_order_id in approved)


def _switched_off(service: Service, seen: Look) -> str | None:
    """What an operator or the clock has closed since the cycle looked: the kill and pause files, the token and its
    life. A few reads of small files, beside a request over the network."""
    if seen.mode is Mode.LIVE:
        facts = mode_facts(service, replace(seen.world, now=service.clock.now()))
        refused = refusals(ask_all(MODE_GATES, facts))
        if refused:
            return refused[0].verdict.reason
    return "paused (file)" if presence(service.state.paused).in_force else None


def _slept(service: Service, seen: Look) -> str | None:
    """The plan is older by the clock than a cycle may take, although the budget is not used up: the machine was
    suspended, or its clock was set. The quotes it rests on are of another moment then."""
    settings = service.settings
    age = (service.clock.now() - seen.now).total_seconds()
    if -settings.max_clock_skew_seconds <= age <= settings.cycle_budget_seconds:
        return None
    return f"the plan is {age:.0f}s old by the clock (limit {settings.cycle_budget_seconds}s)"


def _intended(ledger: Ledger, approved: Sequence[Approved], now: datetime) -> tuple[Ledger, tuple[Entry, ...]]:
    """The ledger with every approved order as an intent: new ones added, unsent ones intended again."""
    new = [intended_entry(one, now) for one in approved if not one.resent]
    again = [entry for one in approved if one.resent and (entry := ledger.find(one.request.client_order_id))]
    intended_again = [moved(entry, OrderStatus.INTENDED, now, "sent again") for entry in again]
    ledger = with_entries(with_changed(ledger, intended_again), new)
    order = [one.request.client_order_id for one in approved]
    intents = sorted([*new, *intended_again], key=lambda entry: order.index(entry.client_order_id))
    return ledger, tuple(intents)
