"""Which latches are told: those latches.json holds, by name and cause; what cannot be read is one itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from execution.state.directory import StateDir
from execution.state.latches import latched
from gates.base.statefile import render, sealed

LATCH = {"name": "daily-loss", "at": "2026-11-20T15:31:00Z", "by": "cycle", "why": "3.1 % of 3.0 %"}


def write(root: Path, **document: object) -> StateDir:
    (root / "latches.json").write_bytes(render(sealed({"schema": 1, **document})))
    return StateDir(root)


def test_no_file_is_no_latch(tmp_path: Path) -> None:
    assert latched(StateDir(tmp_path)) == {}


def test_latches_by_name_with_cause_and_person(tmp_path: Path) -> None:
    assert latched(write(tmp_path, latches=[LATCH], cleared=[])) == {"daily-loss": "3.1 % of 3.0 % (set by cycle)"}
    assert latched(write(tmp_path, latches=[], cleared=[])) == {}


@pytest.mark.parametrize("latches", [None, [1], [{"name": "x"}]])
def test_another_shape_is_told(tmp_path: Path, latches: object) -> None:
    assert list(latched(write(tmp_path, latches=latches))) == ["unreadable"]


def test_a_broken_seal_is_told(tmp_path: Path) -> None:
    state = write(tmp_path, latches=[LATCH])
    document = json.loads(state.latches.read_text())
    state.latches.write_text(json.dumps({**document, "latches": []}))
    assert "digest" in latched(state)["unreadable"]
