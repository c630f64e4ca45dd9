"""What is chosen, and why; what would have to be guessed is a settings error."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from support.simulated import MINUTE, TABLE, World, new_york

from execution.broker.errors import BrokerUnreachable
from execution.broker.kind import BrokerChoice, BrokerKind
from execution.broker.simulated.paced import HeldWall, PacedClock, simulated_broker
from execution.operator.initialise import initialise
from execution.settings.parsing import parse
from execution.state.directory import SCHEMA, StateDir, StateRecord
from execution.wiring import choose_broker, open_service, read_settings
from gates.base.clock import Stopwatch, WallClock, wall_now
from gates.base.errors import SettingsError
from gates.base.statefile import StateUnreadable

KEYS = {"APCA_API_KEY_ID": "the-key-id", "APCA_API_SECRET_KEY": "the-secret"}
NOW = new_york("2026-11-20 08:00")


def environment(tmp_path: Path, **variables: str) -> dict[str, str]:
    return {"AVWAP_ENV_FILE": os.devnull, "AVWAP_STATE_DIR": str(tmp_path / "state"), **variables}


@pytest.fixture
def simulated(tmp_path: Path) -> dict[str, str]:
    """The environment of an initialised directory with a simulated account."""
    environ = environment(tmp_path, BROKER="simulated")
    initialise(StateDir(tmp_path / "state"), parse(environ).settings, NOW, new_account=False)
    return environ


# --- which broker ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "account", "kind", "why"),
    [
        ({}, None, "simulated", "auto: no Alpaca key is set"),
        ({}, "SIM1", "simulated", "auto: no Alpaca key is set"),
        ({}, "PA3XYZ", None, "bound to account PA3XYZ"),
        (KEYS, None, "alpaca", "auto: an Alpaca key is set"),
        (KEYS, "PA3XYZ", "alpaca", "auto: an Alpaca key is set"),
        (KEYS, "SIM1", "alpaca", "auto: an Alpaca key is set"),  # and the account gate says No
        ({**KEYS, "LIVE_TRADING": "1"}, "PA3XYZ", "alpaca", "auto: an Alpaca key is set"),
        ({"BROKER": "simulated"}, "PA3XYZ", "simulated", "BROKER=simulated"),
        ({"BROKER": "simulated", "LIVE_TRADING": "1"}, None, "simulated", "BROKER=simulated"),
        ({"BROKER": "simulated", **KEYS}, None, "simulated", "BROKER=simulated"),
        ({"BROKER": "alpaca", **KEYS}, "SIM1", "alpaca", "BROKER=alpaca"),
        ({"APCA_API_KEY_ID": "", "APCA_API_SECRET_KEY": ""}, None, "simulated", "auto: no Alpaca key is set"),
    ],
)
def test_the_broker_is_chosen_or_asked_for(
    variables: dict[str, str], account: str | None, kind: str | None, why: str
) -> None:
    settings = parse({"AVWAP_ENV_FILE": os.devnull, **variables}).settings
    record = StateRecord(SCHEMA, NOW, account)
    if kind is None:
        with pytest.raises(SettingsError, match=why) as caught:
            choose_broker(settings, record)
        assert "APCA_API_KEY_ID" in str(caught.value)
        return
    chosen = choose_broker(settings, record)
    assert chosen.kind.value == kind
    assert chosen.why.startswith(why)
    assert "the-key-id" not in str(chosen)


def test_auto_never_simulates_while_live_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="LIVE_TRADING is on and no Alpaca key is set"):
        read_settings(environment(tmp_path, LIVE_TRADING="1"))


def test_real_money_is_named_in_the_choice() -> None:
    environ = {"AVWAP_ENV_FILE": os.devnull, **KEYS, "ALPACA_PAPER": "0"}
    assert "REAL MONEY" in choose_broker(parse(environ).settings, StateRecord(SCHEMA, NOW)).why


# --- settings and directory -----------------------------------------------------------------------


def test_a_mistake_that_names_the_broker_ends_here_with_all_the_others(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(environment(tmp_path, BROKER="paper", MAX_LIVE_POSITIONS="1e9", KILL_SWICH="1"))
    assert [line.partition("=")[0] for line in caught.value.lines] == ["MAX_LIVE_POSITIONS", "BROKER", "KILL_SWICH"]


def test_any_other_mistake_goes_on_with_the_safest_value(simulated: dict[str, str]) -> None:
    service = open_service({**simulated, "MAX_LIVE_POSITIONS": "1e9"})
    assert [mistake.name for mistake in service.mistakes] == ["MAX_LIVE_POSITIONS"]
    assert service.settings.caps.positions == 0


def test_a_directory_that_was_not_initialised_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StateUnreadable, match="execution init"):
        open_service(environment(tmp_path))
    assert not (tmp_path / "state").exists()


def test_the_simulated_service(simulated: dict[str, str], tmp_path: Path) -> None:
    service = open_service(simulated)
    assert service.broker_name == "simulated (BROKER=simulated)"
    assert service.state.root == tmp_path / "state"
    assert service.table_problem is None
    assert service.table_ends == str(service.table.last_day)
    assert service.broker(Stopwatch(5)).clock().now == service.clock.now()
    assert not service.forced_dry_run


def test_a_lost_simulated_account_is_said(simulated: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "state" / "simulated_broker.json").unlink()
    with pytest.raises((StateUnreadable, BrokerUnreachable), match=r"simulated_broker\.json.* missing"):
        open_service(simulated)


@pytest.mark.parametrize("damage", ["missing", "torn", "edited"])
def test_an_unreadable_session_table_knows_no_session(simulated: dict[str, str], tmp_path: Path, damage: str) -> None:
    path = tmp_path / "state" / "sessions.json"
    if damage == "missing":
        path.unlink()
    else:
        content = path.read_bytes()
        path.write_bytes(content[:99] if damage == "torn" else content.replace(b'"16:00"', b'"20:00"'))
    service = open_service(simulated)
    assert (service.table_problem or "").startswith("unreadable: ")
    assert service.table_ends == service.table_problem
    assert service.table.current_or_next(NOW) is None
    assert service.table.open_at(service.clock.now()) is None


@pytest.mark.parametrize(
    ("real", "flags", "forced"),
    [
        (False, {}, False),
        (False, {"dry_run": True}, True),
        (False, {"ignore_market_hours": True}, False),
        (True, {}, False),
        (True, {"dry_run": True}, True),
        (True, {"ignore_market_hours": True}, True),
    ],
)
def test_what_a_flag_forces(simulated: dict[str, str], real: bool, flags: dict[str, bool], forced: bool) -> None:
    environ = {**simulated, **KEYS, "BROKER": "alpaca"} if real else simulated
    service = open_service(environ, **flags)
    assert service.forced_dry_run is forced
    assert service.ignore_market_hours is flags.get("ignore_market_hours", False)
    assert isinstance(service.clock, WallClock) is real


def test_a_real_broker_is_not_imported_before_it_is_asked(simulated: dict[str, str]) -> None:
    before = "alpaca" in sys.modules
    open_service({**simulated, **KEYS, "BROKER": "alpaca"})
    assert ("alpaca" in sys.modules) is before


def test_no_secret_shows_in_a_service(simulated: dict[str, str]) -> None:
    service = open_service({**simulated, **KEYS, "LIVE_CONFIRM_TOKEN": "press-both-keys"})
    for secret in ("the-key-id", "the-secret", "press-both-keys"):
        assert secret not in repr(service)


@pytest.mark.parametrize(("log_format", "as_json"), [("text", False), ("json", True)])
def test_the_journal_speaks_as_it_was_told(simulated: dict[str, str], log_format: str, as_json: bool) -> None:
    assert open_service({**simulated, "LOG_FORMAT": log_format}).journal.as_json is as_json


def test_prices_follow_the_watchlist_when_there_is_one(simulated: dict[str, str], tmp_path: Path) -> None:
    state = StateDir(tmp_path / "state")
    service = open_service(simulated)
    session = service.table.current_or_next(service.clock.now())
    assert session is not None
    state.watchlist(session.day).write_bytes(b"{ torn")
    broker = simulated_broker(state.simulated_broker, state.watchlist, service.table, wall_now)
    assert broker.clock().now == service.clock.now()


# --- the simulated clock as cycles use it ---------------------------------------------------------


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_cycle_sees_one_now(world: World) -> None:
    clock = PacedClock(world.broker, TABLE, HeldWall())
    first = clock.now()
    world.pass_minutes(5)
    assert clock.now() == first


def test_a_cycle_takes_a_minute_unless_it_slept(world: World) -> None:
    clock = PacedClock(world.broker, TABLE, HeldWall())
    first = clock.now()
    clock.begin_cycle()
    assert clock.now() - first == timedelta(seconds=MINUTE)
    clock.sleep(90)
    assert clock.now() - first == timedelta(seconds=MINUTE + 90)
    assert world.now - first == timedelta(seconds=MINUTE)
    clock.begin_cycle()
    assert world.now - first == clock.now() - first == timedelta(seconds=MINUTE + 90)


def test_the_wall_clock_is_aware() -> None:
    assert wall_now().utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "auto: an Alpaca key is set, paper"),
        ({"APCA_API_BASE_URL": "https://paper-api.alpaca.markets"}, "auto: an Alpaca key is set, paper"),
        ({"APCA_API_DATA_URL": "https://data.sandbox.alpaca.markets"}, "auto: an Alpaca key is set, paper"),
        (
            {"APCA_API_BASE_URL": "https://api.alpaca.markets.evil.com"},
            "auto: an Alpaca key is set, paper, at https://api.alpaca.markets.evil.com, not Alpaca's",
        ),
        (
            {"APCA_API_BASE_URL": "http://127.0.0.1:1", "APCA_API_DATA_URL": "https://xalpaca.markets"},
            "auto: an Alpaca key is set, paper, at http://127.0.0.1:1 and https://xalpaca.markets, not Alpaca's",
        ),
    ],
)
def test_a_host_that_gets_the_keys_and_is_not_alpacas_is_named(changes: dict[str, str], said: str) -> None:
    parsed = parse({"AVWAP_ENV_FILE": "/dev/null", **KEYS, **changes})
    assert not parsed.fatal
    assert choose_broker(parsed.settings, StateRecord(SCHEMA, NOW, None)) == BrokerChoice(BrokerKind.ALPACA, said)


@pytest.mark.parametrize("address", ["https://.", "https://...", "https://./"])
def test_an_address_without_a_host_is_none(address: str) -> None:
    assert parse({"AVWAP_ENV_FILE": "/dev/null", **KEYS, "APCA_API_BASE_URL": address}).fatal
