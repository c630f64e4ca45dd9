"""Holds all that a cycle knows when it asks the gates, as frozen records.

Nothing here is looked up or computed late: the shell gathers, the gates only read. Where a fact
could not be had, the record carries a `problem` in words instead of an empty list, because "no
positions" and "positions unknown" have been confused before. Secrets do not show in a repr.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from gates.base.instrument import Instrument
from gates.base.record import dataclass, field
from gates.base.sessions import Session, SessionTable


class Presence(Enum):
    """Whether a marker file exists. What cannot be checked is treated as there."""

    ABSENT = "absent"
    PRESENT = "present"
    UNCHECKABLE = "uncheckable"

    @property
    def in_force(self) -> bool:
        return self is not Presence.ABSENT


@dataclass(frozen=True, slots=True)
class Served:
    """The first session that a hand-made token's text served, or why that is not known."""

    first: date | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class TokenFile:
    """The second key as found on disk. `problem` is set when it could not be read at all."""

    found: bool = False
    problem: str | None = None
    permissions: int = 0
    content: bytes = field(default=b"", repr=False)
    written_at: datetime | None = None
    served: Served = Served()


@dataclass(frozen=True, slots=True)
class Caps:
    orders_per_day: int
    positions: int
    gross_notional: Decimal
    per_symbol: Decimal


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator set for entries, carried whole from the settings to the gates. `allowlist` None allows every
    symbol, `max_spread_pct` None every spread."""

    caps: Caps
    allowlist: frozenset[str] | None
    entry_trigger: str
    max_chase_pct: Decimal
    price_collar_pct: Decimal
    risk_per_trade_pct: Decimal
    max_quote_age_seconds: int
    max_entry_attempts: int
    max_spread_pct: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ArmRecord:
    """What `arm` bound the token to, as found; `digest` is worked out anew from what the file holds."""

    digest: str
    armed_at: datetime
    until: datetime
    sessions: tuple[date, ...]
    host: str
    account: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class ArmFacts:
    """The arm record, or why there is none to rely on, beside what it is compared with. `account` is None
    while the broker does not tell it, which is another gate's No."""

    record: ArmRecord | None
    problem: str | None
    host: str
    account: str | None
    limits: Limits


@dataclass(frozen=True, slots=True)
class ModeFacts:
    """What decides LIVE or DRY_RUN. `account_told`: the broker told its number; `account_bound`: the state dir
    has one to compare it with."""

    now: datetime
    table: SessionTable
    session: Session | None
    kill_env: bool
    kill_file: Presence
    dry_run: bool
    live_trading: bool
    token: bytes = field(repr=False)
    token_file: TokenFile
    arm_sessions: int
    ledger_problem: str | None
    account_problem: str | None
    account_mismatch: str | None
    account_told: bool
    account_bound: bool
    positions_problem: str | None
    arm: ArmFacts | None = None
    """Looked for when the token file names a record; a hand-made token names none."""


@dataclass(frozen=True, slots=True)
class Market:
    """Our table's and the broker's word on whether the session is open."""

    session: Session | None
    table_ends: str
    open_by_table: bool
    hours_ignored: bool
    broker_problem: str | None
    broker_open: bool
    broker_day: str
    skew_seconds: Decimal
    max_skew_seconds: int


@dataclass(frozen=True, slots=True)
class WatchlistFacts:
    """Today's list as found: `problem` in words, or the number of rows."""

    problem: str | None
    session: str
    rows: int


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What decides whether this cycle may open anything."""

    settings_mistakes: int
    state_problem: str | None
    paused: Presence
    market: Market
    watchlist: WatchlistFacts
    ledger_problem: str | None
    account_problem: str | None
    account_mismatch: str | None
    account_told: bool
    account_bound: bool
    account_blocked: str | None
    positions_problem: str | None
    orders_problem: str | None
    unresolved: tuple[str, ...]
    seconds_to_close: int
    no_entry_before_close_seconds: int
    latches: tuple[str, ...] = ()
    latches_problem: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What counts toward the caps before this order: union of ledger, broker and this plan."""

    orders: int
    symbols: frozenset[str]
    gross: Decimal
    of_symbol: Decimal


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """One intended order and everything its gates compare it with. `untold` says in words what of the broker's
    positions and orders could not be had; what is counted and compared without it is a guess."""

    symbol: str
    instrument: Instrument
    qty: Decimal
    size_note: str
    limit: Decimal
    stop: Decimal
    target: Decimal
    row_entry: Decimal
    trigger_met: bool
    trigger_note: str
    bid: Decimal | None
    ask: Decimal | None
    quote_age_seconds: Decimal | None
    quote_problem: str | None
    limits: Limits
    max_risk: Decimal
    buying_power: Decimal
    earlier_entry: str | None
    foreign: str | None
    lock: str | None
    usage: Usage
    untold: str | None = None
    latched: str | None = None
    latches_known: bool = True

    @property
    def counted_qty(self) -> Decimal:
        """At least one share: an order too small to exist is still held against every cap."""
        return max(self.instrument.least_qty, self.qty)

    @property
    def notional(self) -> Decimal:
        return self.limit * self.counted_qty
