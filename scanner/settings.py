"""Lists the scanner's settings in one table, parsed by the same strict rules as the execution service's.

Every threshold of `setups/thresholds.py` is a row here. The scanner reads no limit of the execution service
and the other way round, so a typo in one stops only the one it belongs to: a scanner with a mistake
writes no list, and without a list nothing is entered. Free of numpy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

from gates.base.environment import (
    Mistake,
    Names,
    endpoint,
    half_a_key,
    near_misses,
    read_environment,
    read_values,
)
from gates.base.errors import SettingsError
from gates.base.record import dataclass, fields
from gates.base.settings import (
    BASE_URL,
    BROKER,
    DATA_URL,
    KEY_ID,
    LIVE_HOST,
    PAPER,
    PAPER_HOST,
    SECRET_KEY,
    STATE_DIR,
    Secret,
    Setting,
    Unfit,
    choice,
    decimal,
    whole,
)
from gates.base.where import Unplaced, placed
from scanner.setups.thresholds import Thresholds
from scanner.watchlist import SYMBOL

NETLOC = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]*)(?::[0-9]{1,5})?")
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")
EXCHANGES = ("NASDAQ", "NYSE", "AMEX", "ARCA", "BATS")


def _holdings(value: str | None) -> str:
    """A path, or an address to fetch from."""
    if value and "://" in value:
        _check_address(value)
    if value and value.startswith("~"):
        raise Unfit("write the whole path; ~ is not expanded")
    return value or ""


def _check_address(value: str) -> None:
    """Its scheme and host as a client would take them apart, not as the text begins."""
    try:
        parts = urlsplit(value)
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise Unfit("write a path or an https address such as https://example.com/holdings.csv") from None
    if NETLOC.fullmatch(parts.netloc) is None or not value.isprintable() or any(sign in value for sign in " \\"):
        raise Unfit("write an address without user, password, blanks and backslashes")
    if not host or parts.scheme not in ("https", "http") or (parts.scheme == "http" and host not in LOOPBACK_NAMES):
        raise Unfit("write a path or an https address; http is for this machine only (127.0.0.1, localhost)")


def _exchanges(value: str | None) -> frozenset[str]:
    names = frozenset(part.strip().upper() for part in (value or "").split(",") if part.strip())
    if not names or names - set(EXCHANGES):
        raise Unfit(f"write one or more of {', '.join(EXCHANGES)}, with commas between")
    return names


def _symbol(value: str | None) -> str:
    if not value or not SYMBOL.fullmatch(value):
        raise Unfit("write one symbol such as SPY")
    return value


REGISTRY: tuple[Setting, ...] = (
    STATE_DIR,
    KEY_ID,
    SECRET_KEY,
    BROKER,
    PAPER,
    BASE_URL,
    DATA_URL,
    Setting(
        "SCAN_BARS",
        choice("auto", "alpaca", "sample"),
        "auto",
        "auto: alpaca when a key is set and BROKER is not simulated, else the built-in sample market",
        names_broker=True,
    ),
    Setting("SCAN_DATA_FEED", choice("sip", "iex"), "sip", "feed of the daily bars; sip is free once 15 minutes old"),
    Setting("SCAN_HISTORY_SESSIONS", whole(280, 5_000), "500", "sessions of bars to keep"),
    Setting("SCAN_HTTP_TIMEOUT_SECONDS", whole(1, 300), "30", "total time of one request"),
    Setting("SCAN_UNIVERSE_HOLDINGS", _holdings, None, "an iShares-style holdings CSV, path or https; else the assets"),
    Setting("SCAN_UNIVERSE_SIZE", whole(1, 12_000), "3000", "so many of Alpaca's assets, by median dollar volume"),
    Setting("SCAN_UNIVERSE_EXCHANGES", _exchanges, ",".join(EXCHANGES), "exchanges of Alpaca's assets to take"),
    Setting("SCAN_UNIVERSE_DAYS", whole(1, 365), "7", "an older universe is refreshed before a scan"),
    Setting("SCAN_MIN_COVERAGE_PCT", decimal("0", "100", "percent"), "95", "of the universe with a bar, or no list"),
    Setting("SCAN_MAX_ROWS", whole(1, 1_000), "40", "the best candidates go on the list"),
    Setting("SCAN_MIN_PRICE", decimal("0", "100000", "dollars"), "5", "least close"),
    Setting("SCAN_MIN_AVG_VOLUME", decimal("0", "999999999", "shares"), "500000", "least 20-day average volume"),
    Setting(
        "SCAN_MIN_DOLLAR_VOLUME", decimal("0", "999999999999", "dollars"), "10000000", "least 20-day average turnover"
    ),
    Setting("SCAN_ATR_SESSIONS", whole(2, 100), "14", "sessions of the average true range"),
    Setting("SCAN_TREND_FAST_SESSIONS", whole(2, 200), "20", "the fast mean, to be above the slow one"),
    Setting("SCAN_TREND_SLOW_SESSIONS", whole(5, 400), "50", "the slow mean, to be rising"),
    Setting("SCAN_TREND_SLOPE_SESSIONS", whole(1, 100), "10", "sessions over which the slow mean must have risen"),
    Setting("SCAN_SWING_SESSIONS", whole(1, 30), "5", "bars a swing stands out of, on either side"),
    Setting("SCAN_GAP_PCT", decimal("0.1", "100", "percent"), "4", "least gap up of a gap day"),
    Setting("SCAN_VOLUME_RATIO", decimal("0.1", "100", "times"), "1.8", "a volume day's volume over its 20-day mean"),
    Setting("SCAN_VOLUME_CLOSE_PCT", decimal("0", "100", "percent"), "70", "a volume day closes so high in its range"),
    Setting("SCAN_SLOPE_SESSIONS", whole(1, 60), "5", "sessions the AVWAP's slope is measured over"),
    Setting("SCAN_MIN_SLOPE_PCT", decimal("0", "10", "percent a session"), "0", "least slope of the AVWAP"),
    Setting("SCAN_MAX_DISTANCE_ATR", decimal("0.1", "100", "ATRs"), "1.5", "most distance of the close to the AVWAP"),
    Setting("SCAN_SUPPLY_ROOM_ATR", decimal("0", "100", "ATRs"), "1", "least room to the AVWAP of the 52-week high"),
    Setting("SCAN_STOP_BUFFER_ATR", decimal("0", "10", "ATRs"), "0.1", "stop this far below swing low and AVWAP"),
    Setting("SCAN_MIN_STOP_ATR", decimal("0.1", "20", "ATRs"), "1", "least distance of the stop to the entry"),
    Setting("SCAN_MAX_STOP_PCT", decimal("0.1", "99", "percent"), "12", "most distance of the stop to the entry"),
    Setting("SCAN_TARGET_R", decimal("0.1", "50", "times the risk"), "2", "the target's distance"),
    Setting("SCAN_REGIME_SYMBOL", _symbol, "SPY", "the market: no list while it is not above its mean"),
    Setting("SCAN_REGIME_SESSIONS", whole(20, 1_000), "200", "sessions of that mean"),
)
NAMES = Names(REGISTRY, ours=("SCAN_",), closed=("SCAN_",))


@dataclass(frozen=True, slots=True)
class ScannerSettings:
    """What the scanner runs by; thresholds apart, because they are all a scan itself needs."""

    state_dir: Path
    source: str
    key_id: Secret
    secret_key: Secret
    trading_host: str
    data_host: str
    feed: str
    history_sessions: int
    http_timeout_seconds: int
    holdings: str
    universe_size: int
    exchanges: frozenset[str]
    universe_days: int
    min_coverage_pct: Decimal
    max_rows: int
    thresholds: Thresholds


def read_settings(environ: Mapping[str, str]) -> ScannerSettings:
    """The settings, or every mistake at once. Names of the execution service are left to it."""
    merged, unreadable = read_environment(environ, REGISTRY, env_file_lines)
    values, wrong = read_values(merged, REGISTRY)
    strange = near_misses({name: merged[name] for name in merged if name.upper().startswith("SCAN_")}, NAMES)
    mistakes = [*unreadable, *wrong, *strange]
    place = placed(environ, merged.get(STATE_DIR.name))
    if not mistakes:
        mistakes = _contradictions(values)
    if isinstance(place, Unplaced):
        raise SettingsError([str(mistake) for mistake in (*mistakes, *place.beside(mistakes))])
    if mistakes:
        raise SettingsError([str(mistake) for mistake in mistakes])
    return ScannerSettings(
        state_dir=place,
        source=_source(values),
        key_id=values["apca_api_key_id"],
        secret_key=values["apca_api_secret_key"],
        trading_host=values["apca_api_base_url"] or (PAPER_HOST if values["alpaca_paper"] else LIVE_HOST),
        data_host=values["apca_api_data_url"],
        feed=values["scan_data_feed"],
        history_sessions=values["scan_history_sessions"],
        http_timeout_seconds=values["scan_http_timeout_seconds"],
        holdings=values["scan_universe_holdings"],
        universe_size=values["scan_universe_size"],
        exchanges=values["scan_universe_exchanges"],
        universe_days=values["scan_universe_days"],
        min_coverage_pct=values["scan_min_coverage_pct"],
        max_rows=values["scan_max_rows"],
        thresholds=Thresholds(**{one.name: _plain(values[f"scan_{one.name}"]) for one in fields(Thresholds)}),
    )


def _source(values: Mapping[str, Any]) -> str:
    if values["scan_bars"] != "auto":
        return str(values["scan_bars"])
    return "alpaca" if values["apca_api_key_id"] and values["broker"] != "simulated" else "sample"


def _contradictions(values: Mapping[str, Any]) -> list[Mistake]:
    key_id = values["apca_api_key_id"]
    found = half_a_key(key_id, values["apca_api_secret_key"])
    found += endpoint(values["alpaca_paper"], key_id, values["apca_api_base_url"])
    if not key_id and "alpaca" in (values["scan_bars"], values["broker"]):
        name = "SCAN_BARS" if values["scan_bars"] == "alpaca" else "BROKER"
        remedy = "set APCA_API_KEY_ID and APCA_API_SECRET_KEY, or BROKER=simulated to practise on the sample market"
        found.append(Mistake(name, "alpaca", remedy))
    if values["scan_trend_fast_sessions"] >= values["scan_trend_slow_sessions"]:
        remedy = f"must be less than SCAN_TREND_SLOW_SESSIONS ({values['scan_trend_slow_sessions']})"
        found.append(Mistake("SCAN_TREND_FAST_SESSIONS", str(values["scan_trend_fast_sessions"]), remedy))
    return found


def _plain(value: Any) -> Any:
    """Floats begin here: thresholds are compared with measured numbers, never with money."""
    return float(value) if isinstance(value, Decimal) else value


def env_file_lines(stream: TextIO) -> Iterable[Any]:
    from dotenv.parser import parse_stream  # only when there is such a file

    return parse_stream(stream)
