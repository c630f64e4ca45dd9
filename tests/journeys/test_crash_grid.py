"""A slice of the crash grid: a few steps of the day, of the days on which the broker is the trouble, and of the verbs.

`make grid` walks every step under every fault and on every day; this is the part that runs with the tests.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from crash.day import DAYS, LIVE
from crash.desk import NewDesk
from crash.faults import FAULTS
from crash.forks import Forks
from crash.grid import WALKS, Walk, points, walk_point
from crash.promises import violations
from crash.verbs import VERBS, walk_verb

from gates.base.record import replace

AROUND_THE_FIRST_POST = (28, 31, 33, 35, 38, 42)
ALL_DAY = 186
"""Steps of the undisturbed day; walking further than that is a day without a death."""
TROUBLED = [name for name in DAYS if name != LIVE.name]
SLICES = [(verb, tuple(DAYS)[place % len(DAYS)]) for place, verb in enumerate(VERBS)]
"""Each verb on one day; `slow` has it on every day."""
PARTS = 2


def holds(template: Path, forks: Forks, what: Walk, parts: int) -> None:
    """Without a death, and killed at so many steps that lie evenly over the walk."""
    undisturbed = walk_point(template, forks, what, None)
    assert undisturbed.wrong == (), undisturbed.said
    for die_at in sorted({1 + undisturbed.steps * part // parts for part in range(parts)}):
        result = walk_point(template, forks, what, die_at)
        assert result.wrong == (), f"{what.name} died at step {die_at}\n{result.said}"


@pytest.mark.parametrize("first", [1, 3, *(pytest.param(first, marks=pytest.mark.slow) for first in (2, 4))])
def test_a_death_at_any_step_of_the_day_breaks_nothing(template: Path, forks: Forks, first: int) -> None:
    for die_at in range(first, ALL_DAY, 12):
        result = walk_point(template, forks, WALKS[LIVE.name], die_at)
        assert result.wrong == (), f"died at step {die_at}\n{result.said}"


@pytest.mark.parametrize("day", TROUBLED)
def test_a_death_on_a_day_when_the_broker_is_the_trouble_breaks_nothing(template: Path, forks: Forks, day: str) -> None:
    holds(template, forks, WALKS[day], PARTS)


@pytest.mark.parametrize(("verb", "day"), SLICES)
def test_a_verb_that_died_is_finished_by_saying_it_again(template: Path, forks: Forks, verb: str, day: str) -> None:
    holds(template, forks, WALKS[f"{day}/{verb}"], PARTS)


@pytest.mark.slow
@pytest.mark.parametrize("day", TROUBLED)
def test_deaths_all_over_a_day_of_trouble_break_nothing(template: Path, forks: Forks, day: str) -> None:
    holds(template, forks, WALKS[day], 40)


@pytest.mark.slow
@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("verb", VERBS)
def test_deaths_all_over_a_verb_break_nothing(template: Path, forks: Forks, verb: str, day: str) -> None:
    holds(template, forks, WALKS[f"{day}/{verb}"], 15)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_and_a_death_together_break_nothing(template: Path, forks: Forks, fault: str) -> None:
    for die_at in (None, *AROUND_THE_FIRST_POST):
        result = walk_point(template, forks, Walk(LIVE.name, fault), die_at)
        assert result.wrong == (), f"died at step {die_at}\n{result.said}"
        assert result.posts_per_intent <= 2


def test_a_walk_tells_its_points_and_ends_with_the_time(template: Path, forks: Forks) -> None:
    disarm = WALKS["live/disarm"]
    assert [one.die_at for one in points(template, forks, disarm, 1)] == [None, 1, 2, 3]
    assert [one.die_at for one in points(template, forks, disarm, 1, until=0)] == [None]


def test_the_grid_sees_a_broken_guard(at_venue: NewDesk) -> None:
    """The invariants can fail: a day at a cap of one, held against a promise of none, is a violation."""
    from crash.day import walk

    desk = at_venue()
    walk(desk, None)
    assert violations(desk, most_orders=1) == ["2 entries at a cap of 1"]


def test_the_grid_sees_a_verb_that_does_another_ones_work(at_venue: NewDesk) -> None:
    desk = at_venue()
    pretends = replace(VERBS["flatten"], words=VERBS["cancel-all"].words)
    _, wrong = walk_verb(desk, LIVE, pretends, None)
    assert any(one.startswith("when done: still held: {'AAPL'") for one in wrong), wrong
