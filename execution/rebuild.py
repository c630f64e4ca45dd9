"""Makes today's live ledger anew, from the broker's record and the newest archive.

The broker has seen every order that left, and the archive knows what was open before today; between
the two nothing that counts toward a cap can be missing. The ledger that could not be relied on is
put aside under another name and never deleted.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import msgspec

from execution import unreadable
from execution.broker.port import Broker
from execution.consistency import inconsistency
from execution.errors import BrokerUnreachable
from execution.follow import follow
from execution.ledger import SCHEMA, Exit, Ledger, Mode, Previous
from execution.ledgerfile import LedgerFile
from execution.lists import Lists, joined
from execution.orders import parse_name
from execution.reconcile import found_positions
from execution.tracking import adopted
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


def rebuild(
    file: LedgerFile, session: Session, account: str, broker: Broker, now: datetime, settle_seconds: int
) -> Rebuilt:
    """Put the ledger aside and write it anew; what could not be read again afterwards is not written."""
    problem = problem_of(file, session, account)
    if problem is None:
        raise UsageError(f"{file.path} is readable and of this account; there is nothing to rebuild")
    newest, previous = _newest_archive(file, session.day)
    since = new_york_midnight(newest.date_ny if newest else session.day - LOOK_BACK)
    told = broker.orders_since(since)
    odd = next(filter(unreadable.may_be_ours, told.unreadable), None)
    if odd is not None:
        raise BrokerUnreachable(f"an order that may be ours cannot be read ({unreadable.line(odd)}); nothing rebuilt")
    lists = joined(told, broker.open_orders())
    positions = broker.positions()
    blank = Ledger(SCHEMA, session.day, Mode.LIVE, account, previous)
    ledger = reconstruct(blank, newest, lists, now)
    untold = frozenset(one.symbol for one in positions.unreadable if one.symbol is not None)
    found = found_positions(ledger, positions.items, untold)
    ledger = follow(ledger, lists, broker, now, settle_seconds, found).ledger
    wrong = inconsistency(ledger, Mode.LIVE)
    if wrong is not None:
        raise StateUnreadable(file.path, f"cannot be made anew: {wrong}; settle it on the broker's page first")
    put_aside = _put_aside(file, now)
    file.save(ledger)
    return Rebuilt(ledger, put_aside, problem)


def reconstruct(blank: Ledger, archive: Ledger | None, lists: Lists, now: datetime) -> Ledger:
    """What the ledger has to say of earlier entries, from what others remember. Today's, all protections and the
    sales of our shares are found by the look that follows, which is the one every cycle takes."""
    exits: list[Exit] = []
    carried = [entry for entry in archive.everything() if entry.carries_over] if archive is not None else []
    archived = {entry.client_order_id for entry in archive.everything()} if archive is not None else set()
    for client_order_id in lists.named:
        name = parse_name(client_order_id)
        if name is None or name.leg != "entry" or client_order_id in archived or name.day >= blank.date_ny:
            continue
        order = lists.find(client_order_id)
        if order is not None:
            entry, sold = adopted(name, lists.current(order), now)
            if entry.carries_over:
                carried.append(entry)
                exits += sold
    sales = archive.sales if archive is not None else ()
    words = archive.words if archive is not None else ()
    return msgspec.structs.replace(blank, carried=tuple(carried), exits=tuple(exits), sales=sales, words=words)


def _newest_archive(file: LedgerFile, day: date) -> tuple[Ledger | None, Previous | None]:
    earlier = [archived for archived in file.archived_days() if archived < day]
    if not earlier:
        return None, None
    ledger, seal = file.load_with_seal(file.archive_path(earlier[-1]))
    return ledger, Previous(ledger.date_ny, seal)


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
