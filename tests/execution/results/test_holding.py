"""How long a trade was held: half-days, weekends, holidays and changes of the clocks."""

from __future__ import annotations

from decimal import Decimal

import pytest
from support.facts import TABLE, new_york, table_of

from execution.results.holding import HeldTime, held_time
from gates.base.sessions import SessionTable

AUTUMN = table_of("2026-10-26", "2026-11-06")
SPRING = table_of("2026-03-02", "2026-03-13")


@pytest.mark.parametrize(
    ("table", "since", "until", "sessions", "hours"),
    [
        (TABLE, "2026-11-20 10:00", "2026-11-20 10:00", 1, "0.00"),
        (TABLE, "2026-11-20 10:00", "2026-11-20 15:30", 1, "5.50"),
        (TABLE, "2026-11-20 15:00", "2026-11-23 10:00", 2, "1.50"),  # over a weekend
        (TABLE, "2026-11-25 15:00", "2026-11-27 13:00", 2, "4.50"),  # Thanksgiving, then a whole half-day
        (TABLE, "2026-11-25 15:00", "2026-11-30 09:45", 3, "4.75"),
        (TABLE, "2026-11-20 09:00", "2026-11-20 17:00", 1, "6.50"),  # seen filled before the open, sold after the close
        (AUTUMN, "2026-10-30 15:00", "2026-11-02 10:30", 2, "2.00"),  # the clocks went back on Sunday
        (SPRING, "2026-03-06 15:00", "2026-03-09 10:30", 2, "2.00"),  # and forward
        (TABLE, "2026-11-20 16:30", "2026-11-20 17:00", 0, "0.00"),
    ],
)
def test_in_sessions_and_hours_of_an_open_market(
    table: SessionTable, since: str, until: str, sessions: int, hours: str
) -> None:
    assert held_time(table, new_york(since), new_york(until)) == HeldTime(sessions, Decimal(hours))


def test_what_the_table_does_not_know_is_not_known() -> None:
    inside = new_york("2026-11-20 10:00")
    for since, until in (
        (None, inside), (inside, None), (new_york("2026-11-01 10:00"), inside), (inside, new_york("2026-12-07 10:00")),
    ):  # fmt: skip
        assert held_time(TABLE, since, until) is None
    assert held_time(SessionTable([]), inside, inside) is None
