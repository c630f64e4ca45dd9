"""The registry row by row: defaults, bounds on both sides, and every spelling that is not taken."""

from __future__ import annotations

from decimal import Decimal

import pytest

from execution.settings.parsing import Parsed, parse
from execution.settings.registry import BY_NAME, REGISTRY, Settings
from gates.base.record import fields
from gates.base.settings import Secret, Setting, Unfit

WHOLE = [
    # name, default, least, most
    ("MAX_LIVE_ORDERS_PER_DAY", 5, 0, 100_000),
    ("MAX_LIVE_POSITIONS", 5, 0, 100_000),
    ("ENTRY_TTL_SECONDS", 600, 30, 86_400),
    ("MAX_QUOTE_AGE_SECONDS", 60, 1, 3600),
    ("MAX_CLOCK_SKEW_SECONDS", 5, 0, 60),
    ("LIVE_ARM_SESSIONS", 1, 1, 5),
    ("MAX_ENTRY_ATTEMPTS", 1, 1, 3),
    ("UNKNOWN_SETTLE_SECONDS", 120, 30, 3600),
    ("NO_ENTRY_BEFORE_CLOSE_SECONDS", 900, 0, 23_400),
    ("CYCLE_BUDGET_SECONDS", 45, 5, 600),
    ("HTTP_TIMEOUT_SECONDS", 5, 1, 60),
    ("SLACK_HEARTBEAT_MINUTES", 60, 0, 1440),
    ("LOG_REPEATS", 30, 1, 10_000),
    ("WATCH_SILENT_SECONDS", 120, 30, 3600),
    ("WATCH_SUSPEND_SECONDS", 0, 0, 86_400),
]
DECIMAL = [
    # name, default, most; the least is 0
    ("MAX_LIVE_GROSS_NOTIONAL", "5000.0", "999999999"),
    ("MAX_LIVE_NOTIONAL_PER_SYMBOL", "1000.0", "999999999"),
    ("MAX_CHASE_PCT", "0.5", "5"),
    ("PRICE_COLLAR_PCT", "2.0", "10"),
    ("RISK_PER_TRADE_PCT", "0.5", "5"),
    ("MAX_SPREAD_PCT", None, "10"),
]
CHOICE = [
    ("BROKER", "auto", ["auto", "alpaca", "simulated"]),
    ("ENTRY_TRIGGER", "hold", ["hold", "touch"]),
    ("LOG_FORMAT", "text", ["text", "json"]),
    ("ALPACA_DATA_FEED", "iex", ["iex", "sip", "delayed_sip"]),
    ("SLACK_MIN_LEVEL", "info", ["info", "warning", "error"]),
]
YES_OR_NO = ["ALPACA_PAPER", "KILL_CANCELS_ENTRIES", "KILL_PROTECTS_POSITIONS"]
SECRETS = ["LIVE_CONFIRM_TOKEN", "APCA_API_KEY_ID", "APCA_API_SECRET_KEY", "SLACK_BOT_TOKEN"]
TELLING = ["SLACK_WEBHOOK_URL", "HEALTHCHECK_URL", "SLACK_CHANNEL", "SLACK_API_BASE_URL"]
ADDRESSES = ["APCA_API_BASE_URL", "APCA_API_DATA_URL"]
OTHERS = ["DRY_RUN", "LIVE_TRADING", "KILL_SWITCH", "AVWAP_STATE_DIR", "ALLOWLIST_SYMBOLS"]

NUMBERS = [row[0] for row in WHOLE] + [row[0] for row in DECIMAL]
CAPS = ["MAX_LIVE_ORDERS_PER_DAY", "MAX_LIVE_POSITIONS", "MAX_LIVE_GROSS_NOTIONAL", "MAX_LIVE_NOTIONAL_PER_SYMBOL"]

NO_PLAIN_NUMBERS = [
    "", " ", "\t", "\n", " 3", "3 ", "3\n", "\u00a03", "3\x00",
    "٣", "３", "³", "Ⅲ", "三",
    "1e0", "1E0", "3e-0", "+3", "-3", "-0", "−3",
    "1,0", "1,000", "1_0", "1 0", "1'0", "3.", ".3", "3..0", "3.0.0", "1/1",
    "0x3", "0b1", "$3", "3$", "3%", "3 usd", "1O", "l",
    "nan", "NaN", "sNaN", "inf", "Infinity", "-inf", "None", "null", "three", "true",
]  # fmt: skip


def test_every_row_stands_in_one_of_these_tables() -> None:
    listed = [row[0] for row in (*WHOLE, *DECIMAL, *CHOICE)] + YES_OR_NO + SECRETS + TELLING + ADDRESSES + OTHERS
    assert sorted(listed) == sorted(setting.name for setting in REGISTRY)


def test_names_are_unique_and_each_row_is_a_field_of_settings() -> None:
    assert len(BY_NAME) == len(REGISTRY)
    assert [setting.field for setting in REGISTRY] == [field.name for field in fields(Settings)]


@pytest.mark.parametrize("setting", REGISTRY, ids=lambda setting: setting.name)
def test_every_default_parses_and_every_row_says_what_it_is_for(setting: Setting) -> None:
    setting.parse(setting.default)
    assert setting.help


@pytest.mark.parametrize(("name", "default", "least", "most"), WHOLE)
def test_whole_numbers_within_their_bounds(name: str, default: int, least: int, most: int) -> None:
    parse = BY_NAME[name].parse
    assert parse(BY_NAME[name].default) == default
    for inside in (least, least + 1, most - 1, most):
        assert parse(str(inside)) == inside
        assert isinstance(parse(str(inside)), int)
    for outside in (least - 1, most + 1):
        with pytest.raises(Unfit, match=f"from {least} to {most}"):
            parse(str(outside))


@pytest.mark.parametrize(("name", "default", "most"), DECIMAL)
def test_decimals_within_their_bounds(name: str, default: str | None, most: str) -> None:
    parse, finest = BY_NAME[name].parse, Decimal("0.00000001")
    assert parse(BY_NAME[name].default) == (Decimal(default) if default is not None else None)
    for inside in (Decimal(0), finest, Decimal(most) - finest, Decimal(most)):
        assert parse(f"{inside:f}") == inside
    for outside in ("-0.01", f"{Decimal(most) + finest:f}", str(Decimal(most) + 1)):
        with pytest.raises(Unfit, match=f"from 0 to {most}"):
            parse(outside)


def test_a_limit_that_may_be_unset_says_so_where_it_is_wrong() -> None:
    with pytest.raises(Unfit, match="or remove the variable"):
        BY_NAME["MAX_SPREAD_PCT"].parse("")


@pytest.mark.parametrize("text", NO_PLAIN_NUMBERS)
@pytest.mark.parametrize("name", NUMBERS)
def test_only_plain_digits_are_a_number(name: str, text: str) -> None:
    with pytest.raises(Unfit):
        BY_NAME[name].parse(text)


@pytest.mark.parametrize("name", [row[0] for row in WHOLE])
def test_a_whole_number_has_no_point(name: str) -> None:
    least = next(row[2] for row in WHOLE if row[0] == name)
    with pytest.raises(Unfit, match="digits only"):
        BY_NAME[name].parse(f"{least}.0")


def test_leading_zeros_are_read_as_a_person_reads_them() -> None:
    assert BY_NAME["MAX_LIVE_ORDERS_PER_DAY"].parse("010") == 10
    assert BY_NAME["MAX_LIVE_GROSS_NOTIONAL"].parse("0500.50") == Decimal("500.50")


@pytest.mark.parametrize("name", CAPS)
def test_a_wrong_cap_is_a_cap_of_zero(name: str) -> None:
    when_wrong = BY_NAME[name].when_wrong
    assert when_wrong is not None
    assert when_wrong == 0


@pytest.mark.parametrize(("name", "default", "words"), CHOICE)
def test_choices_are_taken_as_they_are_written(name: str, default: str, words: list[str]) -> None:
    parse = BY_NAME[name].parse
    assert parse(BY_NAME[name].default) == default
    assert [parse(word) for word in words] == words
    for wrong in ("", " ", words[0].upper(), f"{words[0]} ", words[0][:-1], "none", None):
        with pytest.raises(Unfit, match="write one of"):
            parse(wrong)


@pytest.mark.parametrize("name", YES_OR_NO)
def test_yes_or_no_is_one_or_zero(name: str) -> None:
    parse = BY_NAME[name].parse
    assert (parse("1"), parse("0"), parse(BY_NAME[name].default)) == (True, False, True)
    for wrong in ("", " ", "true", "yes", "no", "off", "2", "01", "1 "):
        with pytest.raises(Unfit, match="write 1 or 0"):
            parse(wrong)


@pytest.mark.parametrize("name", ["KILL_SWITCH", "DRY_RUN"])
def test_what_stops_is_on_unless_clearly_off(name: str) -> None:
    parse = BY_NAME[name].parse
    for off in (None, "", "0", "false", "FALSE", "no", "No", "off", "oFF"):
        assert parse(off) is False
    for on in ("1", "True", "on", "Y", "yes", "2", "00", " ", " 0", "0 ", "no!", "nope", "oof", "０", "disabled"):
        assert parse(on) is True


def test_what_allows_is_off_unless_clearly_on() -> None:
    parse = BY_NAME["LIVE_TRADING"].parse
    for on in ("1", "true", "TRUE", "Yes", "on"):
        assert parse(on) is True
    for off in (None, "", "0", " 1", "1 ", "01", "y", "ture", "2", "live", "LIVE", "enabled", "１"):
        assert parse(off) is False


@pytest.mark.parametrize(
    ("text", "allows"),
    [
        (None, None),
        ("", set()),
        (" ", set()),
        (" , ,", set()),
        ("AAPL", {"AAPL"}),
        ("AAPL,MSFT", {"AAPL", "MSFT"}),
        (" aapl , brk.b,, ", {"AAPL", "BRK.B"}),
        ("AAPL,AAPL", {"AAPL"}),
        ("AAPL MSFT", {"AAPL MSFT"}),  # names no symbol there is, so it allows nothing
        ("*", {"*"}),
        ("ALL", {"ALL"}),
    ],
)
def test_an_allowlist_never_allows_more_than_it_names(text: str | None, allows: set[str] | None) -> None:
    assert BY_NAME["ALLOWLIST_SYMBOLS"].parse(text) == allows


@pytest.mark.parametrize("text", ["", "~", "~/state"])
def test_a_state_dir_that_would_have_to_be_guessed_is_refused(text: str) -> None:
    with pytest.raises(Unfit):
        BY_NAME["AVWAP_STATE_DIR"].parse(text)


def test_a_state_dir_is_taken_as_written() -> None:
    parse = BY_NAME["AVWAP_STATE_DIR"].parse
    assert [parse(text) for text in (None, "/srv/a b", "relative")] == ["", "/srv/a b", "relative"]


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("https://broker.example", "https://broker.example"),
        ("https://broker.example/", "https://broker.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:80/", "http://localhost:80"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://broker.example", None),
        ("http://127.0.0.1.example", None),
        ("http://localhost.example", None),
        ("http://127.0.0.1@broker.example", None),
        ("https://user:secret@broker.example", None),
        ("https://broker.example/v2", None),
        ("https://broker.example?x", None),
        ("ftp://broker.example", None),
        ("broker.example", None),
        (" https://broker.example", None),
        ("https://", None),
    ],
)
def test_addresses_are_https_or_this_machine(name: str, text: str, reads: str | None) -> None:
    if reads is not None:
        assert BY_NAME[name].parse(text) == reads
        return
    with pytest.raises(Unfit):
        BY_NAME[name].parse(text)


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_kept_exactly_and_never_shown(name: str) -> None:
    secret = BY_NAME[name].parse(" hunter2\n")
    assert secret.reveal() == " hunter2\n"
    assert bool(secret) is True
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r}", "%s" % secret):  # noqa: UP031
        assert "hunter2" not in shown


@pytest.mark.parametrize("text", [None, ""])
def test_no_secret_is_told_apart_from_a_secret(text: str | None) -> None:
    secret = BY_NAME["LIVE_CONFIRM_TOKEN"].parse(text)
    assert not secret
    assert repr(secret) == "Secret(not set)"
    assert repr(Secret("x")) == "Secret(set)"


def test_what_names_broker_or_directory_is_marked() -> None:
    marked = {setting.name for setting in REGISTRY if setting.names_broker}
    assert {"BROKER", "AVWAP_STATE_DIR", "APCA_API_KEY_ID", "APCA_API_SECRET_KEY"} <= marked
    assert marked.isdisjoint([*CAPS, "DRY_RUN", "LIVE_TRADING", "KILL_SWITCH", "ALLOWLIST_SYMBOLS"])


# --- telling --------------------------------------------------------------------------------------


def parsed(**environ: str) -> Parsed:
    return parse({"AVWAP_ENV_FILE": "/dev/null", "BROKER": "simulated", **environ})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_WEBHOOK_URL", "http://hooks.slack.com/services/T/B/hush-hush"),
        ("SLACK_WEBHOOK_URL", "hooks.slack.com/services/T/B/hush-hush"),
        ("SLACK_WEBHOOK_URL", "https://user:hush-hush@hooks.slack.com/services/T"),
        ("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/T/B/hush-hush "),
        ("HEALTHCHECK_URL", "http://hc-ping.com/hush-hush"),
        ("HEALTHCHECK_URL", "https://hc-ping.com/hush-hush?x=1"),
        ("SLACK_API_BASE_URL", "http://slack.com/api/"),
        ("SLACK_HEARTBEAT_MINUTES", "-1"),
        ("SLACK_HEARTBEAT_MINUTES", "soon"),
        ("SLACK_MIN_LEVEL", "INFO"),
        ("WATCH_SILENT_SECONDS", "5"),
        ("WATCH_SUSPEND_SECONDS", "60"),
        ("SLACK_CHANNEL", "#desk"),
        ("SLACK_BOT_TOKEN", "xoxb-hush-hush"),
        ("WATCH_SUSPEND_SECOND", "600"),
    ],
)
def test_a_mistake_in_telling_closes_entries_never_ends_the_run_and_shows_no_secret(name: str, value: str) -> None:
    found = parsed(**{name: value})
    assert len(found.mistakes) == 1 and not found.fatal
    assert "hush" not in str(found.mistakes[0])
    assert not found.settings.tells


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "https://slack.com/api/"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/api/"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/api/"),
        ("http://localhost:8080/api", "http://localhost:8080/api/"),
        ("https://slack.example.com/proxy/api/", "https://slack.example.com/proxy/api/"),
    ],
)
def test_where_the_web_api_is(value: str | None, expected: str) -> None:
    found = parsed(**({} if value is None else {"SLACK_API_BASE_URL": value}))
    assert found.mistakes == () and found.settings.slack_api_base_url == expected


@pytest.mark.parametrize(
    ("environ", "tells"),
    [
        ({}, False),
        ({"SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T0/B0/x"}, True),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_CHANNEL": "#desk"}, True),
        ({"HEALTHCHECK_URL": "https://hc-ping.com/0123"}, False),
        ({"SLACK_SIGNING_SECRET": "somebody else's"}, False),
    ],
)
def test_who_is_told(environ: dict[str, str], tells: bool) -> None:
    found = parsed(**environ)
    assert found.mistakes == () and found.settings.tells is tells
    assert "hooks" not in repr(found.settings) and "xoxb" not in repr(found.settings)
