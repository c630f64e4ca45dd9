"""Gathers the gates' facts: files first, then what the broker said.

A look that fails becomes a problem in words inside the facts, never an exception and never an
empty list. This module only reads.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from execution.ledger import unreadable
from execution.service import Service
from execution.state import latches
from execution.state.arming import arm_facts
from execution.state.ledgers import Ledgers
from execution.state.presence import presence, read_token
from execution.state.switches import kill_presence, token_file
from execution.view.broker_view import account_mismatch
from execution.view.world import World
from gates.base.record import replace
from gates.base.sessions import Session, new_york_midnight
from gates.facts import EntryFacts, Market, ModeFacts, WatchlistFacts
from gates.mode import Mode


def mode_facts(service: Service, world: World) -> ModeFacts:
    view, record = world.view, world.record
    found, written = read_token(token_file(service.state), service.state.tokens)
    if found.found and found.problem is None:
        found = replace(found, written_at=service.clock.written_at(written))
    settings = service.settings
    return ModeFacts(
        now=world.now,
        table=service.table,
        session=world.session,
        kill_env=settings.kill_switch,
        kill_file=kill_presence(service.state),
        dry_run=settings.dry_run or service.forced_dry_run,
        live_trading=settings.live_trading,
        token=settings.live_confirm_token.reveal().encode("utf-8", "surrogateescape"),
        token_file=found,
        arm_sessions=settings.live_arm_sessions,
        ledger_problem=world.ledgers.live.problem,
        account_problem=view.account_problem,
        account_mismatch=account_mismatch(view, record),
        account_told=view.account is not None,
        account_bound=record.account is not None,
        positions_problem=view.positions_problem,
        arm=arm_facts(
            service.state, found.content, settings, view.account.number if view.account is not None else None
        ),
    )


def entry_facts(service: Service, world: World, mode: Mode, watchlist: WatchlistFacts) -> EntryFacts:
    now, session, view, record = world.now, world.session, world.view, world.record
    opened = world.ledgers.of(mode)
    settings = service.settings
    unresolved = opened.ledger.unresolved() if opened.ledger is not None else ()
    latched, latches_problem = latches.in_force(service.state.latches)
    return EntryFacts(
        settings_mistakes=len(service.mistakes),
        state_problem=world.state_problem,
        paused=presence(service.state.paused),
        market=market(service, world),
        watchlist=watchlist,
        ledger_problem=opened.problem,
        account_problem=view.account_problem or (view.account.problem if view.account is not None else None),
        account_mismatch=account_mismatch(view, record),
        account_told=view.account is not None,
        account_bound=record.account is not None,
        account_blocked=view.account.blocked if view.account is not None else None,
        positions_problem=view.positions_problem,
        orders_problem=view.orders_problem or unreadable.of_any_symbol(view.unreadable, opened.ledger),
        unresolved=tuple(entry.client_order_id for entry in unresolved),
        seconds_to_close=int((session.closes - now).total_seconds()) if session is not None else 0,
        no_entry_before_close_seconds=settings.no_entry_before_close_seconds,
        latches=latched,
        latches_problem=latches_problem,
    )


def market(service: Service, world: World) -> Market:
    now, session, view = world.now, world.session, world.view
    clock = view.clock
    return Market(
        session=session,
        table_ends=service.table_ends,
        open_by_table=session is not None and session.contains(now),
        hours_ignored=service.ignore_market_hours,
        broker_problem=view.clock_problem,
        broker_open=clock is not None and clock.is_open,
        broker_day=str(clock.day) if clock is not None else "unknown",
        skew_seconds=Decimal(str((clock.now - now).total_seconds())) if clock is not None else Decimal(0),
        max_skew_seconds=service.settings.max_clock_skew_seconds,
    )


def orders_from(session: Session, ledgers: Ledgers) -> datetime:
    """The moment from which the broker is asked for orders: the earliest of this session's midnight, the previous
    session's where something is carried over from it, and the time of any entry that is still unfinished."""
    live = ledgers.live.ledger
    if live is None:
        return new_york_midnight(session.day)
    days = [session.day, live.date_ny]
    if any(entry.carries_over for entry in live.everything()) and live.previous is not None:
        days.append(live.previous.date_ny)
    unfinished = [entry.timestamp for entry in live.everything() if entry.unfinished]
    return min([new_york_midnight(min(days)), *unfinished])
