"""The day the grid walks: two entries at a cap of two, one filled, one half filled and left behind.

    cycle 1  two orders go out (three rows want to)
    between  AAPL fills on the next read; 1 share of MSFT fills
    cycle 2  fills are seen
    cycle 3  MSFT's time is over: its rest is cancelled, its share protected by a pair
    cycle 4  all is quiet
"""

from __future__ import annotations

from contextlib import suppress

from crash.desk import Desk, is_quiet

CYCLES = 4
MOST_CYCLES = 14


def between(desk: Desk) -> None:
    """What the market does while no cycle runs; harmless to repeat."""
    book = desk.venue.book
    with suppress(KeyError):
        aapl = book.find("avx-20261120-AAPL-entry-1")
        if aapl.is_open and not aapl.filled_qty:
            book.fill(aapl)
    with suppress(KeyError):
        msft = book.find("avx-20261120-MSFT-entry-1")
        if msft.is_open and not msft.filled_qty:
            book.fill(msft, qty=1)


def walk(desk: Desk, die_at: int | None) -> int:
    """The day, killed once at the `die_at`-th step counted over all cycles, then on until quiet.
    The number of steps walked before the day was over; a death is not repeated."""
    counted = 0
    died = False
    for number in range(1, MOST_CYCLES + 1):
        local = None if die_at is None or died or die_at <= counted else die_at - counted
        outcome = desk.cycle(local)
        died = died or outcome.exit_code is None
        counted += outcome.steps
        between(desk)
        if number >= CYCLES and (die_at is None or died or die_at <= counted) and is_quiet(desk):
            break
    return counted
