"""The venue's own session table, its watch and its stamps."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from venue.hours import Hours, easter
from venue.moments import SECOND, Timepiece, from_ns, new_york_stamp, read_stamp, stamp, to_ns

NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)


def test_sessions_agree_with_exchange_calendars() -> None:
    calendars = pytest.importorskip("exchange_calendars")
    exchange = calendars.get_calendar("XNYS", start="2022-01-01", end="2027-06-30")
    hours = Hours()
    hours.close_on(date(2025, 1, 9))  # a day of mourning: no rule knows it
    ours = {s.day: (s.opens, s.closes) for s in hours.between(date(2022, 1, 1), date(2027, 6, 30))}
    theirs = {
        label.date(): (
            exchange.session_open(label).to_pydatetime(),
            exchange.session_close(label).to_pydatetime(),
        )
        for label in exchange.sessions
    }
    assert ours == theirs


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (datetime(2026, 11, 20, 14, 29, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 20, 14, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 20, 21, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 26, 16, 0, tzinfo=UTC), False),  # Thanksgiving
        (datetime(2026, 11, 27, 17, 59, tzinfo=UTC), True),  # its half day
        (datetime(2026, 11, 27, 18, 0, tzinfo=UTC), False),
        (datetime(2026, 7, 3, 15, 0, tzinfo=UTC), False),  # Independence Day kept on Friday
        (datetime(2026, 7, 6, 13, 30, tzinfo=UTC), True),  # summer time
    ],
)
def test_open_and_closed(moment: datetime, is_open: bool) -> None:
    assert Hours().is_open(moment) is is_open


def test_next_open_and_close_step_over_a_long_weekend() -> None:
    hours, evening = Hours(), datetime(2026, 11, 25, 22, 0, tzinfo=UTC)
    assert hours.next_open(evening) == datetime(2026, 11, 27, 14, 30, tzinfo=UTC)
    assert hours.next_close(evening) == datetime(2026, 11, 27, 18, 0, tzinfo=UTC)


def test_easter() -> None:
    assert [easter(year) for year in (2024, 2025, 2026)] == [date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5)]


def test_stamps_have_nine_digits_and_read_back() -> None:
    ns = to_ns(NOON) + 113_000_042
    assert stamp(ns) == "2026-11-20T17:00:00.113000042Z"
    assert new_york_stamp(ns) == "2026-11-20T12:00:00.113000042-05:00"
    assert new_york_stamp(to_ns(datetime(2026, 7, 6, 14, 0, tzinfo=UTC))) == "2026-07-06T10:00:00.000000000-04:00"
    assert read_stamp(stamp(ns)) == read_stamp(new_york_stamp(ns)) == ns
    assert read_stamp("2026-11-20") == to_ns(datetime(2026, 11, 20, tzinfo=UTC))
    assert read_stamp("yesterday") is None
    assert read_stamp("2026-13-45T00:00:00Z") is None


def test_naive_times_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        Timepiece(datetime(2026, 11, 20))  # noqa: DTZ001


def test_the_watch_stands_still_and_its_stamps_do_not_repeat() -> None:
    watch = Timepiece(NOON)
    assert watch.now() == watch.now() == NOON
    first, second = watch.stamp(), watch.stamp()
    assert first == to_ns(NOON)
    assert second > first
    assert from_ns(second) > NOON
    watch.advance(60)
    assert watch.stamp() == to_ns(NOON) + 60 * SECOND
    watch.set(NOON)
    assert watch.stamp() == to_ns(NOON)


def test_the_watch_can_run() -> None:
    watch = Timepiece(NOON)
    watch.run()
    while watch.now_ns() == to_ns(NOON):
        pass  # spins until the monotonic clock has moved, which it does within a microsecond
    watch.stand_still()
    assert watch.now_ns() == watch.now_ns() > to_ns(NOON)
