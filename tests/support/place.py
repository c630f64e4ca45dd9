"""A used state directory with a simulated account, in the middle of a session that nothing moves."""

from __future__ import annotations

import os
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from execution.broker.port import BracketRequest
from execution.broker.simulated.broker import SimulatedBroker
from execution.broker.simulated.paced import simulated_broker
from execution.ledger.day import Entry, Ledger, blank, with_entries
from execution.operator.initialise import initialise
from execution.service import Service
from execution.settings.parsing import parse
from execution.state.directory import StateDir
from execution.wiring import open_service
from gates.base.record import dataclass, field
from gates.base.sessionfile import load_sessions
from gates.base.sessions import NEW_YORK
from gates.mode import Mode
from support.sessions import FRIDAY, MONDAY, lay_sessions

NOW = datetime.fromisoformat(f"{MONDAY}T10:30").replace(tzinfo=NEW_YORK)
DAY = date.fromisoformat(MONDAY)
WALL = datetime.fromisoformat("2026-11-20T08:00").replace(tzinfo=NEW_YORK)


@dataclass
class Place:
    """The directory, and what is done at its broker from outside."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> StateDir:
        return StateDir(self.root / "state")

    @property
    def environ(self) -> dict[str, str]:
        return {
            "AVWAP_ENV_FILE": os.devnull,
            "AVWAP_STATE_DIR": str(self.state.root),
            "BROKER": "simulated",
            **self.env,
        }

    def service(self, **variables: str) -> Service:
        """As a verb opens it."""
        return open_service({**self.environ, **variables}, any_record=True)

    @property
    def broker(self) -> SimulatedBroker:
        state = self.state
        return simulated_broker(state.simulated_broker, state.watchlist, load_sessions(state.sessions), lambda: WALL)

    @property
    def account(self) -> str:
        return self.broker.account().number

    @property
    def live(self) -> Ledger:
        return self.state.ledger(Mode.LIVE).load()

    def keep(self, *entries: Entry) -> None:
        """The live ledger of this session with these entries."""
        self.state.ledger(Mode.LIVE).save(with_entries(blank(DAY, Mode.LIVE, self.account), entries))

    def hold(self, qty: int = 4, symbol: str = "AAPL") -> str:
        """Shares of ours, bought in this session; the id of their entry."""
        name = f"avx-{DAY:%Y%m%d}-{symbol}-entry-1"
        broker = self.broker
        broker.set_price(symbol, Decimal("100.00"))
        broker.submit(
            BracketRequest(name, symbol, Decimal(qty), Decimal("101.00"), Decimal("95.00"), Decimal("110.00"))
        )
        broker.advance(60)
        return name

    def files(self) -> dict[str, bytes]:
        """What is on disk, to be compared with what is there later. Locks hold nothing."""
        found = (path for path in sorted(self.state.root.rglob("*")) if path.is_file() and path.suffix != ".lock")
        return {str(path.relative_to(self.state.root)): path.read_bytes() for path in found}


def make_place(root: Path) -> Place:
    """Initialised and bound, with a blank live ledger of the session, on Monday at 10:30."""
    place = Place(root)
    lay_sessions(place.state.root, FRIDAY)
    initialise(place.state, parse(place.environ).settings, WALL, new_account=False)
    place.broker.set_clock(NOW)
    place.state.write_record(msgspec.structs.replace(place.state.read_record(), account=place.account))
    place.keep()
    return place
