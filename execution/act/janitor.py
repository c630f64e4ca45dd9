"""Looks after what is at the broker: the part of a cycle that only reduces risk and doubt, whatever the gates say.

It brings the ledgers up to what became of their orders (`follow`), cancels entries whose time is over
(`cancel`) and protects positions of ours that no stop guards (`guard`). Nothing it does opens anything. A disk
that takes no write does not stop it: ids are derived, so what could not be written down is found
again, and the failure is raised when all is done.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from execution.act import unreadable
from execution.act.cancel import cancel_due
from execution.act.due import Standing
from execution.act.follow import follow
from execution.act.guard import Guard
from execution.act.pairs import send_protections
from execution.act.said import Said
from execution.act.submit import Recorder
from execution.broker.port import Broker
from execution.ledger.day import BrokenHistory, Ledger
from execution.ledger.lists import joined
from execution.ledger.moments import Answered, with_moments
from execution.ledger.reconcile import found_positions
from execution.service import Service
from execution.state import latches
from execution.state.directory import StateRecord
from execution.state.ledgers import Ledgers, save
from execution.state.switches import kill_presence
from execution.view.broker_view import BrokerView
from execution.view.world import World
from gates.base.record import dataclass
from gates.base.statefile import StateUnwritable


@dataclass(frozen=True, slots=True)
class LookedAfter:
    """Both ledgers after the janitor's round, and how many entries of ours it asked to end that have not ended."""

    ledgers: Ledgers
    left: int = 0


def look_after(service: Service, broker: Broker, world: World, *, session_over: bool) -> LookedAfter:
    """Follow, cancel, protect. The caller has made sure the account is ours."""
    now, view, ledgers, record = world.now, world.view, world.ledgers, world.record
    round_ = _Round(service, record, ledgers)
    standing = _standing(service, view, now, session_over=session_over)
    settle_seconds = service.settings.unknown_settle_seconds
    live = ledgers.live.ledger
    if live is not None and live.account not in (None, record.account):
        live = None
    lists, left = joined(view.orders, view.open_orders), 0
    if view.orders_problem is None:
        if live is not None:
            found = found_positions(live, view.positions, view.untold) if view.positions_told else None
            followed = follow(live, lists, broker, now, settle_seconds, found)
            answered = Answered(view.asked_at, service.clock.now())
            live = round_.keep(with_moments(live, followed.ledger, answered), followed.news)
        cancelled = cancel_due(live, broker, lists, standing)
        round_.say(cancelled.said)
        left = cancelled.left
        if cancelled.ledger is not None:
            live = round_.keep(cancelled.ledger, ())
    round_.say(unreadable.cancel_due(view.unreadable_open, live, broker, standing))
    if live is not None and view.orders_problem is None and view.positions_told:
        guard = Guard(broker, lists, standing, service.settings.max_quote_age_seconds)
        live = round_.keep(guard.intend(live, view.positions, view.untold), guard.said)
        round_.keep(*send_protections(live, broker, guard.ids, now, service.clock.now))
    dry_run = ledgers.dry_run.ledger
    if dry_run is not None:
        recorder = Recorder(service.clock.now, dry_run.by_id().get)
        round_.keep(follow(dry_run, joined(), recorder, now, settle_seconds).ledger, ())
    return LookedAfter(round_.done(), left)


def _standing(service: Service, view: BrokerView, now: datetime, *, session_over: bool) -> Standing:
    settings = service.settings
    return Standing(
        now=now,
        ttl_seconds=settings.entry_ttl_seconds,
        session_over=session_over,
        killed=settings.kill_switch or kill_presence(service.state).in_force,
        kill_cancels=settings.kill_cancels_entries,
        kill_protects=settings.kill_protects_positions,
        flattening=latches.is_set(service.state.latches, latches.FLATTEN),
        flattened=latches.by_symbol(service.state.latches) or (),
        takes_no_orders=view.account.takes_no_orders if view.account is not None else None,
    )


class _Round:
    """Says and keeps what each step did; a failed write is kept for the end of the round."""

    def __init__(self, service: Service, record: StateRecord, ledgers: Ledgers) -> None:
        self._service = service
        self._record = record
        self._ledgers = ledgers
        self._unwritable: StateUnwritable | BrokenHistory | None = None

    def keep(self, ledger: Ledger, said: Iterable[Said]) -> Ledger:
        self.say(said)
        try:
            self._ledgers = save(self._service.state, self._ledgers, ledger, self._record)
        except (StateUnwritable, BrokenHistory) as broken:
            self._unwritable = broken
            self._ledgers = self._ledgers.with_ledger(ledger)
        return ledger

    def say(self, said: Iterable[Said]) -> None:
        for one in said:
            self._service.journal.line(one.level, one.text)

    def done(self) -> Ledgers:
        if self._unwritable is not None:
            raise self._unwritable
        return self._ledgers
