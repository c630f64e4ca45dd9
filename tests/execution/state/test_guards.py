"""Guard files: begun once, never replaced, and known to be gone when they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from execution.state import guards, latches, tokens
from execution.state.guards import GUARDS
from gates.base.statefile import StateUnreadable, render


def listed(root: Path, *names: str, schema: int = 2) -> None:
    (root / "state.json").write_bytes(render({"schema": schema, "begun": list(names)}))


def test_each_begins_with_a_blank_that_its_reader_takes(tmp_path: Path) -> None:
    assert guards.begin(tmp_path, tuple(GUARDS)) == ["latches.json", "tokens.json"]
    assert latches.load(tmp_path / "latches.json") == latches.Latches()
    assert tokens.load(tmp_path / "tokens.json").served == ()
    before = (tmp_path / "tokens.json").read_bytes()
    assert guards.begin(tmp_path, tuple(GUARDS)) == []
    assert (tmp_path / "tokens.json").read_bytes() == before


def test_which_are_still_to_be_begun() -> None:
    assert guards.not_begun(()) == tuple(GUARDS)
    assert guards.not_begun(("latches", "of a later version")) == ("tokens",)


@pytest.mark.parametrize("name", GUARDS)
def test_one_that_was_begun_and_is_gone_is_lost(tmp_path: Path, name: str) -> None:
    path = tmp_path / GUARDS[name][0]
    assert not guards.lost(path), "a directory without a record was never begun"
    listed(tmp_path, schema=1)
    assert not guards.lost(path)
    listed(tmp_path)
    assert not guards.lost(path)
    listed(tmp_path, name)
    assert guards.lost(path) and not guards.lost(tmp_path / "heartbeat.json")
    path.symlink_to("nowhere")
    assert not guards.lost(path), "what is there is read, and found to be no file"


def test_latches_that_were_lost_are_unreadable_and_name_the_remedy(tmp_path: Path) -> None:
    listed(tmp_path, "latches")
    with pytest.raises(StateUnreadable, match="is missing; `execution latches clear unreadable --reason TEXT`"):
        latches.load(tmp_path / "latches.json")
    assert not latches.is_set(tmp_path / "latches.json", "flatten")
