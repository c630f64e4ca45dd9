"""Opens the service for verbs that look at what may be broken: as it is, or as far as it goes.

Where it cannot be opened there is still a disk, a ledger and a heartbeat to look at. What is handed back
then has a broker that gives no answer, and says why. Nothing is chosen here; `wiring` does that.
"""

from __future__ import annotations

from collections.abc import Mapping

from execution.broker.errors import BrokerUnreachable
from execution.broker.kind import BrokerChoice, BrokerKind
from execution.broker.port import Broker
from execution.service import Service
from execution.settings.parsing import parse
from execution.state.where import NOWHERE, state_at
from execution.wiring import open_service
from gates.base.clock import Clock, Stopwatch, WallClock
from gates.base.errors import SettingsError, Unreachable
from gates.base.logs import Journal
from gates.base.sessionfile import load_sessions
from gates.base.sessions import SessionTable
from gates.base.statefile import StateUnreadable
from gates.base.where import Unplaced


def open_anyhow(environ: Mapping[str, str], *, clock: Clock | None = None) -> tuple[Service, str | None]:
    """The service, and why it is not the whole one."""
    try:
        service = open_service(environ, clock=clock)
        service.clock.now()  # the simulated one is read from its record
        return service, None
    except (SettingsError, StateUnreadable, Unreachable) as problem:
        why = "; ".join(str(problem).splitlines())
    return _as_far_as_it_goes(environ, why, clock or WallClock()), why


def open_without_a_broker(environ: Mapping[str, str], *, clock: Clock | None = None) -> Service:
    """The files and settings alone."""
    return _as_far_as_it_goes(environ, "no state directory", clock or WallClock())


def _as_far_as_it_goes(environ: Mapping[str, str], why: str, clock: Clock) -> Service:
    parsed = parse(environ)
    state = state_at(NOWHERE if isinstance(parsed.place, Unplaced) else parsed.place, environ)
    table, table_problem = SessionTable(()), None
    try:
        table = load_sessions(state.sessions)
    except StateUnreadable as broken:
        table_problem = f"unreadable: {broken}"

    def nobody(watch: Stopwatch) -> Broker:
        raise BrokerUnreachable(f"not asked: {why}")

    return Service(
        settings=parsed.settings,
        mistakes=parsed.mistakes,
        state=state,
        table=table,
        table_problem=table_problem,
        clock=clock,
        journal=Journal(now=clock.now, as_json=False, under_journald=False),
        chosen=BrokerChoice(BrokerKind.NONE, why),
        broker=nobody,
        begin_cycle=lambda: None,
    )
