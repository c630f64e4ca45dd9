"""The state directory in force, with root's folder of switches; callers say what an unknown one means to them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from execution.snapshots.effective import state_of, state_of_anyhow
from execution.state.directory import StateDir
from execution.state.where import NOWHERE, state_at, state_dir
from gates.base.errors import SettingsError
from gates.base.where import Unplaced


def test_roots_switches_lie_beside_the_settings_file(tmp_path: Path) -> None:
    settings, root = tmp_path / "etc" / "env", tmp_path / "state"
    (tmp_path / "etc" / "switches").mkdir(parents=True)
    settings.write_text(f"AVWAP_STATE_DIR={root}\n")
    environ = {"AVWAP_ENV_FILE": str(settings)}
    assert state_dir(environ) == state_at(root, environ) == StateDir(root, tmp_path / "etc" / "switches")


def test_a_misspelt_name_is_no_directory() -> None:
    environ = {"AVWAP_ENV_FILE": os.devnull, "AVWAP_STATE_DIR": "~/state", "STATE_DIRECTORY": "/made"}
    assert isinstance(state_dir(environ), Unplaced)
    with pytest.raises(SettingsError, match="AVWAP_STATE_DIR=~/state"):
        state_of(environ)
    state, why = state_of_anyhow(environ)
    assert (state.root, why) == (Path("/made"), "AVWAP_STATE_DIR=~/state: write the whole path; ~ is not expanded")


def test_a_snapshot_is_kept_though_the_settings_file_cannot_be_read(tmp_path: Path) -> None:
    """It is the broken file that the operator wants to look at."""
    (tmp_path / "env").write_text("no line of ours\n")
    environ = {"AVWAP_ENV_FILE": str(tmp_path / "env")}
    unplaced = state_dir(environ)
    assert isinstance(unplaced, Unplaced) and not unplaced.misnamed
    assert state_of(environ).root == unplaced.otherwise
    assert state_of_anyhow(environ)[1] is None


def test_where_no_directory_is_left_the_evidence_looks_nowhere_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    environ = {"AVWAP_ENV_FILE": os.devnull, "STATE_DIRECTORY": str(tmp_path / "state")}
    state, why = state_of_anyhow(environ)
    assert state.root == NOWHERE and not NOWHERE.exists()
    assert why is not None and why.startswith(f"STATE_DIRECTORY={tmp_path}/state: lies below {tmp_path}, ")
    with pytest.raises(SettingsError, match="STATE_DIRECTORY="):
        state_of(environ)
