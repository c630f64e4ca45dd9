"""Names the one thing an operator must know first: what keeps the service from opening positions, the gravest first.

`ORDER` is the table. A place whose feature does not exist yet is kept for it, so that the order is settled once. A
place names the gates that say it; nothing is judged here a second time. docs/runbook.md shows the same table.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from gates.base.record import dataclass
from gates.verdict import Answer


class Condition(Enum):
    KILLED = "killed"
    LATCHED = "latched"
    TRIPPED = "tripped"
    PAUSED = "paused"
    LEASE_OVER = "lease over"
    STAGE = "stage"
    STALE_LIST = "stale list"
    CLOSED_MARKET = "closed market"


@dataclass(frozen=True, slots=True)
class ConditionPlace:
    """A condition and the gates that say it; a condition without gates belongs to a feature that is to come."""

    condition: Condition
    mode_gates: tuple[str, ...] = ()
    entry_gates: tuple[str, ...] = ()


ORDER = (
    ConditionPlace(Condition.KILLED, mode_gates=("kill_env", "kill_file")),
    ConditionPlace(Condition.LATCHED, entry_gates=("latched",)),
    ConditionPlace(Condition.TRIPPED),
    ConditionPlace(Condition.PAUSED, entry_gates=("paused",)),
    ConditionPlace(Condition.LEASE_OVER),
    ConditionPlace(Condition.STAGE),
    ConditionPlace(Condition.STALE_LIST, entry_gates=("watchlist",)),
    ConditionPlace(Condition.CLOSED_MARKET, entry_gates=("market",)),
)


@dataclass(frozen=True, slots=True)
class First:
    """The first condition that stands, with the reason of the gate that says it."""

    condition: Condition
    reason: str

    def __str__(self) -> str:
        return f"{self.condition.value}: {self.reason}"


def first(mode_answers: Iterable[Answer], entry_answers: Iterable[Answer]) -> First | None:
    """The first of the table that is so, None when nothing of it is."""
    mode = {answer.gate: answer for answer in mode_answers}
    entry = {answer.gate: answer for answer in entry_answers}
    for place in ORDER:
        asked = [mode.get(name) for name in place.mode_gates] + [entry.get(name) for name in place.entry_gates]
        for answer in asked:
            if answer is not None and not answer.passed:
                return First(place.condition, answer.verdict.reason)
    return None
