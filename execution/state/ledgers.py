"""Opens both ledgers of a cycle, judges them for the session, rolls them over.

A ledger that cannot be relied on is a problem in words, which the gates turn into a No. Roll-over
happens in the first cycle of a later session and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from execution.broker.port import Account
from execution.ledger.day import Ledger, blank
from execution.ledger.file import problem_words
from execution.ledger.rollover import rolled_over
from execution.state.directory import StateDir, StateRecord
from gates.base.logs import Journal
from gates.base.sessions import Session
from gates.base.statefile import Cause, StateUnreadable
from gates.mode import Mode


@dataclass(frozen=True, slots=True)
class Book:
    """A ledger, or why there is none to rely on: in words, and whether its file is missing."""

    ledger: Ledger | None
    problem: str | None = None
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class Books:
    live: Book
    dry_run: Book

    def of(self, mode: Mode) -> Book:
        return self.live if mode is Mode.LIVE else self.dry_run

    def with_ledger(self, ledger: Ledger) -> Books:
        book = Book(ledger)
        return replace(self, live=book) if ledger.mode is Mode.LIVE else replace(self, dry_run=book)


def open_books(state: StateDir) -> Books:
    """Both ledgers as they lie on disk."""
    books = []
    for mode in (Mode.LIVE, Mode.DRY_RUN):
        file = state.ledger(mode)
        try:
            ledger = file.load()
            file.check_archive(ledger)
            books.append(Book(ledger))
        except StateUnreadable as broken:
            books.append(_unreadable(broken))
    return Books(*books)


def _unreadable(broken: StateUnreadable) -> Book:
    return Book(None, problem_words(broken), broken.cause is Cause.MISSING)


def current_books(books: Books, session: Session, record: StateRecord) -> Books:
    """What is on disk, judged for this session: another date or another account is a problem."""
    return Books(_judged(books.live, session, record), _judged(books.dry_run, session, record))


def save(state: StateDir, books: Books, ledger: Ledger, record: StateRecord) -> Books:
    """Durably, and bound to the account; unchanged ledgers are not written again."""
    if ledger.account is None and record.account is not None:
        ledger = msgspec.structs.replace(ledger, account=record.account)
    if ledger != books.of(ledger.mode).ledger:
        state.ledger(ledger.mode).save(ledger)
    return books.with_ledger(ledger)


def _judged(book: Book, session: Session, record: StateRecord) -> Book:
    ledger = book.ledger
    if ledger is None:
        return book
    if ledger.date_ny != session.day:
        return Book(None, f"dated {ledger.date_ny}")
    if ledger.account is not None and record.account is not None and ledger.account != record.account:
        return Book(None, f"of account {ledger.account}, want {record.account}")
    return book


def as_if_rolled_over(state: StateDir, books: Books, session: Session) -> Books:
    """What the next cycle would begin with; for reading verbs, which write nothing."""
    rolled = []
    for mode in (Mode.LIVE, Mode.DRY_RUN):
        book = books.of(mode)
        try:
            if book.ledger is not None and book.ledger.date_ny < session.day:
                _, seal = state.ledger(mode).load_with_seal(state.ledger(mode).path)
                book = Book(rolled_over(book.ledger, seal, session.day))
            elif mode is Mode.DRY_RUN and book.is_missing:
                book = Book(blank(session.day, mode, None))
        except StateUnreadable as broken:
            book = _unreadable(broken)
        rolled.append(book)
    return Books(*rolled)


def roll_over(state: StateDir, journal: Journal, books: Books, session: Session) -> Books:
    """Begin the session's ledgers where an earlier session's still lie. A missing dry-run ledger is
    begun again, loudly; a missing live one is not."""
    rolled = []
    for mode in (Mode.LIVE, Mode.DRY_RUN):
        file, book = state.ledger(mode), books.of(mode)
        try:
            if book.ledger is not None and book.ledger.date_ny < session.day:
                before = book.ledger.date_ny
                book = Book(file.roll_over(book.ledger, session.day))
                journal.info(f"Ledger {mode.value} of {before} archived, {session.day} begun")
            elif mode is Mode.DRY_RUN and book.is_missing:
                book = Book(blank(session.day, mode, None))
                file.save(blank(session.day, mode, None))
                journal.warning(f"dry-run ledger {file.path} missing; begun again for {session.day}")
        except StateUnreadable as broken:
            book = _unreadable(broken)
        rolled.append(book)
    return Books(*rolled)


def bind(state: StateDir, journal: Journal, record: StateRecord, account: Account) -> StateRecord:
    """The first account seen owns this state directory."""
    if record.account is not None:
        return record
    bound = msgspec.structs.replace(record, account=account.number)
    state.write_record(bound)
    journal.info(f"State dir {state.root} bound to account {account.number}")
    return bound
