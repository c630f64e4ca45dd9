"""Brings the stored bars up to the last completed session, asking for no more than is missing.

A symbol known through an earlier session is asked for what is missing and a week more: when the week
that is known already comes back different, its history was restated (a split), and all of it is asked
for again. Known is what came, and was seen today: a bar that was not there yet is asked for again, and
so are those of yesterday evening, because a split takes effect overnight. What was fetched lies in
`incoming/`, a file per batch, until everything is put into the one file of bars, so an interrupted run
goes on where it stopped. A batch that fails is counted and its symbols are named; they keep what they
had. When no source answers and the bars are old, the update is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from gates.base.record import dataclass, field
from gates.base.sessions import new_york_day
from gates.base.statefile import StateUnreadable, make_directory, unused_name
from scanner.bars import store
from scanner.bars.batches import SYMBOLS_PER_REQUEST, Tell, ask
from scanner.bars.overlap import IsSession, differing, only, same, sound
from scanner.bars.pages import join
from scanner.bars.panel import Panel
from scanner.bars.source import BarsSource, SourceFailed
from scanner.bars.store import NOTHING, FlatBars, Origin

OVERLAP = timedelta(days=7)
CALENDAR_DAYS_PER_SESSION = 365.25 / 251
FORGOTTEN_AFTER = timedelta(days=60)
"""Bars of symbols that left the universe so long ago are dropped."""

GIVES_UP_AFTER = 3
"""So many batches in a row without an answer: a source that is gone is not waited for batch by batch."""


@dataclass(frozen=True, slots=True)
class WantedBars:
    """Bars of these symbols, of so many sessions, the last of them `last`."""

    symbols: frozenset[str]
    sessions: int
    last: date
    is_session: IsSession

    @property
    def first(self) -> date:
        return first_day(self.last, self.sessions)


@dataclass(frozen=True, slots=True)
class Batch:
    """Symbols that are asked for together, from `first` on."""

    symbols: tuple[str, ...]
    first: date
    whole: bool

    def key(self, source: str, last: date, today: date) -> str:
        text = "|".join((source, str(self.first), str(last), str(today), *self.symbols))
        return hashlib.sha256(text.encode()).hexdigest()[:24]


@dataclass(slots=True)
class UpdateReport:
    """What an update did, for people and for the coverage check."""

    requests: int = 0
    bars: int = 0
    resumed: int = 0
    restated: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    odd: dict[str, int] = field(default_factory=dict)
    put_aside: str | None = None


@dataclass(frozen=True, slots=True)
class BarShelf:
    """Where bars lie: the one file, and what was fetched for it and is not in it yet."""

    root: Path

    @property
    def bars(self) -> Path:
        return self.root / "bars.parquet"

    @property
    def incoming(self) -> Path:
        return self.root / "incoming"


def first_day(last: date, sessions: int) -> date:
    """A calendar day safely before the first of so many sessions."""
    return last - timedelta(days=int(sessions * CALENDAR_DAYS_PER_SESSION) + 10)


def read_shelf(shelf: BarShelf, source: str, first: date, report: UpdateReport) -> tuple[Panel, Origin | None]:
    """What is stored and still fits: the same source, as long a history. Unreadable bars are put aside."""
    try:
        panel, origin = store.load(shelf.bars)
    except StateUnreadable as broken:
        if shelf.bars.exists():
            aside = unused_name(shelf.bars.with_suffix(".unreadable"))
            shelf.bars.rename(aside)
            report.put_aside = f"{broken}; put aside as {aside.name}, all bars are fetched again"
        return NOTHING, None
    if origin.source != source or origin.first > first:
        report.put_aside = f"stored bars are of {origin.source} from {origin.first} on; all bars are fetched again"
        return NOTHING, None
    return panel, origin


def seen(origin: Origin) -> date:
    """The day in New York on which the source was last asked."""
    return new_york_day(origin.updated_at)


def known_through(panel: Panel, origin: Origin | None, last: date, today: date) -> dict[str, date]:
    """Through which day each symbol's bars are known. Of a symbol without any bar nothing is, whenever it was
    asked about: a few days of overlap would be taken for all of its history."""
    if origin is None:
        return {}
    day_before = last - timedelta(days=1)
    seen_today = seen(origin) == today
    there = set[str]()
    if seen_today and panel.last_day == last:
        there = {panel.symbols[row] for row in np.flatnonzero(~np.isnan(panel.close[:, -1]))}
    held = set(panel.symbols)
    return {
        symbol: day if symbol in there else min(day, day_before)
        for symbol, day in origin.through.items()
        if symbol in held
    }


def batches(symbols: Iterable[str], through: dict[str, date], first: date, last: date) -> list[Batch]:
    """Which symbols are asked for which sessions. What is known is not asked for again."""
    groups: dict[tuple[date, bool], list[str]] = {}
    for symbol in sorted(set(symbols)):
        known = through.get(symbol)
        if known is None or known - OVERLAP <= first:
            groups.setdefault((first, True), []).append(symbol)
        elif known < last:
            groups.setdefault((known - OVERLAP, False), []).append(symbol)
    return [
        Batch(tuple(listed[start : start + SYMBOLS_PER_REQUEST]), since, whole)
        for (since, whole), listed in sorted(groups.items())
        for start in range(0, len(listed), SYMBOLS_PER_REQUEST)
    ]


def update(
    shelf: BarShelf, source: BarsSource, wanted: WantedBars, now: datetime, tell: Tell
) -> tuple[Panel, UpdateReport]:
    """Fetch what is missing of what is wanted, store it, and hand back all of it and no more sessions than wanted."""
    report, first, last = UpdateReport(), wanted.first, wanted.last
    panel, origin = read_shelf(shelf, source.name, first, report)
    today = new_york_day(now)
    through = known_through(panel, origin, last, today)
    asked = batches(wanted.symbols, through, first, last)
    if not asked:
        return panel.upto(last, wanted.sessions), report
    make_directory(shelf.incoming)
    fetch = Fetch(shelf, source, wanted, today, tell, report)
    pieces = fetch.all(asked)
    if not pieces and panel.last_day != last:
        raise SourceFailed(next(iter(report.failed.values())))
    for batch, flat in pieces:
        if not batch.whole:
            report.restated += differing(panel, batch.symbols, flat, batch.first, through[batch.symbols[0]])
    pieces += fetch.all(batches(report.restated, {}, first, last))
    answered = {symbol for batch, _ in pieces for symbol in batch.symbols} - report.failed.keys()
    answered -= _vanished(panel, pieces, report)
    whole = frozenset(symbol for batch, _ in pieces if batch.whole for symbol in batch.symbols)
    fetched = only(join([flat for _, flat in pieces]), answered)
    through = {symbol: day for symbol, day in through.items() if last - day <= FORGOTTEN_AFTER}
    through |= dict.fromkeys(answered, last)
    before, panel = panel, store.merge(panel, fetched, whole & answered).only({*through}).upto(last, wanted.sessions)
    report.bars, report.requests = len(fetched), source.requests
    if origin is None or not (origin.through == through and seen(origin) == today and same(before, panel)):
        store.save(shelf.bars, panel, Origin(store.SCHEMA, source.name, first, now, through))
    for path in shelf.incoming.iterdir():
        path.unlink()
    return panel, report


@dataclass(slots=True)
class Fetch:
    """Gets batches, from `incoming/` where an earlier run left them, else from the source."""

    shelf: BarShelf
    source: BarsSource
    wanted: WantedBars
    today: date
    tell: Tell
    report: UpdateReport
    unanswered: int = 0

    def all(self, asked: Sequence[Batch]) -> list[tuple[Batch, FlatBars]]:
        found = []
        for number, batch in enumerate(asked):
            self.tell(number, len(asked), f"{batch.symbols[0]} to {batch.symbols[-1]}")
            try:
                found.append((batch, self._one(batch)))
                self.unanswered = 0
            except SourceFailed as failed:
                self.unanswered += 1
                self.report.failed |= dict.fromkeys(batch.symbols, str(failed))
        if asked:
            self.tell(len(asked), len(asked), "")
        return found

    def _one(self, batch: Batch) -> FlatBars:
        path = self.shelf.incoming / f"{batch.key(self.source.name, self.wanted.last, self.today)}.parquet"
        flat = store.load_piece(path)
        if flat is not None:
            self.report.resumed += 1
            return flat
        if self.unanswered >= GIVES_UP_AFTER:
            raise SourceFailed(f"not asked, as {GIVES_UP_AFTER} batches in a row had no answer")
        came = ask(self.source, batch.symbols, batch.first, self.wanted.last, self.report.failed)
        flat, odd = sound(came, frozenset(batch.symbols), batch.first, self.wanted.last, self.wanted.is_session)
        self.report.odd |= odd
        if not self.report.failed.keys() & set(batch.symbols):
            store.save_piece(path, flat)
        return flat


def _vanished(panel: Panel, pieces: list[tuple[Batch, FlatBars]], report: UpdateReport) -> set[str]:
    """Symbols with a history here of which the source now knows nothing: they keep what they had."""
    came = {symbol for _, flat in pieces for symbol in flat.symbols}
    gone = {symbol for batch, _ in pieces if batch.whole for symbol in batch.symbols if symbol not in came}
    gone &= set(panel.symbols)
    report.failed |= dict.fromkeys(gone, "no bars any more, where there were some")
    return gone
