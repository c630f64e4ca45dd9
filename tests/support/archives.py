"""Archived ledgers made from a seed: years of trades that end at their stop, at their target or by hand.

`made` plays the days as a cycle would have written them: an entry stands in the ledger of its day, is carried until
it is sold, and each ledger follows the one before by its digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import msgspec

from execution.ledger.day import SCHEMA, Entry, Event, Exit, Ledger, Leg, Previous
from execution.ledger.file import LedgerFile, digest, to_bytes
from execution.orders import OrderStatus, entry_id
from gates.base.record import dataclass
from gates.base.sessions import NEW_YORK
from gates.mode import Mode

S = OrderStatus
CENT = Decimal("0.01")
SYMBOLS = ("AAPL", "AMD", "BRK.B", "CAT", "GS", "KO", "MSFT", "NVDA", "ORCL", "XOM")
ACCOUNT = "PA3TEST"


@dataclass(frozen=True)
class Archives:
    """What to make: so many orders a day on these days."""

    days: Sequence[date]
    orders_a_day: int = 5
    seed: int = 17
    mode: Mode = Mode.LIVE
    account: str = ACCOUNT


def weekdays(first: date, count: int) -> list[date]:
    found: list[date] = []
    while len(found) < count:
        if first.weekday() < 5:
            found.append(first)
        first += timedelta(days=1)
    return found


def made(wanted: Archives) -> Iterator[Ledger]:
    random = Random(wanted.seed)
    carried: tuple[Entry, ...] = ()
    previous: Previous | None = None
    for day in wanted.days:
        carried, exits = _sold(random, day, carried)
        symbols = random.sample(SYMBOLS, wanted.orders_a_day)
        entries = tuple(_entry(random, day, symbol) for symbol in symbols)
        ledger = Ledger(SCHEMA, day, wanted.mode, wanted.account, previous, carried, entries, exits)
        yield ledger
        previous = Previous(day, digest(ledger))
        carried = tuple(entry for entry in ledger.everything() if entry.carries_over)


def lay(root: Path, ledgers: Iterable[Ledger]) -> int:
    """The last of them as the current ledger, the others as archives; how many there are."""
    count, last = 0, None
    for ledger in ledgers:
        if last is not None:
            _write(LedgerFile(root, last.mode).archive_path(last.date_ny), last)
        last, count = ledger, count + 1
    if last is not None:
        _write(LedgerFile(root, last.mode).path, last)
    return count


def _write(path: Path, ledger: Ledger) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(to_bytes(ledger))
    path.chmod(0o600)


def moment(day: date, minutes: int) -> datetime:
    """So many minutes after the open of that day."""
    return (datetime.combine(day, time(9, 30), NEW_YORK) + timedelta(minutes=minutes)).astimezone(UTC)


def _entry(random: Random, day: date, symbol: str) -> Entry:
    limit = Decimal(random.randint(2_000, 40_000)) * CENT
    risk = max(CENT, (limit * random.randint(1, 4) / 100).quantize(CENT))
    qty = Decimal(random.randint(1, 40))
    sent, ident = moment(day, random.randint(30, 300)), entry_id(day, symbol, 1)
    bought = random.random() < 0.85
    status, paid = (S.FILLED, limit - CENT * random.randint(0, 3)) if bought else (S.CANCELLED, None)
    ends = sent + timedelta(minutes=random.randint(1, 9))
    legs = tuple(
        Leg(kind, f"{kind}-{ident}", S.WORKING if bought else S.CANCELLED, qty, price)
        for kind, price in (("stop", limit - risk), ("target", limit + 2 * risk))
    )
    return Entry(
        client_order_id=ident, order_id=f"order-{ident}", symbol=symbol, side="buy", qty=qty, limit_price=limit,
        notional=limit * qty, stop_price=limit - risk, target_price=limit + 2 * risk, timestamp=sent, status=status,
        filled_qty=qty if bought else Decimal(0), filled_avg_price=paid, legs=legs,
        history=(Event(sent, S.INTENDED), Event(sent, S.SUBMITTED), Event(ends, status)),
    )  # fmt: skip


def _sold(random: Random, day: date, carried: tuple[Entry, ...]) -> tuple[tuple[Entry, ...], tuple[Exit, ...]]:
    kept, exits = [], []
    for entry in carried:
        drawn = random.random()
        if drawn < 0.4:
            exits.append(_exit(random, day, entry, "stop" if drawn < 0.24 else "target" if drawn < 0.38 else "flatten"))
            entry = msgspec.structs.replace(entry, exited_qty=entry.filled_qty)
        kept.append(entry)
    return tuple(kept), tuple(exits)


def _exit(random: Random, day: date, entry: Entry, kind: str) -> Exit:
    middle = (entry.stop_price + entry.target_price) / 2
    levels = {"stop": entry.stop_price - CENT, "target": entry.target_price, "flatten": middle.quantize(CENT)}
    price, at = levels[kind], moment(day, random.randint(1, 380))
    assert entry.filled_avg_price is not None
    brought = (price - entry.filled_avg_price) * entry.held_qty
    order = next((leg.order_id for leg in entry.legs if leg.kind == kind), f"close-{entry.client_order_id}")
    return Exit(entry.symbol, kind, entry.held_qty, price, at, entry.client_order_id, brought, order)
