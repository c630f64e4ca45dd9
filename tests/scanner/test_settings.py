"""The scanner's settings: strict, all mistakes at once, and no typo that loosens a threshold."""

from __future__ import annotations

import os
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from gates.base.errors import SettingsError
from gates.base.record import fields
from scanner.settings import REGISTRY, ScannerSettings, read_settings
from scanner.setups.thresholds import Thresholds

KEY = {"APCA_API_KEY_ID": "PKTEST00000000000000", "APCA_API_SECRET_KEY": "secret-secret-secret"}


def read(tmp_path: Path, **changes: str) -> ScannerSettings:
    return read_settings({"AVWAP_STATE_DIR": str(tmp_path), "AVWAP_ENV_FILE": os.devnull, **changes})


def mistakes(tmp_path: Path, **changes: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, **changes)
    return str(caught.value)


def test_unset_is_the_default_everywhere(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert found.thresholds == Thresholds()
    assert (found.source, found.feed, found.history_sessions, found.universe_size) == ("sample", "sip", 500, 3000)
    assert (found.min_coverage_pct, found.max_rows, found.holdings) == (Decimal(95), 40, "")


def test_every_threshold_is_a_setting() -> None:
    names = {one.name for one in REGISTRY}
    assert {f"SCAN_{one.name.upper()}" for one in fields(Thresholds)} <= names


@pytest.mark.parametrize(
    ("changes", "source"),
    [
        ({}, "sample"),
        (KEY, "alpaca"),
        (KEY | {"BROKER": "alpaca"}, "alpaca"),
        (KEY | {"BROKER": "simulated"}, "sample"),
        (KEY | {"SCAN_BARS": "sample"}, "sample"),
        (KEY | {"BROKER": "simulated", "SCAN_BARS": "alpaca"}, "alpaca"),
    ],
)
def test_where_bars_are_from(tmp_path: Path, changes: dict[str, str], source: str) -> None:
    assert read(tmp_path, **changes).source == source


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SCAN_MIN_PRICE", "-1"),
        ("SCAN_MIN_PRICE", "5 dollars"),
        ("SCAN_MIN_PRICE", "nan"),
        ("SCAN_MIN_COVERAGE_PCT", "101"),
        ("SCAN_MIN_COVERAGE_PCT", "95%"),
        ("SCAN_MAX_ROWS", "0"),
        ("SCAN_MAX_ROWS", "1e3"),
        ("SCAN_HISTORY_SESSIONS", "200"),
        ("SCAN_DATA_FEED", "otc"),
        ("SCAN_BARS", "yes"),
        ("SCAN_REGIME_SYMBOL", "spy"),
        ("SCAN_UNIVERSE_EXCHANGES", "NYSE,MOON"),
        ("SCAN_UNIVERSE_EXCHANGES", ","),
        ("SCAN_UNIVERSE_HOLDINGS", "http://example.com/fund.csv"),
        ("SCAN_UNIVERSE_HOLDINGS", "~/fund.csv"),
        ("SCAN_TREND_FAST_SESSIONS", "50"),
        ("SCAN_BARS", "alpaca"),
    ],
)
def test_a_mistake_names_variable_and_value(tmp_path: Path, name: str, value: str) -> None:
    said = mistakes(tmp_path, **{name: value})
    assert name in said and value[:20] in said


def test_half_a_key_is_none(tmp_path: Path) -> None:
    assert "APCA_API_SECRET_KEY" in mistakes(tmp_path, APCA_API_KEY_ID=KEY["APCA_API_KEY_ID"])


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    said = mistakes(tmp_path, SCAN_MIN_PRICE="x", SCAN_MAX_ROWS="y", SCAN_TARGETR="2")
    assert all(name in said for name in ("SCAN_MIN_PRICE", "SCAN_MAX_ROWS", "SCAN_TARGETR", "SCAN_TARGET_R"))


def test_limits_of_the_execution_service_are_left_to_it(tmp_path: Path) -> None:
    assert read(tmp_path, MAX_LIVE_POSITIONS="lots", KILL_SWITCH="1").max_rows == 40


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    found = read(tmp_path, **KEY)
    assert KEY["APCA_API_SECRET_KEY"] not in repr(found)
    assert KEY["APCA_API_SECRET_KEY"] not in mistakes(tmp_path, **KEY, SCAN_MAX_ROWS="x")


def test_a_live_host_wants_to_be_meant(tmp_path: Path) -> None:
    assert "ALPACA_PAPER" in mistakes(tmp_path, **KEY, APCA_API_BASE_URL="https://api.alpaca.markets")


@pytest.mark.parametrize(
    "value",
    [
        "http://127.0.0.1.evil.com/x", "http://localhost.evil.com/", "http://127.0.0.1@evil.com/", "http://[::1].evil.com/",
        "https://", "https:///fund.csv", "https://me:hunter2@example.com/x", "http://127.0.0.1:99999/", "ftp://example.com/x",
        "https://example.com\\@evil.com/", "https://exa mple.com/", "https://[::1/x", "HTTP://example.com/", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_holdings_come_from_https_or_this_very_machine(tmp_path: Path, value: str) -> None:
    said = mistakes(tmp_path, SCAN_UNIVERSE_HOLDINGS=value)
    assert "SCAN_UNIVERSE_HOLDINGS" in said and "hunter2" not in said


@pytest.mark.parametrize(
    "value",
    [
        "https://example.com/f.csv?a=1", "http://127.0.0.1:8080/f", "http://localhost/f", "http://[::1]:1/f",
        "HTTPS://Example.com./f", "/srv/fund.csv", "fund.csv",
    ],
)  # fmt: skip
def test_where_holdings_may_come_from(tmp_path: Path, value: str) -> None:
    settings = read_settings({"AVWAP_ENV_FILE": "/dev/null", "SCAN_UNIVERSE_HOLDINGS": value})
    assert settings.holdings == value


def test_a_state_dir_that_is_none_is_told_once_and_with_the_other_mistakes() -> None:
    told = mistakes(Path(sys.prefix), SCAN_MAX_ROWS="many")
    assert told.count("AVWAP_STATE_DIR=") == 1 and "lies below" in told and "SCAN_MAX_ROWS" in told
    assert mistakes(Path("~/state")).count("AVWAP_STATE_DIR=") == 1
