"""The runbook's own state directory beside the one in force: said, and its KILL_SWITCH counts where it may be seen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from execution.state.directory import RUNBOOK_STATE, StateDir
from execution.state.neighbour import neighbour, neighbour_words
from execution.state.switches import kill_presence, kills
from execution.units import pieces
from gates.facts import Presence


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    (tmp_path / "state").mkdir()
    return StateDir(tmp_path / "state", runbook=tmp_path / "runbook")


def test_the_path_is_the_one_the_runbook_prints_and_units_link() -> None:
    assert StateDir(Path("/x")).runbook == RUNBOOK_STATE == Path("/root/avwap_r3k_scanner/state")
    assert str(RUNBOOK_STATE) == pieces.RUNBOOK_STATE


def test_where_there_is_none_nothing_is_said(state: StateDir) -> None:
    assert (neighbour(state), neighbour_words(state), kills(state)) == (None, None, ())
    state.runbook.touch()
    assert neighbour(state) is None, "a file is no state directory"


def test_one_that_links_to_the_one_in_force_is_no_neighbour(state: StateDir) -> None:
    state.runbook.symlink_to(state.root)
    state.kill_switch.touch()
    assert neighbour(state) is None
    assert kills(state) == (state.kill_switch,)


def test_one_that_is_there_is_named_and_its_kill_file_counts(state: StateDir) -> None:
    state.runbook.mkdir()
    assert neighbour(state) == state.runbook
    assert kill_presence(state) is Presence.ABSENT
    assert "so the kill switch is active" not in str(neighbour_words(state))
    there = state.runbook / "KILL_SWITCH"
    there.symlink_to("nowhere")
    assert kill_presence(state) is Presence.PRESENT
    assert kills(state) == (there,)
    assert f"{there} is there, so the kill switch is active" in str(neighbour_words(state))
    state.kill_switch.touch()
    assert kills(state) == (state.kill_switch, there)
    assert kill_presence(state) is Presence.PRESENT


def test_it_counts_also_while_the_one_in_force_is_not_made_yet(tmp_path: Path) -> None:
    state = StateDir(tmp_path / "nowhere", runbook=tmp_path)
    (tmp_path / "KILL_SWITCH").touch()
    assert neighbour(state) == tmp_path and kill_presence(state) is Presence.PRESENT


def test_who_may_not_look_there_is_not_killed_by_it(state: StateDir) -> None:
    """The service's user may not look into /root. A name that is too long is not to be looked at by anybody."""
    hidden = StateDir(state.root, runbook=state.root / ("x" * 300))
    with pytest.raises(OSError, match="too long"):
        os.stat(hidden.runbook)
    assert (neighbour(hidden), kills(hidden), kill_presence(hidden)) == (None, (), Presence.ABSENT)


def test_our_own_that_cannot_be_checked_counts_as_ever(tmp_path: Path) -> None:
    state = StateDir(tmp_path / ("x" * 300), runbook=tmp_path / "runbook")
    assert kill_presence(state) is Presence.UNCHECKABLE
