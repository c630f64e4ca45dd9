"""A kill is over only when no other cause is in force, and what it said is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.place import NOW, Place

from execution.operator.kill import kill
from execution.operator.refusal import Cause
from execution.operator.unkill import KillFile, NotUnkilled, Unkilled, may_unkill, other_causes, unkill
from execution.operator.word import PersonsWord
from execution.service import Service
from execution.state import latches
from execution.state.directory import StateDir
from execution.state.latches import Latch, set_latch
from gates.base.errors import LockHeld
from gates.base.locks import only_one
from gates.base.record import replace

WORD = PersonsWord(NOW, "alice", "odd fills")


@pytest.fixture
def of_root(place: Place, tmp_path: Path) -> Path:
    """Root's own place for a kill file."""
    (tmp_path / "switches").mkdir()
    return tmp_path / "switches" / place.state.kill_switch.name


def with_switches(place: Place, of_root: Path) -> Service:
    return replace(place.service(), state=StateDir(place.state.root, of_root.parent))


def test_the_end_of_a_kill_keeps_what_it_said(place: Place) -> None:
    kill(place.state, WORD)
    said = place.state.kill_switch.read_text()
    done = unkill(place.service(), PersonsWord(NOW, "bob", "was  a\nglitch"))
    assert isinstance(done, Unkilled) and done.still == ()
    (removed,) = done.removed
    assert removed.path == place.state.kill_switch and all(line in removed.inside for line in said.splitlines())
    assert not place.state.kill_switch.exists()
    (kept,) = latches.load(place.state.latches).cleared
    assert (kept.by, kept.why, kept.latch.why) == ("bob", "was a glitch", removed.inside)


def test_without_a_kill_file_there_is_nothing_to_remove(place: Place) -> None:
    assert unkill(place.service(), WORD) == Unkilled((), ())


@pytest.mark.parametrize("why", [None, "", " \n"])
def test_no_kill_ends_without_a_reason(place: Place, why: str | None) -> None:
    kill(place.state, WORD)
    no = unkill(place.service(), PersonsWord(NOW, "bob", why))
    assert no == NotUnkilled(Cause.REQUEST, "is empty; write why it is safe again", "reason")
    assert place.state.kill_switch.exists()


def test_the_variable_is_a_cause_of_its_own(place: Place) -> None:
    kill(place.state, WORD)
    service = place.service(KILL_SWITCH="1")
    (cause,) = other_causes(service)
    assert cause.startswith("the KILL_SWITCH variable is set")
    assert may_unkill(service, WORD) == unkill(service, WORD) == NotUnkilled(Cause.REQUEST, cause)
    assert place.state.kill_switch.exists()


def test_a_latch_is_a_cause_of_its_own_and_names_its_end(place: Place) -> None:
    kill(place.state, WORD)
    set_latch(place.state.latches, Latch("flatten", NOW, "bob", "a test"))
    set_latch(place.state.latches, Latch("flatten:AAPL", NOW, "bob", "one symbol"))
    no = unkill(place.service(), WORD)
    assert isinstance(no, NotUnkilled) and "latches clear flatten --reason TEXT" in no.why and "AAPL" not in no.why
    assert place.state.kill_switch.exists()


def test_latches_that_cannot_be_read_are_a_cause(place: Place) -> None:
    kill(place.state, WORD)
    place.state.latches.write_text("{")
    no = unkill(place.service(), WORD)
    assert isinstance(no, NotUnkilled) and "latches clear unreadable --reason TEXT" in no.why
    assert place.state.kill_switch.exists()


def test_roots_file_stays_and_kills_on(place: Place, of_root: Path) -> None:
    of_root.write_text("by root")
    kill(place.state, WORD)
    done = unkill(with_switches(place, of_root), WORD)
    assert isinstance(done, Unkilled) and [one.path for one in done.removed] == [place.state.kill_switch]
    assert done.still == (KillFile(of_root, "by root"),) and of_root.exists()


def test_a_file_that_cannot_be_removed_is_said_with_what_was(place: Place, tmp_path: Path) -> None:
    runbook = tmp_path / "runbook"
    (runbook / "KILL_SWITCH" / "inside").mkdir(parents=True)
    kill(place.state, WORD)
    service = replace(place.service(), state=replace(place.state, runbook=runbook))
    no = unkill(service, WORD)
    assert isinstance(no, NotUnkilled) and no.cause is Cause.STATE and "remove it by hand" in no.why
    assert [one.path for one in no.removed] == [place.state.kill_switch]


def test_a_cycle_at_work_is_waited_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("execution.operator.unkill.LOCK_WAIT_SECONDS", 0)
    kill(place.state, WORD)
    with only_one(place.state.lock), pytest.raises(LockHeld):
        unkill(place.service(), WORD)
    assert place.state.kill_switch.exists()
