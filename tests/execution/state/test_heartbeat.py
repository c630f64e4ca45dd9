"""heartbeat.json: written before anything else, read strictly, and the first to know of a full disk."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.state import heartbeat
from execution.state.heartbeat import SCHEMA, Heartbeat
from gates.base.statefile import StateMissing, StateUnreadable, StateUnwritable

NOW = datetime(2026, 11, 20, 15, 31, 2, 113000, tzinfo=UTC)
LATER = datetime(2026, 11, 20, 15, 31, 4, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "heartbeat.json"


def test_a_cycle_that_began_and_did_not_finish_can_be_seen(path: Path) -> None:
    beat, problem = heartbeat.begin(path, NOW)
    assert problem is None
    assert heartbeat.read(path) == beat == Heartbeat(SCHEMA, os.getpid(), NOW)
    assert heartbeat.read(path).finished_at is None


def test_a_finished_cycle_tells_how_it_ended(path: Path) -> None:
    beat, _ = heartbeat.begin(path, NOW)
    done = msgspec.structs.replace(
        beat, finished_at=LATER, exit_code=0, mode="DRY_RUN", mode_reason="DRY_RUN enabled", entries="open",
        session="2026-11-20",
    )  # fmt: skip
    heartbeat.finish(path, done)
    assert heartbeat.read(path) == done


def test_the_next_beat_begins_without_the_last_ones_end(path: Path) -> None:
    beat, _ = heartbeat.begin(path, NOW)
    heartbeat.finish(path, msgspec.structs.replace(beat, finished_at=LATER, exit_code=74))
    heartbeat.begin(path, LATER)
    assert heartbeat.read(path) == Heartbeat(SCHEMA, os.getpid(), LATER, ended_before=LATER, failed_in_a_row=1)


def test_cycles_that_never_end_keep_when_one_last_did(path: Path) -> None:
    for minute in range(3):
        heartbeat.begin(path, NOW + timedelta(minutes=minute))
    assert heartbeat.read(path).last_end == NOW, "none ever did: when the first began"
    beat, _ = heartbeat.begin(path, LATER)
    heartbeat.finish(path, msgspec.structs.replace(beat, finished_at=LATER, exit_code=0))
    for minute in range(3):
        heartbeat.begin(path, LATER + timedelta(minutes=minute))
    assert heartbeat.read(path).last_end == LATER


@pytest.mark.parametrize("content", ["", "[]", '{"schema": 9}'])
def test_a_beat_that_cannot_be_read_holds_up_no_cycle(path: Path, content: str) -> None:
    path.write_text(content)
    _, problem = heartbeat.begin(path, NOW)
    assert problem is None and heartbeat.read(path) == Heartbeat(SCHEMA, os.getpid(), NOW)


def test_a_disk_that_takes_nothing_is_a_reason_not_an_exception(tmp_path: Path) -> None:
    beat, problem = heartbeat.begin(tmp_path / "gone" / "heartbeat.json", NOW)
    assert problem is not None
    assert problem.startswith(f"cannot write {tmp_path}/gone/heartbeat.json: ")
    with pytest.raises(StateUnwritable):
        heartbeat.finish(tmp_path / "gone" / "heartbeat.json", beat)


def test_no_heartbeat_yet_is_missing(path: Path) -> None:
    with pytest.raises(StateMissing):
        heartbeat.read(path)


@pytest.mark.parametrize(
    "content",
    [
        "", "{", "[]", "null",
        '{"schema": 2, "pid": 1, "started_at": "2026-11-20T15:31:02Z"}',
        '{"schema": 1, "started_at": "2026-11-20T15:31:02Z"}',
        '{"schema": 1, "pid": "1", "started_at": "2026-11-20T15:31:02Z"}',
        '{"schema": 1, "pid": 1, "started_at": "now"}',
        '{"schema": 1, "pid": 1, "started_at": "2026-11-20T15:31:02Z", "pulse": 60}',
    ],
)  # fmt: skip
def test_a_damaged_heartbeat_is_unreadable(path: Path, content: str) -> None:
    path.write_text(content)
    with pytest.raises(StateUnreadable):
        heartbeat.read(path)


@settings(deadline=None)
@given(data=st.binary())
def test_no_bytes_are_more_than_unreadable(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any-heartbeat.json"
    path.write_bytes(data)
    with pytest.raises(StateUnreadable):
        heartbeat.read(path)


def test_cycles_that_fail_are_counted_until_one_ends_well(path: Path) -> None:
    """One that died counts like one that ended badly."""
    counted = []
    for code in (69, 69, None, 78, 0, 69):
        beat, _ = heartbeat.begin(path, NOW)
        if code is not None:
            heartbeat.finish(path, msgspec.structs.replace(beat, finished_at=LATER, exit_code=code))
        counted.append(heartbeat.read(path).failed_in_a_row)
    assert counted == [1, 2, 2, 4, 0, 1]
