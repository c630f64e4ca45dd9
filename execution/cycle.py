"""One cycle, start to end: the only place that puts the steps in order.

    settings -> lock -> heartbeat -> session -> broker -> janitor -> gates -> prices -> plan
    -> intents on disk -> submit or record -> results on disk -> decision -> heartbeat

Steps decide or do, never both; this page only says what comes after what. Whatever is missing on
the way closes entries and is said in one line. `docs/journey-of-an-order.md` tells it in prose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as with_usage
from datetime import datetime

import msgspec

from execution import decisions, heartbeat, summary
from execution.books import Books, bind, current_books, open_books, roll_over, save
from execution.broker.port import Broker
from execution.clock import Stopwatch
from execution.errors import EXIT_DONE, EXIT_SETTINGS, EXIT_STATE, EXIT_UNREACHABLE, BrokerUnreachable
from execution.gather import BrokerView, account_mismatch, ask_broker, market, orders_from
from execution.janitor import follow
from execution.ledger import Entry, Ledger, Mode, moved, with_changed, with_entries
from execution.locks import only_one
from execution.logs import Level
from execution.orders import OrderStatus
from execution.plan import Approved, Plan, intended_entry
from execution.service import Service
from execution.statedir import StateRecord, presence, require_used
from execution.submit import Recorder, send_all
from execution.survey import NO_PLAN, Look, look, plan_rows, usage_now
from gates.catalog import CAP_GATES
from gates.inputs import clocks_agree
from gates.sessions import Session
from gates.verdict import ask_all, refusals


def run_cycle(service: Service) -> int:
    """Run one cycle under the lock; its exit code."""
    record = require_used(service.state)
    with only_one(service.state.lock):
        service.begin_cycle()
        watch = Stopwatch(service.settings.cycle_budget_seconds)
        now = service.clock.now()
        beat, state_problem = heartbeat.begin(service.state.heartbeat, now)
        _tidy(service)
        code, seen = _trade(service, now, record, watch, state_problem)
        if service.mistakes:
            code = EXIT_SETTINGS
        if state_problem is not None:
            service.journal.error(f"{state_problem}; nothing can be sent that cannot be recorded")
            return EXIT_STATE
        heartbeat.finish(service.state.heartbeat, _finished(beat, service.clock.now(), code, seen))
        return code


def _trade(
    service: Service, now: datetime, record: StateRecord, watch: Stopwatch, state_problem: str | None
) -> tuple[int, Look | None]:
    session = _session(service, now)
    if session is None:
        return EXIT_DONE, None
    books = open_books(service)
    view, broker = _ask(service, session, books)
    agree = clocks_agree(market(service, now, session, view))
    if broker is None or not agree.passed:
        service.journal.warning(f"{agree.reason}; skipping cycle.")
        return (EXIT_UNREACHABLE if view.clock is None else EXIT_DONE), None
    ours = account_mismatch(view, record) is None and view.account is not None and state_problem is None
    if ours and view.account is not None:
        record = bind(service, record, view.account)
        books = roll_over(service, books, session)
    books = current_books(books, session, record)
    if ours:
        books = _follow(service, books, view, broker, now, record)
    seen = look(service, now, session, record, books, view, state_problem)
    _say_gates(service, seen)
    plan = plan_rows(service, seen, broker, seen.rows) if seen.may_enter else NO_PLAN
    _say_plan(service, plan, seen)
    sent = _enter(service, seen, plan, broker, watch) if plan.approved else ()
    if state_problem is None:
        _remember(service, seen, plan, sent)
    return (EXIT_DONE if view.complete else EXIT_UNREACHABLE), seen


def _session(service: Service, now: datetime) -> Session | None:
    """The session to trade now by our own table; says so when there is none."""
    coming = service.table.current_or_next(now)
    session = coming if service.ignore_market_hours else service.table.open_at(now)
    if session is not None:
        return session
    if coming is None:
        service.journal.warning(f"Session table does not know today (ends {service.table_ends}); skipping cycle.")
    else:
        service.journal.info("Market closed; skipping cycle.")
    return None


def _ask(service: Service, session: Session, books: Books) -> tuple[BrokerView, Broker | None]:
    try:
        broker = service.broker()
    except BrokerUnreachable as unreachable:
        return BrokerView(clock_problem=str(unreachable)), None
    return ask_broker(broker, orders_from(session, books)), broker


def _follow(
    service: Service, books: Books, view: BrokerView, broker: Broker, now: datetime, record: StateRecord
) -> Books:
    """The janitor: bring both ledgers up to what became of their orders."""
    settle_seconds = service.settings.unknown_settle_seconds
    live, dry_run = books.live.ledger, books.dry_run.ledger
    if live is not None and view.orders_problem is None:
        followed = follow(live, view.orders, broker, now, settle_seconds)
        for line in followed.news:
            service.journal.info(line)
        books = save(service, books, followed.ledger, record)
    if dry_run is not None:
        recorder = Recorder(service.clock.now, dry_run.find)
        books = save(service, books, follow(dry_run, (), recorder, now, settle_seconds).ledger, record)
    return books


def _enter(service: Service, seen: Look, plan: Plan, broker: Broker, watch: Stopwatch) -> tuple[Entry, ...]:
    """Intents on disk, then out one by one, then results on disk."""
    ledger = seen.ledger
    if ledger is None:
        return ()
    ledger, intents = _intended(ledger, plan.approved, seen.now)
    books = save(service, seen.books, ledger, seen.record)
    live = seen.mode is Mode.LIVE
    sender = broker if live else Recorder(service.clock.now, ledger.find)
    approved = {one.request.client_order_id: one for one in plan.approved}

    def no_longer(entry: Entry, now_ledger: Ledger) -> str | None:
        if watch.left_seconds() < service.settings.http_timeout_seconds:
            return f"cycle budget used up ({service.settings.cycle_budget_seconds}s)"
        if live and presence(service.state.kill_switch).in_force:
            return "kill switch active (file)"
        usage = usage_now(seen, now_ledger, leaving_out=entry.client_order_id).for_symbol(entry.symbol)
        facts = with_usage(approved[entry.client_order_id].facts, usage=usage)
        refused = refusals(ask_all(CAP_GATES, facts))
        return refused[0].verdict.reason if refused else None

    def report(entry: Entry) -> None:
        level = Level.INFO if entry.status not in (OrderStatus.UNKNOWN, OrderStatus.REJECTED) else Level.WARNING
        service.journal.line(level, summary.sent_line(entry))

    ledger = send_all(ledger, intents, sender, no_longer, service.clock.now, report)
    save(service, books, ledger, seen.record)
    return tuple(entry for entry in ledger.entries if entry.client_order_id in approved)


def _intended(ledger: Ledger, approved: Sequence[Approved], now: datetime) -> tuple[Ledger, tuple[Entry, ...]]:
    """The ledger with every approved order as an intent: new ones added, unsent ones intended again."""
    new = [intended_entry(one, now) for one in approved if not one.resent]
    again = [entry for one in approved if one.resent and (entry := ledger.find(one.request.client_order_id))]
    intended_again = [moved(entry, OrderStatus.INTENDED, now, "sent again") for entry in again]
    ledger = with_entries(with_changed(ledger, intended_again), new)
    order = [one.request.client_order_id for one in approved]
    intents = sorted([*new, *intended_again], key=lambda entry: order.index(entry.client_order_id))
    return ledger, tuple(intents)


def _say_gates(service: Service, seen: Look) -> None:
    journal = service.journal
    failed = refusals(seen.mode_answers)
    everyday = bool(failed) and failed[0].gate in summary.EVERYDAY
    journal.line(Level.INFO if everyday or not failed else Level.WARNING, summary.mode_line(seen.mode_answers))
    lines = [*summary.further_lines(seen.mode_answers)]
    lines += [summary.allowlist_line(service.settings.allowlist_symbols), summary.caps_line(service.settings.caps)]
    for line in lines:
        journal.info(line)
    entry_failures = [line for line in summary.further_lines(seen.entry_answers) if line not in lines]
    level = Level.INFO if seen.may_enter else Level.WARNING
    journal.line(level, summary.watchlist_line(seen.entry_answers))
    for line in entry_failures:
        if line != summary.watchlist_line(seen.entry_answers):
            journal.warning(line)
    journal.line(level, summary.entries_line(seen.entry_answers))


def _say_plan(service: Service, plan: Plan, seen: Look) -> None:
    for refused in plan.refused:
        if not refused.waiting:
            service.journal.info(summary.refused_line(refused))
    for approved in plan.approved:
        service.journal.info(summary.approved_line(approved))
    if seen.may_enter:
        service.journal.info(summary.plan_line(plan))


def _remember(service: Service, seen: Look, plan: Plan, sent: tuple[Entry, ...]) -> None:
    if seen.session is None:
        return
    decided = decisions.decision(seen.mode.value, seen.mode_answers, seen.entry_answers, plan, sent)
    decisions.remember(service.state.decisions, seen.session.day, seen.now, decided)
    decisions.forget_old(service.state.decisions, seen.session.day)


def _tidy(service: Service) -> None:
    """Say what was wrong with the settings, close an open directory, clear what dead writers left."""
    for mistake in service.mistakes:
        service.journal.error(f"settings: {mistake}")
    said = service.state.tighten()
    if said is not None:
        service.journal.warning(said)
    service.state.clear_leftovers()


def _finished(beat: heartbeat.Heartbeat, now: datetime, code: int, seen: Look | None) -> heartbeat.Heartbeat:
    done = msgspec.structs.replace(beat, finished_at=now, exit_code=code)
    if seen is None:
        return done
    return msgspec.structs.replace(
        done,
        mode=seen.mode.value,
        mode_reason=summary.mode_reason(seen.mode_answers),
        entries=summary.entries_verdict(seen.entry_answers).reason,
        session=str(seen.session),
    )
