"""A latch ends on a person's word, by its name, with a reason that is kept."""

from __future__ import annotations

import pytest
from support.place import NOW, Place

from execution.operator.refusal import Cause
from execution.operator.unlatch import NotUnlatched, Unlatched, unlatch
from execution.operator.word import PersonsWord
from execution.state import latches
from execution.state.latches import CANCEL_ALL, FLATTEN, UNREADABLE, Latch, set_latch
from gates.base.statefile import StateUnreadable

WORD = PersonsWord(NOW, "bob", "all\n closed")


@pytest.mark.parametrize(("name", "protects"), [(FLATTEN, True), ("flatten:AAPL", True), (CANCEL_ALL, False)])
def test_one_latch_ends_and_the_others_stay(place: Place, name: str, protects: bool) -> None:
    for one in (name, "other"):
        set_latch(place.state.latches, Latch(one, NOW, "alice", "a test"))
    done = unlatch(place.state, name, WORD)
    assert isinstance(done, Unlatched) and (done.latch.name, done.protects_again) == (name, protects)
    found = latches.load(place.state.latches)
    assert [one.name for one in found.latches] == ["other"]
    assert [(one.latch.name, one.by, one.why) for one in found.cleared] == [(name, "bob", "all closed")]


def test_a_name_that_is_not_latched_is_answered_with_those_that_are(place: Place) -> None:
    assert unlatch(place.state, FLATTEN, WORD) == NotUnlatched(
        Cause.REQUEST, "'flatten' is not latched; latched: nothing"
    )
    set_latch(place.state.latches, Latch(CANCEL_ALL, NOW, "alice", "a test"))
    no = unlatch(place.state, FLATTEN, WORD)
    assert isinstance(no, NotUnlatched) and no.why.endswith("latched: cancel-all")


def test_no_latch_ends_without_a_reason(place: Place) -> None:
    set_latch(place.state.latches, Latch(FLATTEN, NOW, "alice", "a test"))
    before = place.files()
    no = unlatch(place.state, FLATTEN, PersonsWord(NOW, "bob", " "))
    assert no == NotUnlatched(Cause.REQUEST, "is empty; write why it is safe again", "reason")
    assert place.files() == before


def test_an_unreadable_file_ends_only_by_its_own_name(place: Place) -> None:
    place.state.latches.write_text("{")
    with pytest.raises(StateUnreadable, match="latches clear unreadable"):
        unlatch(place.state, FLATTEN, WORD)
    done = unlatch(place.state, UNREADABLE, WORD)
    assert isinstance(done, Unlatched) and done.latch.name == UNREADABLE
    assert latches.load(place.state.latches).latches == ()
