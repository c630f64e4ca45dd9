"""Decides whether the price has done what the entry rule waits for, and what we pay at most.

`hold` wants the last two closed 10-minute bars of this session to close at or above the entry;
`touch` wants the ask to be there now. The limit never exceeds the entry by more than MAX_CHASE_PCT
nor the ask by more than the collar, and rounds down to the tick.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from execution.broker.port import Bar, Quote
from gates.base.instrument import Instrument
from gates.base.money import PERCENT, show
from gates.base.record import dataclass
from gates.base.sessions import NEW_YORK, Session

BAR_MINUTES = 10
BARS_WANTED = 2
BAR = timedelta(minutes=BAR_MINUTES)


@dataclass(frozen=True, slots=True)
class Trigger:
    met: bool
    note: str


def trigger(
    rule: str, entry: Decimal, quote: Quote | None, bars: Sequence[Bar], session: Session, now: datetime
) -> Trigger:
    if rule == "touch":
        return _touch(entry, quote)
    return _hold(entry, bars, session, now)


def bars_start(session: Session, now: datetime) -> datetime:
    """From where bars are needed: the last two closed intervals, never before the open."""
    elapsed = max(0, int((now - session.opens) / BAR) - BARS_WANTED)
    return session.opens + elapsed * BAR


def limit_price(
    instrument: Instrument, entry: Decimal, ask: Decimal | None, max_chase_pct: Decimal, collar_pct: Decimal
) -> Decimal:
    """The highest price we bid. Without an ask the chase alone bounds it (and the quote gate refuses)."""
    highest = entry * (1 + max_chase_pct / PERCENT)
    if ask is not None:
        highest = min(highest, ask * (1 + collar_pct / PERCENT))
    return instrument.round_down(highest)


def _touch(entry: Decimal, quote: Quote | None) -> Trigger:
    if quote is None:
        return Trigger(False, f"waiting for a quote, entry {show(entry)}")
    if quote.ask < entry:
        return Trigger(False, f"waiting: ask {show(quote.ask)} below entry {show(entry)}")
    return Trigger(True, f"touched: ask {show(quote.ask)} at or above entry {show(entry)}")


def _hold(entry: Decimal, bars: Sequence[Bar], session: Session, now: datetime) -> Trigger:
    """Both of the last two closed intervals must be there; a gap is not a close."""
    closed = int((now - session.opens) / BAR)
    if closed < BARS_WANTED:
        first = session.opens + BARS_WANTED * BAR
        return Trigger(False, f"waiting for two closed {BAR_MINUTES}-minute bars (from {_time(first)})")
    by_start = {bar.start: bar.close for bar in bars}
    wanted = [session.opens + (closed - back) * BAR for back in (2, 1)]
    missing = [start for start in wanted if start not in by_start]
    if missing:
        return Trigger(False, f"waiting: no {BAR_MINUTES}-minute bar of {_time(missing[0])}")
    closes = [by_start[start] for start in wanted]
    text = " and ".join(show(close) for close in closes)
    if not all(close >= entry for close in closes):
        return Trigger(False, f"waiting: closes {text}, entry {show(entry)}")
    return Trigger(True, f"held: closes {text} at or above entry {show(entry)}")


def _time(moment: datetime) -> str:
    return moment.astimezone(NEW_YORK).strftime("%H:%M")
