"""Today's live ledger again, from the broker's record and the newest archive.

The broker has seen every order that left, and the archive knows what was open before today; between
the two nothing that counts toward a cap can be missing. The ledger that could not be relied on is
put aside under another name and never deleted.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from execution import unreadable
from execution.broker.port import Broker, BrokerOrder
from execution.errors import BrokerUnreachable
from execution.ledger import SCHEMA, Entry, Exit, Ledger, Mode, Previous
from execution.ledgerfile import LedgerFile, digest
from execution.orders import parse_name
from execution.tracking import absorb, adopted
from gates.common.errors import UsageError
from gates.sessions import Session, new_york_midnight
from gates.statefile import StateUnreadable, StateUnwritable, sync_directory, unused_name

LOOK_BACK = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    ledger: Ledger
    put_aside: str | None
    was: str


def problem_of(file: LedgerFile, session: Session, account: str) -> str | None:
    """Why the ledger on disk cannot be relied on; None when there is nothing to rebuild."""
    try:
        ledger = file.load()
        file.check_archive(ledger)
    except StateUnreadable as broken:
        return broken.what
    if ledger.date_ny > session.day:
        return f"dated {ledger.date_ny}, session is {session}"
    if ledger.account not in (None, account):
        return f"of account {ledger.account}, want {account}"
    return None


def rebuild(file: LedgerFile, session: Session, account: str, broker: Broker, now: datetime) -> Rebuilt:
    problem = problem_of(file, session, account)
    if problem is None:
        raise UsageError(f"{file.path} is readable and of this account; there is nothing to rebuild")
    newest = _newest_archive(file, session.day)
    since = new_york_midnight(newest.date_ny if newest else session.day - LOOK_BACK)
    told = broker.orders_since(since)
    odd = next(filter(unreadable.may_be_ours, told.unreadable), None)
    if odd is not None:
        raise BrokerUnreachable(f"an order that may be ours cannot be read ({unreadable.line(odd)}); nothing rebuilt")
    ledger = reconstruct(session.day, account, newest, told.items, broker, now)
    put_aside = _put_aside(file, now)
    file.save(ledger)
    return Rebuilt(ledger, put_aside, problem)


def reconstruct(
    day: date,
    account: str,
    archive: Ledger | None,
    orders: tuple[BrokerOrder, ...],
    broker: Broker,
    now: datetime,
) -> Ledger:
    """What the ledger has to say, from what others remember."""
    listed = {order.client_order_id: order for order in orders}
    carried: list[Entry] = []
    entries: list[Entry] = []
    exits: list[Exit] = []
    for entry in archive.everything() if archive is not None else ():
        if entry.carries_over:
            order = listed.get(entry.client_order_id) or broker.find(entry.client_order_id)
            after, sold = absorb(entry, order, now) if order is not None else (entry, ())
            carried.append(after)
            exits += sold
    archived = {entry.client_order_id for entry in archive.everything()} if archive is not None else set()
    for order in orders:
        name = parse_name(order.client_order_id)
        if name is None or name.leg != "entry" or order.client_order_id in archived or name.day > day:
            continue
        entry, sold = adopted(name, order, now)
        if name.day == day or entry.carries_over:
            (entries if name.day == day else carried).append(entry)
            exits += sold
    previous = Previous(archive.date_ny, digest(archive)) if archive is not None else None
    return Ledger(SCHEMA, day, Mode.LIVE, account, previous, tuple(carried), tuple(entries), tuple(exits))


def _newest_archive(file: LedgerFile, day: date) -> Ledger | None:
    earlier = [archived for archived in file.archived_days() if archived < day]
    return file.load_from(file.archive_path(earlier[-1])) if earlier else None


def _put_aside(file: LedgerFile, now: datetime) -> str | None:
    if not os.path.lexists(file.path):
        return None
    aside = unused_name(file.path.with_name(f"{file.path.name}.broken-{now:%Y%m%dT%H%M%S}"))
    try:
        os.rename(file.path, aside)
        sync_directory(aside.parent)
    except OSError as broken:
        raise StateUnwritable(aside, broken) from broken
    return str(aside)
