"""latches.json: stays until a person clears it, read strictly, and never lost when it is damaged."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from execution.state import latches
from execution.state.latches import Cleared, Latch, Latches
from gates.base.statefile import StateUnreadable, StateUnwritable

AT = datetime(2026, 11, 20, 15, 31, 2, tzinfo=UTC)
FLATTEN = Latch("flatten", AT, "alice", "odd fills")
OTHER = Latch("cancel-all", AT, "bob", "quiet")
SAID = "flatten (set 2026-11-20 10:31:02 EST by alice: odd fills)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "latches.json"


def test_no_file_latches_nothing(path: Path) -> None:
    assert latches.load(path) == Latches()
    assert latches.in_force(path) == ((), None)
    assert not latches.is_set(path, "flatten")


def test_a_latch_is_private_readable_and_in_force(path: Path) -> None:
    latches.set_latch(path, FLATTEN)
    assert path.stat().st_mode & 0o777 == 0o600
    assert latches.in_force(path) == ((SAID,), None)
    assert latches.is_set(path, "flatten") and not latches.is_set(path, "cancel-all")


def test_the_first_cause_stays(path: Path) -> None:
    latches.set_latch(path, FLATTEN)
    latches.set_latch(path, Latch("flatten", AT + timedelta(hours=1), "bob", "again"))
    latches.set_latch(path, OTHER)
    assert latches.load(path).latches == (FLATTEN, OTHER)


def test_clearing_keeps_who_and_why_and_leaves_the_others(path: Path) -> None:
    latches.set_latch(path, FLATTEN)
    latches.set_latch(path, OTHER)
    later = AT + timedelta(hours=1)
    assert latches.clear(path, "flatten", later, "alice", "all closed") == FLATTEN
    assert latches.load(path) == Latches(1, (OTHER,), (Cleared(FLATTEN, later, "alice", "all closed"),))
    assert latches.clear(path, "flatten", later, "alice", "again") is None


def _sealed_otherwise(path: Path) -> None:
    document = json.loads(path.read_text())
    document["latches"] = []
    path.write_text(json.dumps(document))


DAMAGES = {
    "empty": lambda path: path.write_text(""),
    "not JSON": lambda path: path.write_text("{"),
    "another schema": lambda path: path.write_text('{"schema": 2}'),
    "a latch taken out by hand": _sealed_otherwise,
    "a directory": lambda path: (path.unlink(), path.mkdir()),
    "a link": lambda path: (path.unlink(), path.symlink_to("elsewhere")),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_an_unreadable_file_is_in_force_for_entries_and_frees_no_janitor(path: Path, damage: object) -> None:
    latches.set_latch(path, FLATTEN)
    damage(path)  # type: ignore[operator]
    with pytest.raises(StateUnreadable):
        latches.load(path)
    known, problem = latches.in_force(path)
    assert known == () and problem
    assert not latches.is_set(path, "flatten")


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_new_latch_over_an_unreadable_file_puts_it_aside_and_remembers(path: Path, damage: object) -> None:
    latches.set_latch(path, OTHER)
    damage(path)  # type: ignore[operator]
    latches.set_latch(path, FLATTEN)
    unreadable, new = latches.load(path).latches
    assert (unreadable.name, new) == ("unreadable", FLATTEN)
    assert "latches.json.broken-20261120T153102" in unreadable.why
    assert list(path.parent.glob("latches.json.broken-*"))


def test_clearing_unreadable_puts_the_file_aside(path: Path) -> None:
    path.write_text("{")
    with pytest.raises(StateUnreadable):
        latches.clear(path, "flatten", AT, "alice", "x")
    cleared = latches.clear(path, "unreadable", AT, "alice", "looked at it")
    assert cleared is not None and "could not be read" in cleared.why
    assert latches.in_force(path) == ((), None)


def test_a_file_that_holds_a_latch_twice_is_unreadable(path: Path) -> None:
    latches._save(path, Latches(1, (FLATTEN, FLATTEN)))
    with pytest.raises(StateUnreadable, match="twice"):
        latches.load(path)


def test_a_directory_that_takes_nothing_is_said(tmp_path: Path) -> None:
    with pytest.raises(StateUnwritable):
        latches.set_latch(tmp_path / "gone" / "latches.json", FLATTEN)


def test_a_latch_of_one_symbol_holds_for_that_symbol_alone(path: Path) -> None:
    assert latches.by_symbol(path) == {}
    one = Latch("flatten:AAPL", AT, "alice", "sold out")
    latches.set_latch(path, one)
    assert latches.in_force(path) == ((), None)
    assert latches.by_symbol(path) == {"AAPL": str(one)}
    assert not latches.is_set(path, "flatten") and latches.is_set(path, "flatten:AAPL")
    assert latches.clear(path, "flatten:AAPL", AT, "alice", "looked") == one
    assert latches.by_symbol(path) == {}
    path.write_text("{")
    assert latches.by_symbol(path) is None


@pytest.mark.parametrize(
    ("name", "symbol"), [("flatten", None), ("flatten:", None), ("flatten:BRK.B", "BRK.B"), ("daily-loss:AAPL", None)]
)
def test_only_a_closing_latch_is_of_one_symbol(name: str, symbol: str | None) -> None:
    assert latches.symbol_of(name) == symbol
    assert symbol is None or latches.flatten_of(symbol) == name
