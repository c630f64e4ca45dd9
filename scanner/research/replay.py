"""Replays past mornings: what each one's list would have been, and what became of its rows.

`past_morning` is a pure function of a slice of bars that ends the evening before, and `outcomes_of` of the
slice that begins with the session, so any number of sessions can be worked on anywhere at once; here they
come one after the other. A past morning fails closed as today's does: an unknown regime or too few stocks
with a bar is no list, with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import date
from decimal import Decimal

import numpy as np

from gates.base.record import dataclass
from scanner.bars.batches import Tell
from scanner.bars.panel import Panel, day_of
from scanner.research.outcomes import RowOutcome, one_at_a_time, outcome
from scanner.setups.scan import Candidate, RegimeUnknown, scan
from scanner.setups.thresholds import Thresholds, window_sessions


@dataclass(frozen=True, slots=True)
class ReplayRules:
    """What a replay goes by: the same as a morning of today's, and what is paid above the entry."""

    thresholds: Thresholds
    universe: Set[str]
    most: int
    min_coverage_pct: float
    chase_pct: Decimal


@dataclass(frozen=True, slots=True)
class PastMorning:
    """One session's list; `refused` says why there was none."""

    session: date
    as_of: date | None
    candidates: tuple[Candidate, ...]
    qualified: int
    with_bars: int
    listed: int
    regime: str
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    mornings: tuple[PastMorning, ...]
    outcomes: tuple[RowOutcome, ...]


def past_morning(session: date, known: Panel, rules: ReplayRules) -> PastMorning:
    """The list of a session from the bars known before it."""
    as_of = known.last_day
    stocks = known.only(rules.universe)
    there = ~np.isnan(stocks.close)
    listed = int(there.any(axis=1).sum())
    with_bars = int(there[:, -1].sum()) if len(known.days) else 0
    if 100.0 * with_bars < rules.min_coverage_pct * listed or not listed:
        why = f"coverage: {with_bars:,} of {listed:,} stocks have a bar on {as_of}, want {rules.min_coverage_pct:g} %"
        return PastMorning(session, as_of, (), 0, with_bars, listed, "-", why)
    try:
        found = scan(known, rules.thresholds, rules.universe, rules.most)
    except RegimeUnknown as unknown:
        return PastMorning(session, as_of, (), 0, with_bars, listed, "-", f"regime unknown ({unknown})")
    return PastMorning(session, as_of, found.candidates, found.qualified, with_bars, listed, str(found.regime))


def outcomes_of(morning: PastMorning, later: Panel, rules: ReplayRules) -> list[RowOutcome]:
    """What became of a list's rows on the bars from its session on."""
    return [outcome(morning.session, one.row, later, rules.chase_pct) for one in morning.candidates]


def replay(panel: Panel, first: date, last: date, rules: ReplayRules, tell: Tell) -> Replay:
    """Every stored session from `first` to `last`."""
    columns = list(replayable(panel, first, last))
    mornings, outcomes = [], []
    for number, column in enumerate(columns):
        session = day_of(panel.days[column])
        tell(number, len(columns), str(session))
        before, after = cut(panel, column, rules.thresholds)
        morning = past_morning(session, before, rules)
        mornings.append(morning)
        outcomes += outcomes_of(morning, after, rules)
    tell(len(columns), len(columns), "")
    return Replay(tuple(mornings), tuple(one_at_a_time(outcomes)))


def replayable(panel: Panel, first: date, last: date) -> Iterator[int]:
    """Columns of the sessions from `first` to `last`, those with nothing before them left out."""
    for column in range(1, len(panel.days)):
        if first <= day_of(panel.days[column]) <= last:
            yield column


def cut(panel: Panel, column: int, thresholds: Thresholds) -> tuple[Panel, Panel]:
    """What was known on the morning of that column, as far back as it matters, and what came then."""
    known = panel.columns(max(0, column - window_sessions(thresholds)), column)
    return known, panel.columns(column, len(panel.days))


def first_replayable(panel: Panel, thresholds: Thresholds) -> date | None:
    """The first session with a whole window before it; an earlier list would differ from what it was."""
    window = window_sessions(thresholds)
    return day_of(panel.days[window]) if len(panel.days) > window else None
