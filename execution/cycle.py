"""Runs one cycle, start to end: the only place that puts the steps in order.

    settings -> lock -> heartbeat -> session -> broker -> janitor -> gates -> prices -> plan
    -> intents on disk -> submit or record -> results on disk -> decision -> heartbeat -> tell

Steps decide or do, never both; this page only says what comes after what. Whatever is missing on
the way closes entries and is said in one line. `docs/journey-of-an-order.md` tells it in prose.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from execution.act.closed import Round, after_hours, ask, holds, skip
from execution.act.enter import enter
from execution.act.janitor import look_after
from execution.act.remember import remember_token, with_guards
from execution.journal import decisions
from execution.journal.say import say_gates, say_plan
from execution.ledger.day import Entry
from execution.notify.after_cycle import Ended, tell_after_cycle
from execution.planning.plan import Plan
from execution.planning.rows import NO_PLAN, plan_rows
from execution.service import Service
from execution.state import heartbeat
from execution.state.directory import StateRecord, record_for_a_cycle
from execution.state.ledgers import bind, current_ledgers, open_ledgers, roll_over
from execution.state.neighbour import neighbour_words
from execution.view.broker_view import account_is_ours
from execution.view.gather import market, orders_from
from execution.view.look import Look, look
from execution.view.world import World
from gates.base.clock import Stopwatch
from gates.base.errors import EXIT_DONE, EXIT_NOT_NOW, EXIT_SETTINGS, EXIT_STATE, EXIT_UNREACHABLE
from gates.base.locks import only_one
from gates.base.logs import Level, LineKind
from gates.base.record import replace
from gates.base.sessions import Session, new_york_text
from gates.base.statefile import StateUnwritable
from gates.inputs import clocks_agree
from gates.mode import entries_verdict, mode_reason


def run_cycle(service: Service) -> int:
    """Run one cycle under the lock, then tell what is new; its exit code."""
    with tell_after_cycle(service) as ended:
        ended.code = _cycle(service, ended)
        return ended.code


def _cycle(service: Service, ended: Ended) -> int:
    record, damage = record_for_a_cycle(service.state)
    with only_one(service.state.lock):
        service.begin_cycle()
        watch = Stopwatch(service.settings.cycle_budget_seconds)
        now = service.clock.now()
        beat, state_problem = heartbeat.begin(service.state.heartbeat, now)
        state_problem = state_problem or _tidy(service) or damage
        if state_problem is None:
            record, state_problem = with_guards(service, record, now)
        code, seen = _trade(service, now, record, watch, state_problem)
        ended.seen = seen
        if service.mistakes:
            code = EXIT_SETTINGS
        if state_problem is not None:
            service.journal.error(f"{state_problem}; nothing can be sent that cannot be recorded")
            return EXIT_STATE
        heartbeat.finish(service.state.heartbeat, _finished(beat, service.clock.now(), code, seen))
        return code


def sweep(service: Service) -> int:
    """The janitor alone, outside the session."""
    with tell_after_cycle(service, is_cycle=False) as ended:
        ended.code = _sweep(service)
        return ended.code


def _sweep(service: Service) -> int:
    record, damage = record_for_a_cycle(service.state)
    with only_one(service.state.lock):
        service.begin_cycle()
        now = service.clock.now()
        session = service.table.open_at(now)
        if session is not None:
            service.journal.warning(f"session {session} is open until {new_york_text(session.closes)}; not sweeping")
            return EXIT_NOT_NOW
        watch = Stopwatch(service.settings.cycle_budget_seconds)
        code = after_hours(Round(service, open_ledgers(service.state), record, now, is_sweep=True), watch)
        if damage is not None:
            service.journal.error(damage)
            return EXIT_STATE
        service.journal.info(f"Swept, exit {code}")
        return EXIT_SETTINGS if service.mistakes else code


def _trade(
    service: Service, now: datetime, record: StateRecord, watch: Stopwatch, state_problem: str | None
) -> tuple[int, Look | None]:
    session = _session(service, now)
    ledgers = open_ledgers(service.state)
    if session is None:
        return after_hours(Round(service, ledgers, record, now), watch), None
    view, broker = ask(service, orders_from(session, ledgers), watch, without_clock=holds(ledgers.live.ledger))
    world = World(now, session, record, ledgers, view, state_problem)
    agree = clocks_agree(market(service, world))
    if broker is None or view.clock is None or not agree.passed:
        service.journal.line(Level.WARNING, f"{agree.reason}; skipping cycle.", LineKind.SKIPPED, (agree.code,))
        if state_problem is None:
            decided = decisions.nothing_asked(service.settings.caps, agree)
            decisions.remember(service.state.decisions, session.day, now, decided)
        if broker is None:
            return EXIT_UNREACHABLE, None
        return skip(Round(service, ledgers, record, now), view, broker), None
    ours = account_is_ours(view, record, ledgers.live.ledger)
    if ours and view.account is not None and state_problem is None:
        record = bind(service.state, service.journal, record, view.account)
        ledgers = roll_over(service.state, service.journal, ledgers, session)
        world = replace(world, record=record, ledgers=ledgers)
    if ours:
        ledgers = look_after(service, broker, world, session_over=False).ledgers
    seen = look(service, replace(world, ledgers=current_ledgers(ledgers, session, record)))
    if state_problem is None:
        remember_token(service, seen)
    say_gates(service, seen)
    plan = plan_rows(service, seen, broker, seen.rows) if seen.may_enter else NO_PLAN
    say_plan(service, plan, seen)
    sent = enter(service, seen, plan, broker, watch) if plan.approved else ()
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
        unknown = f"Session table does not know today (ends {service.table_ends}); skipping cycle."
        service.journal.line(Level.WARNING, unknown, LineKind.SKIPPED, ("no table",))
    else:
        service.journal.line(Level.INFO, "Market closed; skipping cycle.", LineKind.SKIPPED, ("closed",))
    return None


def _remember(service: Service, seen: Look, plan: Plan, sent: tuple[Entry, ...]) -> None:
    if seen.session is None:
        return
    caps = service.settings.caps
    decided = decisions.decision(seen.mode.value, caps, seen.mode_answers, seen.entry_answers, plan, sent)
    decisions.remember(service.state.decisions, seen.session.day, seen.now, decided)
    decisions.forget_old(service.state.decisions, seen.session.day)


def _tidy(service: Service) -> str | None:
    """Say what was wrong with the settings, close an open directory, clear what dead writers left. What
    keeps the directory from taking all that a cycle writes, or None."""
    for mistake in service.mistakes:
        service.journal.error(f"settings: {mistake}")
    said = service.state.tighten()
    if said is not None:
        service.journal.warning(said)
    beside = neighbour_words(service.state)
    if beside is not None:
        service.journal.warning(beside)
    service.state.clear_leftovers()
    try:
        service.state.make_subdirectories()
    except StateUnwritable as unwritable:
        return str(unwritable)
    return None


def _finished(beat: heartbeat.Heartbeat, now: datetime, code: int, seen: Look | None) -> heartbeat.Heartbeat:
    done = msgspec.structs.replace(beat, finished_at=now, exit_code=code)
    if seen is None:
        return done
    return msgspec.structs.replace(
        done,
        mode=seen.mode.value,
        mode_reason=mode_reason(seen.mode_answers),
        entries=entries_verdict(seen.entry_answers).reason,
        session=str(seen.session),
    )
