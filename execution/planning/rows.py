"""Prepares the watchlist's rows for the order gates: prices, caps used, and what is known of each symbol."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from execution.broker.port import Account, Broker, BrokerOrder
from execution.ledger import unreadable
from execution.ledger.day import Ledger
from execution.ledger.reconcile import reconcile
from execution.ledger.strays import doubles
from execution.ledger.usage import SessionUsage, exposure, session_usage
from execution.planning.plan import Plan, PlanFacts, by_symbol, make_plan, possible_rows
from execution.planning.prices import prices
from execution.service import Service
from execution.state import latches
from execution.view.broker_view import BrokerView
from execution.view.look import Look
from gates.base.money import show
from gates.base.record import replace
from gates.base.sessions import Session
from gates.facts import Limits
from gates.mode import Mode
from scanner.watchlist import Row

NO_PLAN = Plan((), ())


def usage_now(seen: Look, ledger: Ledger, leaving_out: str | None = None) -> SessionUsage:
    """Caps used, counted anew from the ledger as it stands and the broker as it was seen."""
    return session_usage(ledger.date_ny, ledger, _told(seen.view), seen.view.positions, leaving_out)


def exposure_now(seen: Look) -> Decimal | None:
    """What is at stake in the account, beside the session's gross; None where something of it was not told."""
    view = seen.view
    if not view.complete or view.unreadable_positions or view.unreadable_open:
        return None
    return exposure(view.positions, view.open_orders)


def exposure_words(seen: Look) -> str:
    amount = exposure_now(seen)
    return "not known" if amount is None else show(amount)


def _told(view: BrokerView) -> tuple[BrokerOrder, ...]:
    """Every order in either list; one that is in both may be told in two versions, and the stricter counts."""
    return (*view.orders, *view.open_orders)


def plan_rows(service: Service, seen: Look, broker: Broker, rows: Iterable[Row]) -> Plan:
    """Fetch prices for the rows still possible and put every row before the order gates."""
    ledger, account, session = seen.ledger, seen.view.account, seen.session
    if ledger is None or account is None or session is None:
        return NO_PLAN
    rows = tuple(rows)
    limits = service.settings.limits
    facts = _plan_facts(seen, ledger, account, session, limits)
    instruments = {row.symbol: broker.instrument(row.symbol) for row in rows}
    facts = replace(facts, latched=latches.by_symbol(service.state.latches), instruments=instruments)
    priced = prices(broker, possible_rows(rows, facts), session, seen.now, limits.entry_trigger)
    facts = replace(facts, quotes=priced.quotes, quote_problems=priced.problems, bars=priced.bars)
    return make_plan(rows, facts)


def _plan_facts(seen: Look, ledger: Ledger, account: Account, session: Session, limits: Limits) -> PlanFacts:
    live = seen.mode is Mode.LIVE
    agreed = reconcile(seen.ledgers.live.ledger, seen.view.positions, seen.view.open_orders)
    return PlanFacts(
        now=seen.now,
        session=session,
        limits=limits,
        account=account,
        usage=usage_now(seen, ledger),
        earlier=by_symbol(ledger.entries),
        doubles=doubles(session.day, ledger, _told(seen.view)) if live else {},
        reconciliation=replace(agreed, locks={**unreadable.locks(seen.view.unreadable), **agreed.locks}),
        quotes={},
        quote_problems={},
        bars={},
        instruments={},
        untold=_untold(seen.view),
    )


def _untold(view: BrokerView) -> str | None:
    """What of positions and orders could not be had; one that cannot be read locks its own symbol."""
    problems = {"positions": view.positions_problem, "orders": view.orders_problem}
    said = [f"{name} unavailable ({problem})" for name, problem in problems.items() if problem is not None]
    return "; ".join(said) or None
