"""What a loop prints of answers that stay the same."""

from __future__ import annotations

import pytest

from gates.base.repeats import Repeats

OPEN, SHUT = ("entries", "ok"), ("entries", "paused")


def printed(every: int, *cycles: tuple[tuple[str, ...], ...]) -> list[int]:
    """How many of each cycle's facts are due."""
    repeats, found = Repeats(every), []
    for facts in cycles:
        repeats.begin_cycle()
        found.append(sum(repeats.is_due(fact) for fact in facts))
    return found


@pytest.mark.parametrize(
    ("every", "due"),
    [(1, [1, 1, 1, 1, 1, 1, 1]), (2, [1, 0, 1, 0, 1, 0, 1]), (3, [1, 0, 0, 1, 0, 0, 1]), (100, [1, 0, 0, 0, 0, 0, 0])],
)
def test_what_stays_the_same_is_due_every_so_many_cycles(every: int, due: list[int]) -> None:
    assert printed(every, *[(OPEN,)] * 7) == due


def test_a_change_is_due_at_once_and_so_is_the_change_back() -> None:
    assert printed(100, (OPEN,), (OPEN,), (SHUT,), (SHUT,), (OPEN,)) == [1, 0, 1, 0, 1]


def test_what_was_not_said_for_a_cycle_is_new_again() -> None:
    assert printed(100, (OPEN,), (), (OPEN,), (OPEN, SHUT)) == [1, 0, 1, 1]


def test_the_same_twice_in_one_cycle_counts_once() -> None:
    assert printed(2, (OPEN, OPEN), (OPEN, OPEN), (OPEN, OPEN)) == [2, 0, 2]
