"""Looks at everything once, and asks every gate about it.

The cycle and the reading verbs (`gates`, `why`, `status`) go through the same functions, so what a
verb explains is what the cycle does. Nothing here writes.
"""

from __future__ import annotations

from datetime import datetime

from execution.broker.errors import BrokerUnreachable
from execution.broker.port import Broker
from execution.ledger.day import Ledger
from execution.service import Service
from execution.state.directory import StateRecord, record_or_blank
from execution.state.ledgers import Ledgers, as_if_rolled_over, current_ledgers, open_ledgers
from execution.view.broker_view import BrokerView, ask_broker
from execution.view.gather import entry_facts, mode_facts, orders_from
from execution.view.watchlist import read_watchlist
from execution.view.world import World
from gates.base.clock import Stopwatch
from gates.base.record import dataclass
from gates.base.sessions import Session
from gates.catalog import ENTRY_GATES, MODE_GATES
from gates.facts import WatchlistFacts
from gates.mode import Mode, entries_verdict, mode_of
from gates.verdict import Answer, ask_all
from scanner.watchlist import Row


@dataclass(frozen=True, slots=True)
class Look:
    """Holds all that was seen, and the answers of the gates that are about the cycle as a whole."""

    world: World
    watchlist: WatchlistFacts
    rows: tuple[Row, ...]
    mode_answers: tuple[Answer, ...]
    entry_answers: tuple[Answer, ...]

    @property
    def now(self) -> datetime:
        return self.world.now

    @property
    def session(self) -> Session | None:
        return self.world.session

    @property
    def record(self) -> StateRecord:
        return self.world.record

    @property
    def ledgers(self) -> Ledgers:
        return self.world.ledgers

    @property
    def view(self) -> BrokerView:
        return self.world.view

    @property
    def mode(self) -> Mode:
        return mode_of(self.mode_answers)

    @property
    def may_enter(self) -> bool:
        return entries_verdict(self.entry_answers).passed

    @property
    def ledger(self) -> Ledger | None:
        return self.ledgers.of(self.mode).ledger


def look(service: Service, world: World) -> Look:
    """Ask the mode gates, then the entry gates of the mode that came out."""
    watchlist, rows = read_watchlist(service, world.session)
    mode_answers = ask_all(MODE_GATES, mode_facts(service, world))
    facts = entry_facts(service, world, mode_of(mode_answers), watchlist)
    return Look(world, watchlist, rows, mode_answers, ask_all(ENTRY_GATES, facts))


def look_without_writing(service: Service) -> tuple[Look, Broker | None]:
    """What a cycle would see now, also while the market is closed; for the reading verbs."""
    now = service.clock.now()
    session = service.table.current_or_next(now)
    record = service.state.read_record()
    ledgers = open_ledgers(service.state)
    if session is None:
        return look(service, World(now, None, record, ledgers, BrokerView())), None
    try:
        broker = service.broker(Stopwatch(service.settings.cycle_budget_seconds))
    except BrokerUnreachable as unreachable:
        problem = str(unreachable)
        view = BrokerView(
            clock_problem=problem, account_problem=problem, positions_problem=problem, orders_problem=problem
        )
        ledgers = current_ledgers(as_if_rolled_over(service.state, ledgers, session), session, record)
        return look(service, World(now, session, record, ledgers, view)), None
    view = ask_broker(broker, orders_from(session, ledgers))
    ledgers = current_ledgers(as_if_rolled_over(service.state, ledgers, session), session, record)
    return look(service, World(now, session, record, ledgers, view)), broker


def look_without_a_broker(service: Service) -> Look:
    """What the files alone say: every gate is asked, and what the broker would have told is not known."""
    now = service.clock.now()
    session, record = service.table.current_or_next(now), record_or_blank(service.state)
    why = "not asked"
    view = BrokerView(clock_problem=why, account_problem=why, positions_problem=why, orders_problem=why)
    ledgers = open_ledgers(service.state)
    if session is not None:
        ledgers = current_ledgers(as_if_rolled_over(service.state, ledgers, session), session, record)
    return look(service, World(now, session, record, ledgers, view))
