"""Derives the report of one session from its ledgers, its decisions and the broker's positions. Pure.

Nothing here is remembered: the same files make the same report again. What could not be read is a
`problem` in words and never a zero, because a summary that shows 0.00 for "not read" has hidden a
loss before. A sale counts on the day it happened, whichever day's ledger it was first seen in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from execution.broker.port import BrokerOrder, Position
from execution.ledger.day import Entry, Exit, Ledger
from execution.ledger.fills import fills_of
from execution.ledger.notes import EventKind
from execution.ledger.shelf import Kept
from execution.ledger.usage import session_usage
from execution.report.closed_gates import SessionDecisions
from execution.report.results import realized_in, total
from execution.results.progress import NOWHERE, Progress, progress
from gates.base.record import dataclass
from gates.base.sessions import Session, SessionOf, new_york_day, new_york_text
from gates.facts import Caps
from gates.mode import Mode

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class BrokerHoldings:
    """What the broker holds now, and its orders; only of the newest session it says anything."""

    positions: tuple[Position, ...] = ()
    orders: tuple[BrokerOrder, ...] = ()
    equity: Decimal | None = None
    problem: str | None = None
    orders_problem: str | None = None
    kept_at: datetime | None = None
    """When a sweep saw it, where it is not of now but of the session's close."""


@dataclass(frozen=True, slots=True)
class Used:
    """What was used of the caps; `whole` when the broker's own view went into it."""

    orders: int
    positions: int
    gross: Decimal
    per_symbol: Decimal
    largest: str | None
    whole: bool


@dataclass(frozen=True, slots=True)
class SessionLedger:
    """One mode's ledger of the session. `exits` happened in this session, also where a later ledger saw them
    first; `late` stand in this ledger and happened in an earlier session, where they are counted."""

    mode: Mode
    path: str
    digest: str | None = None
    account: str | None = None
    problem: str | None = None
    absent: bool = False
    orders: tuple[Entry, ...] = ()
    carried: tuple[Entry, ...] = ()
    exits: tuple[Exit, ...] = ()
    late: tuple[Exit, ...] = ()
    fills: tuple[Entry, ...] = ()
    used: Used | None = None

    @property
    def exits_unknown(self) -> bool:
        """A session without a cycle has the exits that were seen later."""
        return self.problem is not None and not (self.absent and self.exits)

    @property
    def realized(self) -> Decimal | None:
        """None when it cannot be known: the ledger is not, or an exit has no known result."""
        return None if self.exits_unknown else realized_in(self.exits)

    @property
    def adopted(self) -> tuple[Entry, ...]:
        return tuple(one for one in self.orders if any(event.kind is EventKind.ADOPTED for event in one.history))

    @property
    def eventful(self) -> bool:
        return bool(self.orders or self.carried or self.exits or self.late)


@dataclass(frozen=True, slots=True)
class Held:
    """Shares of ours at the end, and what they would bring now; None where the broker did not say."""

    symbol: str
    qty: Decimal
    bought_at: Decimal | None
    price: Decimal | None = None
    difference: str | None = None
    progress: Progress = NOWHERE

    @property
    def unrealized(self) -> Decimal | None:
        return None if self.price is None or self.bought_at is None else (self.price - self.bought_at) * self.qty


@dataclass(frozen=True, slots=True)
class SessionReport:
    """Holds all that is told of one session. `mode` is None when nothing says in which one cycles ran."""

    session: Session
    now: datetime
    broker: str
    mode: Mode | None
    live: SessionLedger
    dry_run: SessionLedger
    decided: SessionDecisions
    limits: Caps
    limits_of_the_day: bool
    held: tuple[Held, ...]
    holdings_problem: str | None
    equity: Decimal | None
    standing: tuple[str, ...]
    kept_at: datetime | None = None

    @property
    def finished(self) -> bool:
        return self.now >= self.session.closes

    @property
    def equity_is(self) -> str:
        """Of which moment the equity and the prices of positions are."""
        return "at the broker" if self.kept_at is None else f"after the close, {new_york_text(self.kept_at)}"

    @property
    def no_cycle_ran(self) -> bool:
        return self.live.absent and self.dry_run.absent and self.decided.problem is not None

    @property
    def ledger(self) -> SessionLedger:
        """The ledger of the mode this session was in."""
        return self.live if self.mode is Mode.LIVE else self.dry_run

    @property
    def unrealized(self) -> Decimal | None:
        """None when a single price is missing: a sum of what happens to be known is no answer."""
        if self.live.problem is not None or self.holdings_problem is not None:
            return None
        return total(one.unrealized for one in self.held)

    @property
    def exposure(self) -> Decimal | None:
        """Dollars in shares of ours and in live entries that work; None when a single price is missing."""
        if self.live.problem is not None or self.holdings_problem is not None:
            return None
        held = [one.price * one.qty if one.price is not None else None for one in self.held]
        entries = (*self.live.carried, *self.live.orders)
        rests = [entry.limit_price * (entry.qty - entry.filled_qty) for entry in entries if entry.unfinished]
        return total((*held, *rests))


def session_ledger(
    mode: Mode, kept: Kept, day: date, exits: Iterable[Exit], session_of: SessionOf, holdings: BrokerHoldings
) -> SessionLedger:
    ledger = kept.ledger
    sold = tuple(sorted(exits, key=lambda one: (one.at, one.symbol)))
    if ledger is None:
        return SessionLedger(mode, kept.path, problem=kept.problem, absent=kept.absent, exits=sold)
    return SessionLedger(
        mode=mode,
        path=kept.path,
        digest=kept.digest,
        account=ledger.account,
        orders=ledger.entries,
        carried=ledger.carried,
        exits=sold,
        late=tuple(one for one in ledger.exits if session_of(one.at) < day),
        fills=tuple(one for one in ledger.everything() if _filled_on(one, day)),
        used=_used(day, ledger, holdings),
    )


def exits_by_session(ledgers: Iterable[Ledger], session_of: SessionOf) -> dict[date, tuple[Exit, ...]]:
    """Every sale once, under the session it happened in."""
    found: dict[date, tuple[Exit, ...]] = {}
    for ledger in ledgers:
        for one in ledger.exits:
            day = session_of(one.at)
            found[day] = (*found.get(day, ()), one)
    return found


def mode_of_session(decided: SessionDecisions, live: SessionLedger, dry_run: SessionLedger) -> Mode | None:
    """LIVE if any cycle was; by the decisions, and by the ledgers where those are missing."""
    modes = {span.mode for span in decided.modes}
    if Mode.LIVE.value in modes or live.orders:
        return Mode.LIVE
    if modes or dry_run.orders:
        return Mode.DRY_RUN
    return None


def held_by(ledger: SessionLedger, holdings: BrokerHoldings) -> tuple[Held, ...]:
    """Shares of ours by symbol, priced by the broker where it told its positions."""
    entries: dict[str, list[Entry]] = {}
    for entry in (*ledger.carried, *ledger.orders):
        if entry.held_qty > 0:
            entries.setdefault(entry.symbol, []).append(entry)
    positions = {one.symbol: one for one in holdings.positions}
    return tuple(_held(symbol, ours, positions, holdings.problem) for symbol, ours in sorted(entries.items()))


def _held(symbol: str, ours: list[Entry], positions: Mapping[str, Position], problem: str | None) -> Held:
    qty = sum((one.held_qty for one in ours), ZERO)
    cost = total(None if one.filled_avg_price is None else one.held_qty * one.filled_avg_price for one in ours)
    bought_at = None if cost is None else cost / qty
    if problem is not None:
        return Held(symbol, qty, bought_at, progress=progress(ours, None))
    position = positions.get(symbol)
    found = position.qty if position is not None else ZERO
    difference = None if found == qty else f"the broker holds {found}"
    value = position.market_value if position is not None else None
    price = value / found if value is not None and found else None
    return Held(symbol, qty, bought_at, price, difference, progress(ours, price))


def _used(day: date, ledger: Ledger, holdings: BrokerHoldings) -> Used:
    usage = session_usage(day, ledger, holdings.orders, holdings.positions)
    symbols = usage.symbols | {entry.symbol for entry in ledger.everything() if entry.held_qty > 0}
    largest = max(sorted(usage.by_symbol), key=lambda symbol: usage.by_symbol[symbol], default=None)
    most = usage.by_symbol[largest] if largest is not None else ZERO
    whole = holdings.problem is None and holdings.orders_problem is None
    return Used(len(usage.ids), len(symbols), usage.gross, most, largest, whole)


def _filled_on(entry: Entry, day: date) -> bool:
    return any(new_york_day(moment) == day for moment in fills_of(entry))
