"""Gathers the facts: files first, then the broker, all within a time limit. Reads only.

A step that fails leaves an `Unknown` in its place, so that one broken thing never hides another:
with settings that cannot be used the disk is still looked at, with a broker that hangs the ledgers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeVar

from execution.act.follow import follow
from execution.broker.errors import BrokerUnreachable
from execution.broker.port import Broker
from execution.checks import host, past, slack
from execution.checks.facts import Facts, NoQuote, Spot, Switches
from execution.checks.finding import Unknown
from execution.checks.heartbeat import take_pulse
from execution.checks.open_anyhow import open_anyhow
from execution.ledger.chain import chain
from execution.ledger.day import Ledger
from execution.ledger.lists import Lists, joined
from execution.ledger.reconcile import found_positions
from execution.service import Service
from execution.settings.registry import BY_NAME, Settings
from execution.snapshots.effective import effective
from execution.state import latches
from execution.state.ledgers import open_ledgers
from execution.state.neighbour import neighbour_words
from execution.state.presence import presence
from execution.state.switches import kill_presence
from execution.view.broker_view import account_mismatch
from execution.view.gather import market
from execution.view.look import Look, look_without_writing
from gates.base.clock import Clock
from gates.base.record import replace
from gates.base.statefile import StateMissing, StateUnreadable
from gates.mode import Mode
from scanner.watchlist import load_watchlist

BROKER_SECONDS = 20
"""All requests of one gathering together; what is not answered by then is not known."""
LIQUID = "SPY"

T = TypeVar("T")


def gather(environ: Mapping[str, str], *, clock: Clock | None = None) -> Facts:
    service, not_opened = open_anyhow(environ, clock=clock)
    return gather_from(service, environ, not_opened)


def gather_from(service: Service, environ: Mapping[str, str], not_opened: str | None = None) -> Facts:
    """The facts by this service; `not_opened` says why it is not the whole one."""
    service = replace(service, settings=_within_limit(service))
    state, settings = service.state, service.settings
    now = service.clock.now()
    session = service.table.current_or_next(now)
    look, broker = _look(service, not_opened)
    lists = Lists() if isinstance(look, Unknown) else joined(look.view.orders, look.view.open_orders)
    latched = _tried(lambda: tuple(map(str, latches.load(state.latches).latches)))
    ledgers = _tried(lambda: open_ledgers(service.state))
    found = effective(environ)
    sessions = past.last_sessions(service.table, now)
    return Facts(
        now=now,
        user=f"uid {os.geteuid()}",
        trusted_owners=host.owners(state),
        state_root=state.root,
        settings=settings,
        mistakes=tuple(str(mistake) for mistake in service.mistakes),
        named=frozenset(found.sources.keys() & BY_NAME.keys()),
        key_kind=settings.apca_api_key_id.reveal()[:2] if settings.apca_api_key_id else "",
        broker_name=service.broker_name,
        on_simulator=service.on_simulator,
        not_opened=not_opened,
        neighbour=neighbour_words(state),
        switches=Switches(settings.kill_switch, kill_presence(state), presence(state.paused), latched),
        secret_files=host.secret_files(state, environ),
        directory=_tried(lambda: host.directory(state)),
        record=_tried(state.read_record, "run `execution init`"),
        table=service.table,
        table_problem=service.table_problem,
        session=session,
        last_session=sessions[0] if sessions else None,
        closed_session=past.last_closed(service.table, now),
        look=look,
        market=look if isinstance(look, Unknown) else market(service, look.world),
        ledgers=ledgers,
        live=_tried(lambda: _brought_up_to_date(service, look, broker, lists)),
        lists=lists,
        finished=_tried(lambda: past.finished_ledger(state.ledger(Mode.LIVE), ledgers, service.table, now)),
        chain=_tried(lambda: tuple(link for mode in Mode for link in chain(state.ledger(mode)))),
        watchlist=_tried(lambda: load_watchlist(state.watchlist(session.day)))
        if session
        else Unknown("no session known"),
        spot=_tried(lambda: _spot(look, broker)),
        pulse=take_pulse(state, service.table, now, service.settings.watch_silent_seconds),
        rehearsal=_tried(lambda: past.rehearsal(state.decisions, service.table, now)),
        drill=_tried(lambda: past.read_drill(state.drill), "run `execution drill`"),
        units=_tried(host.units),
        time_synchronised=_tried(host.time_synchronised),
        software=_tried(host.software),
        slack=_tried(lambda: slack.look(settings, service.mistakes)),
        drop_ins=_tried(host.lost_drop_ins),
        told=_tried(lambda: past.told(state.alerts)),
    )


def _within_limit(service: Service) -> Settings:
    budget = min(service.settings.cycle_budget_seconds, BROKER_SECONDS)
    return replace(service.settings, cycle_budget_seconds=budget)


def _tried(read: Callable[[], T | Unknown], action: str = "") -> T | Unknown:
    try:
        return read()
    except StateUnreadable as broken:
        return Unknown(f"{broken.path.name}: {broken.what}", action, missing=isinstance(broken, StateMissing))
    except Exception as broken:  # noqa: BLE001 - one broken thing must not hide the others; it becomes a FAIL
        return Unknown(f"could not be gathered ({type(broken).__name__}: {broken})", is_bug=True)


def _look(service: Service, not_opened: str | None) -> tuple[Look | Unknown, Broker | None]:
    if not_opened is not None:
        return Unknown(f"the broker was not asked: {not_opened}", "mend that first"), None
    seen = _tried(lambda: look_without_writing(service))
    return (seen, None) if isinstance(seen, Unknown) else seen


def _brought_up_to_date(
    service: Service, look: Look | Unknown, broker: Broker | None, lists: Lists
) -> Ledger | Unknown:
    """The live ledger as the next cycle's janitor would have it; nothing is written."""
    if isinstance(look, Unknown):
        return look
    view, ledger = look.view, look.ledgers.live.ledger
    if ledger is None:
        return Unknown(f"live ledger unavailable ({look.ledgers.live.problem})", "see the check `ledger`")
    problem = view.orders_problem or view.positions_problem or account_mismatch(view, look.record)
    if problem is not None or broker is None:
        return Unknown(f"broker's orders and positions not known ({problem})", "see the check `broker`")
    settle = service.settings.unknown_settle_seconds
    found = found_positions(ledger, view.positions, view.untold) if view.positions_told else None
    return follow(ledger, lists, broker, look.now, settle, found).ledger


def _spot(look: Look | Unknown, broker: Broker | None) -> Spot | NoQuote | Unknown:
    if isinstance(look, Unknown):
        return look
    if broker is None or look.view.clock is None:
        return Unknown(f"not asked, the broker does not answer ({look.view.clock_problem})")
    try:
        told = broker.quotes([LIQUID])
    except BrokerUnreachable as unreachable:
        return NoQuote(str(unreachable))
    quote = told.get(LIQUID)
    if LIQUID in told.problems:
        return NoQuote(f"the quote of {LIQUID} is not understood ({told.problems[LIQUID]})")
    if quote is None:
        return NoQuote(f"the feed knows no quote for {LIQUID}")
    return Spot(LIQUID, quote.bid, quote.ask, Decimal(str((look.now - quote.at).total_seconds())))
