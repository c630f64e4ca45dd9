"""The registry: every setting with its type, default, bounds and help, in one table.

`config.py` reads it to parse the environment, `docs/settings.md` is printed from it, and the doctor
shows it. A variable that is not here is not a setting. `names_broker` marks what decides where
orders go and where state lives: a mistake there ends the run before anything is touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gates.facts import Caps
from gates.money import parse_plain
from gates.switches import on_only_if_clearly_on, on_unless_clearly_off

ADDRESS = re.compile(r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:]+\]|[A-Za-z0-9.-]+)(?P<port>:[0-9]{1,5})?/?")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Secret:
    """A value that never shows itself; `reveal` is called where it is used and nowhere else."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret(set)" if self._value else "Secret(not set)"


class Unfit(Exception):
    """A value that does not parse; the message is the remedy."""


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    parse: Callable[[str | None], Any]
    default: str | None
    help: str
    when_wrong: Any = None
    secret: bool = False
    names_broker: bool = False

    @property
    def field(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Settings:
    """Parsed settings, one field per registry row."""

    dry_run: bool
    live_trading: bool
    live_confirm_token: Secret
    kill_switch: bool
    avwap_state_dir: str
    allowlist_symbols: frozenset[str] | None
    max_live_orders_per_day: int
    max_live_positions: int
    max_live_gross_notional: Decimal
    max_live_notional_per_symbol: Decimal
    apca_api_key_id: Secret
    apca_api_secret_key: Secret
    broker: str
    alpaca_paper: bool
    apca_api_base_url: str
    apca_api_data_url: str
    alpaca_data_feed: str
    entry_trigger: str
    entry_ttl_seconds: int
    max_chase_pct: Decimal
    price_collar_pct: Decimal
    risk_per_trade_pct: Decimal
    max_quote_age_seconds: int
    max_clock_skew_seconds: int
    kill_cancels_entries: bool
    kill_protects_positions: bool
    live_arm_sessions: int
    max_entry_attempts: int
    unknown_settle_seconds: int
    no_entry_before_close_seconds: int
    cycle_budget_seconds: int
    http_timeout_seconds: int
    log_format: str

    @property
    def caps(self) -> Caps:
        return Caps(
            self.max_live_orders_per_day,
            self.max_live_positions,
            self.max_live_gross_notional,
            self.max_live_notional_per_symbol,
        )


def _text(value: str | None) -> str:
    return value or ""


def _secret(value: str | None) -> Secret:
    return Secret(value or "")


def _symbols(value: str | None) -> frozenset[str] | None:
    """Unset allows all; set but naming nothing allows nothing."""
    if value is None:
        return None
    return frozenset(part.strip().upper() for part in value.split(",") if part.strip())


def _choice(*words: str) -> Callable[[str | None], str]:
    def parse(value: str | None) -> str:
        if value not in words:
            raise Unfit(f"write one of {', '.join(words)}")
        return value

    return parse


def _whole(least: int, most: int) -> Callable[[str | None], int]:
    def parse(value: str | None) -> int:
        number = parse_plain(value or "")
        if number is None or number != int(number) or "." in (value or "") or not least <= number <= most:
            raise Unfit(f"write a whole number from {least} to {most}, digits only")
        return int(number)

    return parse


def _decimal(least: str, most: str, unit: str) -> Callable[[str | None], Decimal]:
    def parse(value: str | None) -> Decimal:
        number = parse_plain(value or "")
        if number is None or not Decimal(least) <= number <= Decimal(most):
            raise Unfit(f"write a plain number from {least} to {most} ({unit}): digits, at most one point")
        return number

    return parse


def _path(value: str | None) -> str:
    if value == "":
        raise Unfit("name a directory or remove the variable")
    if value is not None and value.startswith("~"):
        raise Unfit("write the whole path; ~ is not expanded")
    return value or ""


def _yes_or_no(value: str | None) -> bool:
    if value not in ("0", "1"):
        raise Unfit("write 1 or 0")
    return value == "1"


def _address(value: str | None) -> str:
    """An https address, or http to this very machine; without a path."""
    if not value:
        return ""
    match = ADDRESS.fullmatch(value)
    if match is None:
        raise Unfit("write an address such as https://paper-api.alpaca.markets, without a path")
    if match["scheme"] == "http" and match["host"] not in LOOPBACK:
        raise Unfit("must be https; http is for this machine only (127.0.0.1, localhost)")
    port = "" if match["port"] is None or (match["scheme"], match["port"]) == ("https", ":443") else match["port"]
    return f"{match['scheme']}://{match['host'].rstrip('.').lower()}{port}"


_count = _whole(0, 100_000)
_dollars = _decimal("0", "999999999", "dollars")

REGISTRY: tuple[Setting, ...] = (
    Setting("DRY_RUN", on_unless_clearly_off, None, "forces DRY_RUN unless unset, empty, 0, false, no or off"),
    Setting("LIVE_TRADING", on_only_if_clearly_on, None, "first key of LIVE: only 1, true, yes or on"),
    Setting("LIVE_CONFIRM_TOKEN", _secret, None, "second key of LIVE: equals live_confirm_token.txt", secret=True),
    Setting("KILL_SWITCH", on_unless_clearly_off, None, "stops LIVE unless unset, empty, 0, false, no or off"),
    Setting(
        "AVWAP_STATE_DIR", _path, None, "state directory; else STATE_DIRECTORY, else state/ here", names_broker=True
    ),
    Setting("ALLOWLIST_SYMBOLS", _symbols, None, "comma-separated; unset allows all, set but empty allows none"),
    Setting("MAX_LIVE_ORDERS_PER_DAY", _count, "5", "entries per session that may have left", 0),
    Setting("MAX_LIVE_POSITIONS", _count, "5", "symbols held or being entered", 0),
    Setting("MAX_LIVE_GROSS_NOTIONAL", _dollars, "5000.0", "dollars of the session's entries", Decimal(0)),
    Setting("MAX_LIVE_NOTIONAL_PER_SYMBOL", _dollars, "1000.0", "dollars per symbol, held included", Decimal(0)),
    Setting("APCA_API_KEY_ID", _secret, None, "Alpaca key id", secret=True, names_broker=True),
    Setting("APCA_API_SECRET_KEY", _secret, None, "Alpaca secret key", secret=True, names_broker=True),
    Setting(
        "BROKER",
        _choice("auto", "alpaca", "simulated"),
        "auto",
        "auto: alpaca when a key is set, else simulated while LIVE_TRADING is off",
        names_broker=True,
    ),
    Setting("ALPACA_PAPER", _yes_or_no, "1", "1 for the paper account, 0 for real money", names_broker=True),
    Setting("APCA_API_BASE_URL", _address, None, "trading host; else Alpaca's own for the account", names_broker=True),
    Setting("APCA_API_DATA_URL", _address, "https://data.alpaca.markets", "market data host", names_broker=True),
    Setting("ALPACA_DATA_FEED", _choice("iex", "sip", "delayed_sip"), "iex", "market data feed"),
    Setting(
        "ENTRY_TRIGGER",
        _choice("hold", "touch"),
        "hold",
        "hold: the last two closed 10-minute bars close at or above the entry; touch: the ask is there",
        "hold",
    ),
    Setting("ENTRY_TTL_SECONDS", _whole(30, 86_400), "600", "an entry not filled by then is cancelled"),
    Setting("MAX_CHASE_PCT", _decimal("0", "5", "percent"), "0.5", "limit at most this far above the entry"),
    Setting("PRICE_COLLAR_PCT", _decimal("0", "10", "percent"), "2.0", "limit at most this far from the ask"),
    Setting("RISK_PER_TRADE_PCT", _decimal("0", "5", "percent"), "0.5", "of equity, lost if the stop is hit"),
    Setting("MAX_QUOTE_AGE_SECONDS", _whole(1, 3600), "60", "an older quote is no quote"),
    Setting("MAX_CLOCK_SKEW_SECONDS", _whole(0, 60), "5", "allowed distance to the broker's clock"),
    Setting("KILL_CANCELS_ENTRIES", _yes_or_no, "1", "a kill cancels our unfilled entries"),
    Setting("KILL_PROTECTS_POSITIONS", _yes_or_no, "1", "a kill still protects our naked positions"),
    Setting("LIVE_ARM_SESSIONS", _whole(1, 5), "1", "sessions one confirm token serves", 1),
    Setting("MAX_ENTRY_ATTEMPTS", _whole(1, 3), "1", "tries per symbol and session, after unfilled ends only", 1),
    Setting("UNKNOWN_SETTLE_SECONDS", _whole(30, 3600), "120", "least wait before an unknown order is not_sent"),
    Setting("NO_ENTRY_BEFORE_CLOSE_SECONDS", _whole(0, 23_400), "900", "no entry this close to the close"),
    Setting("CYCLE_BUDGET_SECONDS", _whole(5, 600), "45", "total time of one cycle"),
    Setting("HTTP_TIMEOUT_SECONDS", _whole(1, 60), "5", "timeout of one request"),
    Setting("LOG_FORMAT", _choice("text", "json"), "text", "journal lines as text or JSON", "text"),
)

BY_NAME = {setting.name: setting for setting in REGISTRY}
