"""Opens both ledgers of a cycle, judges them for the session, rolls them over.

A ledger that cannot be relied on is a problem in words, which the gates turn into a No. Roll-over
happens in the first cycle of a later session and nowhere else.
"""

from __future__ import annotations

import msgspec

from execution.broker.port import Account
from execution.ledger.day import Ledger, blank
from execution.ledger.file import problem_words
from execution.ledger.rollover import rolled_over
from execution.state.directory import StateDir, StateRecord
from gates.base.logs import Journal
from gates.base.record import dataclass, replace
from gates.base.sessions import Session
from gates.base.statefile import StateUnreadable, UnreadableCause
from gates.mode import Mode


@dataclass(frozen=True, slots=True)
class OpenLedger:
    """A ledger, or why there is none to rely on: in words, and whether its file is missing."""

    ledger: Ledger | None
    problem: str | None = None
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class Ledgers:
    live: OpenLedger
    dry_run: OpenLedger

    def of(self, mode: Mode) -> OpenLedger:
        return self.live if mode is Mode.LIVE else self.dry_run

    def with_ledger(self, ledger: Ledger) -> Ledgers:
        opened = OpenLedger(ledger)
        return replace(self, live=opened) if ledger.mode is Mode.LIVE else replace(self, dry_run=opened)


def open_ledgers(state: StateDir) -> Ledgers:
    """Both ledgers as they lie on disk."""
    ledgers = []
    for mode in (Mode.LIVE, Mode.DRY_RUN):
        file = state.ledger(mode)
        try:
            ledger = file.load()
            file.check_archive(ledger)
            ledgers.append(OpenLedger(ledger))
        except StateUnreadable as broken:
            ledgers.append(_unreadable(broken))
    return Ledgers(*ledgers)


def _unreadable(broken: StateUnreadable) -> OpenLedger:
    return OpenLedger(None, problem_words(broken), broken.cause is UnreadableCause.MISSING)


def current_ledgers(ledgers: Ledgers, session: Session, record: StateRecord) -> Ledgers:
    """What is on disk, judged for this session: another date or another account is a problem."""
    return Ledgers(_judged(ledgers.live, session, record), _judged(ledgers.dry_run, session, record))


def save(state: StateDir, ledgers: Ledgers, ledger: Ledger, record: StateRecord) -> Ledgers:
    """Durably, and bound to the account; unchanged ledgers are not written again."""
    if ledger.account is None and record.account is not None:
        ledger = msgspec.structs.replace(ledger, account=record.account)
    if ledger != ledgers.of(ledger.mode).ledger:
        state.ledger(ledger.mode).save(ledger)
    return ledgers.with_ledger(ledger)


def _judged(opened: OpenLedger, session: Session, record: StateRecord) -> OpenLedger:
    ledger = opened.ledger
    if ledger is None:
        return opened
    if ledger.date_ny != session.day:
        return OpenLedger(None, f"dated {ledger.date_ny}")
    if ledger.account is not None and record.account is not None and ledger.account != record.account:
        return OpenLedger(None, f"of account {ledger.account}, want {record.account}")
    return opened


def as_if_rolled_over(state: StateDir, ledgers: Ledgers, session: Session) -> Ledgers:
    """What the next cycle would begin with; for reading verbs, which write nothing."""
    rolled = []
    for mode in (Mode.LIVE, Mode.DRY_RUN):
        opened = ledgers.of(mode)
        try:
            if opened.ledger is not None and opened.ledger.date_ny < session.day:
                _, seal = state.ledger(mode).load_with_seal(state.ledger(mode).path)
                opened = OpenLedger(rolled_over(opened.ledger, seal, session.day))
            elif mode is Mode.DRY_RUN and opened.is_missing:
                opened = OpenLedger(blank(session.day, mode, None))
        except StateUnreadable as broken:
            opened = _unreadable(broken)
        rolled.append(opened)
    return Ledgers(*rolled)


def roll_over(state: StateDir, journal: Journal, ledgers: Ledgers, session: Session) -> Ledgers:
    """Begin the session's ledgers where an earlier session's still lie. A missing dry-run ledger is
    begun again, loudly; a missing live one is not."""
    rolled = []
    for mode in (Mode.LIVE, Mode.DRY_RUN):
        file, opened = state.ledger(mode), ledgers.of(mode)
        try:
            if opened.ledger is not None and opened.ledger.date_ny < session.day:
                before = opened.ledger.date_ny
                opened = OpenLedger(file.roll_over(opened.ledger, session.day))
                journal.info(f"Ledger {mode.value} of {before} archived, {session.day} begun")
            elif mode is Mode.DRY_RUN and opened.is_missing:
                opened = OpenLedger(blank(session.day, mode, None))
                file.save(blank(session.day, mode, None))
                journal.warning(f"dry-run ledger {file.path} missing; begun again for {session.day}")
        except StateUnreadable as broken:
            opened = _unreadable(broken)
        rolled.append(opened)
    return Ledgers(*rolled)


def bind(state: StateDir, journal: Journal, record: StateRecord, account: Account) -> StateRecord:
    """The first account seen owns this state directory."""
    if record.account is not None:
        return record
    bound = msgspec.structs.replace(record, account=account.number)
    state.write_record(bound)
    journal.info(f"State dir {state.root} bound to account {account.number}")
    return bound
