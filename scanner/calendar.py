"""Asks for the exchange's sessions once, and writes them down for all who must not load pandas.

exchange_calendars knows every holiday and half-day, by rule and by decree; a cycle only reads the
file this module writes. `make sessions` refreshes the one we ship, a person reads what changed:

    python -m scanner.calendar PATH [--through YEAR]

What looks odd is refused, not written. Sessions that are over stay in the file: ledgers were kept
and tokens armed on them. Exit 0 when the file is right, 1 when it was refused and left alone.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

from gates.base.sessions import NEW_YORK, Session, new_york_day
from gates.base.statefile import StateMissing, StateUnreadable, StateUnwritable, read_sealed, render, replace, sealed

SCHEMA = 1
EXCHANGE = "XNYS"
FIRST_DAY = date(2025, 1, 2)
OPENS = time(9, 30)
CLOSES = time(16)
LONGEST_PAUSE = timedelta(days=5)
LONGEST_AHEAD_YEARS = 5
DATES_SHOWN = 12


class CalendarOdd(Exception):
    """The calendar says something this service was not built for; a person has to look."""


def exchange_sessions(first: date, last: date, exchange: str = EXCHANGE) -> tuple[Session, ...]:
    """What exchange_calendars says. The only place that asks it."""
    import exchange_calendars

    calendar = exchange_calendars.get_calendar(exchange, start=first.isoformat(), end=last.isoformat())
    if calendar.break_starts.notna().any():
        raise CalendarOdd(f"{exchange} has a break within its sessions")
    return tuple(
        Session(day.date(), opens.to_pydatetime().astimezone(UTC), closes.to_pydatetime().astimezone(UTC))
        for day, opens, closes in zip(calendar.sessions, calendar.opens, calendar.closes, strict=True)
    )


def oddities(sessions: Sequence[Session], first: date, last: date) -> list[str]:
    """All that is not as we know the exchange: 09:30 to 16:00 or earlier, Monday to Friday, no gaps."""
    days = [session.day for session in sessions]
    found = [f"{session} {what}" for session in sessions if (what := _odd_hours(session)) is not None]
    if days != sorted(set(days)):
        found.append("sessions are not in order or stand there twice")
    for earlier, later in pairwise([first, *days, last]):
        if later - earlier > LONGEST_PAUSE:
            found.append(f"no session between {earlier} and {later}")
    return found


def _odd_hours(session: Session) -> str | None:
    opens, closes = session.opens.astimezone(NEW_YORK), session.closes.astimezone(NEW_YORK)
    if session.day.weekday() > 4:
        return f"is a {session.day:%A}"
    if (opens.date(), opens.time()) != (session.day, OPENS):
        return f"opens at {opens:%Y-%m-%d %H:%M:%S}, want {OPENS:%H:%M}"
    if closes.date() != session.day or not OPENS < closes.time() <= CLOSES or closes.second:
        return f"closes at {closes:%Y-%m-%d %H:%M:%S}, want {CLOSES:%H:%M} or a whole minute before"
    return None


def closing_times(sessions: Iterable[Session]) -> dict[date, str]:
    return {session.day: f"{session.closes.astimezone(NEW_YORK):%H:%M}" for session in sessions}


def make_document(closes: dict[date, str], source: str, now: datetime) -> dict[str, object]:
    """The sealed content of sessions.json, from the closing time of every session."""
    days = [day.isoformat() for day in closes]
    usual = f"{CLOSES:%H:%M}"
    return sealed(
        {
            "schema": SCHEMA,
            "exchange": EXCHANGE,
            "source": source,
            "generated_at": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "first": days[0],
            "last": days[-1],
            "opens": f"{OPENS:%H:%M}",
            "closes": usual,
            "early_closes": {day.isoformat(): close for day, close in closes.items() if close != usual},
            "sessions": days,
        }
    )


def source_now() -> str:
    return f"exchange_calendars {version('exchange_calendars')}"


def _version(source: str) -> tuple[int, ...]:
    """The numbers of `exchange_calendars 4.13.2`; none of anything else."""
    package, _, number = source.partition(" ")
    return tuple(map(int, re.findall(r"\d+", number))) if package == "exchange_calendars" else ()


def is_current(path: Path, now: datetime) -> bool:
    """Whether a refresh would find nothing new: the same package wrote it, through next year."""
    try:
        source, closes = _read_old(path)
    except StateUnreadable:
        return False
    return source == source_now() and max(closes, default=FIRST_DAY) >= date(now.year + 1, 12, 20)


def refresh(path: Path, through: int, now: datetime) -> list[str]:
    """Write the sessions through the end of that year at least; says in lines what changed."""
    old_source, old = _read_old(path)
    if _version(old_source) > _version(source_now()):
        raise CalendarOdd(f"{path} was made with {old_source}, {source_now()} here knows less; upgrade it")
    first = min(old, default=FIRST_DAY)
    last = date(max(through, now.year + 1, *(day.year for day in old)), 12, 31)
    sessions = exchange_sessions(first, last)
    new = closing_times(sessions)
    odd = oddities(sessions, first, last)
    lost = [day for day in old if day < new_york_day(now) and day not in new]
    if lost:
        odd.append(f"past sessions would be lost: {_some(lost)}")
    if odd:
        raise CalendarOdd("; ".join(odd))
    source = source_now()
    if (source, new) != (old_source, old):
        replace(path, render(make_document(new, source, now)))
    return [f"{path}: {len(new)} sessions, {min(new)} to {max(new)}, {source}", *differences(old, new)]


def differences(old: dict[date, str], new: dict[date, str]) -> list[str]:
    """What a person should look at before committing; closing times by date in, lines out."""
    added = [day for day in new if day not in old]
    removed = [day for day in old if day not in new]
    moved = [f"{day} closes at {new[day]}, was {old[day]}" for day in new if old.get(day, new[day]) != new[day]]
    lines = [f"added {len(added)}: {_some(added)}"] if added else []
    lines += [f"removed {len(removed)}: {_some(removed)}"] if removed else []
    return [*lines, *moved] or ["no session changed"]


def _some(days: list[date]) -> str:
    """Dates one by one while they can be read, else the range."""
    return ", ".join(map(str, days)) if len(days) <= DATES_SHOWN else f"{days[0]} to {days[-1]}"


def _read_old(path: Path) -> tuple[str, dict[date, str]]:
    """Source and closing times by date as the file has them; nothing when there is no file."""
    try:
        document = read_sealed(path, SCHEMA)
    except StateMissing:
        return "", {}
    try:
        early, usual = document["early_closes"], document["closes"]
        return document["source"], {date.fromisoformat(day): early.get(day, usual) for day in document["sessions"]}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise StateUnreadable(path, "is not a session table") from None


def main(arguments: Sequence[str], now: datetime) -> int:
    parser = argparse.ArgumentParser(prog="python -m scanner.calendar", description="Refresh a sessions.json.")
    parser.add_argument("path", type=Path, metavar="PATH")
    parser.add_argument(
        "--through",
        type=int,
        default=now.year + 1,
        metavar="YEAR",
        choices=range(now.year + 1, now.year + LONGEST_AHEAD_YEARS + 1),
        help="the last year to cover, next year by default; what the file already covers stays",
    )
    options = parser.parse_args(arguments)
    try:
        lines = refresh(options.path, options.through, now)
    except (CalendarOdd, StateUnreadable, StateUnwritable, ImportError) as refused:
        sys.stderr.write(f"nothing written: {refused}\n")
        return 1
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], datetime.now(UTC)))
