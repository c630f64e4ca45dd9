"""A kill needs the file's name alone, and says what goes on beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.place import DAY, NOW, Place
from support.trading import entry

from execution.operator.kill import Killed, NotKilled, kill
from execution.operator.refusal import Cause
from execution.operator.word import PersonsWord
from execution.orders import OrderStatus
from execution.state.directory import StateDir

WORD = PersonsWord(NOW, "alice", "odd fills")


@pytest.fixture
def of_root(place: Place, tmp_path: Path) -> Path:
    """Root's own place for a kill file."""
    (tmp_path / "switches").mkdir()
    return tmp_path / "switches" / place.state.kill_switch.name


def test_the_file_is_there_first_and_says_who_and_why(place: Place) -> None:
    place.keep(entry(day=DAY, status=OrderStatus.FILLED, filled=4))
    done = kill(place.state, WORD)
    assert done == Killed(
        (f"{place.state.kill_switch} is there now",),
        f"Stays open by the live ledger of session {DAY}: held AAPL 4.",
        None,
        False,
    )
    assert (
        "by: alice" in place.state.kill_switch.read_text() and "why: odd fills" in place.state.kill_switch.read_text()
    )


def test_a_second_kill_keeps_what_the_first_one_said(place: Place) -> None:
    kill(place.state, WORD)
    done = kill(place.state, PersonsWord(NOW, "bob"))
    assert isinstance(done, Killed) and done.said == (f"{place.state.kill_switch} was there already",)
    assert "by: alice" in place.state.kill_switch.read_text()


def test_a_kill_works_in_a_directory_that_holds_nothing(tmp_path: Path) -> None:
    done = kill(StateDir(tmp_path), PersonsWord(NOW, "alice"))
    assert isinstance(done, Killed) and "not known" in done.stays
    assert (tmp_path / "KILL_SWITCH").exists()


def test_a_kill_that_cannot_be_written_is_a_refusal_with_its_path(tmp_path: Path) -> None:
    no = kill(StateDir(tmp_path / "gone"), WORD)
    assert isinstance(no, NotKilled) and no.cause is Cause.STATE and str(tmp_path / "gone/KILL_SWITCH") in no.why


def test_roots_place_is_named_and_whether_it_kills_too(place: Place, of_root: Path) -> None:
    state = StateDir(place.state.root, of_root.parent)
    done = kill(state, WORD)
    assert isinstance(done, Killed) and (done.root_file, done.root_kills) == (of_root, False)
    of_root.touch()
    done = kill(state, WORD)
    assert isinstance(done, Killed) and (done.root_file, done.root_kills) == (of_root, True)
