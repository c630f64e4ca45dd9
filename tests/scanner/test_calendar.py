"""The session table as it is built: the exchange's real days, and a refusal of all that is odd."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from support import host

from gates.base.sessions import Session, make_session
from gates.base.statefile import StateUnreadable, read_sealed, render, sealed
from scanner import calendar

pytest.importorskip("exchange_calendars")
pytestmark = pytest.mark.filterwarnings("ignore:Series.values returning")  # theirs, not ours

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "state_templates" / "sessions.json"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OPENS, CLOSES = time(9, 30), time(16)

HOLIDAYS = """
    2025-01-09 2025-01-20 2025-02-17 2025-04-18 2025-05-26 2025-06-19 2025-07-04 2025-09-01 2025-11-27 2025-12-25
    2026-01-01 2026-01-19 2026-02-16 2026-04-03 2026-05-25 2026-06-19 2026-07-03 2026-09-07 2026-11-26 2026-12-25
    2027-01-01 2027-01-18 2027-02-15 2027-03-26 2027-05-31 2027-06-18 2027-07-05 2027-09-06 2027-11-25 2027-12-24
"""
HALF_DAYS = "2025-07-03 2025-11-28 2025-12-24 2026-11-27 2026-12-24 2027-11-26"


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@pytest.fixture(scope="module")
def three_years() -> tuple[Session, ...]:
    return calendar.exchange_sessions(date(2025, 1, 2), date(2027, 12, 31))


def test_the_closed_weekdays_of_three_years(three_years: Sequence[Session]) -> None:
    """Among them Carter's day of mourning, and holidays observed on a Friday or a Monday."""
    weekdays = [day for day in days_between(date(2025, 1, 2), date(2027, 12, 31)) if day.weekday() < 5]
    open_days = {session.day for session in three_years}
    assert [str(day) for day in weekdays if day not in open_days] == HOLIDAYS.split()
    assert open_days <= set(weekdays)


def test_the_half_days_of_three_years(three_years: Sequence[Session]) -> None:
    early = {day: close for day, close in calendar.closing_times(three_years).items() if close != "16:00"}
    assert early == {date.fromisoformat(day): "13:00" for day in HALF_DAYS.split()}


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        ("2025-03-07", "14:30", "21:00"),
        ("2025-03-10", "13:30", "20:00"),
        ("2025-07-03", "13:30", "17:00"),
        ("2025-10-31", "13:30", "20:00"),
        ("2025-11-03", "14:30", "21:00"),
        ("2025-11-28", "14:30", "18:00"),
        ("2026-03-06", "14:30", "21:00"),
        ("2026-03-09", "13:30", "20:00"),
        ("2026-10-30", "13:30", "20:00"),
        ("2026-11-02", "14:30", "21:00"),
        ("2027-03-12", "14:30", "21:00"),
        ("2027-03-15", "13:30", "20:00"),
        ("2027-11-05", "13:30", "20:00"),
        ("2027-11-08", "14:30", "21:00"),
    ],
)
def test_hours_in_utc_around_the_clock_changes(
    three_years: Sequence[Session], day: str, opens: str, closes: str
) -> None:
    session = next(session for session in three_years if str(session) == day)
    assert (f"{session.opens:%H:%M%z}", f"{session.closes:%H:%M%z}") == (f"{opens}+0000", f"{closes}+0000")


def test_the_shipped_template_is_what_the_exchange_says() -> None:
    template = read_sealed(TEMPLATE, calendar.SCHEMA)
    if template["source"] != calendar.source_now():
        pytest.skip(f"template is from {template['source']}, here is {calendar.source_now()}: `make sessions`")
    first, last = date.fromisoformat(template["first"]), date.fromisoformat(template["last"])
    built_at = datetime.fromisoformat(template["generated_at"])
    sessions = calendar.exchange_sessions(first, date(last.year, 12, 31))
    assert template == calendar.make_document(calendar.closing_times(sessions), template["source"], built_at)
    assert TEMPLATE.read_bytes() == render(template)


def test_the_shipped_template_covers_what_is_promised() -> None:
    template = read_sealed(TEMPLATE, calendar.SCHEMA)
    assert template["first"] == "2025-01-02"
    assert template["last"] >= "2027-12-31"


# --- oddities ------------------------------------------------------------------------------------


def week(changed: Callable[[date], tuple[time, time] | None]) -> list[Session]:
    """Monday 2026-11-16 to Friday 2026-11-20 with the hours given for each day, or closed."""
    hours = {day: changed(day) for day in days_between(date(2026, 11, 16), date(2026, 11, 20))}
    return [make_session(day, *both) for day, both in hours.items() if both is not None]


def usual(_: date) -> tuple[time, time]:
    return OPENS, CLOSES


def on_wednesday(opens: time, closes: time) -> Callable[[date], tuple[time, time]]:
    return lambda day: (opens, closes) if day == date(2026, 11, 18) else (OPENS, CLOSES)


WEEK = week(usual)
SATURDAY = make_session(date(2026, 11, 21), OPENS, CLOSES)
OVER_NIGHT = Session(date(2026, 11, 18), WEEK[2].opens, WEEK[3].closes)
WANT_OPEN, WANT_CLOSE = "want 09:30", "want 16:00 or a whole minute before"


@pytest.mark.parametrize(
    ("sessions", "odd"),
    [
        (WEEK, []),
        (week(on_wednesday(OPENS, time(13))), []),
        (week(on_wednesday(OPENS, time(9, 31))), []),
        (week(on_wednesday(time(9, 31), CLOSES)), [f"2026-11-18 opens at 2026-11-18 09:31:00, {WANT_OPEN}"]),
        (week(on_wednesday(time(12), CLOSES)), [f"2026-11-18 opens at 2026-11-18 12:00:00, {WANT_OPEN}"]),
        (week(on_wednesday(time(9, 30, 1), CLOSES)), [f"2026-11-18 opens at 2026-11-18 09:30:01, {WANT_OPEN}"]),
        (week(on_wednesday(OPENS, time(16, 1))), [f"2026-11-18 closes at 2026-11-18 16:01:00, {WANT_CLOSE}"]),
        (week(on_wednesday(OPENS, time(13, 0, 30))), [f"2026-11-18 closes at 2026-11-18 13:00:30, {WANT_CLOSE}"]),
        (week(on_wednesday(OPENS, OPENS)), [f"2026-11-18 closes at 2026-11-18 09:30:00, {WANT_CLOSE}"]),
        (
            [*WEEK[:2], OVER_NIGHT, *WEEK[3:]],
            [f"2026-11-18 closes at 2026-11-19 16:00:00, {WANT_CLOSE}"],
        ),
        ([*WEEK, SATURDAY], ["2026-11-21 is a Saturday"]),
        ([WEEK[1], WEEK[0], *WEEK[2:]], ["sessions are not in order or stand there twice"]),
        ([WEEK[0], *WEEK], ["sessions are not in order or stand there twice"]),
    ],
)
def test_odd_sessions_are_named(sessions: list[Session], odd: list[str]) -> None:
    assert calendar.oddities(sessions, date(2026, 11, 16), date(2026, 11, 20)) == odd


@pytest.mark.parametrize(
    ("first", "last", "odd"),
    [
        ("2026-11-11", "2026-11-25", []),
        ("2026-11-10", "2026-11-25", ["no session between 2026-11-10 and 2026-11-16"]),
        ("2026-11-11", "2026-11-26", ["no session between 2026-11-20 and 2026-11-26"]),
    ],
)
def test_a_calendar_that_ends_too_early_or_begins_too_late_is_odd(first: str, last: str, odd: list[str]) -> None:
    assert calendar.oddities(WEEK, date.fromisoformat(first), date.fromisoformat(last)) == odd


def test_no_sessions_at_all_are_odd() -> None:
    assert calendar.oddities([], date(2026, 1, 1), date(2026, 12, 31)) == [
        "no session between 2026-01-01 and 2026-12-31"
    ]


@pytest.mark.parametrize(
    ("exchange", "first", "last", "odd"),
    [
        ("XLON", "2025-01-02", "2025-01-03", "2025-01-02 opens at 2025-01-02 03:00:00, want 09:30"),
        ("CMES", "2025-01-02", "2025-01-03", "2025-01-02 opens at 2025-01-01 18:00:00, want 09:30"),
        ("XNYS", "2001-09-04", "2001-09-28", "no session between 2001-09-10 and 2001-09-17"),
        ("XNYS", "2012-10-22", "2012-11-02", None),
    ],
)
def test_other_exchanges_and_other_times_are_refused(exchange: str, first: str, last: str, odd: str | None) -> None:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    found = calendar.oddities(calendar.exchange_sessions(begin, end, exchange), begin, end)
    assert found[:1] == ([] if odd is None else [odd])


def test_an_exchange_that_breaks_for_lunch_is_refused() -> None:
    with pytest.raises(calendar.CalendarOdd, match="XTKS has a break within its sessions"):
        calendar.exchange_sessions(date(2025, 1, 6), date(2025, 1, 10), "XTKS")


# --- refreshing a file ---------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.json"


def write(path: Path, closes: dict[str, str], source: str | None = None) -> None:
    days = {date.fromisoformat(day): close for day, close in closes.items()}
    path.write_bytes(render(calendar.make_document(days, source or calendar.source_now(), NOW)))


def closes_in(path: Path) -> dict[str, str]:
    document = read_sealed(path, calendar.SCHEMA)
    return {day: document["early_closes"].get(day, document["closes"]) for day in document["sessions"]}


def summary(path: Path) -> str:
    return f"{path}: 752 sessions, 2025-01-02 to 2027-12-31, {calendar.source_now()}"


def test_without_a_file_a_whole_one_is_made(path: Path) -> None:
    assert calendar.refresh(path, 0, NOW) == [summary(path), "added 752: 2025-01-02 to 2027-12-31"]
    assert closes_in(path) == closes_in(TEMPLATE)


def test_a_file_that_is_right_is_left_alone(path: Path) -> None:
    calendar.refresh(path, 2027, NOW)
    before = path.read_bytes()
    assert calendar.refresh(path, 2027, NOW + timedelta(days=1)) == [summary(path), "no session changed"]
    assert path.read_bytes() == before


def test_a_newer_source_is_written_down_even_when_no_session_changed(path: Path) -> None:
    write(path, closes_in(TEMPLATE), source="exchange_calendars 4.5")
    assert calendar.refresh(path, 2027, NOW) == [summary(path), "no session changed"]
    assert read_sealed(path, calendar.SCHEMA)["source"] == calendar.source_now()


@pytest.mark.parametrize("source", ["exchange_calendars 99.0", "exchange_calendars 4.99.1"])
def test_what_a_newer_package_knew_is_not_forgotten(path: Path, source: str) -> None:
    """It has heard of a closing by decree; an older one would open the market on that day again."""
    known = closes_in(TEMPLATE)
    del known["2026-12-04"]
    write(path, known, source=source)
    before = path.read_bytes()
    with pytest.raises(calendar.CalendarOdd, match=f"was made with {source}, .* here knows less"):
        calendar.refresh(path, 2027, NOW)
    assert path.read_bytes() == before


def test_what_changed_is_said_date_by_date(path: Path) -> None:
    known = closes_in(TEMPLATE)
    del known["2027-05-12"], known["2027-05-13"]
    write(path, {**known, "2026-11-27": "16:00", "2027-12-24": "16:00"})
    assert calendar.refresh(path, 2027, NOW) == [
        summary(path),
        "added 2: 2027-05-12, 2027-05-13",
        "removed 1: 2027-12-24",
        "2026-11-27 closes at 13:00, was 16:00",
    ]
    assert closes_in(path) == closes_in(TEMPLATE)


def test_a_session_that_is_over_is_never_dropped(path: Path) -> None:
    write(path, {"2025-01-02": "16:00", "2025-01-09": "16:00", "2026-11-20": "16:00"})
    before = path.read_bytes()
    with pytest.raises(calendar.CalendarOdd, match="past sessions would be lost: 2025-01-09"):
        calendar.refresh(path, 2027, NOW)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("now", "refused"),
    [
        ("2026-11-26T04:59:59Z", False),
        ("2026-11-27T04:59:59Z", False),
        ("2026-11-27T05:00:00Z", True),
    ],
)
def test_a_session_is_over_by_new_yorks_date(path: Path, now: str, refused: bool) -> None:
    """The file holds Thanksgiving 2026, which is no session."""
    write(path, {**closes_in(TEMPLATE), "2026-11-26": "16:00"})
    moment = datetime.fromisoformat(now)
    if refused:
        with pytest.raises(calendar.CalendarOdd, match="past sessions would be lost: 2026-11-26"):
            calendar.refresh(path, 2027, moment)
    else:
        assert calendar.refresh(path, 2027, moment)[1:] == ["removed 1: 2026-11-26"]


@pytest.mark.parametrize(
    ("known", "through", "first", "last"),
    [
        ({}, 0, "2025-01-02", "2027-12-31"),
        ({}, 2026, "2025-01-02", "2027-12-31"),
        ({}, 2028, "2025-01-02", "2028-12-29"),
        ({"2026-06-01": "16:00"}, 2027, "2026-06-01", "2027-12-31"),
        ({"2026-06-01": "16:00", "2028-12-29": "16:00"}, 2027, "2026-06-01", "2028-12-29"),
    ],
)
def test_the_table_never_covers_less_than_before_or_than_next_year(
    path: Path, known: dict[str, str], through: int, first: str, last: str
) -> None:
    if known:
        write(path, known)
    calendar.refresh(path, through, NOW)
    document = read_sealed(path, calendar.SCHEMA)
    assert (document["first"], document["last"]) == (first, last)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"schema": 1, "sessions": ["2026-11-20"]}',
        render(sealed({"schema": 2})),
        render(sealed({"schema": 1})),
        render(sealed({"schema": 1, "source": "x", "sessions": 5, "early_closes": {}, "closes": "16:00"})),
        render(sealed({"schema": 1, "source": "x", "sessions": ["soon"], "early_closes": {}, "closes": "16:00"})),
        render(sealed({"schema": 1, "source": "x", "sessions": ["2026-11-20"], "early_closes": [], "closes": "16:00"})),
    ],
)
def test_a_file_that_cannot_be_read_is_not_overwritten(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StateUnreadable):
        calendar.refresh(path, 2027, NOW)
    assert path.read_bytes() == content


# --- as a command --------------------------------------------------------------------------------


def call(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scanner.calendar", *map(str, arguments)]
    environment = host.environment(PYTHONPATH=str(ROOT))
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.processes
def test_the_module_runs_as_a_command(path: Path) -> None:
    done = call(path)
    first, second = done.stdout.splitlines()
    assert done.returncode == 0
    assert first.startswith(f"{path}: ")
    assert second.startswith("added ")


def test_the_command_writes_and_reports(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert calendar.main([str(path), "--through", "2027"], NOW) == 0
    assert capsys.readouterr().out == f"{summary(path)}\nadded 752: 2025-01-02 to 2027-12-31\n"
    assert calendar.main([str(path)], NOW) == 0
    assert capsys.readouterr().out == f"{summary(path)}\nno session changed\n"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.mkdir(), "is not a regular file"),
        (lambda path: write(path, {"2025-01-09": "16:00"}), "past sessions would be lost: 2025-01-09"),
    ],
)
def test_the_command_says_why_it_refused(
    path: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], Any], why: str
) -> None:
    make(path)
    assert calendar.main([str(path)], NOW) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("nothing written: ")
    assert why in err


def test_the_command_does_not_invent_a_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert calendar.main([str(tmp_path / "missing" / "sessions.json")], NOW) == 1
    assert "No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize("through", ["2026", "2032", "20270", "next", ""])
def test_a_year_out_of_reach_is_a_usage_error(path: Path, through: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        calendar.main([str(path), "--through", through], NOW)
    assert stopped.value.code == 2
    assert "--through" in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.processes
def test_the_calendar_package_is_not_loaded_before_it_is_asked() -> None:
    code = "import sys, scanner.calendar; sys.exit('exchange_calendars' in sys.modules or 'pandas' in sys.modules)"
    environment = host.environment(PYTHONPATH=str(ROOT))
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
