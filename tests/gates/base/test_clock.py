"""The wall clock answers in UTC, and a stopwatch runs down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gates.base.clock import Stopwatch, WallClock, wall_now


def test_the_wall_clock_is_aware_and_true() -> None:
    clock = WallClock()
    before, now, after = wall_now(), clock.now(), datetime.now(UTC)
    assert before <= now <= after
    assert now.utcoffset() == timedelta(0)


def test_a_files_time_is_told_in_utc() -> None:
    assert WallClock().written_at(0.0) == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_pause_of_nothing_returns() -> None:
    WallClock().sleep(0)


def test_a_stopwatch_runs_down() -> None:
    watch = Stopwatch(1000)
    first = watch.left_seconds()
    assert 0 < watch.left_seconds() <= first <= 1000
    assert Stopwatch(-1).left_seconds() < 0
