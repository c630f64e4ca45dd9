"""From environment to settings: who wins, which names are not ours, and every mistake in one report."""

from __future__ import annotations

import os
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from dotenv.parser import parse_stream
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from execution.settings.parsing import Parsed, parse
from execution.settings.registry import REGISTRY
from gates.base.environment import read_environment
from gates.base.where import Unplaced

CAPS = ["MAX_LIVE_ORDERS_PER_DAY", "MAX_LIVE_POSITIONS", "MAX_LIVE_GROSS_NOTIONAL", "MAX_LIVE_NOTIONAL_PER_SYMBOL"]
CAP_FIELDS = ["orders_per_day", "positions", "gross_notional", "per_symbol"]
NO_ENV_FILE = {"AVWAP_ENV_FILE": os.devnull}
SECRET = "hunter2-hunter2"


def read(**variables: str) -> Parsed:
    return parse({**NO_ENV_FILE, **variables})


def mistakes(**variables: str) -> list[str]:
    return [str(mistake) for mistake in read(**variables).mistakes]


def names(parsed: Parsed) -> list[str]:
    return [mistake.name for mistake in parsed.mistakes]


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / "settings.env"


def from_file(path: Path, content: str | bytes, **variables: str) -> Parsed:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return parse({"AVWAP_ENV_FILE": str(path), **variables})


# --- values ---------------------------------------------------------------------------------------


def test_nothing_set_is_no_mistake_and_the_defaults() -> None:
    parsed = read()
    assert parsed.mistakes == ()
    assert not parsed.fatal
    for setting in REGISTRY:
        if not setting.secret:
            assert getattr(parsed.settings, setting.field) == setting.parse(setting.default), setting.name
    caps = parsed.settings.caps
    assert (caps.orders_per_day, caps.positions, caps.gross_notional, caps.per_symbol) == (5, 5, 5000, 1000)


def test_every_mistake_stands_in_one_report_with_name_value_and_remedy() -> None:
    found = mistakes(
        MAX_LIVE_GROSS_NOTIONAL="$500", MAX_LIVE_ORDERS_PER_DAY="", MAX_LIVE_ORDERS="3", BROKER="paper", DRY_RUM="1"
    )
    assert sorted(found) == [
        "BROKER=paper: write one of auto, alpaca, simulated",
        "DRY_RUM=1: no such setting; did you mean DRY_RUN?",
        "MAX_LIVE_GROSS_NOTIONAL=$500: write a plain number from 0 to 999999999 (dollars): digits, at most one point",
        "MAX_LIVE_ORDERS=3: no such setting; did you mean MAX_LIVE_ORDERS_PER_DAY?",
        "MAX_LIVE_ORDERS_PER_DAY=(empty): write a whole number from 0 to 100000, digits only",
    ]


@pytest.mark.parametrize("text", ["$500", "5,000", "nan", "-1", "1e9", "", " ", "1O", "٥"])
@pytest.mark.parametrize(("name", "field"), list(zip(CAPS, CAP_FIELDS, strict=True)))
def test_a_cap_that_does_not_parse_is_zero_and_a_mistake(name: str, field: str, text: str) -> None:
    parsed = read(**{name: text})
    assert getattr(parsed.settings.caps, field) == 0
    assert names(parsed) == [name]
    assert not parsed.fatal


@pytest.mark.parametrize("name", ["BROKER", "AVWAP_STATE_DIR", "APCA_API_BASE_URL", "ALPACA_PAPER"])
def test_a_wrong_broker_or_directory_ends_the_run(name: str) -> None:
    parsed = read(**{name: "~nowhere"})
    assert name in names(parsed)
    assert parsed.fatal


def plain_reading(text: str) -> Decimal | None:
    """What a person reads: ASCII digits with at most one point between them."""
    whole, point, decimals = text.partition(".")
    parts = [whole, decimals] if point else [whole]
    return Decimal(text) if all(part and set(part) <= set("0123456789") for part in parts) else None


@settings(deadline=None)
@given(text=st.text() | st.from_regex(r"\A\s*[-+$]?[0-9,_ ]{0,14}(\.[0-9]{0,10})?(e[0-9])?%?\s*\Z"))
@example("5000")
@example("999999999")
@example("999999999.1")
@example("1000000000")
@example("0.00000001")
@example("5,000")
@example("１２")
def test_no_text_makes_a_cap_larger_than_it_reads(text: str) -> None:
    reading = plain_reading(text)
    for name, field in zip(CAPS, CAP_FIELDS, strict=True):
        parsed = read(**{name: text})
        value = getattr(parsed.settings.caps, field)
        if parsed.mistakes:
            assert (value, names(parsed)) == (0, [name])
        else:
            assert reading is not None
            assert value == reading


@settings(deadline=None)
@given(name=st.sampled_from([setting.name for setting in REGISTRY]), text=st.text())
def test_no_text_of_any_setting_does_more_than_be_reported(name: str, text: str) -> None:
    parsed = read(**{name: text})
    assert set(names(parsed)) <= {name, "APCA_API_KEY_ID", "APCA_API_SECRET_KEY", "BROKER", "ALPACA_PAPER",
                                  "CYCLE_BUDGET_SECONDS", "SLACK_BOT_TOKEN", "SLACK_CHANNEL",
                                  "WATCH_SUSPEND_SECONDS"}  # fmt: skip
    for mistake in parsed.mistakes:
        assert str(mistake)


@settings(deadline=None)
@given(values=st.dictionaries(st.sampled_from([setting.name for setting in REGISTRY]), st.text(), max_size=8))
def test_mistakes_add_up(values: dict[str, str]) -> None:
    """A value that is wrong alone is reported in any company."""
    together = set(names(read(**values)))
    for name, text in values.items():
        if name in names(read(**{name: text})) and name not in ("BROKER", "ALPACA_PAPER", "CYCLE_BUDGET_SECONDS"):
            assert name in together or name.startswith("APCA_API_")


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("MAX_LIVE_ORDERS", "MAX_LIVE_ORDERS_PER_DAY"),
        ("MAX_LIVE_ORDER_PER_DAY", "MAX_LIVE_ORDERS_PER_DAY"),
        ("MAX_LIVE_POSITION", "MAX_LIVE_POSITIONS"),
        ("MAX_LIVE_GROSS_NOTONAL", "MAX_LIVE_GROSS_NOTIONAL"),
        ("MAX_LIVE_NOTIONAL_PER_SYMBOLS", "MAX_LIVE_NOTIONAL_PER_SYMBOL"),
        ("MAX_LIVE_ANYTHING_AT_ALL", None),
        ("MAX_CHASE_PTC", "MAX_CHASE_PCT"),
        ("MAX_QUOTE_AGE_SECOND", "MAX_QUOTE_AGE_SECONDS"),
        ("KILL_SWICH", "KILL_SWITCH"),
        ("KILL_ALL_ORDERS_OF_TODAY", None),
        ("LIVE_TRADNG", "LIVE_TRADING"),
        ("LIVE_MODE", None),
        ("DRY_RUM", "DRY_RUN"),
        ("DRY_RUNN", "DRY_RUN"),
        ("DRYRUN", "DRY_RUN"),
        ("dry_run", "DRY_RUN"),
        ("Dry_Run", "DRY_RUN"),
        ("KILLSWITCH", "KILL_SWITCH"),
        ("kill_switch", "KILL_SWITCH"),
        ("ALLOWLIST_SYMBOL", "ALLOWLIST_SYMBOLS"),
        ("ALLOWLISTSYMBOLS", "ALLOWLIST_SYMBOLS"),
        ("allowlist_symbols", "ALLOWLIST_SYMBOLS"),
        ("MAX_LIVEORDERS_PER_DAY", "MAX_LIVE_ORDERS_PER_DAY"),
        ("MAXLIVEORDERSPERDAY", "MAX_LIVE_ORDERS_PER_DAY"),
        ("max_live_orders_per_day", "MAX_LIVE_ORDERS_PER_DAY"),
        ("max_live_orders", "MAX_LIVE_ORDERS_PER_DAY"),
        ("broker", "BROKER"),
        ("avwap_state_dir", "AVWAP_STATE_DIR"),
        ("_BROKER_", "BROKER"),
    ],
)
def test_a_name_that_is_almost_ours_is_a_mistake(wrong: str, right: str | None) -> None:
    parsed = read(**{wrong: "1"})
    assert names(parsed) == [wrong]
    assert "no such setting; did you mean " in parsed.mistakes[0].remedy
    if right is not None:
        assert parsed.mistakes[0].remedy.endswith(f"did you mean {right}?")


@pytest.mark.parametrize("wrong", ["broker", "avwap_state_dir", "AVWAPSTATEDIR", "APCAAPIKEYID"])
def test_almost_naming_broker_or_directory_ends_the_run(wrong: str) -> None:
    """Else the janitor would work on another account, or in another directory, than the one meant."""
    assert read(**{wrong: "simulated"}).fatal


@pytest.mark.parametrize(
    "stranger",
    ["MAX_WORKERS", "MAX_JOBS", "DRY_CLEANING_DAY", "APCA_RETRY_MAX", "APCA_API_VERSION",
     "APCA_API_KEY_IDX", "SLACK_WEBHOOK", "SLACK_CHANNELS", "HOME", "PATH", "LANG", "STATE_DIRECTORY", "NO_COLOR",
     "LIVENESS", "KILLER", "", "_"],
)  # fmt: skip
def test_strangers_are_left_alone(stranger: str) -> None:
    assert mistakes(**{stranger: "anything"}) == []


@pytest.mark.parametrize("name", ["ALLOWLIST", "ALLOWLIST_SYMBOL_FILE", "DRY_RUN_MODE"])
def test_what_looks_like_a_restriction_is_not_ignored(name: str) -> None:
    assert [one.split("=")[0] for one in mistakes(**{name: "AAPL"})] == [name]


def test_a_name_in_the_env_file_is_judged_like_one_in_the_environment(env_file: Path) -> None:
    assert names(from_file(env_file, "MAX_LIVE_ORDERS=1\n")) == ["MAX_LIVE_ORDERS"]


# --- values that contradict each other ------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_half", "missing"),
    [("APCA_API_KEY_ID", "APCA_API_SECRET_KEY"), ("APCA_API_SECRET_KEY", "APCA_API_KEY_ID")],
)
def test_half_a_key_ends_the_run(given_half: str, missing: str) -> None:
    for other_half in ({}, {missing: ""}):
        parsed = read(**{given_half: SECRET}, **other_half)
        assert f"{missing}=(not set): set both halves of the Alpaca key or neither" in map(str, parsed.mistakes)
        assert parsed.fatal


def test_live_needs_to_be_told_which_broker() -> None:
    parsed = read(LIVE_TRADING="1")
    assert names(parsed) == ["BROKER"]
    assert parsed.fatal
    assert read(LIVE_TRADING="1", BROKER="simulated").mistakes == ()
    assert read(LIVE_TRADING="1", APCA_API_KEY_ID="K", APCA_API_SECRET_KEY="S").mistakes == ()


@pytest.mark.parametrize(("budget", "timeout", "fits"), [("6", "5", True), ("5", "5", False), ("5", "6", False)])
def test_a_cycle_lasts_longer_than_one_request(budget: str, timeout: str, fits: bool) -> None:
    found = names(read(CYCLE_BUDGET_SECONDS=budget, HTTP_TIMEOUT_SECONDS=timeout))
    assert found == ([] if fits else ["CYCLE_BUDGET_SECONDS"])


@pytest.mark.parametrize(
    ("host", "paper", "fits"),
    [
        ("https://paper-api.alpaca.markets", "1", True),
        ("https://api.alpaca.markets", "0", True),
        ("https://api.alpaca.markets", "1", False),
        ("https://api.alpaca.markets/", "1", False),
        ("https://API.alpaca.markets", "1", False),
        ("https://api.alpaca.markets:443", "1", False),
        ("https://api.alpaca.markets.", "1", False),
        ("https://paper-api.alpaca.markets", "0", False),
        ("https://Paper-API.alpaca.markets", "0", False),
    ],
)
def test_real_money_is_never_reached_by_accident(host: str, paper: str, fits: bool) -> None:
    parsed = read(APCA_API_BASE_URL=host, ALPACA_PAPER=paper)
    assert parsed.fatal is not fits


@pytest.mark.parametrize(("key", "paper", "fits"), [("PK1", "1", True), ("PK1", "0", False), ("AK1", "1", False)])
def test_a_key_and_its_kind_of_money(key: str, paper: str, fits: bool) -> None:
    parsed = read(APCA_API_KEY_ID=key, APCA_API_SECRET_KEY="S", ALPACA_PAPER=paper)
    assert parsed.fatal is not fits


# --- where values come from -----------------------------------------------------------------------


def test_the_environment_wins_over_the_file(env_file: Path) -> None:
    parsed = from_file(env_file, "MAX_LIVE_POSITIONS=9\nLOG_FORMAT=json\n", MAX_LIVE_POSITIONS="2")
    assert (parsed.settings.max_live_positions, parsed.settings.log_format) == (2, "json")
    assert parsed.mistakes == ()


def test_an_empty_variable_wins_too(env_file: Path) -> None:
    parsed = from_file(env_file, "MAX_LIVE_POSITIONS=9\nALLOWLIST_SYMBOLS=AAPL\n",
                       MAX_LIVE_POSITIONS="", ALLOWLIST_SYMBOLS="")  # fmt: skip
    assert parsed.settings.max_live_positions == 0
    assert parsed.settings.allowlist_symbols == frozenset()


@pytest.mark.parametrize(
    ("line", "reads"),
    [
        ("LIVE_CONFIRM_TOKEN=plain", "plain"),
        ("LIVE_CONFIRM_TOKEN='in quotes # kept'", "in quotes # kept"),
        ('LIVE_CONFIRM_TOKEN="double"', "double"),
        ("export LIVE_CONFIRM_TOKEN=exported", "exported"),
        ("LIVE_CONFIRM_TOKEN=a$HOME", "a$HOME"),
        ("LIVE_CONFIRM_TOKEN=${HOME}", "${HOME}"),
        ("LIVE_CONFIRM_TOKEN=$(id)", "$(id)"),
        ("# a comment\n\nLIVE_CONFIRM_TOKEN=x # a remark", "x"),
        ("LIVE_CONFIRM_TOKEN=", ""),
        ("LIVE_CONFIRM_TOKEN=crlf\r", "crlf"),
    ],
)
def test_a_line_of_the_file(env_file: Path, line: str, reads: str) -> None:
    parsed = from_file(env_file, line + "\n")
    assert parsed.mistakes == ()
    assert parsed.settings.live_confirm_token.reveal() == reads


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("DRY_RUN=1\nKILL_SWITCH", 2),  # torn: the name without its value
        ("KILL_SWITCH\n", 1),
        ("LOG_FORMAT=text\n\nKILL_SWITCH='1\n", 3),
        ("KILL SWITCH=1\n", 1),
        ("=1\n", 1),
        ("DRY_RUN: 1\n", 1),
    ],
)
def test_a_line_that_cannot_be_read_ends_the_run(env_file: Path, content: str, line: int) -> None:
    parsed = from_file(env_file, content)
    assert f"{env_file} line {line}=(unreadable): write NAME=value" in map(str, parsed.mistakes)
    assert parsed.fatal


def test_a_name_set_twice_ends_the_run(env_file: Path) -> None:
    parsed = from_file(env_file, "DRY_RUN=1\nLOG_FORMAT=text\nDRY_RUN=0\n")
    assert [str(mistake) for mistake in parsed.mistakes] == [f"{env_file} line 3=DRY_RUN: set twice; keep one line"]
    assert parsed.fatal


def test_a_named_file_that_is_not_there_ends_the_run(tmp_path: Path) -> None:
    for missing in (tmp_path / "none.env", tmp_path / "no" / "dir.env"):
        parsed = parse({"AVWAP_ENV_FILE": str(missing)})
        assert names(parsed) == ["AVWAP_ENV_FILE"]
        assert parsed.fatal


@pytest.mark.parametrize("what", ["directory", "not utf-8", "dangling link"])
def test_a_file_that_cannot_be_read_ends_the_run(tmp_path: Path, what: str) -> None:
    path = tmp_path / "settings.env"
    if what == "directory":
        path.mkdir()
    elif what == "not utf-8":
        path.write_bytes(b"LIVE_CONFIRM_TOKEN=\xff\xfe\n")
    else:
        path.symlink_to(tmp_path / "gone")
    parsed = parse({"AVWAP_ENV_FILE": str(path)})
    assert "cannot be read" in str(parsed.mistakes[0])
    assert parsed.fatal


@given(content=st.binary() | st.text(alphabet="ABC_=\"'\\\n\r #$ x").map(str.encode))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_of_the_file_does_more_than_be_reported(tmp_path: Path, content: bytes) -> None:
    parsed = from_file(tmp_path / "any.env", content)
    assert all(str(mistake) for mistake in parsed.mistakes)


# --- credentials ----------------------------------------------------------------------------------


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    directory = tmp_path / "credentials"
    directory.mkdir()
    return directory


@pytest.mark.parametrize(
    ("content", "reads"),
    [(b"tok", "tok"), (b"tok\n", "tok"), (b"tok\n\n", "tok\n"), (b" tok ", " tok "), (b"", ""), (b"a\r\n", "a\r")],
)
def test_a_credential_is_taken_exactly_but_for_one_newline(credentials: Path, content: bytes, reads: str) -> None:
    (credentials / "LIVE_CONFIRM_TOKEN").write_bytes(content)
    parsed = read(CREDENTIALS_DIRECTORY=str(credentials), LIVE_CONFIRM_TOKEN="from the environment")
    assert parsed.settings.live_confirm_token.reveal() == reads


def test_credentials_are_for_secrets_only(credentials: Path) -> None:
    for name in ("MAX_LIVE_POSITIONS", "DRY_RUN", "SOMETHING_ELSE"):
        (credentials / name).write_text("1")
    merged, found = read_environment({**NO_ENV_FILE, "CREDENTIALS_DIRECTORY": str(credentials)}, REGISTRY, parse_stream)
    assert "MAX_LIVE_POSITIONS" not in merged
    assert found == []


def test_without_its_credential_the_environment_holds(credentials: Path) -> None:
    parsed = read(CREDENTIALS_DIRECTORY=str(credentials / "gone"), LIVE_CONFIRM_TOKEN="from the environment")
    assert parsed.settings.live_confirm_token.reveal() == "from the environment"


@pytest.mark.parametrize("damage", ["directory", "not utf-8"])
def test_a_credential_that_cannot_be_read_ends_the_run(credentials: Path, damage: str) -> None:
    path = credentials / "APCA_API_SECRET_KEY"
    if damage == "directory":
        path.mkdir()
    else:
        path.write_bytes(b"\xff")
    parsed = read(CREDENTIALS_DIRECTORY=str(credentials), APCA_API_KEY_ID="K", APCA_API_SECRET_KEY="S")
    assert names(parsed) == ["APCA_API_SECRET_KEY"]
    assert parsed.fatal
    assert str(path) in str(parsed.mistakes[0])


# --- secrets stay secret --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["LIVE_CONFIRM_TOKEN", "APCA_API_KEY_ID", "APCA_API_SECRET_KEY", "LIVE_CONFIRM_TOKN", "live_confirm_token",
     "LIVECONFIRMTOKEN", "APCA_API_SECRETKEY", "LIVE_TOKEN", "LIVE_CONFIRM", "KILL_TOKEN", "MAX_LIVE_SECRET"],
)  # fmt: skip
def test_a_secret_is_in_no_text_about_settings(name: str) -> None:
    """Not under its own name, nor under a name somebody mistook for it."""
    parsed = read(**{name: SECRET})
    for shown in (repr(parsed), str(parsed), repr(parsed.settings), *map(str, parsed.mistakes)):
        assert SECRET not in shown


def test_a_secret_in_a_broken_env_file_is_not_shown(env_file: Path) -> None:
    for content in (f"LIVE_CONFIRM_TOKEN {SECRET}\n", f"LIVE_CONFIRM_TOKEN='{SECRET}\n",
                    f"LIVE_CONFIRM_TOKEN={SECRET}\nLIVE_CONFIRM_TOKEN={SECRET}\n"):  # fmt: skip
        parsed = from_file(env_file, content)
        assert parsed.fatal
        assert SECRET not in repr(parsed)


# --- the state directory, which is found in test_where ----------------------------------------------


def test_the_settings_say_where_the_state_directory_lies(env_file: Path) -> None:
    assert parse({**NO_ENV_FILE, "STATE_DIRECTORY": "/srv/b"}).place == Path("/srv/b")
    assert from_file(env_file, "AVWAP_STATE_DIR=/srv/a\n").place == Path("/srv/a")


def test_a_state_dir_that_is_no_path_is_a_mistake_and_no_place() -> None:
    parsed = parse({**NO_ENV_FILE, "AVWAP_STATE_DIR": "~/state"})
    assert isinstance(parsed.place, Unplaced) and parsed.fatal
    assert [mistake.name for mistake in parsed.mistakes] == ["AVWAP_STATE_DIR"]


def test_a_state_dir_below_the_program_is_a_mistake_that_ends_the_run(env_file: Path) -> None:
    for parsed in (
        parse({**NO_ENV_FILE, "AVWAP_STATE_DIR": sys.prefix}), parse({**NO_ENV_FILE, "STATE_DIRECTORY": sys.prefix}),
        from_file(env_file, f"AVWAP_STATE_DIR={sys.prefix}\n"),
    ):  # fmt: skip
        assert isinstance(parsed.place, Unplaced) and parsed.fatal
        assert parsed.mistakes == parsed.place.mistakes


def test_without_a_settings_file_there_is_nothing_wrong_with_it() -> None:
    assert [one for one in parse({}).mistakes if ".env" in one.name or one.name == "AVWAP_ENV_FILE"] == []
