"""A note on a trade: of an entry that a ledger has, or whose own ledger is damaged; kept as one line."""

from __future__ import annotations

import pytest
from support.place import DAY, NOW, Place
from support.trading import S, entry, ident

from execution.operator.note import LOCK_WAIT_SECONDS, MOST_CHARACTERS, NotNoted, note
from execution.operator.refusal import Cause
from execution.operator.word import PersonsWord
from execution.results.remarks import Remark, read_remarks
from gates.mode import Mode

AAPL = ident("AAPL", day=DAY)


def word(text: str | None = "why") -> PersonsWord:
    return PersonsWord(NOW, "ann", text)


def test_of_an_entry_of_either_ledger(place: Place) -> None:
    place.keep(entry("AAPL", S.FILLED, filled=4, day=DAY))
    done = note(place.state, AAPL, word("  two \n words "))
    assert isinstance(done, Remark) and (done.text, done.by, done.at) == ("two words", "ann", NOW)
    assert [one.text for one in read_remarks(place.state.notes).found] == ["two words"]
    assert 0 < LOCK_WAIT_SECONDS <= 60


def test_of_an_archived_entry(place: Place) -> None:
    place.keep(entry("AAPL", S.FILLED, filled=4, day=DAY))
    file = place.state.ledger(Mode.LIVE)
    file.archive_path(DAY).write_bytes(file.path.read_bytes())
    place.keep()
    assert isinstance(note(place.state, AAPL, word()), Remark)


def test_a_note_on_a_trade_whose_ledger_is_damaged_is_worth_the_more(place: Place) -> None:
    place.state.ledger(Mode.LIVE).archive_path(DAY).write_bytes(b"torn")
    assert isinstance(note(place.state, AAPL, word()), Remark)


@pytest.mark.parametrize("ident_", [AAPL, "AAPL", "avx-20821106-KO-entry-1"])
def test_of_no_entry_nothing_is_kept(place: Place, ident_: str) -> None:
    done = note(place.state, ident_, word())
    assert isinstance(done, NotNoted) and done.cause is Cause.REQUEST and "is in no ledger" in done.why
    assert not place.state.notes.exists()


@pytest.mark.parametrize("text", [None, "", " \n ", "x" * (MOST_CHARACTERS + 1)])
def test_an_empty_or_endless_note_is_refused(place: Place, text: str | None) -> None:
    place.keep(entry("AAPL", S.FILLED, filled=4, day=DAY))
    assert isinstance(note(place.state, AAPL, word(text)), NotNoted)
    assert isinstance(note(place.state, AAPL, word("x" * MOST_CHARACTERS)), Remark)
