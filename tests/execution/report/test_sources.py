"""Which session is meant, and which are told."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from support.facts import TABLE, new_york
from support.trading import DAY, YESTERDAY

from execution.report.send import MOST_SESSIONS, untold
from execution.report.sources import newest_finished, session_of_day, usual
from gates.base.errors import UsageError
from gates.base.sessions import SessionTable

LONG_AGO = new_york("2026-11-02 08:00")


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-20 15:59", "2026-11-19"),
        ("2026-11-20 16:00", "2026-11-20"),
        ("2026-11-21 12:00", "2026-11-20"),  # Saturday
        ("2026-11-26 12:00", "2026-11-25"),  # Thanksgiving
        ("2026-11-27 12:59", "2026-11-25"),
        ("2026-11-27 13:00", "2026-11-27"),  # a half-day is over at 13:00
        ("2026-12-04 16:00", "2026-12-04"),  # the last the table knows
        ("2027-01-04 12:00", "2026-12-04"),
    ],
)
def test_after_the_close_todays_before_it_the_one_before(now: str, day: str) -> None:
    assert str(newest_finished(TABLE, new_york(now))) == day
    assert str(usual(TABLE, new_york(now), LONG_AGO)) == day


def test_a_table_that_knows_no_finished_session() -> None:
    with pytest.raises(UsageError, match="knows no finished session"):
        newest_finished(TABLE, LONG_AGO)
    with pytest.raises(UsageError):
        newest_finished(SessionTable(()), LONG_AGO)


def test_in_the_first_session_of_a_state_dir_it_is_that_one() -> None:
    now, this_morning = new_york("2026-11-20 12:00"), new_york("2026-11-20 09:00")
    assert usual(TABLE, now, this_morning).day == DAY
    assert usual(TABLE, new_york("2026-11-20 09:15"), this_morning).day == YESTERDAY  # nothing has opened yet


@pytest.mark.parametrize("text", ["20.11.2026", "2026-11-21", "2026-11-23", "2026-11-26", "tomorrow"])
def test_a_date_that_is_no_session_yet_or_ever(text: str) -> None:
    with pytest.raises(UsageError):
        session_of_day(TABLE, text, new_york("2026-11-20 16:10"))


# --- what is still to be told ---------------------------------------------------------------------


def days(now: str, *told: str, since: datetime = LONG_AGO) -> list[int]:
    known = frozenset(date.fromisoformat(f"2026-11-{day}") for day in told)
    return [one.day.day for one in untold(TABLE, new_york(now), since, known)]


def test_the_newest_is_told_where_nothing_ever_was() -> None:
    assert days("2026-11-20 16:05") == [20]


def test_what_was_missed_is_told_oldest_first_and_never_a_flood() -> None:
    assert days("2026-11-20 16:05", "19") == [20]
    assert days("2026-11-20 16:05", "18") == [19, 20]
    assert days("2026-11-20 16:05", "03") == [18, 19, 20]
    assert len(days("2026-11-20 16:05", "03")) == MOST_SESSIONS


@pytest.mark.parametrize("now", ["2026-11-20 16:05", "2026-11-21 12:00", "2026-11-23 09:00", "2026-11-23 15:59"])
def test_what_was_told_is_not_told_again(now: str) -> None:
    assert days(now, "20") == []


def test_sessions_before_the_state_dir_was_made_are_not_told() -> None:
    assert days("2026-11-20 15:00", since=new_york("2026-11-20 09:00")) == []
    assert days("2026-11-20 16:05", since=new_york("2026-11-20 09:00")) == [20]


def test_a_half_day_is_told_from_thirteen_on() -> None:
    assert days("2026-11-27 12:59", "25") == []
    assert days("2026-11-27 13:00", "25") == [27]
