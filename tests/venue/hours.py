"""When the exchange trades: the holiday rules of the New York Stock Exchange since 2022.

Computed from the rules instead of copied from a table, so that the program's own session table has
an independent witness. `close_on` adds a day nobody foresaw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from .moments import NEW_YORK

OPENS, CLOSES, CLOSES_EARLY = time(9, 30), time(16, 0), time(13, 0)
MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6
DAY = timedelta(days=1)
SEARCH_DAYS = 400


@dataclass(frozen=True, slots=True)
class Session:
    day: date
    opens: datetime
    closes: datetime

    @property
    def is_half_day(self) -> bool:
        return self.closes.astimezone(NEW_YORK).time() == CLOSES_EARLY


class Hours:
    def __init__(self) -> None:
        self._also_closed: set[date] = set()
        self._asked: dict[date, Session | None] = {}

    def close_on(self, day: date) -> None:
        self._also_closed.add(day)
        self._asked.clear()

    def session(self, day: date) -> Session | None:
        """The session of that New York date, None when the exchange stays closed."""
        if day not in self._asked:
            self._asked[day] = self._work_out(day)
        return self._asked[day]

    def between(self, first: date, last: date) -> Iterator[Session]:
        day = first
        while day <= last:
            if (session := self.session(day)) is not None:
                yield session
            day += DAY

    def is_open(self, moment: datetime) -> bool:
        session = self.session(moment.astimezone(NEW_YORK).date())
        return session is not None and session.opens <= moment < session.closes

    def next_open(self, moment: datetime) -> datetime:
        return next(session.opens for session in self._from(moment) if session.opens > moment)

    def next_close(self, moment: datetime) -> datetime:
        return next(session.closes for session in self._from(moment) if session.closes > moment)

    def _from(self, moment: datetime) -> Iterator[Session]:
        today = moment.astimezone(NEW_YORK).date()
        return self.between(today, today + SEARCH_DAYS * DAY)

    def _work_out(self, day: date) -> Session | None:
        if day.weekday() >= SATURDAY or day in holidays(day.year) or day in self._also_closed:
            return None
        closes = CLOSES_EARLY if day in half_days(day.year) else CLOSES
        return Session(day, _utc(day, OPENS), _utc(day, closes))


def _utc(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, NEW_YORK).astimezone(UTC)


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[date]:
    new_year = date(year, 1, 1)
    return frozenset(
        {
            new_year + DAY if new_year.weekday() == SUNDAY else new_year,  # a Saturday one is not made up for
            _nth(year, 1, MONDAY, 3),
            _nth(year, 2, MONDAY, 3),
            easter(year) - 2 * DAY,
            _nth(year, 6, MONDAY, 1) - 7 * DAY,
            _observed(date(year, 6, 19)),
            _observed(date(year, 7, 4)),
            _nth(year, 9, MONDAY, 1),
            thanksgiving(year),
            _observed(date(year, 12, 25)),
        }
    )


@lru_cache(maxsize=64)
def half_days(year: int) -> frozenset[date]:
    """The day after Thanksgiving, and the eves of Independence Day and Christmas when they are trading days."""
    eves = {date(year, 7, 3), date(year, 12, 24)}
    trading = {day for day in eves if day.weekday() < SATURDAY and day not in holidays(year)}
    return frozenset(trading | {thanksgiving(year) + DAY})


def thanksgiving(year: int) -> date:
    return _nth(year, 11, THURSDAY, 4)


def easter(year: int) -> date:
    """Gregorian computus (Meeus, Jones, Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _nth(year: int, month: int, weekday: int, count: int) -> date:
    first = date(year, month, 1)
    return first + ((weekday - first.weekday()) % 7 + 7 * (count - 1)) * DAY


def _observed(day: date) -> date:
    """A holiday on Saturday is kept on Friday, one on Sunday on Monday."""
    return day + {SATURDAY: -1, SUNDAY: 1}.get(day.weekday(), 0) * DAY
