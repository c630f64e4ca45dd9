"""Holds all that the checks go by, gathered before the first is asked; what could not be had is an `Unknown`.

No secret is in here: of a file that holds one only mode and owner are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path

from execution.checks.finding import Unknown
from execution.checks.heartbeat import Pulse
from execution.checks.slack import Slack
from execution.ledger.chain import ChainLink
from execution.ledger.day import Ledger
from execution.ledger.lists import Lists
from execution.settings.registry import Settings
from execution.state.directory import StateRecord
from execution.state.ledgers import Ledgers
from execution.view.look import Look
from gates.base.record import dataclass
from gates.base.sessions import Session, SessionTable
from gates.facts import Market, Presence
from scanner.watchlist import Watchlist

NO_CHECKOUT = Unknown("no git checkout")


class SecretKind(Enum):
    SETTINGS = "settings file"
    TOKEN = "confirm token"
    CREDENTIAL = "credential"


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file that holds a secret, as others see it. `problem` when it cannot be looked at."""

    kind: SecretKind
    path: Path
    mode: int = 0o600
    owner: int = 0
    problem: str | None = None
    secret: bool = True
    """False for a settings file that names no secret: others may read it."""


@dataclass(frozen=True, slots=True)
class Directory:
    """The state directory as the file system has it. Inodes are None where there are none to count."""

    mode: int
    writable: bool
    free_bytes: int
    total_bytes: int
    free_inodes: int | None


@dataclass(frozen=True, slots=True)
class Spot:
    """A quote for a stock that is quoted all day."""

    symbol: str
    bid: Decimal
    ask: Decimal
    age_seconds: Decimal


@dataclass(frozen=True, slots=True)
class NoQuote:
    """Says that the feed was asked and gave no quote."""

    why: str


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of ours as systemd has it."""

    name: str
    load: str
    active: str


@dataclass(frozen=True, slots=True)
class Software:
    """Versions by name; `missing` and `old` name what the service needs and has not."""

    python: str
    service: str
    packages: Mapping[str, str]
    missing: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()
    revision: str | Unknown = NO_CHECKOUT


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The newest DRY_RUN decision on record: its session and its mode line."""

    session: date
    mode_line: str


@dataclass(frozen=True, slots=True)
class Drill:
    at: datetime
    passed: bool
    steps: int


@dataclass(frozen=True, slots=True)
class AlertsTold:
    """What alerts.json says was told: the last heartbeat, and the session of the last daily summary;
    `waiting` messages have not gone out yet."""

    heartbeat_at: datetime | None
    summary_of: date | None
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Switches:
    kill_env: bool
    kill_file: Presence
    paused: Presence
    latches: tuple[str, ...] | Unknown = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """`now` is told by the service's clock, simulated or not. `ledgers` are as they lie on disk,
    `live` the live one brought up to the broker's word in memory by `lists`, `finished` that of `closed_session`, the
    last one that is over; `last_session` has at least begun."""

    now: datetime
    user: str
    trusted_owners: frozenset[int]
    state_root: Path
    settings: Settings
    mistakes: tuple[str, ...]
    named: frozenset[str]
    key_kind: str
    broker_name: str
    on_simulator: bool
    not_opened: str | None
    switches: Switches
    secret_files: tuple[SecretFile, ...]
    directory: Directory | Unknown
    record: StateRecord | Unknown
    table: SessionTable
    table_problem: str | None
    session: Session | None
    last_session: Session | None
    closed_session: Session | None
    look: Look | Unknown
    market: Market | Unknown
    ledgers: Ledgers | Unknown
    live: Ledger | Unknown
    lists: Lists
    finished: Ledger | Unknown
    chain: tuple[ChainLink, ...] | Unknown
    watchlist: Watchlist | Unknown
    spot: Spot | NoQuote | Unknown
    pulse: Pulse
    rehearsal: Rehearsal | Unknown
    drill: Drill | Unknown
    units: tuple[Unit, ...] | Unknown
    time_synchronised: bool | Unknown
    software: Software | Unknown
    slack: Slack | Unknown
    told: AlertsTold | Unknown
    drop_ins: tuple[str, ...] | Unknown = ()
    """Examples of drop-ins that `units install` wrote and that are gone."""
    neighbour: str | None = None
    """What to say of the directory that the runbook names, where it is another than the one in force."""
