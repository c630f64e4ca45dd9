"""One LIVE trading day against the venue, process by process, and the words in which its tests ask about it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from venue.venue import Venue

from crash.forks import Forks, Outcome
from execution.ledger.day import Ledger, blank
from execution.operator.initialise import initialise
from execution.orders import parse_name
from execution.settings.parsing import parse
from execution.state.directory import StateDir
from gates.base.record import dataclass, field
from gates.mode import Mode
from scanner.watchlist import Row, make_watchlist, to_bytes

DAY = date(2026, 11, 20)
OPEN = datetime(2026, 11, 20, 15, 31, tzinfo=UTC)
TOKEN = "two-keys-for-the-grid"
PRICES = {"AAPL": 100, "MSFT": 200, "NVDA": 150}


def make_template(root: Path) -> Path:
    """A state dir ready for LIVE on DAY: ledgers, watchlist, confirm token."""
    state = StateDir(root)
    initialise(state, parse(settings(root, {})).settings, OPEN, new_account=False)
    for mode in Mode:
        state.ledger(mode).save(blank(DAY, mode, None))
    rows = [Row(s, Decimal(p), Decimal(p) * 95 / 100, Decimal(p) * 110 / 100) for s, p in PRICES.items()]
    watchlist = make_watchlist(DAY, rows, as_of=None, generated_at=OPEN, source="grid")
    state.watchlist(DAY).write_bytes(to_bytes(watchlist))
    state.token.write_text(TOKEN)
    state.token.chmod(0o600)
    return root


def settings(root: Path, venue_env: dict[str, str]) -> dict[str, str]:
    return {
        "AVWAP_STATE_DIR": str(root),
        "AVWAP_ENV_FILE": os.devnull,
        "LIVE_TRADING": "1",
        "LIVE_CONFIRM_TOKEN": TOKEN,
        "ENTRY_TRIGGER": "touch",
        "ENTRY_TTL_SECONDS": "100",
        "UNKNOWN_SETTLE_SECONDS": "30",
        "MAX_LIVE_ORDERS_PER_DAY": "2",
        "HTTP_TIMEOUT_SECONDS": "3",
        "CYCLE_BUDGET_SECONDS": "20",
        "APCA_API_KEY_ID": "PKUNUSED",
        "APCA_API_SECRET_KEY": "unused",
        **venue_env,
    }


@dataclass(slots=True)
class Desk:
    """A state dir, a venue and the processes between them."""

    root: Path
    venue: Venue
    forks: Forks
    extra: dict[str, str] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    troubled: bool = False
    """The day's own trouble has come."""
    short: dict[str, Decimal] = field(default_factory=dict)
    """Positions below nothing that the broker made, not we."""
    may_wait: set[str] = field(default_factory=set)
    """Symbols whose shares may stay without a stop, as long as every cycle says so."""

    @property
    def state(self) -> StateDir:
        return StateDir(self.root)

    def cycle(self, die_at: int | None = None, verb: tuple[str, ...] = ("run",)) -> Outcome:
        """One process; then a minute passes."""
        environ = {**settings(self.root, self.venue.env), **self.extra}
        outcome = self.forks.run(environ, self.venue.now(), die_at, verb)
        self.outcomes.append(outcome)
        self.venue.advance(60)
        return outcome

    def ledger(self) -> Ledger:
        return self.state.ledger(Mode.LIVE).load()

    def said(self) -> str:
        return "\n".join(outcome.output for outcome in self.outcomes)

    def our_orders(self) -> list[str]:
        ids = [order.client_order_id for order in self.venue.book.orders]
        return [one for one in ids if parse_name(one) is not None]


NewDesk = Callable[..., Desk]
"""Makes one, with settings by name."""


def prepare(venue: Venue, template: Path, root: Path, forks: Forks, **extra: str) -> Desk:
    shutil.copytree(template, root)
    for symbol, price in PRICES.items():
        quote = Decimal(price) + Decimal("0.10")
        venue.book.move_price(symbol, quote, quote + Decimal("0.02"), quote)
    return Desk(root, venue, forks, dict(extra))
