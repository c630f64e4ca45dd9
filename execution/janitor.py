"""The part of a cycle that only reduces risk and doubt; it runs whatever the gates say.

It brings the ledgers up to what became of their orders (`follow`), cancels entries whose time is over
and protects positions of ours that no stop guards (`guard`). Nothing it does opens anything. A disk
that takes no write does not stop it: ids are derived, so what could not be written down is found
again, and the failure is raised when all is done.
"""

from __future__ import annotations

from datetime import datetime

from execution import latches, unreadable
from execution.books import Books, save
from execution.broker.port import Broker
from execution.follow import follow
from execution.gather import BrokerView
from execution.guard import cancel_due, intend_protections, send_protections, waiting_for_the_broker
from execution.ledger import Ledger
from execution.protect import Standing
from execution.service import Service
from execution.statedir import StateRecord, presence
from execution.submit import Recorder
from gates.statefile import StateUnwritable


def look_after(
    service: Service,
    books: Books,
    view: BrokerView,
    broker: Broker,
    now: datetime,
    record: StateRecord,
    *,
    session_over: bool,
) -> Books:
    """Both ledgers after the janitor's round. The caller has made sure the account is ours."""
    round_ = _Round(service, record, books)
    settings = service.settings
    standing = Standing(
        now=now,
        ttl_seconds=settings.entry_ttl_seconds,
        session_over=session_over,
        killed=settings.kill_switch or presence(service.state.kill_switch).in_force,
        kill_cancels=settings.kill_cancels_entries,
        kill_protects=settings.kill_protects_positions,
        flattening=latches.is_set(service.state.latches, latches.FLATTEN),
        takes_no_orders=view.account.takes_no_orders if view.account is not None else None,
    )
    settle_seconds = settings.unknown_settle_seconds
    live = books.live.ledger
    if live is not None and live.account not in (None, record.account):
        live = None
    if view.orders_problem is None:
        if live is not None:
            positions = view.positions if view.positions_problem is None else None
            followed = follow(live, view.orders, broker, now, settle_seconds, positions)
            live = round_.keep(followed.ledger, followed.news)
        after, said = cancel_due(live, broker, view.open_orders, standing)
        if after is None:
            round_.say(said)
        else:
            live = round_.keep(after, said)
    round_.say(unreadable.cancel_due(view.unreadable_open, live, broker, standing))
    if live is not None and view.orders_problem is None and view.positions_problem is None:
        round_.say(waiting_for_the_broker(live, view.positions, standing))
        intended, ids = intend_protections(live, broker, view.positions, standing)
        live = round_.keep(intended, ())
        live = round_.keep(*send_protections(live, broker, ids, now))
    dry_run = books.dry_run.ledger
    if dry_run is not None:
        recorder = Recorder(service.clock.now, dry_run.by_id().get)
        round_.keep(follow(dry_run, (), recorder, now, settle_seconds).ledger, ())
    return round_.done()


class _Round:
    """Says and keeps what each step did; a failed write is kept for the end of the round."""

    def __init__(self, service: Service, record: StateRecord, books: Books) -> None:
        self._service = service
        self._record = record
        self._books = books
        self._unwritable: StateUnwritable | None = None

    def keep(self, ledger: Ledger, said: tuple[str, ...]) -> Ledger:
        self.say(said)
        try:
            self._books = save(self._service, self._books, ledger, self._record)
        except StateUnwritable as broken:
            self._unwritable = broken
            self._books = self._books.with_ledger(ledger)
        return ledger

    def say(self, said: tuple[str, ...]) -> None:
        for line in said:
            attention = line.startswith(("CANCEL FAILED", "PROTECT", "REJECTED", "UNKNOWN"))
            (self._service.journal.warning if attention else self._service.journal.info)(line)

    def done(self) -> Books:
        if self._unwritable is not None:
            raise self._unwritable
        return self._books
