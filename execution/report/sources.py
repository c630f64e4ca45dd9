"""Reads what a session's report is made of: ledgers on disk, the decision file, the broker's positions.

It writes nothing. The broker is asked for the newest session alone, because positions are of now: they say
nothing about how an earlier session ended.
"""

from __future__ import annotations

from datetime import date, datetime

from execution.broker.errors import BrokerUnreachable
from execution.broker.port import Position
from execution.journal.decisions import KEPT_DAYS
from execution.ledger.shelf import Kept, LedgerShelf, read_shelf
from execution.report.closed_gates import SessionDecisions, read
from execution.report.curve import Curve, make_curve
from execution.report.session import (
    BrokerHoldings,
    SessionReport,
    exits_by_session,
    held_by,
    mode_of_session,
    session_ledger,
)
from execution.results.close import read_closes
from execution.service import Service
from execution.state.directory import StateRecord
from execution.state.latches import by_symbol, in_force
from execution.state.ledgers import Ledgers, OpenLedger
from execution.state.presence import presence
from execution.state.switches import kills
from execution.view.broker_view import account_mismatch, ask_broker
from execution.view.gather import orders_from
from gates.base.clock import Stopwatch
from gates.base.errors import UsageError
from gates.base.sessions import Session, SessionTable, counted_in, new_york_day, new_york_text
from gates.base.statefile import StateMissing, StateUnreadable, read_bytes
from gates.mode import Mode

NOT_OF_NOW = "the broker tells positions of this moment only, and a later session has begun"


def newest_finished(table: SessionTable, now: datetime) -> Session:
    """The last session that is over: after the close today's, before it the one before."""
    coming = table.current_or_next(now)
    last = table.before(coming.day) if coming is not None else table.on(table.last_day) if table.last_day else None
    if last is None or last.closes > now:
        raise UsageError(f"the session table knows no finished session at {new_york_text(now)}")
    return last


def usual(table: SessionTable, now: datetime, used_since: datetime) -> Session:
    """The session meant when none is named: the last finished one; in the very first session, that one."""
    finished, running = newest_finished(table, now), begun(table, now)
    return running if finished.closes <= used_since else finished


def begun(table: SessionTable, now: datetime) -> Session:
    """The newest session that has opened, over or not."""
    coming = table.current_or_next(now)
    return coming if coming is not None and coming.opens <= now else newest_finished(table, now)


def session_of_day(table: SessionTable, text: str, now: datetime) -> Session:
    """The session a person means by a date, or by `today`."""
    try:
        day = new_york_day(now) if text == "today" else date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--date {text}: write a date such as 2026-11-20, or today") from None
    session = table.on(day)
    if session is None:
        raise UsageError(f"--date {text}: {day} is no session of the exchange")
    if session.opens > now:
        raise UsageError(f"--date {text}: session {session} opens {new_york_text(session.opens)}")
    return session


def chosen(service: Service, text: str | None) -> Session:
    """The session that --date names, or the one that is meant without it."""
    now = service.clock.now()
    if text:
        return session_of_day(service.table, text, now)
    return usual(service.table, now, service.state.read_record().created_at)


def read_session_report(service: Service, session: Session) -> tuple[SessionReport, Curve]:
    """The session as it stands now, and the curve that leads up to it."""
    now, day = service.clock.now(), session.day
    record = service.state.read_record()
    shelves = {mode: read_shelf(service.state.ledger(mode)) for mode in Mode}
    session_of = counted_in(service.table)
    holdings = _holdings(service, session, shelves, record, now)
    found = {}
    for mode, shelf in shelves.items():
        kept = shelf.of(day) or _absent(service, shelf, session, mode)
        ledgers = [one.ledger for one in shelf.kept if one.ledger is not None]
        exits = exits_by_session(ledgers, session_of).get(day, ())
        found[mode] = session_ledger(mode, kept, day, exits, session_of, holdings)
    live, dry_run = found[Mode.LIVE], found[Mode.DRY_RUN]
    decided = _decided(service, session, now)
    report = SessionReport(
        session=session,
        now=now,
        broker=service.broker_name,
        mode=mode_of_session(decided, live, dry_run),
        live=live,
        dry_run=dry_run,
        decided=decided,
        limits=decided.caps or service.settings.caps,
        limits_of_the_day=decided.caps is not None,
        held=held_by(live, holdings),
        holdings_problem=holdings.problem,
        equity=holdings.equity,
        standing=_standing(service, session, now),
        kept_at=holdings.kept_at,
    )
    live_shelf = shelves[Mode.LIVE]
    problems = [live_shelf.problem] if live_shelf.problem is not None else []
    problems += [what for _, what in live_shelf.breaks()]
    return report, make_curve(live_shelf.kept, day, record.account, session_of, problems)


def _absent(service: Service, shelf: LedgerShelf, session: Session, mode: Mode) -> Kept:
    """Why a session has no ledger of a mode, in words."""
    file = service.state.ledger(mode)
    current = shelf.kept[-1]
    if shelf.problem is not None:
        return Kept(None, str(file.archive_dir), problem=shelf.problem)
    followed = any(one.day is not None and one.day > session.day for one in shelf.kept)
    if current.problem is not None and not followed:
        return Kept(None, current.path, problem=current.problem)
    return Kept(None, str(file.archive_path(session.day)), problem="no cycle ran", absent=True)


def _decided(service: Service, session: Session, now: datetime) -> SessionDecisions:
    path = service.state.decisions / f"{session}.jsonl"
    try:
        return read(read_bytes(path), session, now)
    except StateMissing:
        aged = (new_york_day(now) - session.day).days > KEPT_DAYS
        return SessionDecisions(
            f"{path.name} is gone: kept for {KEPT_DAYS} days" if aged else f"{path.name} is missing"
        )
    except StateUnreadable as broken:
        return SessionDecisions(str(broken))


def _holdings(
    service: Service, session: Session, shelves: dict[Mode, LedgerShelf], record: StateRecord, now: datetime
) -> BrokerHoldings:
    """What the broker says now; of a session that is over, else what a sweep kept of its close."""
    asked = _asked(service, session, shelves, record, now)
    if asked.problem is None or now < session.closes:
        return asked
    return _kept_at_close(service, session, record) or asked


def _kept_at_close(service: Service, session: Session, record: StateRecord) -> BrokerHoldings | None:
    try:
        closes = read_closes(service.state.equity).found
    except StateUnreadable:
        return None
    kept = next((one for one in closes if one.session == session.day and one.account == record.account), None)
    if kept is None:
        return None
    positions = tuple(
        Position(one.symbol, one.qty, one.qty, one.avg_entry_price, one.market_value) for one in kept.positions
    )
    return BrokerHoldings(positions, equity=kept.equity, orders_problem=NOT_OF_NOW, kept_at=kept.at)


def _asked(
    service: Service, session: Session, shelves: dict[Mode, LedgerShelf], record: StateRecord, now: datetime
) -> BrokerHoldings:
    if begun(service.table, now) != session:
        return BrokerHoldings(problem=NOT_OF_NOW)
    live = shelves[Mode.LIVE].kept[-1].ledger
    ledgers = Ledgers(OpenLedger(live), OpenLedger(None))
    try:
        broker = service.broker(Stopwatch(service.settings.cycle_budget_seconds))
    except BrokerUnreachable as unreachable:
        return BrokerHoldings(problem=f"positions not read ({unreachable})")
    view = ask_broker(broker, orders_from(session, ledgers))
    mismatch = account_mismatch(view, record)
    told = {position.symbol for position in view.positions}
    odd = (one.what for one in view.unreadable if one.order_id is None and one.symbol not in told)
    problem = view.account_problem or mismatch or view.positions_problem or next(odd, None)
    if problem is not None:
        return BrokerHoldings(problem=f"positions not read ({problem})")
    equity = view.account.equity if view.account is not None else None
    return BrokerHoldings(view.positions, view.orders, equity, orders_problem=view.orders_problem)


def _standing(service: Service, session: Session, now: datetime) -> tuple[str, ...]:
    """Switches and latches in force now; they say nothing about an earlier session."""
    if begun(service.table, now) != session:
        return ()
    state = service.state
    held, problem = in_force(state.latches)
    unreadable = (f"latches not known ({problem})",) if problem is not None else ()
    paused = (state.paused.name,) if presence(state.paused).in_force else ()
    switches = (*dict.fromkeys(path.name for path in kills(state)), *paused)
    symbols = (by_symbol(state.latches) or {}).values()
    return (*switches, *(f"latched: {one}" for one in (*held, *symbols)), *unreadable)
