"""The simulated clock: any hour of any day is a session, and files are told in its time."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.simulated import MINUTE, OVERNIGHT, TABLE, World, every_read, new_york, session_on

from execution.broker.simulated.clock import INSTANT, Epoch, SimulatedClock, Timeline, begun, moved, present, written_at
from gates.base.clock import Clock
from gates.base.sessions import SessionTable

MONDAY, TUESDAY = session_on("2026-11-16"), session_on("2026-11-17")


def file_time(text: str) -> float:
    return new_york(text).timestamp()


@pytest.mark.parametrize(
    ("wall", "stands_at"),
    [
        ("2026-11-19 03:00", "2026-11-19 10:30"),
        ("2026-11-19 09:30", "2026-11-19 10:30"),
        ("2026-11-19 15:59", "2026-11-19 10:30"),
        ("2026-11-19 16:00", "2026-11-20 10:30"),
        ("2026-11-21 23:00", "2026-11-23 10:30"),
        ("2026-11-26 12:00", "2026-11-27 10:30"),
        ("2026-11-27 13:00", "2026-11-30 10:30"),
    ],
)
def test_a_new_account_stands_an_hour_into_the_current_or_next_session(
    tmp_path: Path, wall: str, stands_at: str
) -> None:
    world = World(tmp_path, wall)
    clock = world.broker.clock()
    assert clock.now == new_york(stands_at)
    assert clock.is_open
    assert clock.day == new_york(stands_at).date()


def test_the_clock_is_utc_and_answers_as_a_clock(tmp_path: Path) -> None:
    world = World(tmp_path)
    clock: Clock = SimulatedClock(world.broker, TABLE)
    assert clock.now().tzinfo is UTC
    assert clock.now() == world.now


def test_sleep_advances_the_clock_for_every_process(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.clock.sleep(90)
    assert world.clock.now() == new_york("2026-11-19 10:31:30")


def test_real_time_within_the_session_moves_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.wall = new_york("2026-11-19 15:59")
    assert world.now == new_york("2026-11-19 10:30")


def test_a_later_real_session_is_found_at_its_own_hour(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.wall = new_york("2026-11-19 16:00")
    assert world.now == new_york("2026-11-20 10:30")
    world.wall = new_york("2026-11-25 20:00")
    assert world.now == new_york("2026-11-27 10:30")


def test_a_clock_ahead_of_the_real_session_stays(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.broker.advance(2 * OVERNIGHT)
    assert world.now == new_york("2026-11-21 10:30")
    world.wall = new_york("2026-11-20 20:00")
    assert world.now == new_york("2026-11-21 10:30"), (
        "Saturday belongs to Monday's session, as the real Friday night does"
    )
    world.wall = new_york("2026-11-23 20:00")
    assert world.now == new_york("2026-11-24 10:30")


@pytest.mark.parametrize("wall", ["2026-10-01 12:00", "2027-06-01 12:00"])
def test_a_real_time_outside_the_table_moves_nothing(tmp_path: Path, wall: str) -> None:
    world = World(tmp_path)
    world.wall = new_york(wall)
    assert world.now == new_york("2026-11-19 10:30")


def test_looking_never_writes(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.submit()
    before = world.path.read_bytes()
    for wall in ("2026-11-19 12:00", "2026-11-23 12:00"):
        world.wall = new_york(wall)
        for read in every_read(world.broker, new_york("2026-11-19 09:30")):
            read()
        world.clock.written_at(world.path.stat().st_mtime)
    assert world.path.read_bytes() == before


def test_the_first_write_keeps_the_session_that_was_only_looked_at(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.wall = new_york("2026-11-24 07:00")
    world.submit(client_order_id="avx-20261124-AAPL-entry-1")
    kept = world.record.clock
    assert kept.now == new_york("2026-11-24 10:30")
    assert kept.epochs[1:] == (Epoch(world.wall.astimezone(UTC), kept.now),)
    world.wall = new_york("2026-11-19 12:00")
    assert world.now == kept.now, "a wall clock set back does not take it back"


def test_an_epoch_is_noted_when_the_clock_leaves_its_session(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.broker.advance(5 * 60 * MINUTE)
    assert len(world.record.clock.epochs) == 1
    world.wall_passes(minutes=1)
    world.broker.advance(30 * MINUTE)
    assert world.record.clock.epochs[1:] == (
        Epoch(world.wall.astimezone(UTC), new_york("2026-11-19 16:00").astimezone(UTC)),
    )
    world.broker.advance(OVERNIGHT - MINUTE)
    assert len(world.record.clock.epochs) == 2, "the evening belongs to the next session already"


def test_times_stand_in_the_file_in_utc(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert '"now": "2026-11-19T15:30:00Z"' in world.path.read_text()


# When was a file written, by this clock?


def test_a_file_counts_from_the_start_of_its_epoch(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.broker.advance(120 * MINUTE)
    token = tmp_path / "token"
    token.write_bytes(b"x")
    os.utime(token, (0, file_time("2026-11-19 08:25")))
    assert world.clock.written_at(token.stat().st_mtime) == new_york("2026-11-19 10:55")


def test_a_file_is_never_from_the_future(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert world.clock.written_at(file_time("2026-11-19 15:00")) == world.now


def test_a_file_older_than_the_account_keeps_its_distance(tmp_path: Path) -> None:
    world = World(tmp_path, "2026-11-19 20:00")
    assert world.clock.written_at(file_time("2026-11-19 19:50")) == new_york("2026-11-20 10:20")
    assert world.clock.written_at(file_time("2026-11-17 20:00")) == new_york("2026-11-18 10:30")


def test_what_was_written_in_a_session_stays_in_it_however_late_it_is_asked(tmp_path: Path) -> None:
    """The clock ran to the close in a second; hours of real time do not carry the file over it."""
    world = World(tmp_path, "2026-11-18 20:00")
    token = file_time("2026-11-19 09:00")
    world.wall = new_york("2026-11-19 09:10")
    for seconds in (330 * MINUTE, 60 * MINUTE, OVERNIGHT):
        world.broker.advance(seconds)
        written = world.clock.written_at(token)
        assert TABLE.current_or_next(written) == session_on("2026-11-19")


def test_a_leap_over_a_session_does_not_take_older_files_along(tmp_path: Path) -> None:
    world = World(tmp_path, "2026-11-18 20:00")
    token = file_time("2026-11-19 09:00")
    world.wall = new_york("2026-11-19 09:10")
    world.broker.set_clock(new_york("2026-11-23 10:30"))
    assert world.clock.written_at(token) == new_york("2026-11-19 16:00") - INSTANT
    assert world.clock.written_at(file_time("2026-11-19 09:10")) == new_york("2026-11-23 10:30")
    assert world.clock.written_at(file_time("2026-11-19 09:09:59")) < new_york("2026-11-19 16:00")


def test_a_file_written_after_the_real_close_belongs_to_the_next_session(tmp_path: Path) -> None:
    """As a look at the clock would have said at that moment, though nothing was written since."""
    world = World(tmp_path, "2026-11-19 10:00")
    before_close, after_close = file_time("2026-11-19 15:59"), file_time("2026-11-19 16:20")
    world.wall = new_york("2026-11-20 07:00")
    for _ in ("only looked at", "kept"):
        assert TABLE.current_or_next(world.clock.written_at(before_close)) == session_on("2026-11-19")
        assert world.clock.written_at(after_close) == new_york("2026-11-20 10:30")
        world.broker.advance(0)


def test_a_token_of_the_weekend_serves_monday(tmp_path: Path) -> None:
    world = World(tmp_path, "2026-11-20 11:00")
    saturday = file_time("2026-11-21 12:00")
    world.wall = new_york("2026-11-23 08:00")
    assert world.clock.written_at(saturday) == new_york("2026-11-23 10:30")


def test_two_jumps_in_one_moment_are_told_by_the_later_one() -> None:
    wall = new_york("2026-11-17 08:00")
    timeline = begun(MONDAY, new_york("2026-11-16 08:00"))
    timeline = present(timeline, wall, TABLE)
    timeline = moved(timeline, new_york("2026-11-18 09:30"), wall, TABLE)
    assert len(timeline.epochs) == 3
    assert written_at(timeline, wall.timestamp(), TABLE) == new_york("2026-11-18 09:30")
    assert written_at(timeline, wall.timestamp() - 1, TABLE) == TUESDAY.opens + timedelta(hours=1)


# A table that lost its sessions must not lose the time.


def test_without_sessions_the_clock_stands_and_can_be_advanced() -> None:
    empty = SessionTable(())
    timeline = begun(MONDAY, new_york("2026-11-16 08:00"))
    assert present(timeline, new_york("2026-11-17 08:00"), empty) == timeline
    later = moved(timeline, timeline.now + timedelta(minutes=1), new_york("2026-11-16 08:01"), empty)
    assert later == Timeline(timeline.now + timedelta(minutes=1), timeline.epochs)
    assert written_at(later, file_time("2026-11-16 08:00:30"), empty) == timeline.now + timedelta(seconds=30)


def test_a_time_before_a_refreshed_table_finds_the_present_session() -> None:
    timeline = Timeline(
        datetime(2025, 1, 6, 15, 30, tzinfo=UTC),
        (Epoch(datetime(2025, 1, 6, tzinfo=UTC), datetime(2025, 1, 6, 15, 30, tzinfo=UTC)),),
    )
    assert present(timeline, new_york("2026-11-17 08:00"), TABLE).now == TUESDAY.opens + timedelta(hours=1)
