"""What a person types for a time is read exactly, and anything else is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gates.base.moments import read_moment, read_span


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-24", (2026, 11, 24, 5)),
        ("2026-11-24T09:30", (2026, 11, 24, 14, 30)),
        ("2026-07-24T09:30", (2026, 7, 24, 13, 30)),  # summer time
        ("2026-11-24T09:30+00:00", (2026, 11, 24, 9, 30)),
        ("2026-11-24T09:30Z", (2026, 11, 24, 9, 30)),
    ],
)
def test_a_moment_without_an_offset_is_new_yorks(text: str, utc: tuple[int, int, int]) -> None:
    assert read_moment(text) == datetime(*utc, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "09:30", "2026-02-30", "now", "2h"])
def test_what_is_no_moment(text: str) -> None:
    assert read_moment(text) is None


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("30s", timedelta(seconds=30)),
        ("10m", timedelta(minutes=10)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("0m", timedelta(0)),
    ],
)
def test_a_span_of_time(text: str, span: timedelta) -> None:
    assert read_span(text) == span


@pytest.mark.parametrize("text", ["", "m", "10", "-10m", "+10m", "1.5h", "10 m", "100000h", "10w", "١m"])
def test_what_is_no_span(text: str) -> None:
    assert read_span(text) is None
