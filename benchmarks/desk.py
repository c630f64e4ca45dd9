"""A state directory and a venue that stand still at one moment of one session, for any number of rows."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from crash.desk import DAY, OPEN, make_template, settings
from venue.venue import Venue

from benchmarks.lab import Lab, Work, work
from execution.ledger.day import Entry, Event, blank, with_entries
from execution.orders import OrderStatus, entry_id
from execution.state.directory import StateDir
from gates.base.record import dataclass
from gates.mode import Mode
from scanner.watchlist import Row, make_watchlist, to_bytes

ENTRY, STOP, TARGET = Decimal(100), Decimal(95), Decimal(110)
CLOSED = OPEN.replace(hour=23)


def names(count: int, first: str = "S") -> list[str]:
    """SAAA, SAAB, …: symbols of one length, so that rows are of one size."""
    letters = [chr(ord("A") + number) for number in range(26)]
    return [
        f"{first}{letters[number // 676]}{letters[number // 26 % 26]}{letters[number % 26]}" for number in range(count)
    ]


@dataclass(frozen=True, slots=True)
class Desk:
    template: Path
    root: Path
    environ: dict[str, str]

    def reset(self) -> None:
        """As it was before any cycle."""
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self.template, self.root)

    def cycle(self, lab: Lab, name: str, moment: object = OPEN, **more: object) -> Work:
        """`execution run` as a cold process, its wall clock standing at that moment."""
        made = work(name, lab.python, "cycle.py", moment, env=self.environ, before=self.reset)
        return Work(**{**{slot: getattr(made, slot) for slot in Work.__slots__}, **more})  # type: ignore[arg-type]


def make_desk(
    root: Path, venue: Venue, symbols: Sequence[str], entered: Sequence[str] = (), triggered: bool = False, **extra: str
) -> Desk:
    """A desk whose list has these rows, and whose DRY_RUN ledger has those entries already. The asks stand
    below the entries, or so that every row would be entered."""
    state = StateDir(make_template(root / "template"))
    rows = [Row(symbol, ENTRY, STOP, TARGET) for symbol in symbols]
    listed = make_watchlist(DAY, rows, as_of=None, generated_at=OPEN, source="bench")
    state.watchlist(DAY).write_bytes(to_bytes(listed))
    ledger = with_entries(blank(DAY, Mode.DRY_RUN, None), [recorded(symbol) for symbol in entered])
    state.ledger(Mode.DRY_RUN).save(ledger)
    ask = ENTRY + Decimal("0.12") if triggered else ENTRY - 1
    for symbol in symbols:
        venue.book.move_price(symbol, ask - Decimal("0.02"), ask, ask - Decimal("0.01"))
    environ = {**settings(root / "state", venue.env), "HTTP_TIMEOUT_SECONDS": "10", **extra}
    return Desk(state.root, root / "state", environ)


def recorded(symbol: str) -> Entry:
    """An entry as a DRY_RUN cycle records it."""
    at = OPEN - timedelta(minutes=10)
    return Entry(
        client_order_id=entry_id(DAY, symbol, 1),
        order_id="dry-run",
        symbol=symbol,
        side="buy",
        qty=Decimal(4),
        limit_price=ENTRY,
        notional=ENTRY * 4,
        stop_price=STOP,
        target_price=TARGET,
        timestamp=at,
        status=OrderStatus.SUBMITTED,
        history=(Event(at, OrderStatus.INTENDED), Event(at, OrderStatus.SUBMITTED)),
    )
