"""Makes prices for the simulated broker: a pure function of seed, symbol and session.

Each session is a seeded random walk, a step a minute, around the symbol's reference price; the same
seed gives the same day on every machine, and the account's first session looks the same on whatever date
it falls, so a demonstration can rely on it. A tape of recorded prices, where there is one, takes the
walk's place from its first entry on. This is the only module here that knows chance.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256

from execution.broker.port import Bar, Quote
from execution.broker.simulated.clock import INSTANT
from gates.base.instrument import US_STOCK
from gates.base.money import CENT
from gates.base.record import dataclass
from gates.base.sessions import Session, SessionTable, new_york_day

MINUTE = timedelta(minutes=1)
MILLION = Decimal(1_000_000)
HIGHEST_PRICE = Decimal(10_000_000)

STEP_PPM = 800
"""The largest step of a minute, in millionths: makes a day's range of 1 to 2 percent."""

GAP_PPM = 5_000
"""How far from the reference a session may open; the first one opens at it."""

HALF_SPREAD = Decimal("0.00005")
"""Of the price, on either side; rounding away from it makes that a tick at least."""

Recorded = Sequence[tuple[datetime, Decimal]]


@dataclass(frozen=True, slots=True)
class SimulatedMarket:
    """Holds all that prices depend on. `first_session` is the day session indexes are counted from."""

    seed: int
    first_session: date
    references: Mapping[str, Decimal]
    tape: Mapping[str, Recorded]
    table: SessionTable

    def reference(self, symbol: str) -> Decimal:
        return self.references[symbol] if symbol in self.references else made_up_reference(symbol)

    def price(self, symbol: str, moment: datetime) -> Decimal:
        """The last price at `moment`; outside a session, that of the last close."""
        recorded = _recorded(self.tape.get(symbol, ()), moment)
        if recorded is not None:
            return recorded
        reference = self.reference(symbol)
        session = self._last_opened(moment)
        if session is None or session.day < self.first_session:
            return _at_tick(reference)
        minutes = (session.closes - session.opens) // MINUTE
        offsets = walk(self.seed, symbol, self.session_index(session), minutes)
        offset = offsets[min((moment - session.opens) // MINUTE, minutes - 1)]
        return _at_tick(reference * (MILLION + offset) / MILLION)

    def quote(self, symbol: str, moment: datetime) -> Quote:
        price = self.price(symbol, moment)
        bid, ask = _at_tick(price * (1 - HALF_SPREAD)), US_STOCK.round_up(price * (1 + HALF_SPREAD))
        return Quote(bid, ask, self._last_traded(moment))

    def bars(self, symbol: str, start: datetime, now: datetime, minutes: int) -> tuple[Bar, ...]:
        """Closes of the intervals beginning from `start` to `now`, aligned to each session's open."""
        if minutes < 1:
            raise ValueError(f"an interval of {minutes} minutes")
        length = timedelta(minutes=minutes)
        found = []
        session = self.table.current_or_next(start)
        while session is not None and session.opens <= now:
            begin = session.opens
            while begin < session.closes and begin <= now:
                if begin >= start:
                    last = min(begin + length - INSTANT, session.closes - INSTANT, now)
                    found.append(Bar(begin, self.price(symbol, last)))
                begin += length
            session = self.table.after(session.day)
        return tuple(found)

    def session_index(self, session: Session) -> int:
        """How many sessions after the account's first one."""
        first = self.table.on(self.first_session)
        days = (session.day - self.first_session).days
        passed = self.table.closing_after(first.opens, days) if first is not None else ()
        return sum(earlier.day < session.day for earlier in passed)

    def _last_opened(self, moment: datetime) -> Session | None:
        """The session going on, else the last one before."""
        coming = self.table.current_or_next(moment)
        if coming is not None and coming.opens <= moment:
            return coming
        return self.table.before(coming.day if coming is not None else new_york_day(moment) + timedelta(days=1))

    def _last_traded(self, moment: datetime) -> datetime:
        session = self._last_opened(moment)
        return min(moment, session.closes) if session is not None else moment


def is_price(value: Decimal) -> bool:
    """A positive number in whole ticks."""
    return value.is_finite() and 0 < value < HIGHEST_PRICE and value % US_STOCK.tick_at(value) == 0


def made_up_reference(symbol: str) -> Decimal:
    """A price from $20 to $400 that is always the same for the same symbol."""
    number = int.from_bytes(sha256(symbol.encode()).digest()[:8], "big")
    return (2_000 + number % 38_001) * CENT


@lru_cache(maxsize=4096)
def walk(seed: int, symbol: str, index: int, minutes: int) -> tuple[int, ...]:
    """A session's offsets from the reference, minute by minute, in millionths."""
    chance = random.Random(f"{seed}/{symbol}/{index}")
    offset = chance.randint(-GAP_PPM, GAP_PPM) if index else 0
    offsets = [offset]
    for _ in range(minutes - 1):
        offset += chance.randint(-STEP_PPM, STEP_PPM)
        offsets.append(offset)
    return tuple(offsets)


def _recorded(tape: Recorded, moment: datetime) -> Decimal | None:
    position = bisect_right(tape, moment, key=lambda entry: entry[0])
    return tape[position - 1][1] if position else None


def _at_tick(price: Decimal) -> Decimal:
    return max(US_STOCK.least_price, US_STOCK.round_down(price))
