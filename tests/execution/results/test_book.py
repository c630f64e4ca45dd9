"""The book of trades: what it is made of, and what is named that it is made without."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from support.archives import ACCOUNT, Archives, lay, made
from support.facts import TABLE

from execution.results.book import Book, Wanted, read_book
from execution.results.remarks import add_remark
from execution.results.trade import TradeState
from execution.state.directory import SCHEMA, StateDir, StateRecord
from gates.mode import Mode

DAYS = [date(2026, 11, day) for day in (9, 10, 11, 12, 13, 16, 17, 18, 19, 20)]


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    """Ten sessions with three orders each."""
    made_dir = StateDir(tmp_path)
    made_dir.write_record(StateRecord(SCHEMA, datetime(2026, 11, 1, tzinfo=UTC), ACCOUNT))
    made_dir.make_subdirectories()
    lay(tmp_path, made(Archives(DAYS, 3)))
    return made_dir


def read(state: StateDir, mode: Mode = Mode.LIVE, first: date = date.min) -> Book:
    return read_book(state, TABLE, Wanted(mode, first))


def test_the_whole_of_it(state: StateDir) -> None:
    book = read(state)
    assert (len(book.trades), list(book.sessions), book.problems, book.account) == (30, DAYS, (), ACCOUNT)


def test_since_a_session(state: StateDir) -> None:
    whole, part = read(state), read(state, first=DAYS[4])
    assert part.trades == tuple(one for one in whole.trades if one.session >= DAYS[4])
    assert (list(part.sessions), part.problems) == (DAYS[4:], ())


def test_a_torn_archive_is_named_and_the_rest_is_shown(state: StateDir) -> None:
    whole = {one.ident: one for one in read(state).trades}
    path = state.ledger(Mode.LIVE).archive_path(DAYS[3])
    path.write_bytes(path.read_bytes()[:-200])
    book = read(state)
    assert [problem.partition(": ")[0] for problem in book.problems] == ["2026-11-12.json"]
    ended = [one for one in book.trades if one.state is TradeState.ENDED]
    assert ended and all(one == whole[one.ident] for one in ended)
    assert len(book.trades) >= 27 and DAYS[3] not in book.sessions


def test_an_archive_that_is_gone_is_named_by_the_chain(state: StateDir) -> None:
    state.ledger(Mode.LIVE).archive_path(DAYS[3]).unlink()
    (problem,) = read(state).problems
    assert problem.endswith("follows 2026-11-12, whose archive is gone")


def test_an_archive_folder_with_a_stranger_in_it(state: StateDir) -> None:
    (state.ledger(Mode.LIVE).archive_dir / "old copy.json").write_bytes(b"{}")
    book = read(state)
    assert "is not named for a session" in book.problems[0] and list(book.sessions) == DAYS[-1:]


def test_ledgers_of_another_account_are_left_out_and_counted(state: StateDir, tmp_path: Path) -> None:
    theirs, ours = made(Archives(DAYS[:2], 3, account="PA9OTHER")), list(made(Archives(DAYS, 3)))
    lay(tmp_path, [*theirs, ours[-1]])
    book = read(state)
    assert "account PA9OTHER: 2 sessions, 2026-11-09 to 2026-11-10, left out" in book.problems
    assert min(book.sessions) == DAYS[2]
    state.ledger(Mode.LIVE).archive_path(DAYS[0]).unlink()
    assert "account PA9OTHER: session 2026-11-10, left out" in read(state).problems


def test_before_the_account_is_bound_every_ledger_counts(state: StateDir) -> None:
    state.write_record(StateRecord(SCHEMA, datetime(2026, 11, 1, tzinfo=UTC)))
    assert (len(read(state).trades), read(state).problems) == (30, ())


def test_a_mode_that_was_never_begun(state: StateDir) -> None:
    book = read(state, Mode.DRY_RUN)
    assert (book.trades, book.sessions, book.problems) == ((), (), ("dry_run_orders_today.json: missing",))


def test_notes_stand_with_their_trades_and_damaged_ones_are_named(state: StateDir) -> None:
    ident = read(state).trades[0].ident
    at = datetime(2026, 11, 20, 22, tzinfo=UTC)
    for text in ("first", "second"):
        add_remark(state.notes, ident, at, "ann", text)
    assert read(state).trades[0].remarks == ("first", "second")
    state.notes.write_bytes(state.notes.read_bytes()[:-20])
    book = read(state)
    assert book.trades[0].remarks == ("first",) and book.problems[0].startswith("notes.jsonl line 2: ")
    state.notes.unlink()
    state.notes.mkdir()
    assert read(state).problems == ("notes.jsonl: is not a regular file",)
