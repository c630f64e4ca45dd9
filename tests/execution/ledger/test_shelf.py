"""Every ledger of a mode: each once, oldest first, and what the chain of digests says is missing."""

from __future__ import annotations

import gc
from datetime import date
from pathlib import Path

import msgspec
import pytest
from support.trading import DAY, YESTERDAY, ledger

from execution.ledger.day import Ledger, Previous
from execution.ledger.file import LedgerFile, digest, to_bytes
from execution.ledger.shelf import read_shelf
from execution.state.directory import StateDir
from gates.base.statefile import make_directory
from gates.mode import Mode


@pytest.fixture
def file(tmp_path: Path) -> LedgerFile:
    for name in ("ledger", "ledger/LIVE"):
        make_directory(tmp_path / name)
    return StateDir(tmp_path).ledger(Mode.LIVE)


def put(file: LedgerFile, held: Ledger, *, current: bool = False) -> Ledger:
    (file.path if current else file.archive_path(held.date_ny)).write_bytes(to_bytes(held))
    return held


def following(held: Ledger, before: Ledger) -> Ledger:
    return msgspec.structs.replace(held, previous=Previous(before.date_ny, digest(before)))


def test_archives_and_the_current_ledger_oldest_first_each_once(file: LedgerFile) -> None:
    first = put(file, ledger(date_ny=YESTERDAY))
    current = put(file, following(ledger(), first), current=True)
    put(file, current)  # died between archive and replace
    shelf = read_shelf(file)
    assert [one.day for one in shelf.kept] == [YESTERDAY, DAY]
    assert [one.digest for one in shelf.kept] == [digest(first), digest(current)]
    assert shelf.breaks() == ()


def test_a_chain_names_what_is_gone_and_what_was_exchanged(file: LedgerFile) -> None:
    first = put(file, ledger(date_ny=YESTERDAY))
    put(file, following(ledger(), first), current=True)
    put(file, ledger(date_ny=YESTERDAY, account="PA9OTHER"))
    ((day, what),) = read_shelf(file).breaks()
    assert day == YESTERDAY and what.endswith("follows another ledger of 2026-11-19")
    file.archive_path(YESTERDAY).unlink()
    ((day, what),) = read_shelf(file).breaks()
    assert what.endswith("follows 2026-11-19, whose archive is gone")


def test_an_archive_under_another_name_is_a_problem(file: LedgerFile) -> None:
    file.archive_path(YESTERDAY).write_bytes(to_bytes(ledger()))
    put(file, ledger(date_ny=date(2026, 11, 23)), current=True)
    assert [one.problem for one in read_shelf(file).kept] == ["is dated 2026-11-20", None]


def test_earlier_sessions_are_not_read_and_are_no_break(file: LedgerFile) -> None:
    first = put(file, ledger(date_ny=YESTERDAY))
    put(file, following(ledger(), first), current=True)
    file.archive_path(YESTERDAY).write_bytes(b"torn")
    shelf = read_shelf(file, DAY)
    assert [one.day for one in shelf.kept] == [DAY]
    assert shelf.breaks() == ()


def test_a_stranger_in_the_archive_is_the_shelfs_problem(file: LedgerFile) -> None:
    put(file, ledger(), current=True)
    (file.archive_dir / "copy of 2026-11-19.json").write_bytes(b"{}")
    shelf = read_shelf(file)
    assert shelf.problem is not None and "is not named for a session" in shelf.problem
    assert [one.day for one in shelf.kept] == [DAY]


@pytest.mark.parametrize("is_on", [True, False])
def test_the_collector_is_left_as_it_was(file: LedgerFile, is_on: bool) -> None:
    put(file, ledger(), current=True)
    before = gc.isenabled()
    (gc.enable if is_on else gc.disable)()
    try:
        read_shelf(file)
        assert gc.isenabled() is is_on
    finally:
        (gc.enable if before else gc.disable)()
