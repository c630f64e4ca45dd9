"""The world walked: seeds that ever failed, always; and a stretch of others. And that it is the same each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gates.base.record import replace
from world import proof
from world.breaks import BREAKS, Break
from world.draw import DRAWS, draw
from world.proof import CHECKOUT, replaced, replayed
from world.reached import REACHED, told_in
from world.script import Script, read
from world.shrink import shrunk
from world.walk import SCRIPTS, kept_seeds, shrink, walk, walk_seed
from world.weights import QUICK, WEIGHTS
from world.world import DOINGS

SEEDS, CHUNKS = 150, 15


def walked(seeds: list[int]) -> None:
    failed = [one for one in map(walk_seed, seeds) if one.promise is not None]
    kinds = {one.promise: one for one in reversed(failed)}
    assert not failed, "\n".join(
        [f"{len(failed)} of {len(seeds)} seeds failed", *(shrink(one).told() for one in kinds.values())]
    )


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_promise_holds(chunk: int) -> None:
    walked(list(range(chunk, SEEDS, CHUNKS)))


@pytest.mark.parametrize("chunk", range(4))
def test_seeds_that_ever_failed_hold(chunk: int) -> None:
    walked(kept_seeds()[chunk::4])


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.json")), ids=lambda path: path.stem)
def test_what_was_found_once_holds(script: Path) -> None:
    one = walk(read(script))
    assert one.promise is None, one.told()


@pytest.mark.parametrize("seed", [3, 9])
def test_a_seed_is_the_same_byte_for_byte(seed: int, tmp_path: Path) -> None:
    first, again = walk_seed(seed), walk_seed(seed)
    assert first == again
    kept = tmp_path / "script.json"
    kept.write_text(first.script.text())
    assert walk(read(kept)).trace == first.trace


def test_every_event_has_a_weight_and_can_be_drawn_and_done() -> None:
    doings = set(DOINGS)
    assert set(WEIGHTS) == set(DRAWS)
    assert set(WEIGHTS) | {"cycle", "morning", "evening"} == doings
    assert set(QUICK) <= set(WEIGHTS)


def test_a_script_shrinks_to_what_breaks_the_promise() -> None:
    script = Script(1, {}, tuple((f"event-{number}",) for number in range(60)))
    needed = {("event-7",), ("event-31",), ("event-58",)}
    assert set(shrunk(script, lambda one: needed <= set(one.events)).events) == needed


def test_a_seed_says_what_it_draws() -> None:
    script = draw(5)
    assert script == draw(5) != draw(6)
    assert 20 <= sum(event == ("cycle",) for event in script.events) <= 64


@pytest.mark.parametrize("one", BREAKS, ids=lambda one: one.name)
def test_every_break_of_the_proof_still_fits_the_code(one: Break) -> None:
    for change in one.changes:
        before = (CHECKOUT / change.file).read_text(encoding="utf-8")
        assert replaced(before, change.old, change.new) != before


@pytest.mark.slow
@pytest.mark.parametrize("one", BREAKS, ids=lambda one: one.name)
def test_a_kept_script_sees_each_break(one: Break) -> None:
    """No promise is one that cannot fail: with the mend taken out, a script of the defect's name breaks it."""
    said = replayed(one)
    assert any(said.values()), said


def test_a_seed_that_comes_by_no_place_of_a_break_plays_the_same_with_it() -> None:
    """What the proof leaves out is what could not have been found."""
    source = """def f(n):
    if n > 1:
        return 1
    elif n == 1:
        return (
            2
        )
    return 3
X = 4
"""
    places = [("one", source.index("n > 1"), ""), ("two", source.index("2"), "n == 1"), ("four", source.index("4"), "")]
    told, always = told_in(source, [*places, ("elif", source.index("n == 1"), "")])
    assert always == {"four"}
    names: dict[str, Any] = {}
    exec(told, names)
    for value, came_by in ((2, {"one", "elif"}), (1, {"one", "elif", "two"}), (0, {"one", "elif"})):
        REACHED.clear()
        assert names["f"](value) in (1, 2, 3)
        assert came_by == REACHED


def test_the_proof_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(proof, "PROOF", tmp_path / "proof.txt")
    assert {one.walked for one in proof.so_far()} == {0}
    first, second = BREAKS[0], BREAKS[1]
    found = proof.Outcome(first, 412, "never short", 413, 37)
    proof.remember(found)
    proof.remember(replace(proof.Outcome(second), walked=600, came=21))
    again = {one.one.name: one for one in proof.so_far()}
    assert again[first.name] == found
    assert (again[second.name].seed, again[second.name].walked, again[second.name].came) == (None, 600, 21)


@pytest.mark.slow
def test_the_tree_that_tells_where_it_comes_by_plays_each_seed_as_it_is() -> None:
    came_by = proof.came_by_places(range(3), jobs=1)
    assert set(came_by) == {one.name for one in BREAKS}
    assert came_by["R10"] == [0, 1, 2]  # every command reads a list of orders
    assert sum(map(len, came_by.values())) < 3 * len(BREAKS)
