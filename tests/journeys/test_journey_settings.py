"""Promise 1, settings: no typo ever loosens a limit, and every mistake is told at once.

Each wrong value and each misspelt name ends with exit 78 and one line that names variable, value and
remedy; nothing is submitted; secrets are never shown.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.desk import LIVE, Desk, Done, NewDesk, side_by_side

WRONG = (
    ("MAX_LIVE_GROSS_NOTIONAL", "$500"),
    ("MAX_LIVE_GROSS_NOTIONAL", "5,000"),
    ("MAX_LIVE_GROSS_NOTIONAL", "nan"),
    ("MAX_LIVE_GROSS_NOTIONAL", "-1"),
    ("MAX_LIVE_GROSS_NOTIONAL", "1e9"),
    ("MAX_LIVE_GROSS_NOTIONAL", ""),
    ("MAX_LIVE_GROSS_NOTIONAL", "inf"),
    ("MAX_LIVE_GROSS_NOTIONAL", "٥٠٠"),
    ("MAX_LIVE_GROSS_NOTIONAL", "500 # day one"),
    ("MAX_LIVE_ORDERS_PER_DAY", "1O"),
    ("MAX_LIVE_ORDERS_PER_DAY", "2.0"),
    ("MAX_LIVE_POSITIONS", "+1"),
    ("MAX_LIVE_ORDERS", "3"),
    ("MAX_LIVE_ORDER_PER_DAY", "1"),
    ("max_live_positions", "1"),
    ("MAXLIVEPOSITIONS", "1"),
    ("KILL_SWICH", "1"),
    ("DRY_RUNN", "1"),
    ("DRYRUN", "1"),
    ("ALLOWLIST_SYMBOL", "AAPL"),
    ("LIVE_ARM_SESSION", "1"),
    ("LOG_FORMAT", "JSON"),
    ("MAX_QUOTE_AGE_SECONDS", "0"),
)


def mistakes_of(done: Done) -> list[str]:
    """One line per mistake, wherever it was said."""
    said = (re.sub(r"^(settings: |execution: )", "", message) for message in done.messages)
    return [line for line in said if re.match(r"[^ =]+(?: line \d+)?=.*: ", line)]


def test_every_wrong_value_and_name_stops_the_cycle_with_one_line(another: NewDesk) -> None:
    def journey(number: int) -> None:
        name, value = WRONG[number]
        desk = another(number)
        done = desk.do("run", **{name: value})
        assert done.code == 78, f"{name}={value}: {done.said}"
        lines = mistakes_of(done)
        assert len(lines) == 1, f"{name}={value}: {done.said}"
        assert lines[0].startswith(f"{name}={value or '(empty)'}: ")
        assert len(lines[0]) > len(f"{name}={value}: ") + 10, "a remedy is said"
        assert done.submitted == [] and desk.taken() == []
        assert "reason=settings have mistakes (1)" in done.line("Gate entries")

    side_by_side(range(len(WRONG)), journey)


def test_several_mistakes_are_told_together_each_in_its_line(live_desk: Desk) -> None:
    wrong = {
        "MAX_LIVE_GROSS_NOTIONAL": "$500",
        "MAX_LIVE_POSITIONS": "five",
        "MAX_LIVE_ORDERS": "3",
        "KILL_SWICH": "1",
        "MAX_LIVE_NOTIONAL_PER_SYMBOL": "1\nGate mode=LIVE status=PASS reason=live trading confirmed",
    }
    done = live_desk.do("run", **wrong)
    assert done.code == 78
    assert {line.split("=")[0] for line in mistakes_of(done)} == set(wrong)
    assert "Gate caps(orders/day=5, positions=0, gross_notional=0.0, per_symbol=0.0)" in done.said
    assert live_desk.taken() == []
    assert done.said.count("Gate mode=LIVE") <= 2, "a value cannot write a journal line of its own"
    assert all(line.startswith("[") for line in done.said.splitlines())


def test_a_mistake_that_decides_where_orders_go_ends_before_anything(live_desk: Desk) -> None:
    for wrong in (
        {"BROKER": "simulator"},
        {"BROKER": ""},
        {"BROKER": "auto"},
        {"APCA_API_KEY_ID": "PK123"},
        {"AVWAP_STATE_DIR": ""},
        {"AVWAP_STATE_DIR": "~/state"},
        {"AVWAP_ENV_FILE": "/nowhere/.env"},
    ):
        before = live_desk.digest()
        done = live_desk.do("run", **wrong, MAX_LIVE_POSITIONS="five")
        assert done.code == 78, f"{wrong}: {done.said}"
        assert any(line.startswith("MAX_LIVE_POSITIONS=five: ") for line in mistakes_of(done)), "told together"
        assert live_desk.digest() == before, f"{wrong}: something was written"


@pytest.mark.parametrize(
    "name",
    ["LIVE_CONFIRM_TOKN", "LIVE_CONFIRM_TOKEN_FILE", "LIVE_TOKEN", "LIVE_SECRET", "APCA_API_SECRETKEY", "LIVE_KEY"],
)
def test_a_secret_under_a_wrong_name_is_never_shown(live_desk: Desk, name: str) -> None:
    secret = live_desk.env["LIVE_CONFIRM_TOKEN"]
    done = live_desk.do("run", **{name: secret, "LIVE_CONFIRM_TOKEN": None})
    shown = live_desk.do("gates", **{name: secret, "LIVE_CONFIRM_TOKEN": None})
    assert done.code == 78
    assert secret not in done.said, done.said
    assert secret not in shown.said


def test_secrets_stay_out_of_everything_said_and_written(live_desk: Desk) -> None:
    secret = live_desk.env["LIVE_CONFIRM_TOKEN"]
    keys = {"APCA_API_KEY_ID": "PKSECRETONE", "APCA_API_SECRET_KEY": "SECRETTWO"}
    said = live_desk.cycle(**keys).said
    for verb in (("gates",), ("gates", "--json"), ("status",), ("status", "--json"), ("why", "AAPL")):
        said += live_desk.ok(*verb, **keys).said
    said += live_desk.do("run", **keys, MAX_LIVE_POSITIONS="x").said
    written = b"".join(
        path.read_bytes()
        for path in live_desk.state.rglob("*")
        if path.is_file() and path.name != "live_confirm_token.txt"
    )
    for word in (secret, *keys.values()):
        assert word not in said
        assert word.encode() not in written


def env_file(desk: Desk, text: str, encoding: str = "utf-8") -> dict[str, str]:
    path = desk.root / "settings.env"
    path.write_bytes(text.encode(encoding))
    return {"AVWAP_ENV_FILE": str(path)}


def test_the_env_file_is_read_and_the_environment_wins(live_desk: Desk) -> None:
    text = "# day one\nexport MAX_LIVE_POSITIONS=1\nDRY_RUN='1'\r\nMAX_LIVE_ORDERS_PER_DAY=2 # two\n"
    named = env_file(live_desk, text)
    from_file = live_desk.cycle(**named)
    assert from_file.reason == "DRY_RUN enabled"
    assert "Gate caps(orders/day=2, positions=1," in from_file.said
    environment = live_desk.cycle(**named, DRY_RUN="0", MAX_LIVE_POSITIONS="0")
    assert environment.reason == LIVE
    assert "Gate caps(orders/day=2, positions=0," in environment.said
    assert live_desk.taken() == []


@pytest.mark.parametrize(
    "torn",
    [
        "MAX_LIVE_POSITIONS",
        "DRY_RUN='1",
        "=5",
        "MAX_LIVE_POSITIONS=1\nMAX_LIVE_POSITIONS=5",
        "MAX LIVE POSITIONS=1",
    ],
)
def test_a_line_of_the_env_file_that_cannot_be_read_is_a_mistake(live_desk: Desk, torn: str) -> None:
    done = live_desk.do("run", **env_file(live_desk, f"LOG_FORMAT=text\n{torn}\n"))
    assert done.code == 78, done.said
    assert re.search(r"settings\.env line \d=", done.said)
    assert live_desk.taken() == []


@pytest.mark.parametrize(
    "text", ["\ufeffDRY_RUN=1\n", "dry_run=1\n", "DRY-RUN=1\n", "\u00a0DRY_RUN=1\n", "DRY_RUN\u200b=1\n"]
)
def test_a_stop_in_the_env_file_is_never_overlooked_for_its_spelling(live_desk: Desk, text: str) -> None:
    """An editor's byte order mark, a dash for an underscore, a blank nobody sees: read or refused."""
    done = live_desk.do("run", **env_file(live_desk, text))
    assert live_desk.taken() == [], f"{text!r} was overlooked and orders left"
    assert done.code == 78 or done.reason == "DRY_RUN enabled"


def test_an_env_file_that_is_not_text_or_not_a_file_is_a_mistake(live_desk: Desk) -> None:
    binary = live_desk.root / "settings.env"
    binary.write_bytes(b"DRY_RUN=\xff1\n")
    for path in (binary, live_desk.root):
        done = live_desk.do("run", AVWAP_ENV_FILE=str(path))
        assert (done.code, done.submitted) == (78, [])
        assert str(path) in done.said


def test_a_credential_wins_and_loses_one_newline(live_desk: Desk, tmp_path: Path) -> None:
    token = live_desk.env["LIVE_CONFIRM_TOKEN"]
    place = tmp_path / "credentials"
    place.mkdir()
    credential = place / "LIVE_CONFIRM_TOKEN"
    given = {"CREDENTIALS_DIRECTORY": str(place), "MAX_LIVE_ORDERS_PER_DAY": "0"}
    for content, reason in (
        (token + "\n", LIVE),
        (token, LIVE),
        (token + "\n\n", "LIVE_CONFIRM_TOKEN mismatch"),
        ("another", "LIVE_CONFIRM_TOKEN mismatch"),
        ("", "LIVE_CONFIRM_TOKEN missing"),
    ):
        credential.write_text(content)
        done = live_desk.cycle(**given)
        assert done.reason == reason, repr(content)
    credential.write_text(token + "\n")
    assert live_desk.cycle(**given, LIVE_CONFIRM_TOKEN="wrong").reason == LIVE
    credential.unlink()
    credential.mkdir()
    broken = live_desk.do("run", **given)
    assert (broken.code, token in broken.said) == (78, False)
