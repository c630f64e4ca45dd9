"""A summary's facts on lines short enough for a phone, and never broken inside a parenthesis."""

from __future__ import annotations

import pytest

from execution.report.message import _rows
from execution.report.sheet import Fact, Tone


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("5 orders (4 filled, 1 rejected), 4 fills", ["5 orders (4 filled, 1 rejected)", "4 fills"]),
        (
            "orders 2 of 5, positions 1 of 5, gross 1.00 of 2.0",
            ["orders 2 of 5", "positions 1 of 5", "gross 1.00 of 2.0"],
        ),
        ("a, b, c", ["a, b, c"]),
        ("opened (never closed, so be it", ["opened (never closed, so be it"]),
        ("", [""]),
    ],
)
def test_a_fact_is_broken_at_its_own_commas(text: str, lines: list[str]) -> None:
    assert [line for _, line in _rows(Fact("orders", text, Tone.PLAIN))] == lines


def test_parts_of_a_fact_stand_on_lines_of_their_own_whatever_their_words_hold() -> None:
    latched = ("12 min (latched: flatten (set 10:00 by root: odd; fills))", "paused: me; for lunch")
    rows = list(_rows(Fact("on now", latched[0], Tone.BAD, latched[1:])))
    assert rows == [("on now", latched[0]), ("", latched[1])]
