"""Makes today's live ledger anew, from the broker's record and the newest archive.

The broker has seen every order that left, and the archive knows what was open before today; between
the two nothing that counts toward a cap can be missing. The ledger that could not be relied on is
put aside under another name and never deleted.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec

from execution.act.follow import follow
from execution.broker.errors import BrokerUnreachable
from execution.broker.port import Broker, Position, Told
from execution.ledger import unreadable
from execution.ledger.absorb import adopted
from execution.ledger.consistency import inconsistency
from execution.ledger.day import SCHEMA, ZERO, Exit, Ledger, Previous
from execution.ledger.file import LedgerFile
from execution.ledger.lists import Lists, joined
from execution.ledger.reconcile import found_positions
from execution.ledger.rollover import sales_of
from gates.base import below
from gates.base.errors import UsageError
from gates.base.record import dataclass
from gates.base.sessions import Session, new_york_midnight
from gates.base.statefile import StateUnreadable, StateUnwritable, unused_name
from gates.mode import Mode

LOOK_BACK = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The ledger made anew, where the old one lies, what was wrong with it, and what of the broker's record could
    not be read."""

    ledger: Ledger
    put_aside: str | None
    was: str
    unreadable: tuple[str, ...] = ()


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
    listed, resting, positions = broker.orders_since(since), broker.open_orders(), broker.positions()
    odd = next(filter(unreadable.may_be_ours, (*listed.unreadable, *resting.unreadable)), None)
    if odd is not None:
        raise BrokerUnreachable(f"an order that may be ours cannot be read ({unreadable.line(odd)}); nothing rebuilt")
    lists = joined(listed, resting)
    ledger = reconstruct(Ledger(SCHEMA, session.day, Mode.LIVE, account, previous), newest, lists, now)
    ledger = follow(ledger, lists, broker, now, settle_seconds, _found(ledger, lists, positions)).ledger
    wrong = inconsistency(ledger, Mode.LIVE)
    if wrong is not None:
        raise StateUnreadable(file.path, f"cannot be made anew: {wrong}; settle it on the broker's page first")
    put_aside = _put_aside(file, now)
    file.save(ledger)
    unread = dict.fromkeys(one.what for one in (*listed.unreadable, *resting.unreadable, *positions.unreadable))
    return Rebuilt(ledger, put_aside, problem, tuple(unread))


def reconstruct(blank: Ledger, archive: Ledger | None, lists: Lists, now: datetime) -> Ledger:
    """What the ledger has to say of earlier entries, from what others remember. Today's, all protections and the
    sales of our shares are found by the look that follows, which is the one every cycle takes."""
    past = archive or blank
    known = past.by_id()
    carried = [entry for entry in past.everything() if entry.carries_over]
    exits: list[Exit] = []
    for name, order in lists.ours("entry"):
        if name.day < blank.date_ny and str(name) not in known:
            entry, sold = adopted(name, lists.current(order), now)
            if entry.carries_over:
                carried.append(entry)
                exits += sold
    return msgspec.structs.replace(
        blank, carried=tuple(carried), exits=tuple(exits), sales=sales_of(past), words=past.words
    )


def _found(ledger: Ledger, lists: Lists, positions: Told[Position]) -> dict[str, Decimal] | None:
    """The position of every symbol that was told, 0 where we bought and the list has none; None where a position that
    could not be read does not say whose it is."""
    untold = {one.symbol for one in positions.unreadable}
    if None in untold:
        return None
    bought = dict.fromkeys((name.symbol for name, _ in lists.ours("entry")), ZERO)
    found = bought | found_positions(ledger, positions)
    return {symbol: qty for symbol, qty in found.items() if symbol not in untold}


def _newest_archive(file: LedgerFile, day: date) -> tuple[Ledger | None, Previous | None]:
    earlier = [archived for archived in file.archived_days() if archived < day]
    if not earlier:
        return None, None
    ledger, seal = file.load_with_seal(file.archive_path(earlier[-1]))
    return ledger, Previous(ledger.date_ny, seal)


def _put_aside(file: LedgerFile, now: datetime) -> str | None:
    if not below.is_there(file.path):
        return None
    aside = unused_name(file.path.with_name(f"{file.path.name}.broken-{now:%Y%m%dT%H%M%S}"))
    try:
        below.rename(file.path, aside)
    except OSError as broken:
        raise StateUnwritable(aside, broken) from broken
    return str(aside)
