"""What the scanner's tests share: a state directory, clocks that count, a tape of bars, and the real venue.

`Tape` is a source of bars whose every answer can be spoiled and whose every question is written down;
`AlpacaSource` itself is tested against the venue. No clock here waits: who sleeps moves it on.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from venue.venue import Venue

from gates.base.environment import CHECKOUT
from gates.base.record import dataclass, field
from gates.base.sessionfile import load_sessions
from gates.base.settings import Secret
from scanner.bars.alpaca import AlpacaBarsHost, AlpacaSource
from scanner.bars.panel import FIELDS, Panel
from scanner.bars.sample import sample_panel
from scanner.bars.source import Asset
from scanner.bars.store import FlatBars
from scanner.wiring import Scanner, open_scanner
from support.facts import new_york

TEMPLATE = CHECKOUT / "state_templates" / "sessions.json"
TABLE = load_sessions(TEMPLATE)
MORNING = new_york("2026-11-20 08:00")
SESSION, AS_OF, BEFORE = date(2026, 11, 20), date(2026, 11, 19), date(2026, 11, 18)
SYMBOLS = tuple(f"S{letter}{other}" for letter in "ABCD" for other in "ABCDE")
"""Twenty of them, so that one is five percent."""


class CountingClock:
    """Time that passes only when somebody sleeps, and a count of what was slept."""

    def __init__(self, now: datetime, on_sleep: Callable[[float], None] = lambda _seconds: None) -> None:
        self.moment = now
        self.slept: list[float] = []
        self._on_sleep = on_sleep

    def now(self) -> datetime:
        return self.moment

    def written_at(self, file_time: float) -> datetime:
        return datetime.fromtimestamp(file_time, UTC)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)
        self._on_sleep(seconds)


class VenueClock(CountingClock):
    """The venue's own time; sleeping advances it."""

    def __init__(self, venue: Venue) -> None:
        super().__init__(venue.now(), venue.advance)
        self._venue = venue

    def now(self) -> datetime:
        return self._venue.now()


def source_at(venue: Venue, clock: VenueClock, *, feed: str = "sip", limit_seconds: float = 5.0) -> AlpacaSource:
    host = AlpacaBarsHost(venue.url, Secret(venue.key), Secret(venue.secret), limit_seconds)
    return AlpacaSource(host, host, feed, clock)


# --- a tape -----------------------------------------------------------------------------------------


def is_session(day: date) -> bool:
    first = TABLE.first_day
    return TABLE.on(day) is not None if first is not None and day >= first else day.weekday() < 5


def sessions_to(last: date, count: int) -> list[date]:
    days: list[date] = []
    day = last
    while len(days) < count:
        if is_session(day):
            days.append(day)
        day -= timedelta(days=1)
    return days[::-1]


@dataclass
class Tape:
    """A source in memory. `questions` are the symbols, first and last day of every request."""

    symbols: tuple[str, ...] = SYMBOLS
    until: date = SESSION
    sessions: int = 480
    name: str = "tape"
    requests: int = 0
    questions: list[tuple[tuple[str, ...], date, date]] = field(default_factory=list)
    before: Callable[[Sequence[str]], None] = lambda _symbols: None
    after: Callable[[FlatBars], FlatBars] = lambda flat: flat
    listed: Sequence[Asset] | None = None

    def __post_init__(self) -> None:
        made = sample_panel(self.symbols, sessions_to(self.until, self.sessions))
        arrays = (np.nan_to_num(getattr(made, name), nan=10.0) for name in FIELDS)
        self.panel = Panel(made.symbols, made.days, *arrays)

    def assets(self) -> Sequence[Asset]:
        return self.listed if self.listed is not None else [Asset(symbol, "NYSE") for symbol in self.symbols]

    def bars(self, symbols: Sequence[str], first: date, last: date) -> FlatBars:
        self.requests += 1
        self.questions.append((tuple(symbols), first, last))
        self.before(symbols)
        asked = self.panel.only(set(symbols))
        within = (asked.days >= np.datetime64(first, "D")) & (asked.days <= np.datetime64(last, "D"))
        codes, columns = np.nonzero(~np.isnan(asked.close) & within[None, :])
        days = asked.days[columns].astype(np.int64).astype(np.int32)
        values = {name: getattr(asked, name)[codes, columns] for name in FIELDS}
        return self.after(FlatBars(asked.symbols, codes.astype(np.int32), days, values))

    def scale(self, symbol: str, factor: float, *days: date) -> None:
        """Other prices from now on: on these days, or in all of the history, as a split does it."""
        row = self._row(symbol)
        chosen = np.isin(self.panel.days, np.array(days, dtype="datetime64[D]")) if days else slice(None)
        for name in ("open", "high", "low", "close"):
            getattr(self.panel, name)[row, chosen] *= factor

    def lose(self, symbol: str, *days: date) -> None:
        """No bars of it: on these days, or ever."""
        chosen = np.isin(self.panel.days, np.array(days, dtype="datetime64[D]")) if days else slice(None)
        for name in FIELDS:
            getattr(self.panel, name)[self._row(symbol), chosen] = np.nan

    def asked_for(self, symbol: str) -> list[date]:
        """From which days on it was asked for."""
        return [first for symbols, first, _ in self.questions if symbol in symbols]

    def forget(self) -> None:
        self.requests = 0
        self.questions.clear()

    def _row(self, symbol: str) -> int:
        row = self.panel.row(symbol)
        assert row is not None
        return row


def same_bars(one: Panel, other: Panel) -> bool:
    return (
        one.symbols == other.symbols
        and np.array_equal(one.days, other.days)
        and all(np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in FIELDS)
    )


def flat_of(bars: Iterable[tuple[str, date, float, float, float, float, float]]) -> FlatBars:
    """Bars written out: symbol, day, open, high, low, close, volume."""
    rows = list(bars)
    names = tuple(sorted({row[0] for row in rows}))
    days = np.array([np.datetime64(row[1], "D").astype(np.int64) for row in rows], dtype=np.int32)
    codes = np.array([names.index(row[0]) for row in rows], dtype=np.int32)
    values = {name: np.array([row[2 + place] for row in rows], dtype=np.float64) for place, name in enumerate(FIELDS)}
    return FlatBars(names, codes, days, values)


# --- a desk -----------------------------------------------------------------------------------------


def state_directory(root: Path) -> Path:
    """A state directory as far as the scanner needs one."""
    state = root / "state"
    state.mkdir(mode=0o700)
    shutil.copy(TEMPLATE, state / "sessions.json")
    return state


def environment(state: Path, venue: Venue | None = None, **changes: str) -> dict[str, str]:
    """Settings for a scanner here; on the venue when there is one, else on the sample market."""
    base = {"AVWAP_STATE_DIR": str(state), "AVWAP_ENV_FILE": os.devnull, "SCAN_HISTORY_SESSIONS": "280"}
    return {**base, **(venue.env if venue is not None else {}), **changes}


def scanner_at(venue: Venue, state: Path, **changes: str) -> Scanner:
    return open_scanner(environment(state, venue, **changes), clock=VenueClock(venue))


def files(root: Path) -> dict[str, bytes]:
    """Every file below, but for locks."""
    kept = [path for path in sorted(root.rglob("*")) if path.is_file() and path.suffix != ".lock"]
    return {str(path.relative_to(root)): path.read_bytes() for path in kept}
