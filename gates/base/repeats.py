"""Decides which of a loop's answers are printed: what is new, and what stays the same every so many cycles.

An answer is known by its fact: who gives it and what it is, without numbers, which change every minute. One that
was not given for a cycle is new when it comes back.
"""

from __future__ import annotations

from gates.base.logs import AnswerFact


class Repeats:
    """Counts, for each fact of the cycle before, for how many cycles it has been said."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._before: dict[AnswerFact, int] = {}
        self._now: dict[AnswerFact, int] = {}

    def begin_cycle(self) -> None:
        """What was said until now is what the next cycle repeats."""
        self._before, self._now = self._now, {}

    def is_due(self, fact: AnswerFact) -> bool:
        """Whether it is new, or repeated often enough. Twice in one cycle is once."""
        self._now.setdefault(fact, self._before.get(fact, 0) + 1)
        return (self._now[fact] - 1) % self._every == 0
