"""The days the grid walks: two entries at a cap of two, one filled, one half filled and left behind; then the broker.

cycle 1  two orders go out (three rows want to)
between  AAPL fills; 1 share of MSFT fills
cycle 2  fills are seen
cycle 3  MSFT's time is over: its rest is cancelled, its share protected by a pair
after    the day's own trouble, once AAPL's nine shares are there: they become eighteen and their legs end
         (`split`), or stop and target both fill (`both-legs`); on `lag` no list is of this minute, all day long
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from venue import happenings

from crash.desk import Desk
from crash.promises import is_quiet
from gates.base.record import dataclass

AAPL, MSFT = "avx-20261120-AAPL-entry-1", "avx-20261120-MSFT-entry-1"
MOST_CYCLES = 20
TROUBLE_AFTER = 3
LAGS_SECONDS = {"positions": 130.0, "open": 70.0, "orders": 100.0, "find": 65.0}


def between(desk: Desk) -> None:
    """What the market does while no cycle runs; harmless to repeat."""
    book = desk.venue.book
    with suppress(KeyError):
        aapl = book.find(AAPL)
        if aapl.is_open and not aapl.filled_qty:
            book.fill(aapl)
    with suppress(KeyError):
        msft = book.find(MSFT)
        if msft.is_open and not msft.filled_qty:
            book.fill(msft, qty=1)


def _nothing(desk: Desk) -> bool:
    return True


def _split(desk: Desk) -> bool:
    if _guarded(desk):
        happenings.split(desk.venue.book, "AAPL", 2, legs_end=True)
        desk.may_wait.add("AAPL")
    return "AAPL" in desk.may_wait


def _both_legs(desk: Desk) -> bool:
    book = desk.venue.book
    if _guarded(desk):
        stop, target = sorted(book.find(AAPL).legs, key=lambda leg: not leg.is_stop)
        book.fill(target)
        happenings.fill_though_over(book, stop)
        desk.short["AAPL"] = book.account.qty("AAPL")
    return "AAPL" in desk.short


def _guarded(desk: Desk) -> bool:
    """AAPL is held, and its legs work."""
    order = desk.venue.book.get(client_order_id=AAPL)
    return order is not None and order.status == "filled" and all(leg.works for leg in order.legs)


@dataclass(frozen=True, slots=True)
class Day:
    """`trouble` comes once, after the third command or as soon as it can, and says whether it came."""

    name: str
    cycles: int
    trouble: Callable[[Desk], bool] = _nothing
    lags: bool = False

    def begin(self, desk: Desk) -> None:
        if self.lags:
            desk.venue.book.memory.lag_seconds.update(LAGS_SECONDS)

    def after(self, desk: Desk, number: int) -> None:
        """What happens after the number-th command."""
        between(desk)
        if number >= TROUBLE_AFTER and not desk.troubled:
            desk.troubled = self.trouble(desk)

    def over(self, desk: Desk, number: int) -> bool:
        return number >= self.cycles and desk.troubled and is_quiet(desk)


LIVE = Day("live", cycles=4)
DAYS = {
    day.name: day
    for day in (
        LIVE,
        Day("split", cycles=6, trouble=_split),
        Day("lag", cycles=9, lags=True),
        Day("both-legs", cycles=6, trouble=_both_legs),
    )
}


def walk(desk: Desk, die_at: int | None, day: Day = LIVE) -> int:
    """The day, killed once at the `die_at`-th step counted over all cycles, then on until quiet.
    The number of steps walked before the day was over; a death is not repeated."""
    counted = 0
    died = False
    day.begin(desk)
    for number in range(1, MOST_CYCLES + 1):
        local = None if die_at is None or died or die_at <= counted else die_at - counted
        outcome = desk.cycle(local)
        died = died or outcome.exit_code is None
        counted += outcome.steps
        day.after(desk, number)
        if (die_at is None or died or die_at <= counted) and day.over(desk, number):
            break
    return counted


def buy_back(desk: Desk) -> None:
    """What a person does on the broker's page when `flatten` says that the account is short."""
    for symbol, qty in desk.short.items():
        happenings.move_shares(desk.venue.book, symbol, -qty)
    desk.short.clear()
