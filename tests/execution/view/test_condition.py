"""What `status` names first: one ordered table, and the first of it that is so."""

from __future__ import annotations

from typing import Any

import pytest
from support.facts import GOOD_MARKET, entry_facts, mode_facts

from execution.view.condition import ORDER, Condition, First, first
from gates.base.record import replace
from gates.catalog import ENTRY_GATES, MODE_GATES
from gates.facts import Presence, WatchlistFacts
from gates.verdict import ask_all

CLOSED = replace(GOOD_MARKET, open_by_table=False, broker_open=False)
STALE = WatchlistFacts("watchlist stale (session 2026-11-19, expected 2026-11-20)", "2026-11-19", 42)
WORST_LAST: tuple[tuple[dict[str, Any], dict[str, Any], Condition], ...] = (
    ({}, {"market": CLOSED}, Condition.CLOSED_MARKET),
    ({}, {"watchlist": STALE}, Condition.STALE_LIST),
    ({}, {"paused": Presence.PRESENT}, Condition.PAUSED),
    ({}, {"latches": ("flatten (set …)",)}, Condition.LATCHED),
    ({"kill_file": Presence.PRESENT}, {}, Condition.KILLED),
)


def found(mode: dict[str, Any], entry: dict[str, Any]) -> First | None:
    return first(ask_all(MODE_GATES, mode_facts(**mode)), ask_all(ENTRY_GATES, entry_facts(**entry)))


@pytest.mark.parametrize("place", range(len(WORST_LAST)))
def test_each_is_named_before_all_that_come_after_it(place: int) -> None:
    mode: dict[str, Any] = {}
    entry: dict[str, Any] = {}
    for changes, others, _ in WORST_LAST[: place + 1]:
        mode, entry = mode | changes, entry | others
    alone, together = found(*WORST_LAST[place][:2]), found(mode, entry)
    assert alone is not None and alone == together and alone.condition is WORST_LAST[place][2]


def test_nothing_of_the_table_stands() -> None:
    assert found({"live_trading": False}, {"account_problem": "timeout"}) is None
    assert first((), ()) is None


def test_the_words_are_those_of_the_gate() -> None:
    assert str(found({"kill_env": True, "kill_file": Presence.PRESENT}, {})) == "killed: kill switch active (env)"


def test_every_condition_has_one_place_and_every_gate_exists() -> None:
    assert [place.condition for place in ORDER] == list(Condition)
    assert {name for place in ORDER for name in place.mode_gates} <= {gate.name for gate in MODE_GATES}
    assert {name for place in ORDER for name in place.entry_gates} <= {gate.name for gate in ENTRY_GATES}
