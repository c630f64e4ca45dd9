"""One look at everything, and every gate asked about it.

The cycle and the reading verbs (`gates`, `why`, `status`) go through the same functions, so what a
verb explains is what the cycle does. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from execution.act import unreadable
from execution.broker.errors import BrokerUnreachable
from execution.broker.port import Account, Broker, BrokerOrder
from execution.journal import lines
from execution.ledger.day import Ledger, Mode
from execution.ledger.reconcile import reconcile
from execution.ledger.strays import doubles
from execution.ledger.usage import SessionUsage, exposure, session_usage
from execution.planning.plan import Plan, PlanFacts, Rules, by_symbol, make_plan, possible_rows
from execution.planning.prices import prices
from execution.service import Service
from execution.state import latches
from execution.state.directory import StateRecord, record_or_blank
from execution.state.ledgers import Books, as_if_rolled_over, current_books, open_books
from execution.view.gather import BrokerView, ask_broker, entry_facts, mode_facts, orders_from
from execution.view.watchlist import read_watchlist
from gates.base.clock import Stopwatch
from gates.base.money import show
from gates.base.sessions import Session
from gates.catalog import ENTRY_GATES, MODE_GATES
from gates.facts import WatchlistFacts
from gates.verdict import Answer, ask_all
from scanner.watchlist import Row

NO_PLAN = Plan((), ())


@dataclass(frozen=True, slots=True)
class Look:
    """All that was seen, and the answers of the gates that are about the cycle as a whole."""

    now: datetime
    session: Session | None
    record: StateRecord
    books: Books
    view: BrokerView
    watchlist: WatchlistFacts
    rows: tuple[Row, ...]
    mode_answers: tuple[Answer, ...]
    entry_answers: tuple[Answer, ...]

    @property
    def mode(self) -> Mode:
        return lines.mode_of(self.mode_answers)

    @property
    def may_enter(self) -> bool:
        return lines.entries_verdict(self.entry_answers).passed

    @property
    def ledger(self) -> Ledger | None:
        return self.books.of(self.mode).ledger


def look(
    service: Service,
    now: datetime,
    session: Session | None,
    record: StateRecord,
    books: Books,
    view: BrokerView,
    state_problem: str | None = None,
) -> Look:
    """Ask the mode gates, then the entry gates of the mode that came out."""
    watchlist, rows = read_watchlist(service, session)
    mode_answers = ask_all(MODE_GATES, mode_facts(service, now, session, books, view, record))
    mode = lines.mode_of(mode_answers)
    facts = entry_facts(service, now, session, books, view, record, mode, watchlist, state_problem)
    entry_answers = ask_all(ENTRY_GATES, facts)
    return Look(now, session, record, books, view, watchlist, rows, mode_answers, entry_answers)


def look_without_writing(service: Service) -> tuple[Look, Broker | None]:
    """What a cycle would see now, also while the market is closed; for the reading verbs."""
    now = service.clock.now()
    session = service.table.current_or_next(now)
    record = service.state.read_record()
    books = open_books(service)
    if session is None:
        return look(service, now, None, record, books, BrokerView()), None
    try:
        broker = service.broker(Stopwatch(service.settings.cycle_budget_seconds))
    except BrokerUnreachable as unreachable:
        problem = str(unreachable)
        view = BrokerView(
            clock_problem=problem, account_problem=problem, positions_problem=problem, orders_problem=problem
        )
        books = current_books(as_if_rolled_over(service, books, session), session, record)
        return look(service, now, session, record, books, view), None
    view = ask_broker(broker, orders_from(session, books))
    books = current_books(as_if_rolled_over(service, books, session), session, record)
    return look(service, now, session, record, books, view), broker


def look_without_a_broker(service: Service) -> Look:
    """What the files alone say: every gate is asked, and what the broker would have told is not known."""
    now = service.clock.now()
    session, record = service.table.current_or_next(now), record_or_blank(service.state)
    why = "not asked"
    view = BrokerView(clock_problem=why, account_problem=why, positions_problem=why, orders_problem=why)
    books = open_books(service)
    if session is not None:
        books = current_books(as_if_rolled_over(service, books, session), session, record)
    return look(service, now, session, record, books, view)


def rules_of(service: Service) -> Rules:
    settings = service.settings
    return Rules(
        caps=settings.caps,
        allowlist=settings.allowlist_symbols,
        entry_trigger=settings.entry_trigger,
        max_chase_pct=settings.max_chase_pct,
        price_collar_pct=settings.price_collar_pct,
        risk_per_trade_pct=settings.risk_per_trade_pct,
        quote_bounds=settings.quote_bounds,
        max_entry_attempts=settings.max_entry_attempts,
    )


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
    rules, rows = rules_of(service), tuple(rows)
    facts = replace(_plan_facts(seen, ledger, account, session), latched=latches.by_symbol(service.state.latches))
    priced = prices(broker, possible_rows(rows, facts, rules), session, seen.now, rules.entry_trigger)
    facts = replace(facts, quotes=priced.quotes, quote_problems=priced.problems, bars=priced.bars)
    return make_plan(rows, facts, rules)


def _plan_facts(seen: Look, ledger: Ledger, account: Account, session: Session) -> PlanFacts:
    live = seen.mode is Mode.LIVE
    agreed = reconcile(seen.books.live.ledger, seen.view.positions, seen.view.open_orders)
    return PlanFacts(
        now=seen.now,
        session=session,
        account=account,
        usage=usage_now(seen, ledger),
        earlier=by_symbol(ledger.entries),
        doubles=doubles(session.day, ledger, _told(seen.view)) if live else {},
        reconciliation=replace(agreed, locks={**unreadable.locks(seen.view.unreadable), **agreed.locks}),
        quotes={},
        quote_problems={},
        bars={},
        untold=_untold(seen.view),
    )


def _untold(view: BrokerView) -> str | None:
    """What of positions and orders could not be had; one that cannot be read locks its own symbol."""
    problems = {"positions": view.positions_problem, "orders": view.orders_problem}
    said = [f"{name} unavailable ({problem})" for name, problem in problems.items() if problem is not None]
    return "; ".join(said) or None
