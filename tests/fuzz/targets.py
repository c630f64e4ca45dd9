"""What is fuzzed: each parser of foreign bytes, good documents to begin from, and how it may say No.

A target reads the bytes as the service would. It may refuse them by the exceptions that its callers wait for;
whatever else is raised is a finding. What was read is looked at too: bounded numbers, texts that print.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from email.message import Message as Headers
from enum import Enum
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.response import addinfourl

from support.facts import ARMED_LIMITS
from support.trading import S, entry, ledger, leg, protection

from execution.broker.alpaca import orders as alpaca_orders
from execution.broker.alpaca import shapes as shapes
from execution.broker.http import UNREADABLE, error_of, not_understood, said
from execution.broker.port import BrokerOrder
from execution.broker.simulated import record as simulated_record
from execution.broker.simulated.paced import simulated_broker
from execution.channel import slack
from execution.channel.messages import Message, MessageLevel
from execution.channel.port import MessageRefused, NotTaken
from execution.checks import preflight as preflight
from execution.notify import alerts
from execution.operator.initialise import TEMPLATES, initialise
from execution.report import closed_gates
from execution.settings.parsing import parse
from execution.snapshots import snapshots
from execution.state import arming, heartbeat, latches, tokens
from execution.state.directory import StateDir
from execution.state.presence import read_token
from gates.base.escape import printable
from gates.base.record import dataclass
from gates.base.replies import Reply
from gates.base.sessionfile import load_sessions
from gates.base.settings import Secret
from gates.base.statefile import StateUnreadable
from gates.mode import Mode
from scanner import universe, watchlist
from scanner.bars.pages import PageOdd, read_page
from scanner.holdings import HoldingsOdd, parse_holdings

NOW = datetime(2026, 11, 20, 15, 31, tzinfo=UTC)
DAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Target:
    """`read` gets one case; `seeds` are what cases are made from."""

    seeds: tuple[bytes, ...]
    read: Callable[[bytes], object]


def targets(root: Path) -> dict[str, Target]:
    """Every target; files are read below `root`."""
    root.mkdir(parents=True, exist_ok=True)
    return {**_broker(), **_scanner(root), **_slack(), **_settings(root), **_state(root)}


# --- the broker ------------------------------------------------------------------------------------

ORDER = {
    "id": "61e69015", "client_order_id": "avx-20261120-AAPL-entry-1", "symbol": "AAPL", "side": "buy", "type": "limit",
    "qty": "9", "filled_qty": "4", "filled_avg_price": "100.30", "limit_price": "100.39", "stop_price": None,
    "status": "partially_filled", "submitted_at": "2026-11-20T15:31:00.123456789Z", "order_class": "bracket",
    "updated_at": "2026-11-20T15:31:01Z", "replaced_by": None, "replaces": None, "notional": None,
}  # fmt: skip
LEG = {**ORDER, "id": "leg-1", "client_order_id": "made-up", "side": "sell", "type": "stop", "stop_price": "97"}
ACCOUNT = {
    "account_number": "PA3VENUE0001", "status": "ACTIVE", "currency": "USD", "equity": "100000.12345678901234",
    "last_equity": 99999.5, "buying_power": "200000", "trading_blocked": False, "account_blocked": False,
}  # fmt: skip
POSITION = {
    "symbol": "AAPL", "qty": "4", "qty_available": "4", "side": "long", "avg_entry_price": "101.3",
    "market_value": "405", "asset_class": "us_equity",
}  # fmt: skip
QUOTE = {"bp": 100.1, "ap": "100.12", "t": "2026-11-20T15:30:59.9Z"}


def _json(*documents: object) -> tuple[bytes, ...]:
    return tuple(json.dumps(one).encode() for one in documents)


def _broker() -> dict[str, Target]:
    active = frozenset({"ACTIVE"})
    readers: dict[str, tuple[Callable[[Any], object], tuple[bytes, ...]]] = {
        "clock": (shapes.clock, _json({"timestamp": "2026-11-20T10:31:00-05:00", "is_open": True})),
        "account": (lambda answer: shapes.account(answer, active), _json(ACCOUNT)),
        "configurations": (shapes.suspended, _json({"suspend_trade": False, "fractional_trading": True})),
        "positions": (
            lambda answer: (shapes.positions(answer), shapes.crypto_symbols(answer)),
            _json([POSITION, {**POSITION, "symbol": "BTC/USD"}]),
        ),
        "orders": (_orders, _json([{**ORDER, "legs": [LEG, LEG]}, ORDER])),
        "order": (
            lambda answer: alpaca_orders.by_id(alpaca_orders.order(answer), ORDER["client_order_id"]),
            _json(ORDER),
        ),
        "quotes": (shapes.quotes, _json({"quotes": {"AAPL": QUOTE, "MSFT": QUOTE}})),
        "minute bars": (
            shapes.bars,
            _json({"bars": {"AAPL": [{"t": "2026-11-20T15:00:00Z", "c": 1.5}]}, "next_page_token": "QUFQTA=="}),
        ),
    }
    refusal = Target(_json({"code": 40310000, "message": "insufficient buying power"}), _refusal)
    return {f"broker {name}": Target(seeds, _answer(read)) for name, (read, seeds) in readers.items()} | {
        "broker refusal": refusal
    }


def _orders(answer: Any) -> object:
    page = alpaca_orders.orders(answer)
    return alpaca_orders.pages((page, page)), alpaca_orders.size_of_page(answer), alpaca_orders.last_moment(answer)


def _answer(read: Callable[[Any], object]) -> Callable[[bytes], object]:
    def answer(body: bytes) -> object:
        try:
            found = read(Reply(200, {}, body).json())
        except UNREADABLE as strange:
            found = not_understood(strange)
        look_at(found)
        return found

    return answer


def _refusal(body: bytes) -> object:
    reply = Reply(403, {}, body)
    look_at(said(reply))
    return error_of(reply)


def look_at(found: object) -> None:
    """Everything read from the broker prints in one plain short line, and can be reckoned with."""
    for value in _values(found):
        if isinstance(value, str):
            assert value.isprintable() and len(value) < 400 and "mode=LIVE" not in value, repr(value[:200])
        elif isinstance(value, Decimal):
            assert value.is_finite() and abs(value) < 10**15 and len(f"{value:f}") <= 27, value
        elif isinstance(value, BrokerOrder):
            assert value.qty * (value.limit_price or 0) < 10**15
        elif isinstance(value, datetime):
            assert value.tzinfo is not None and 1989 < value.year < 2201


def _values(found: object) -> Iterator[object]:
    yield found
    if isinstance(found, (str, bytes, Enum, date)):
        return
    if isinstance(found, Mapping):
        inner: Iterator[object] = (one for pair in found.items() for one in pair)
    elif isinstance(found, (tuple, list, frozenset, set)):
        inner = iter(found)
    else:
        inner = (getattr(found, name) for name in getattr(found, "__slots__", ()) or getattr(found, "__dict__", ()))
    for one in inner:
        yield from _values(one)


# --- the scanner -----------------------------------------------------------------------------------

BAR = {"t": "2026-11-19T05:00:00Z", "o": 1, "h": 2.5, "l": 0.5, "c": 2, "v": 1000, "n": 3, "vw": 1.1}
CSV = b"Symbol,Entry_Level,Stop_Loss,Target_R2\nAAPL,100.00,97.00,106.00\nBRK.B,200,194,212\n"
FUND = (
    b'Fund Holdings as of,"Nov 19, 2026"\n\nTicker,Name,Sector,Asset Class,Market Value,Exchange\n'
    b'"AAPL","APPLE INC","IT","Equity","1,000.00","NASDAQ"\n"BRKB","BERKSHIRE","Fin","Equity","9","NYSE"\n'
)


def _scanner(root: Path) -> dict[str, Target]:
    page = {"bars": {"AAPL": [BAR, BAR], "MSFT": [BAR]}, "next_page_token": None}
    listed = watchlist.make_watchlist(
        DAY, [watchlist.Row("AAPL", Decimal(100), Decimal(97), Decimal(106))], as_of=None, generated_at=NOW, source="x"
    )
    found = root / "universe.json"
    universe.save(found, universe.UniverseRefresh("alpaca assets", {"AAPL": "NASDAQ", "KO": "NYSE"}), NOW)
    compact = json.dumps(page, separators=(",", ":")).encode()
    return {
        "bars page": Target((*_json(page), compact), _but(read_page, PageOdd)),
        "watchlist CSV": Target((CSV,), _but(_csv, watchlist.WatchlistInvalid)),
        "holdings CSV": Target((FUND,), _but(_holdings, HoldingsOdd)),
        "watchlist": Target((watchlist.to_bytes(listed),), _file(root / "watchlist.json", watchlist.load_watchlist)),
        "universe": Target((found.read_bytes(),), _file(root / "universe.json", universe.load)),
    }


def _csv(data: bytes) -> object:
    try:
        return watchlist.parse_csv(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return None


def _holdings(data: bytes) -> object:
    try:
        return parse_holdings(data.decode("utf-8-sig"), {"AAPL": "NASDAQ", "BRK.B": "NYSE"})
    except UnicodeDecodeError:
        return None


def _but(read: Callable[[bytes], object], *refusals: type[Exception]) -> Callable[[bytes], object]:
    def attempt(data: bytes) -> object:
        try:
            return read(data)
        except refusals as refused:
            return printable(str(refused))

    return attempt


# --- Slack -----------------------------------------------------------------------------------------


def _slack() -> dict[str, Target]:
    message = Message("order.filled", MessageLevel.INFO, "LIVE", "filled", NOW)
    bot = slack.Bot(Secret("xoxb-0000"), "#desk", "http://127.0.0.1:9")
    hook = slack.Webhook(Secret("http://127.0.0.1:9/services/T/B/x"))
    taken = {"ok": True, "channel": "C0VENUE", "ts": "1.0", "message": {"text": "x"}}
    seeds = (*_json(taken, {"ok": False, "error": "invalid_blocks"}, {"ok": False, "error": "ratelimited"}), b"ok")

    def told(by: slack.Bot | slack.Webhook) -> Callable[[bytes], object]:
        def tell(body: bytes) -> object:
            answers, real = body, slack.opened
            slack.opened = lambda request, seconds: addinfourl(BytesIO(answers), Headers(), request.full_url, 200)
            try:
                return by.send(message, 3.0)
            finally:
                slack.opened = real

        return _but(tell, NotTaken, MessageRefused)

    return {"Slack bot": Target(seeds, told(bot)), "Slack webhook": Target(seeds, told(hook))}


# --- settings --------------------------------------------------------------------------------------

ENV = b"""# comment
export DRY_RUN=1
MAX_LIVE_ORDERS_PER_DAY=3
ALLOWLIST_SYMBOLS="AAPL,MSFT"
APCA_API_KEY_ID='PKQ7W3E9R5T1Y8U2I6O4'
APCA_API_SECRET_KEY=aZ3kP9qLm2Xw7RtYc5Vb8NsHd4JfGu6TgEo1WiQx
APCA_API_BASE_URL=https://paper-api.alpaca.markets
SLACK_WEBHOOK_URL=https://hooks.slack.com/services/T/B/x
"""


def _settings(root: Path) -> dict[str, Target]:
    path = root / "settings.env"
    environ = {"AVWAP_ENV_FILE": str(path)}

    def read(data: bytes) -> object:
        path.write_bytes(data)
        found = parse(environ)
        assert all(len(str(mistake)) < 1000 for mistake in found.mistakes if len(mistake.name) < 200)
        return found

    return {".env": Target((ENV,), read)}


# --- files of the state directory ------------------------------------------------------------------


def _file(path: Path, load: Callable[[Path], object]) -> Callable[[bytes], object]:
    def read(data: bytes) -> object:
        path.write_bytes(data)
        try:
            return load(path)
        except StateUnreadable as refused:
            return str(refused)

    return read


DECISIONS = (
    b'{"at":"2026-11-20T15:31:00Z","mode":"LIVE","mode_gates":[["kill_env","PASS","kill","not active"]],'
    b'"entry_gates":[["market","FAIL","market.closed","closed"]],"approved":["avx-20261120-MSFT-entry-1"],'
    b'"refused":{"AAPL":"caps.orders"},"reasons":{"AAPL":"max orders/day"},'
    b'"caps":{"orders_per_day":5,"positions":5,"gross_notional":"5000.0","per_symbol":"1000.0"}}\n'
)


def _state(root: Path) -> dict[str, Target]:
    state = StateDir(root / "state")
    initialise(state, parse({"AVWAP_ENV_FILE": "/dev/null", "BROKER": "simulated"}).settings, NOW, new_account=False)
    legs = (leg("stop"), leg("target"))
    book = ledger(entry(status=S.FILLED, filled=4, legs=legs, protections=(protection(),)), entry("MSFT"))
    live = state.ledger(Mode.LIVE)
    live.save(book)
    latches.set_latch(state.latches, latches.Latch("flatten", NOW, "me", "why"))
    tokens.remember(state.tokens, b"some token", DAY, NOW)
    heartbeat.begin(state.heartbeat, NOW)
    waiting = Message("order.filled", MessageLevel.INFO, "LIVE", "filled", NOW, rows=(("symbol", "AAPL"),))
    alerts.save(state.alerts, alerts.with_waiting(alerts.BLANK, (waiting,))[0])
    limits = arming.limits_of(ARMED_LIMITS)
    armed = arming.Armed(2, NOW, "me", "host/0f", "PA3", "https://x", (DAY,), NOW, limits, "0f", None)
    arming.write(state, armed)
    checked = preflight.Preflight(1, NOW, DAY, "PA3", "PASS", False, ())
    preflight.write(state.preflight, checked)
    here = snapshots.host_of({"AVWAP_STATE_DIR": str(state.root)}, str(root / "units"))
    taken = snapshots.take(here, NOW, None)
    kept = snapshots.path_of(here.store, taken.id)
    table = load_sessions(TEMPLATES / "sessions.json")
    simulated_broker(state.simulated_broker, state.watchlist, table, lambda: NOW).clock()
    day = table.on(DAY)
    assert day is not None
    files: dict[str, tuple[Path, Callable[[Path], object]]] = {
        "state.json": (state.record, lambda _: state.read_record()),
        "ledger": (live.path, lambda _: live.load()),
        "latches.json": (state.latches, latches.load),
        "tokens.json": (state.tokens, tokens.load),
        "heartbeat.json": (state.heartbeat, heartbeat.read),
        "alerts.json": (state.alerts, alerts.peek),
        "live_arm.json": (state.arm, arming.load),
        "preflight.json": (state.preflight, preflight.read),
        "simulated_broker.json": (state.simulated_broker, simulated_record.load),
        "snapshot": (kept, lambda _: snapshots.load(here.store, taken.id)),
    }
    found = {name: Target((path.read_bytes(),), _file(path, load)) for name, (path, load) in files.items()}
    sessions = (TEMPLATES / "sessions.json").read_bytes()
    return found | {
        "decisions": Target((DECISIONS,), lambda data: closed_gates.read(data, day, NOW)),
        "sessions.json": Target((sessions,), _file(root / "sessions.json", load_sessions)),
        "token": Target((b"arm1-0f0f-deadbeef",), _file(state.token, read_token)),
    }
