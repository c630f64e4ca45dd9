"""Which session a moment belongs to: New York days, half-days, clock changes, and the table's two ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from support.facts import TABLE, new_york, session_on, table_of

from gates.base.sessions import (
    NEW_YORK,
    SessionTable,
    counted_in,
    make_session,
    new_york_day,
    new_york_midnight,
    new_york_text,
)

EMPTY = SessionTable([])
SPRING = table_of("2026-03-02", "2026-03-13")
AUTUMN = table_of("2026-10-26", "2026-11-06")
ONE_SECOND_BEFORE_TABLE = "2026-11-01 23:59:59"


def days_of(sessions: tuple[object, ...]) -> list[str]:
    return [str(session) for session in sessions]


def named(session: object | None) -> str | None:
    return None if session is None else str(session)


@pytest.mark.parametrize(
    ("moment", "current_or_next", "open_now"),
    [
        ("2026-11-20 00:00:00", "2026-11-20", None),
        ("2026-11-20 09:29:59", "2026-11-20", None),
        ("2026-11-20 09:30:00", "2026-11-20", "2026-11-20"),
        ("2026-11-20 15:59:59", "2026-11-20", "2026-11-20"),
        ("2026-11-20 16:00:00", "2026-11-23", None),
        ("2026-11-21 12:00:00", "2026-11-23", None),
        ("2026-11-25 16:00:00", "2026-11-27", None),
        ("2026-11-26 10:00:00", "2026-11-27", None),
        ("2026-11-27 12:59:59", "2026-11-27", "2026-11-27"),
        ("2026-11-27 13:00:00", "2026-11-30", None),
        ("2026-12-04 15:59:59", "2026-12-04", "2026-12-04"),
        ("2026-12-04 16:00:00", None, None),
        ("2027-06-01 12:00:00", None, None),
        (ONE_SECOND_BEFORE_TABLE, None, None),
        ("2026-11-02 00:00:00", "2026-11-02", None),
        ("1999-01-04 12:00:00", None, None),
    ],
)
def test_the_session_of_a_moment(moment: str, current_or_next: str | None, open_now: str | None) -> None:
    assert named(TABLE.current_or_next(new_york(moment))) == current_or_next
    assert named(TABLE.open_at(new_york(moment))) == open_now


@pytest.mark.parametrize(
    ("moment", "count", "days"),
    [
        ("2026-11-20 15:59:59", 1, ["2026-11-20"]),
        ("2026-11-20 16:00:00", 1, ["2026-11-23"]),
        ("2026-11-25 10:00:00", 2, ["2026-11-25", "2026-11-27"]),
        ("2026-11-25 10:00:00", 3, ["2026-11-25", "2026-11-27", "2026-11-30"]),
        ("2026-12-04 10:00:00", 5, ["2026-12-04"]),
        ("2026-12-04 16:00:00", 5, []),
        ("2026-11-20 10:00:00", 0, []),
        ("2026-11-20 10:00:00", -1, []),
        ("2026-11-02 10:00:00", -1, []),
        (ONE_SECOND_BEFORE_TABLE, 1, []),
    ],
)
def test_the_sessions_that_close_after_a_moment(moment: str, count: int, days: list[str]) -> None:
    assert days_of(TABLE.closing_after(new_york(moment), count)) == days


@pytest.mark.parametrize(
    ("day", "on", "before", "after"),
    [
        ("2026-11-20", "2026-11-20", "2026-11-19", "2026-11-23"),
        ("2026-11-21", None, "2026-11-20", "2026-11-23"),
        ("2026-11-26", None, "2026-11-25", "2026-11-27"),
        ("2026-11-02", "2026-11-02", None, "2026-11-03"),
        ("2026-11-01", None, None, "2026-11-02"),
        ("2026-12-04", "2026-12-04", "2026-12-03", None),
        ("2026-12-05", None, "2026-12-04", None),
    ],
)
def test_the_sessions_around_a_date(day: str, on: str | None, before: str | None, after: str | None) -> None:
    asked = date.fromisoformat(day)
    assert (named(TABLE.on(asked)), named(TABLE.before(asked)), named(TABLE.after(asked))) == (on, before, after)


def test_the_table_says_where_it_begins_and_ends() -> None:
    assert (TABLE.first_day, TABLE.last_day) == (date(2026, 11, 2), date(2026, 12, 4))


def test_an_empty_table_knows_nothing() -> None:
    noon, day = new_york("2026-11-20 12:00"), date(2026, 11, 20)
    assert (EMPTY.first_day, EMPTY.last_day) == (None, None)
    assert (EMPTY.on(day), EMPTY.before(day), EMPTY.after(day)) == (None, None, None)
    assert (EMPTY.current_or_next(noon), EMPTY.open_at(noon), EMPTY.closing_after(noon, 2)) == (None, None, ())


def test_a_table_puts_its_sessions_in_order() -> None:
    sessions = [session_on(day) for day in ("2026-11-23", "2026-11-19", "2026-11-20")]
    assert days_of(SessionTable(sessions).closing_after(new_york("2026-11-19 10:00"), 9)) == [
        "2026-11-19",
        "2026-11-20",
        "2026-11-23",
    ]


@pytest.mark.parametrize(
    ("day", "table", "opens_utc", "closes_utc"),
    [
        ("2026-03-06", SPRING, "14:30", "21:00"),
        ("2026-03-09", SPRING, "13:30", "20:00"),
        ("2026-10-30", AUTUMN, "13:30", "20:00"),
        ("2026-11-02", AUTUMN, "14:30", "21:00"),
        ("2026-11-27", TABLE, "14:30", "18:00"),
    ],
)
def test_opening_moves_in_utc_and_stays_in_new_york(
    day: str, table: SessionTable, opens_utc: str, closes_utc: str
) -> None:
    session = session_on(day, table)
    assert (f"{session.opens:%H:%M%z}", f"{session.closes:%H:%M%z}") == (f"{opens_utc}+0000", f"{closes_utc}+0000")
    assert session.opens.astimezone(NEW_YORK).time() == time(9, 30)


@pytest.mark.parametrize(("day", "half"), [("2026-11-20", False), ("2026-11-27", True)])
def test_a_half_day_is_known_by_its_close(day: str, half: bool) -> None:
    assert session_on(day).is_half_day is half


@pytest.mark.parametrize(
    ("moment", "within"),
    [
        ("2026-11-20 09:29:59", False),
        ("2026-11-20 09:30:00", True),
        ("2026-11-20 15:59:59", True),
        ("2026-11-20 16:00:00", False),
        ("2026-11-19 12:00:00", False),
    ],
)
def test_a_session_contains_its_opening_and_not_its_close(moment: str, within: bool) -> None:
    assert session_on("2026-11-20").contains(new_york(moment)) is within


def test_a_session_is_its_day_and_its_hours() -> None:
    session = make_session(date(2026, 11, 20), time(9, 30), time(16))
    assert str(session) == "2026-11-20"
    assert session.opens == datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    assert session.closes == datetime(2026, 11, 20, 21, tzinfo=UTC)
    assert session == session_on("2026-11-20")
    assert session != make_session(date(2026, 11, 20), time(9, 30), time(13))


@pytest.mark.parametrize(
    ("moment", "day", "text"),
    [
        ("2026-11-20T20:31:02+00:00", "2026-11-20", "2026-11-20 15:31:02 EST"),
        ("2026-11-21T04:59:59+00:00", "2026-11-20", "2026-11-20 23:59:59 EST"),
        ("2026-11-21T05:00:00+00:00", "2026-11-21", "2026-11-21 00:00:00 EST"),
        ("2026-07-01T03:59:59+00:00", "2026-06-30", "2026-06-30 23:59:59 EDT"),
        ("2026-11-20T12:00:00+09:00", "2026-11-19", "2026-11-19 22:00:00 EST"),
    ],
)
def test_the_day_and_the_words_are_new_yorks(moment: str, day: str, text: str) -> None:
    asked = datetime.fromisoformat(moment)
    assert (new_york_day(asked).isoformat(), new_york_text(asked)) == (day, text)


@pytest.mark.parametrize(
    ("day", "midnight"),
    [
        ("2026-11-20", "2026-11-20T05:00:00+00:00"),
        ("2026-07-01", "2026-07-01T04:00:00+00:00"),
        ("2026-03-08", "2026-03-08T05:00:00+00:00"),
        ("2026-03-09", "2026-03-09T04:00:00+00:00"),
        ("2026-11-01", "2026-11-01T04:00:00+00:00"),
        ("2026-11-02", "2026-11-02T05:00:00+00:00"),
    ],
)
def test_midnight_is_new_yorks(day: str, midnight: str) -> None:
    assert new_york_midnight(date.fromisoformat(day)).isoformat() == midnight


def test_the_sessions_that_a_time_touches() -> None:
    def days(first: str, last: str) -> list[int]:
        return [one.day.day for one in TABLE.touching(new_york(first), new_york(last))]

    assert days("2026-11-20 15:59", "2026-11-23 09:30") == [20, 23]
    assert days("2026-11-20 16:00", "2026-11-23 09:29") == []  # closed on both sides of a weekend
    assert days("2026-11-25 10:00", "2026-11-27 13:30") == [25, 27]  # Thanksgiving between, then a half-day
    assert days("2026-11-20 10:00", "2026-11-20 10:00") == [20]


@pytest.mark.parametrize(
    ("moment", "day"),
    [("2026-11-20 10:00", 20), ("2026-11-21 10:00", 20), ("2026-11-26 10:00", 25), ("2026-10-30 10:00", 30)],
)
def test_the_session_that_a_moment_is_counted_in(moment: str, day: int) -> None:
    """On a day without one the session before; before the table, the day itself."""
    assert counted_in(TABLE)(new_york(moment)).day == day
