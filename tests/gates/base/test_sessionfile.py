"""sessions.json is taken at its word only when every word of it is right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from gates.base.sessionfile import load_sessions
from gates.base.sessions import NEW_YORK, SessionTable
from gates.base.statefile import StateMissing, StateUnreadable, render, sealed

TEMPLATE = Path(__file__).parents[3] / "state_templates" / "sessions.json"
GOOD: dict[str, Any] = {
    "schema": 1,
    "exchange": "XNYS",
    "source": "exchange_calendars 4.13.2",
    "generated_at": "2026-11-21T07:31:56Z",
    "first": "2026-11-25",
    "last": "2026-11-30",
    "opens": "09:30",
    "closes": "16:00",
    "early_closes": {"2026-11-27": "13:00"},
    "sessions": ["2026-11-25", "2026-11-27", "2026-11-30"],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.json"


@pytest.fixture(scope="module")
def shipped() -> SessionTable:
    return load_sessions(TEMPLATE)


def test_a_good_file_is_a_table(path: Path) -> None:
    path.write_bytes(render(sealed(GOOD)))
    table = load_sessions(path)
    sessions = table.closing_after(datetime(2026, 11, 25, tzinfo=NEW_YORK), 9)
    assert [f"{session} {session.opens:%H:%M}-{session.closes:%H:%M}" for session in sessions] == [
        "2026-11-25 14:30-21:00",
        "2026-11-27 14:30-18:00",
        "2026-11-30 14:30-21:00",
    ]


def set_to(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda document: {**document, **changes}


def without(field: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda document: {key: value for key, value in document.items() if key != field}


def sessions(*days: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """These days, with first and last to match and no half-day."""
    return set_to(sessions=list(days), first=days[0], last=days[-1], early_closes={})


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        *((without(field), f"has missing or unknown fields: {field}") for field in GOOD if field != "schema"),
        (set_to(timezone="America/New_York"), "has missing or unknown fields: timezone"),
        (set_to(exchange="XLON"), "has exchange 'XLON', want XNYS"),
        (set_to(exchange=None), "has exchange None, want XNYS"),
        (set_to(source=""), "has no source"),
        (set_to(source=7), "has no source"),
        (set_to(generated_at=None), "generated_at None is not a moment such as 2026-11-20T15:31:02Z"),
        (set_to(generated_at="today"), "generated_at 'today' is not a moment such as 2026-11-20T15:31:02Z"),
        (
            set_to(generated_at="2026-11-21T07:31:56"),
            "generated_at '2026-11-21T07:31:56' is not a moment such as 2026-11-20T15:31:02Z",
        ),
        (
            set_to(generated_at="2026-13-21T07:31:56Z"),
            "generated_at '2026-13-21T07:31:56Z' is not a moment such as 2026-11-20T15:31:02Z",
        ),
        (set_to(opens="9:30"), "opens '9:30' is not a time such as 16:00"),
        (set_to(opens="09:30:00"), "opens '09:30:00' is not a time such as 16:00"),
        (set_to(opens=930), "opens 930 is not a time such as 16:00"),
        (set_to(closes="24:00"), "closes '24:00' is not a time such as 16:00"),
        (set_to(closes="29:00"), "closes '29:00' is not a time such as 16:00"),
        (set_to(closes="16:60"), "closes '16:60' is not a time such as 16:00"),
        (set_to(closes="16:00\n"), "closes '16:00\\n' is not a time such as 16:00"),
        (set_to(closes="09:30"), "closes 09:30 is not after opens 09:30"),
        (set_to(closes="09:29"), "closes 09:29 is not after opens 09:30"),
        (set_to(sessions=[]), "has no list of sessions"),
        (set_to(sessions={}), "has no list of sessions"),
        (set_to(sessions=None), "has no list of sessions"),
        (set_to(sessions="2026-11-25"), "has no list of sessions"),
        (sessions("2026-11-25", "2026-11-25"), "sessions are not in order (2026-11-25 before 2026-11-25)"),
        (sessions("2026-11-27", "2026-11-25"), "sessions are not in order (2026-11-27 before 2026-11-25)"),
        (sessions("20261125"), "'20261125' is not a date such as 2026-11-20"),
        (sessions("2026-W48-3"), "'2026-W48-3' is not a date such as 2026-11-20"),
        (sessions("2026-11-25T00:00"), "'2026-11-25T00:00' is not a date such as 2026-11-20"),
        (sessions("2026-11-31"), "'2026-11-31' is not a date such as 2026-11-20"),
        (sessions("2026-11-25 "), "'2026-11-25 ' is not a date such as 2026-11-20"),
        (sessions(""), "'' is not a date such as 2026-11-20"),
        (sessions(20261125), "20261125 is not a date such as 2026-11-20"),
        (sessions(None), "None is not a date such as 2026-11-20"),
        (sessions(["2026-11-25"]), "['2026-11-25'] is not a date such as 2026-11-20"),
        (sessions("2026-11-28"), "session 2026-11-28 is a Saturday"),
        (set_to(first="2026-11-24"), "has first '2026-11-24', the sessions say 2026-11-25"),
        (set_to(first=None), "has first None, the sessions say 2026-11-25"),
        (set_to(last="2026-12-01"), "has last '2026-12-01', the sessions say 2026-11-30"),
        (set_to(early_closes=[]), "has no table of early closes"),
        (set_to(early_closes=None), "has no table of early closes"),
        (set_to(early_closes={"2026-11-26": "13:00"}), "has an early close on 2026-11-26, which is no session"),
        (set_to(early_closes={"soon": "13:00"}), "'soon' is not a date such as 2026-11-20"),
        (set_to(early_closes={"2026-11-27": "1 pm"}), "early close of 2026-11-27 '1 pm' is not a time such as 16:00"),
        (set_to(early_closes={"2026-11-27": None}), "early close of 2026-11-27 None is not a time such as 16:00"),
        *(
            (
                set_to(early_closes={"2026-11-27": close}),
                f"early close {close} of 2026-11-27 is not between 09:30 and 16:00",
            )
            for close in ("09:29", "09:30", "16:00", "16:01")
        ),
    ],
)
def test_one_wrong_field_makes_it_unreadable(path: Path, spoil: Callable[[dict[str, Any]], Any], what: str) -> None:
    path.write_bytes(render(sealed(spoil(GOOD))))
    with pytest.raises(StateUnreadable) as refused:
        load_sessions(path)
    assert (refused.value.path, refused.value.what) == (path, what)


@pytest.mark.parametrize("close", ["09:31", "13:00", "15:59"])
def test_an_early_close_lies_within_the_session(path: Path, close: str) -> None:
    path.write_bytes(render(sealed({**GOOD, "early_closes": {"2026-11-27": close}})))
    half_day = load_sessions(path).on(date(2026, 11, 27))
    assert half_day is not None
    assert f"{half_day.closes.astimezone(NEW_YORK):%H:%M}" == close


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (render({**GOOD, "sha256": "0" * 64}), "digest does not match its content"),
        (render(GOOD), "digest does not match its content"),
        (render({**sealed(GOOD), "closes": "20:00"}), "digest does not match its content"),
        (render(sealed({**GOOD, "schema": 2})), "has schema 2, want 1"),
        (render(sealed(GOOD))[:-3], None),
        (b"", "is empty"),
    ],
)
def test_a_file_that_is_not_as_it_was_written_is_unreadable(path: Path, content: bytes, what: str | None) -> None:
    path.write_bytes(content)
    with pytest.raises(StateUnreadable) as refused:
        load_sessions(path)
    assert what is None or refused.value.what == what


def test_a_missing_file_is_missing(path: Path) -> None:
    with pytest.raises(StateMissing):
        load_sessions(path)


def test_the_shipped_table_begins_and_ends_where_it_says(shipped: SessionTable) -> None:
    assert shipped.first_day == date(2025, 1, 2)
    assert shipped.last_day is not None
    assert shipped.last_day >= date(2027, 12, 31)
    assert shipped.on(date(2025, 1, 1)) is None
    assert shipped.current_or_next(datetime(2024, 12, 31, 12, tzinfo=NEW_YORK)) is None


@pytest.mark.parametrize(
    ("day", "closes"),
    [
        ("2025-01-09", None),  # day of mourning for President Carter
        ("2025-04-18", None),  # Good Friday
        ("2026-04-03", None),
        ("2027-03-26", None),
        ("2025-06-19", None),  # Juneteenth, in 2027 a Saturday and observed on Friday
        ("2026-06-19", None),
        ("2027-06-18", None),
        ("2025-07-03", "13:00"),  # July 4th a Friday: the day before is a half-day
        ("2025-07-04", None),
        ("2026-07-02", "16:00"),  # July 4th a Saturday: Friday is the holiday and Thursday is whole
        ("2026-07-03", None),
        ("2027-07-02", "16:00"),  # July 4th a Sunday: Monday is the holiday and Friday is whole
        ("2027-07-05", None),
        ("2025-11-27", None),  # Thanksgiving, and the half-day after it
        ("2025-11-28", "13:00"),
        ("2026-11-26", None),
        ("2026-11-27", "13:00"),
        ("2027-11-25", None),
        ("2027-11-26", "13:00"),
        ("2025-12-24", "13:00"),  # Christmas Eve; in 2027 the holiday itself is observed on it
        ("2026-12-24", "13:00"),
        ("2027-12-24", None),
        ("2027-12-23", "16:00"),
        ("2027-12-31", "16:00"),  # New Year's Day 2028 is a Saturday and is not observed on Friday
        ("2026-11-20", "16:00"),
        ("2026-11-21", None),
    ],
)
def test_days_that_must_be_known(shipped: SessionTable, day: str, closes: str | None) -> None:
    session = shipped.on(date.fromisoformat(day))
    assert (None if session is None else f"{session.closes.astimezone(NEW_YORK):%H:%M}") == closes


@pytest.mark.parametrize(
    ("day", "opens_utc"),
    [
        ("2026-03-06", "14:30"),
        ("2026-03-09", "13:30"),
        ("2026-10-30", "13:30"),
        ("2026-11-02", "14:30"),
        ("2027-03-12", "14:30"),
        ("2027-03-15", "13:30"),
    ],
)
def test_the_open_moves_in_utc_with_the_clocks(shipped: SessionTable, day: str, opens_utc: str) -> None:
    session = shipped.on(date.fromisoformat(day))
    assert session is not None
    assert f"{session.opens:%H:%M}" == opens_utc
