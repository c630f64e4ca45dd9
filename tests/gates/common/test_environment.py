"""How far a misspelt name is from the right one."""

from __future__ import annotations

import pytest

from gates.common.environment import edits


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("", "", 0),
        ("DRY_RUN", "DRY_RUN", 0),
        ("", "AB", 2),
        ("AB", "", 2),
        ("XDRY_RUN", "DRY_RUN", 1),
        ("DRY_RUN", "XXDRY_RUN", 2),
        ("DRY_RNU", "DRY_RUN", 2),
        ("DRY_RAN", "DRY_RUN", 1),
        ("KITTEN", "SITTING", 3),
    ],
)
def test_the_letters_that_differ_are_counted(one: str, other: str, count: int) -> None:
    assert (edits(one, other), edits(other, one)) == (count, count)
