"""Chooses the scanner's source, clock and directories; no other place does.

Made-up bars are for practice: the sample market is refused in a state directory that is bound to a real
account, and a list made of it says so, which no real broker's cycle takes.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from gates.base.clock import Clock, WallClock
from gates.base.errors import SettingsError, UsageError
from gates.base.leftovers import clear_leftovers
from gates.base.logs import Journal, writes_to_journald
from gates.base.record import dataclass
from gates.base.sessionfile import load_sessions
from gates.base.sessions import Session, SessionTable
from gates.base.statefile import StateMissing, StateUnreadable, make_directory, read_document
from scanner.bars.source import BarsSource
from scanner.bars.update import BarShelf
from scanner.settings import ScannerSettings, read_settings

SIMULATED_ACCOUNT = "SIM"


class PracticeClock:
    """The wall clock, or the simulated broker's where that was put ahead of it: who practises a session
    to come scans for that one."""

    def __init__(self, wall: Clock, record: Path) -> None:
        self._wall = wall
        self._record = record

    def now(self) -> datetime:
        try:
            simulated = datetime.fromisoformat(read_document(self._record, 2, 1)["clock"]["now"])
            return max(self._wall.now(), simulated)
        except (StateUnreadable, KeyError, TypeError, ValueError):
            return self._wall.now()

    def written_at(self, file_time: float) -> datetime:
        return self._wall.written_at(file_time)

    def sleep(self, seconds: float) -> None:
        self._wall.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Scanner:
    """Everything a verb works with."""

    settings: ScannerSettings
    clock: Clock
    journal: Journal

    @property
    def root(self) -> Path:
        return self.settings.state_dir

    @property
    def shelf(self) -> BarShelf:
        return BarShelf(self.root / "scanner")

    @property
    def universe(self) -> Path:
        return self.shelf.root / "universe.json"

    @property
    def lock(self) -> Path:
        return self.shelf.root / "scanner.lock"

    @property
    def sessions(self) -> Path:
        return self.root / "sessions.json"

    def table(self) -> SessionTable:
        return load_sessions(self.sessions)

    def session_and_as_of(self, table: SessionTable) -> tuple[Session, Session]:
        """The session about to be traded (or being traded), and the last completed one before it."""
        coming = table.current_or_next(self.clock.now())
        before = table.before(coming.day) if coming is not None else None
        if coming is None or before is None:
            raise UsageError(
                f"the session table ({table.first_day} to {table.last_day}) does not know today; "
                "`scanner run` refreshes it, a newer exchange_calendars may be needed"
            )
        return coming, before

    def source(self, table: SessionTable) -> BarsSource:
        """Alpaca, or the sample market. Their modules are imported when they are needed."""
        chosen = self.settings
        if chosen.source == "alpaca":
            from scanner.bars.alpaca import AlpacaBarsHost, AlpacaSource

            data, trading = (
                AlpacaBarsHost(host, chosen.key_id, chosen.secret_key, chosen.http_timeout_seconds)
                for host in (chosen.data_host, chosen.trading_host)
            )
            return AlpacaSource(data, trading, chosen.feed, self.clock)
        self._refuse_real_account()
        from scanner.bars.sample import SampleSource

        return SampleSource(table)

    def _refuse_real_account(self) -> None:
        try:
            account = read_document(self.root / "state.json", 2, 1).get("account")
        except StateMissing:
            return
        if account is not None and not str(account).startswith(SIMULATED_ACCOUNT):
            raise SettingsError(
                [
                    f"SCAN_BARS={self.settings.source}: {self.root} is bound to account {account}, where made-up "
                    "bars have no place; set APCA_API_KEY_ID and APCA_API_SECRET_KEY"
                ]
            )


def open_scanner(environ: Mapping[str, str], *, clock: Clock | None = None) -> Scanner:
    """`clock` stands in for the wall clock, so that a morning can be walked at any time of day."""
    settings = read_settings(environ)
    if not settings.state_dir.is_dir():
        what = "is not a directory" if settings.state_dir.exists() else "is not there"
        raise StateUnreadable(settings.state_dir, f"{what}; `execution init` makes one, AVWAP_STATE_DIR names another")
    chosen = clock or WallClock()
    if settings.source == "sample":
        chosen = PracticeClock(chosen, settings.state_dir / "simulated_broker.json")
    journal = Journal(now=chosen.now, under_journald=writes_to_journald(environ, sys.stdout))
    scanner = Scanner(settings, chosen, journal)
    make_directory(scanner.shelf.root)
    clear_leftovers(scanner.shelf.root)
    return scanner
