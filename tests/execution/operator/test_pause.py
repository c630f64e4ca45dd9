"""A pause needs the directory alone; its end keeps what it said."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.place import NOW, Place

from execution.operator.pause import NO_REASON, NotPaused, NotResumed, Paused, Resumed, pause, resume
from execution.operator.refusal import Cause
from execution.operator.word import PersonsWord
from execution.state import latches
from execution.state.directory import StateDir
from gates.base.statefile import StateUnreadable

WORD = PersonsWord(NOW, "alice", "lunch")


def test_a_pause_says_who_and_why_once(place: Place) -> None:
    assert pause(place.state, WORD) == Paused((f"{place.state.paused} is there now",))
    assert pause(place.state, PersonsWord(NOW, "bob")) == Paused((f"{place.state.paused} was there already",))
    assert "by: alice" in place.state.paused.read_text() and "why: lunch" in place.state.paused.read_text()


def test_a_directory_that_is_none_is_not_paused(tmp_path: Path) -> None:
    with pytest.raises(StateUnreadable, match="is no state directory"):
        pause(StateDir(tmp_path / "gone"), WORD)


def test_what_the_disk_does_not_take_is_a_refusal(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gates.base.below.open_file", full)
    no = pause(place.state, WORD)
    assert isinstance(no, NotPaused) and no.cause is Cause.STATE and "No space left on device" in no.why


def test_the_end_of_a_pause_keeps_what_it_said(place: Place) -> None:
    pause(place.state, WORD)
    done = resume(place.state, PersonsWord(NOW, "bob"))
    assert isinstance(done, Resumed) and done.inside is not None and "by: alice" in done.inside
    assert not place.state.paused.exists()
    (kept,) = latches.load(place.state.latches).cleared
    assert (kept.by, kept.why, kept.latch.why) == ("bob", NO_REASON, done.inside)


def test_without_a_pause_nothing_is_done(place: Place) -> None:
    before = place.files()
    assert resume(place.state, WORD) == Resumed(None)
    assert place.files() == before


def test_while_latches_cannot_be_read_the_pause_stays(place: Place) -> None:
    pause(place.state, WORD)
    place.state.latches.write_text("{")
    no = resume(place.state, WORD)
    assert isinstance(no, NotResumed) and "latches clear unreadable --reason TEXT" in no.why
    assert place.state.paused.exists()
