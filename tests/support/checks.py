"""Facts that every check passes, to be spoiled one field at a time. It is Friday 2026-11-20, 10:31."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from execution.broker.port import BrokerClock
from execution.checks.facts import (
    AlertsTold,
    Directory,
    Drill,
    Facts,
    Rehearsal,
    SecretFile,
    SecretKind,
    Software,
    Spot,
    Switches,
    Unit,
)
from execution.checks.heartbeat import Pulse
from execution.checks.host import TIMERS
from execution.checks.slack import Slack
from execution.ledger.chain import ChainLink
from execution.ledger.lists import joined
from execution.orders import OrderStatus
from execution.settings.parsing import parse
from execution.state.directory import StateRecord
from execution.state.heartbeat import Heartbeat
from execution.state.ledgers import Ledgers, OpenLedger
from execution.view.broker_view import BrokerView
from execution.view.look import Look
from execution.view.world import World
from gates.base.record import replace
from gates.facts import Presence, WatchlistFacts
from gates.mode import Mode
from gates.verdict import Answer, refuse
from scanner.watchlist import Coverage, Row, make_watchlist
from support.facts import GOOD_MARKET, NOW, SESSION, TABLE, session_on
from support.trading import GOOD_ACCOUNT, broker_leg, entry, ledger, leg, position

D = Decimal
AT = NOW.astimezone(UTC)
YESTERDAY = session_on("2026-11-19")
STATE = Path("/srv/state")
ENVIRON = {
    "AVWAP_ENV_FILE": "/dev/null",
    "APCA_API_KEY_ID": "PKTEST",
    "APCA_API_SECRET_KEY": "secret",
    "DRY_RUN": "1",
    "MAX_LIVE_ORDERS_PER_DAY": "1",
    "MAX_LIVE_POSITIONS": "1",
    "MAX_LIVE_GROSS_NOTIONAL": "500",
    "MAX_LIVE_NOTIONAL_PER_SYMBOL": "250",
    "ALLOWLIST_SYMBOLS": "MSFT,AAPL",
}
BEAT = Heartbeat(1, 4711, at := datetime(2026, 11, 20, 15, 30, 1, tzinfo=UTC), at.replace(second=3), 0, "DRY_RUN",
                 "DRY_RUN enabled", "14 entry gates pass", "2026-11-20")  # fmt: skip
HELD = entry(status=OrderStatus.FILLED, filled=4, legs=(leg("stop"), leg("target")))
LIVE = ledger(HELD)
VIEW = BrokerView(BrokerClock(AT, True, date(2026, 11, 20)), GOOD_ACCOUNT, (position(),), (), ())
RECORD = StateRecord(1, datetime(2026, 11, 2, tzinfo=UTC), "PA3TEST")
LOOK = Look(
    world=World(AT, SESSION, RECORD, Ledgers(OpenLedger(LIVE), OpenLedger(ledger(mode=Mode.DRY_RUN))), VIEW),
    watchlist=WatchlistFacts(None, "2026-11-20", 42),
    rows=(),
    mode_answers=(Answer("dry_run", refuse("dry_run", "DRY_RUN enabled")),),
    entry_answers=(),
)
GOOD = Facts(
    now=AT,
    user="uid 1000",
    trusted_owners=frozenset({0, 1000}),
    state_root=STATE,
    settings=parse(ENVIRON).settings,
    mistakes=(),
    named=frozenset(ENVIRON),
    key_kind="PK",
    broker_name="alpaca (auto: an Alpaca key is set, paper)",
    on_simulator=False,
    not_opened=None,
    switches=Switches(False, Presence.ABSENT, Presence.ABSENT),
    secret_files=(SecretFile(SecretKind.TOKEN, STATE / "live_confirm_token.txt", 0o600, 1000),),
    directory=Directory(0o700, True, 5 * 1024**3, 20 * 1024**3, 900_000),
    record=RECORD,
    table=TABLE,
    table_problem=None,
    session=SESSION,
    last_session=SESSION,
    closed_session=YESTERDAY,
    look=LOOK,
    market=GOOD_MARKET,
    ledgers=LOOK.ledgers,
    live=LIVE,
    lists=joined((broker_leg("stop"), broker_leg("target"))),
    finished=ledger(date_ny=date(2026, 11, 19)),
    chain=(
        ChainLink("LIVE", "2026-11-20 (current)", None, True),
        ChainLink("DRY_RUN", "2026-11-20 (current)", None, True),
    ),
    watchlist=make_watchlist(
        date(2026, 11, 20),
        [Row("AAPL", D("100.85"), D("97.90"), D("108.10"))],
        as_of=date(2026, 11, 19),
        generated_at=AT,
        source="scanner, alpaca",
        coverage=Coverage(2594, 2590),
    ),
    spot=Spot("SPY", D("600.01"), D("600.03"), D("1.5")),
    pulse=Pulse(AT, BEAT, SESSION, SESSION, 120),
    rehearsal=Rehearsal(date(2026, 11, 20), "Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled"),
    drill=Drill(datetime(2026, 11, 18, 14, 0, tzinfo=UTC), True, 9),
    units=tuple(Unit(name, "loaded", "active") for name in TIMERS),
    time_synchronised=True,
    software=Software("3.11.7", "0.1.0", {"msgspec": "0.22.0", "requests": "2.34.2"}, revision="0123456789ab"),
    slack=Slack("bot token, channel #avwap: auth.test answers, team Solo"),
    told=AlertsTold(at, date(2026, 11, 19)),
)


def facts(**changes: Any) -> Facts:
    """The good facts but for these; names of settings, of the look and of its view go where they belong."""
    settings = {name: changes.pop(name) for name in list(changes) if name in GOOD.settings.__match_args__}
    view = {name: changes.pop(name) for name in list(changes) if name in VIEW.__match_args__}
    good = replace(GOOD, settings=replace(GOOD.settings, **settings), look=look_with(view=replace(VIEW, **view)))
    return replace(good, **changes)


def look_with(**changes: Any) -> Look:
    """Changes by the name of their field, those of the world too."""
    world = {name: changes.pop(name) for name in World.__match_args__ if name in changes}
    return replace(LOOK, world=replace(LOOK.world, **world), **changes)


def looked(**changes: Any) -> Facts:
    return replace(GOOD, look=look_with(**changes))
