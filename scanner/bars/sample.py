"""Makes up a market that comes with the program: no account, no network, the same for everybody.

Seeded walks with trends, gaps, heavy days, halts and late listings, always ending on the session asked
for, so `make run` finds setups on any day. It teaches and it measures; its prices were never real, so no list
made of it is ever taken by a real broker.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from gates.base.sessions import SessionTable
from scanner.bars.panel import FIELDS, Floats, Panel
from scanner.bars.source import Asset
from scanner.bars.store import FlatBars
from scanner.watchlist import SAMPLE_SOURCE

SEED = 20261120
SAMPLE_SYMBOLS = 200
WELL_KNOWN = (
    "AAPL AMD AMZN AVGO BA BAC BRK.B CAT COST CRM CVX DIS GE GOOGL GS GWW HD IBM INTC JNJ JPM KO LLY MA MCD META "
    "MRK MSFT MTD NFLX NKE NVDA ORCL PEP PFE PG QCOM T TSLA TXN UNH V VZ WFC WMT XOM"
)
INDEX = "SPY"
EXAMPLE = "AAPL"
"""The stock of the README's tour. It climbs so steadily that the list of any session has it."""
EXAMPLE_SEED = 2
SHAKEOUT_SESSIONS = 11
FIRST_DAY = date(2023, 10, 2)
SAMPLE_SESSIONS = 1_700


def sample_symbols(count: int = SAMPLE_SYMBOLS) -> tuple[str, ...]:
    """Well-known names first, then made-up ones; sorted, without the index."""
    made_up = (_name(number) for number in range(count))
    return tuple(sorted([*WELL_KNOWN.split(), *made_up][:count]))


def sample_days(table: SessionTable, last: date, sessions: int) -> list[date]:
    """The sessions up to `last`."""
    days: list[date] = []
    day = last
    while len(days) < sessions:
        if _trades(table, day):
            days.append(day)
        day -= timedelta(days=1)
    return days[::-1]


def _trades(table: SessionTable, day: date) -> bool:
    """By the table; where it does not reach, weekdays will do for a made-up market."""
    known = table.first_day is not None and table.last_day is not None and table.first_day <= day <= table.last_day
    return table.on(day) is not None if known else day.weekday() < 5


def sample_panel(symbols: tuple[str, ...], days: list[date], seed: int = SEED) -> Panel:
    """Bars for these symbols and for the index, which rises a little; RandomState's numbers never change."""
    names = tuple(sorted({*symbols, INDEX}))
    count, length = len(names), len(days)
    chance = np.random.RandomState(seed)
    drift = chance.normal(-0.0003, 0.0007, (count, 1))  # the gaps add as much again
    steps = chance.normal(0.0, 1.0, (count, length)) * chance.uniform(0.006, 0.02, (count, 1)) + drift
    gaps = (chance.uniform(size=(count, length)) < 0.008) * chance.uniform(0.04, 0.12, (count, length))
    first = chance.uniform(8.0, 160.0, (count, 1))
    shape = chance.uniform(size=(3, count, length))
    heavy = 1.0 + 2.5 * ((shape[0] < 0.02) | (gaps > 0))
    place = names.index(INDEX)
    steps[place] = 0.0006 + 0.1 * steps[place]
    gaps[place] = 0.0
    close = first * np.exp(np.cumsum(steps + gaps, axis=1))
    before = np.hstack([first, close[:, :-1]])
    opened = before * (1.0 + gaps) * np.exp(0.2 * steps)
    reach = 0.012 * shape[1:]
    high = np.maximum(opened, close) * (1.0 + reach[0])
    low = np.minimum(opened, close) * (1.0 - reach[1])
    volume = np.rint(chance.uniform(2e5, 8e6, (count, 1)) * (0.6 + 0.8 * shape[0]) * heavy)
    arrays = [np.round(prices, 2) for prices in (opened, high, low, close)] + [volume]
    if EXAMPLE in names:
        for array, bars in zip(arrays, _example_bars(length), strict=True):
            array[names.index(EXAMPLE)] = bars
    absent = chance.uniform(size=(count, length)) < 0.0005
    late = chance.uniform(size=count) < 0.015
    absent |= late[:, None] & (np.arange(length) < chance.randint(1, max(2, length), count)[:, None])
    absent[np.isin(names, (INDEX, EXAMPLE))] = False
    for array in arrays:
        array[absent] = np.nan
    return Panel(names, np.array(days, dtype="datetime64[D]"), *arrays)


def _example_bars(length: int) -> list[Floats]:
    """Open, high, low, close and volume of a climb with a shakeout every few weeks: a long wick down, a close near
    the high and many shares, so that an AVWAP which rises lies just below the price on every evening."""
    chance = np.random.RandomState(EXAMPLE_SEED)
    place = np.arange(length)
    wave = 0.005 * np.sin(2.0 * np.pi * place / 60.0)
    close = 40.0 * np.exp(0.0012 * place + wave + chance.uniform(-0.0025, 0.0025, length))
    opened = np.append(close[:1], close[:-1]) * (1.0 + chance.uniform(-0.002, 0.002, length))
    reach = chance.uniform(0.012, 0.018, (2, length))
    shakeout = place % SHAKEOUT_SESSIONS == 0
    high = np.maximum(opened, close) * (1.0 + reach[0])
    low = np.minimum(opened, close) * (1.0 - reach[1] - 0.03 * shakeout)
    volume = np.rint(chance.uniform(4e6, 6e6, length) * (1.0 + 1.2 * shakeout))
    return [np.round(prices, 2) for prices in (opened, high, low, close)] + [volume]


class SampleSource:
    """The made-up market as a source of bars. A session's bars are the same whenever they are asked for."""

    name = SAMPLE_SOURCE
    requests = 0

    def __init__(self, table: SessionTable, count: int = SAMPLE_SYMBOLS) -> None:
        self._table = table
        self._count = count

    @cached_property
    def _panel(self) -> Panel:
        days: list[date] = []
        day = FIRST_DAY
        while len(days) < SAMPLE_SESSIONS:
            if _trades(self._table, day):
                days.append(day)
            day += timedelta(days=1)
        return sample_panel(sample_symbols(self._count), days)

    def assets(self) -> Sequence[Asset]:
        return [Asset(symbol, "NASDAQ") for symbol in sample_symbols(self._count)]

    def bars(self, symbols: Sequence[str], first: date, last: date) -> FlatBars:
        asked = self._panel.only(set(symbols))
        start = int(np.searchsorted(asked.days, np.datetime64(first, "D")))
        stop = int(np.searchsorted(asked.days, np.datetime64(last, "D"), side="right"))
        there = ~np.isnan(asked.close[:, start:stop])
        codes, columns = np.nonzero(there)
        days = asked.days[start:stop].astype(np.int64).astype(np.int32)[columns]
        values = {name: getattr(asked, name)[:, start:stop][there] for name in FIELDS}
        return FlatBars(asked.symbols, codes.astype(np.int32), days, values)


def _name(number: int) -> str:
    """ZAAA, ZAAB, …: three letters behind a Z hold 17,576 of them."""
    letters = []
    for _ in range(3):
        number, letter = divmod(number, 26)
        letters.append(chr(ord("A") + letter))
    return "Z" + "".join(reversed(letters))
