"""A slice of the crash grid: the day without a fault at every third step, and each fault at a few.

`make grid` walks every step under every fault; this is the part that runs with the tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from crash.desk import make_template
from crash.grid import FAULTS, walk_point
from crash.zygote import Zygote

AROUND_THE_FIRST_POST = (28, 31, 33, 35, 38, 42)
ALL_DAY = 186
"""Steps of the undisturbed day; walking further than that is a day without a death."""


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with Zygote() as running:
        yield running


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("grid") / "template")


@pytest.mark.parametrize("first", [1, 2, 3, 4])
def test_a_death_at_any_step_of_the_day_breaks_nothing(template: Path, zygote: Zygote, first: int) -> None:
    for die_at in range(first, ALL_DAY, 12):
        result = walk_point(template, zygote, "none", die_at)
        assert result.wrong == (), f"died at step {die_at}\n{result.said}"


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_and_a_death_together_break_nothing(template: Path, zygote: Zygote, fault: str) -> None:
    for die_at in (None, *AROUND_THE_FIRST_POST):
        result = walk_point(template, zygote, fault, die_at)
        assert result.wrong == (), f"died at step {die_at}\n{result.said}"
        assert result.posts_per_intent <= 2


def test_the_grid_sees_a_broken_guard(template: Path, zygote: Zygote) -> None:
    """The invariants can fail: a day at a cap of one, held against a promise of none, is a violation."""
    from crash.day import walk
    from crash.desk import prepare, violations
    from venue.venue import Venue

    with Venue() as venue:
        desk = prepare(venue, template, template.parent / "broken", zygote)
        walk(desk, None)
        assert violations(desk, most_orders=1) == ["2 entries at a cap of 1"]
