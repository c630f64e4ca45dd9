"""Lists every setting with its type, default, bounds and help, in one table.

`parsing.py` reads it to parse the environment, `docs/settings.md` is printed from it, and the doctor
shows it. A variable that is not here is not a setting. `names_broker` marks what decides where
orders go and where state lives: a mistake there ends the run before anything is touched.
"""

from __future__ import annotations

import re
from decimal import Decimal

from gates.base.record import dataclass
from gates.base.settings import (
    BASE_URL,
    BROKER,
    DATA_URL,
    KEY_ID,
    LOOPBACK,
    PAPER,
    SECRET_KEY,
    STATE_DIR,
    Secret,
    Setting,
    Unfit,
    choice,
    decimal,
    decimal_if_set,
    higher,
    lower,
    secret,
    text,
    whole,
    yes_or_no,
)
from gates.facts import Caps, Limits
from gates.switches import on_only_if_clearly_on, on_unless_clearly_off

URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:]+\]|[A-Za-z0-9.-]+)(?P<port>:[0-9]{1,5})?(/[A-Za-z0-9._~%/-]*)?"
)
SLACK_API = "https://slack.com/api/"


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
    max_spread_pct: Decimal | None
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
    log_repeats: int
    slack_webhook_url: Secret
    slack_bot_token: Secret
    slack_channel: str
    slack_api_base_url: str
    slack_heartbeat_minutes: int
    slack_min_level: str
    healthcheck_url: Secret
    watch_silent_seconds: int
    watch_suspend_seconds: int

    @property
    def caps(self) -> Caps:
        return Caps(
            self.max_live_orders_per_day,
            self.max_live_positions,
            self.max_live_gross_notional,
            self.max_live_notional_per_symbol,
        )

    @property
    def limits(self) -> Limits:
        return Limits(
            self.caps,
            self.allowlist_symbols,
            self.entry_trigger,
            self.max_chase_pct,
            self.price_collar_pct,
            self.risk_per_trade_pct,
            self.max_quote_age_seconds,
            self.max_entry_attempts,
            self.max_spread_pct,
        )

    @property
    def tells(self) -> bool:
        """Whether there is a channel to the operator."""
        return bool(self.slack_webhook_url) or (bool(self.slack_bot_token) and bool(self.slack_channel))


def _symbols(value: str | None) -> frozenset[str] | None:
    """Unset allows all; set but naming nothing allows nothing."""
    if value is None:
        return None
    return frozenset(part.strip().upper() for part in value.split(",") if part.strip())


def _url(value: str) -> None:
    """An https URL, or http to this very machine; without user, query or fragment."""
    parts = URL.fullmatch(value)
    if parts is None:
        raise Unfit("write a whole https:// address without user, query or spaces")
    if parts["scheme"] == "http" and parts["host"] not in LOOPBACK:
        raise Unfit("must be https; http is for this machine only (127.0.0.1, localhost)")


def _secret_url(value: str | None) -> Secret:
    if value:
        _url(value)
    return Secret(value or "")


def _api_url(value: str | None) -> str:
    """Where Slack's Web API is; `/api/` is added when only a host is named."""
    if not value:
        return SLACK_API
    _url(value)
    bare = value.rstrip("/")
    return f"{bare}/" if bare.count("/") > 2 else f"{bare}/api/"


_count = whole(0, 100_000)
_dollars = decimal("0", "999999999", "dollars")

REGISTRY: tuple[Setting, ...] = (
    Setting(
        "DRY_RUN",
        on_unless_clearly_off,
        None,
        "forces DRY_RUN unless unset, empty, 0, false, no or off",
        tighter=higher,
    ),
    Setting("LIVE_TRADING", on_only_if_clearly_on, None, "first key of LIVE: only 1, true, yes or on", tighter=lower),
    Setting("LIVE_CONFIRM_TOKEN", secret, None, "second key of LIVE: equals live_confirm_token.txt", secret=True),
    Setting(
        "KILL_SWITCH",
        on_unless_clearly_off,
        None,
        "stops LIVE unless unset, empty, 0, false, no or off",
        tighter=higher,
    ),
    STATE_DIR,
    Setting(
        "ALLOWLIST_SYMBOLS",
        _symbols,
        None,
        "comma-separated; unset allows all, set but empty allows none",
        tighter=lower,
    ),
    Setting("MAX_LIVE_ORDERS_PER_DAY", _count, "5", "entries per session that may have left", 0, tighter=lower),
    Setting("MAX_LIVE_POSITIONS", _count, "5", "symbols held or being entered", 0, tighter=lower),
    Setting(
        "MAX_LIVE_GROSS_NOTIONAL", _dollars, "5000.0", "dollars of the session's entries", Decimal(0), tighter=lower
    ),
    Setting(
        "MAX_LIVE_NOTIONAL_PER_SYMBOL",
        _dollars,
        "1000.0",
        "dollars per symbol, held included",
        Decimal(0),
        tighter=lower,
    ),
    KEY_ID,
    SECRET_KEY,
    BROKER,
    PAPER,
    BASE_URL,
    DATA_URL,
    Setting("ALPACA_DATA_FEED", choice("iex", "sip", "delayed_sip"), "iex", "market data feed"),
    Setting(
        "ENTRY_TRIGGER",
        choice("hold", "touch"),
        "hold",
        "hold: the last two closed 10-minute bars close at or above the entry; touch: the ask is there",
        "hold",
    ),
    Setting("ENTRY_TTL_SECONDS", whole(30, 86_400), "600", "an entry not filled by then is cancelled"),
    Setting(
        "MAX_CHASE_PCT", decimal("0", "5", "percent"), "0.5", "limit at most this far above the entry", tighter=lower
    ),
    Setting(
        "PRICE_COLLAR_PCT", decimal("0", "10", "percent"), "2.0", "limit at most this far from the ask", tighter=lower
    ),
    Setting(
        "RISK_PER_TRADE_PCT", decimal("0", "5", "percent"), "0.5", "of equity, lost if the stop is hit", tighter=lower
    ),
    Setting("MAX_QUOTE_AGE_SECONDS", whole(1, 3600), "60", "an older quote is no quote", tighter=lower),
    Setting(
        "MAX_SPREAD_PCT",
        decimal_if_set("0", "10", "percent"),
        None,
        "no entry while bid and ask are further apart; unset: no limit",
        Decimal(0),
        tighter=lower,
    ),
    Setting("MAX_CLOCK_SKEW_SECONDS", whole(0, 60), "5", "allowed distance to the broker's clock", tighter=lower),
    Setting("KILL_CANCELS_ENTRIES", yes_or_no, "1", "a kill cancels our unfilled entries"),
    Setting("KILL_PROTECTS_POSITIONS", yes_or_no, "1", "a kill still protects our naked positions"),
    Setting("LIVE_ARM_SESSIONS", whole(1, 5), "1", "sessions one confirm token serves", 1, tighter=lower),
    Setting(
        "MAX_ENTRY_ATTEMPTS",
        whole(1, 3),
        "1",
        "tries per symbol and session, after unfilled ends only",
        1,
        tighter=lower,
    ),
    Setting("UNKNOWN_SETTLE_SECONDS", whole(30, 3600), "120", "least wait before an unknown order is not_sent"),
    Setting(
        "NO_ENTRY_BEFORE_CLOSE_SECONDS", whole(0, 23_400), "900", "no entry this close to the close", tighter=higher
    ),
    Setting("CYCLE_BUDGET_SECONDS", whole(5, 600), "45", "total time of one cycle"),
    Setting("HTTP_TIMEOUT_SECONDS", whole(1, 60), "5", "timeout of one request"),
    Setting("LOG_FORMAT", choice("text", "json"), "text", "journal lines as text or JSON", "text"),
    Setting("LOG_REPEATS", whole(1, 10_000), "30", "run --loop prints the same answer again after so many cycles", 1),
    Setting("SLACK_WEBHOOK_URL", _secret_url, None, "tell by this incoming webhook", secret=True),
    Setting("SLACK_BOT_TOKEN", secret, None, "tell as this bot; wins over the webhook, can attach charts", secret=True),
    Setting("SLACK_CHANNEL", text, None, "channel id or name the bot writes to"),
    Setting("SLACK_API_BASE_URL", _api_url, None, "another Web API than slack.com's; https unless on this machine"),
    Setting("SLACK_HEARTBEAT_MINUTES", whole(0, 1440), "60", "minutes between heartbeats in the session; 0 is never"),
    Setting("SLACK_MIN_LEVEL", choice("info", "warning", "error"), "info", "tell nothing below this level", "info"),
    Setting("HEALTHCHECK_URL", _secret_url, None, "dead-man ping: /start, itself, or /fail per cycle", secret=True),
    Setting("WATCH_SILENT_SECONDS", whole(30, 3600), "120", "no cycle finished for so long is silence (watch, health)"),
    Setting("WATCH_SUSPEND_SECONDS", whole(0, 86_400), "0", "watch --act: suspend trading after so long; 0 is never"),
)

BY_NAME = {setting.name: setting for setting in REGISTRY}
