"""The arm record and its token: one names the other's digest, and neither shows a secret."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from factories import GOOD_CAPS, TABLE, new_york, session_on, table_of

from execution.checks import preflight as preflights
from execution.checks.preflight import Preflight
from execution.operator.arm_terms import preflight_problem, sessions_to_arm, until_of
from execution.settings.parsing import parse
from execution.state import arming
from execution.state.arming import Armed, ArmedLimits
from execution.state.directory import StateDir
from gates.base.errors import UsageError
from gates.base.statefile import StateUnreadable, StateUnwritable

ARMED = Armed(
    schema=1,
    armed_at=datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
    by="alice",
    host=arming.this_host(),
    account="PA3TEST",
    endpoint="https://paper-api.alpaca.markets",
    sessions=(date(2026, 11, 20),),
    until=datetime(2026, 11, 20, 21, 0, tzinfo=UTC),
    caps=arming.limits_of(GOOD_CAPS),
    allowlist=("AAPL", "MSFT"),
    preflight="PASS",
    override=None,
)
SETTINGS = parse({"AVWAP_ENV_FILE": os.devnull, "ALLOWLIST_SYMBOLS": "MSFT,AAPL"}).settings


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    return StateDir(tmp_path)


def test_the_token_names_the_digest_of_the_record_and_both_are_private(state: StateDir) -> None:
    arming.write(state, ARMED)
    token = state.token.read_text()
    assert re.fullmatch("arm1-[0-9a-f]{64}-[0-9a-f]{32}", token)
    found = arming.load(state.arm)
    assert found.armed == ARMED and token.split("-")[1] == found.digest
    assert {path.stat().st_mode & 0o777 for path in (state.arm, state.token)} == {0o600}
    assert token not in state.arm.read_text()


def test_two_tokens_of_one_record_differ(state: StateDir) -> None:
    arming.write(state, ARMED)
    first = state.token.read_text()
    arming.write(state, ARMED)
    assert state.token.read_text() != first


def test_every_field_is_part_of_the_digest(state: StateDir) -> None:
    arming.write(state, ARMED)
    written, digest = state.arm.read_text(), arming.load(state.arm).digest
    changes = {
        "armed_at": "2026-11-21T12:00:00Z", "by": "bob", "host": "h", "account": "PA4", "endpoint": "e",
        "sessions": ["2026-11-21"], "until": "2026-11-21T21:00:00Z", "allowlist": None, "preflight": "none",
        "override": "because", "caps": {**json.loads(written)["caps"], "orders_per_day": 6},
    }  # fmt: skip
    assert set(changes) | {"schema"} == set(json.loads(written))
    for name, value in changes.items():
        state.arm.write_text(json.dumps({**json.loads(written), name: value}))
        assert arming.load(state.arm).digest != digest, name


@pytest.mark.parametrize(
    "text", ["", "{}", chr(123) + "\"schema\": 2}", "[]"], ids=["empty", "blank", "schema", "list"]
)
def test_a_record_that_is_not_one_is_unreadable(state: StateDir, text: str) -> None:
    arming.write(state, ARMED)
    state.arm.write_text(text)
    with pytest.raises(StateUnreadable):
        arming.load(state.arm)
    facts = arming.arm_facts(state, state.token.read_bytes(), SETTINGS, "PA3TEST")
    assert facts is not None and facts.record is None and str(facts.problem).startswith("record unreadable: ")


def test_facts_are_gathered_for_tokens_that_name_a_record_alone(state: StateDir) -> None:
    assert arming.arm_facts(state, b"0123456789abcdef", SETTINGS, None) is None
    lost = arming.arm_facts(state, b"arm1-", SETTINGS, None)
    assert lost is not None and (lost.record, lost.problem) == (None, "record missing")
    arming.write(state, ARMED)
    facts = arming.arm_facts(state, state.token.read_bytes(), SETTINGS, "PA3TEST")
    assert facts is not None and facts.record is not None
    assert (facts.record.caps, facts.record.allowlist) == (facts.caps, facts.allowlist)
    assert (facts.record.host, facts.record.account) == (facts.host, facts.account)


def test_an_unset_allowlist_and_an_empty_one_stay_two_things(state: StateDir) -> None:
    for listed in (None, ()):
        arming.write(state, msgspec.structs.replace(ARMED, allowlist=listed))
        facts = arming.arm_facts(state, state.token.read_bytes(), SETTINGS, None)
        assert facts is not None and facts.record is not None
        assert facts.record.allowlist == (None if listed is None else frozenset())


def test_limits_are_the_caps() -> None:
    assert arming.limits_of(GOOD_CAPS) == ArmedLimits(5, 5, Decimal("5000.0"), Decimal("1000.0"))


def test_disarm_removes_both_and_says_so(state: StateDir) -> None:
    arming.write(state, ARMED)
    assert arming.disarm(state) == ["live_confirm_token.txt", "live_arm.json"]
    assert arming.disarm(state) == []


def test_disarm_says_what_it_cannot_remove(state: StateDir) -> None:
    state.token.mkdir()
    with pytest.raises(StateUnwritable, match=r"live_confirm_token\.txt"):
        arming.disarm(state)


# Terms


def test_the_session_being_traded_or_the_next_and_those_after_it() -> None:
    friday_noon = new_york("2026-11-20 12:00")
    assert [str(one) for one in sessions_to_arm(TABLE, friday_noon, 2)] == ["2026-11-20", "2026-11-23"]
    assert [str(one) for one in sessions_to_arm(TABLE, new_york("2026-11-20 16:00"), 1)] == ["2026-11-23"]
    with pytest.raises(UsageError, match="the session table ends 2026-11-20"):
        sessions_to_arm(table_of("2026-11-16", "2026-11-20"), friday_noon, 2)


@pytest.mark.parametrize(
    ("text", "day", "now", "until"),
    [
        ("close", "2026-11-20", "2026-11-20 10:31", "2026-11-20 16:00"),
        ("close", "2026-11-27", "2026-11-27 12:30", "2026-11-27 13:00"),
        ("12:00", "2026-11-20", "2026-11-20 10:31", "2026-11-20 12:00"),
        ("16:00", "2026-11-20", "2026-11-20 10:31", "2026-11-20 16:00"),
        ("12:00", "2026-11-23", "2026-11-20 19:00", "2026-11-23 12:00"),
    ],
)
def test_until(text: str, day: str, now: str, until: str) -> None:
    assert until_of(text, session_on(day), new_york(now)) == new_york(until)


@pytest.mark.parametrize(
    ("text", "day", "now", "words"),
    [
        ("16:01", "2026-11-20", "2026-11-20 10:31", "session 2026-11-20 closes 2026-11-20 16:00:00 EST"),
        ("15:00", "2026-11-27", "2026-11-27 12:30", "session 2026-11-27 closes 2026-11-27 13:00:00 EST"),
        ("10:31", "2026-11-20", "2026-11-20 10:31", "not after the open and now"),
        ("09:30", "2026-11-23", "2026-11-20 19:00", "not after the open and now"),
        ("24:00", "2026-11-20", "2026-11-20 10:31", "write close, or a New York time"),
        ("9:45", "2026-11-20", "2026-11-20 09:31", "write close, or a New York time"),
        ("noon", "2026-11-20", "2026-11-20 09:31", "write close, or a New York time"),
        ("", "2026-11-20", "2026-11-20 09:31", "write close, or a New York time"),
    ],
)
def test_a_time_that_cannot_be_is_refused(text: str, day: str, now: str, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        until_of(text, session_on(day), new_york(now))


GOOD = Preflight(1, datetime(2026, 11, 20, 13, tzinfo=UTC), date(2026, 11, 20), "PA3TEST", "WARN", False, ("slack",))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"result": "PASS", "failing": ()}, None),
        ({"result": "FAIL"}, "the last preflight did not pass (FAIL: slack)"),
        ({"strict": True}, "the last preflight did not pass (WARN: slack)"),
        ({"session": date(2026, 11, 19)}, "the last preflight was of session 2026-11-19"),
        ({"account": "PA4"}, "the last preflight was of account PA4"),
        ({"account": None}, "the last preflight was of account unknown"),
    ],
)
def test_a_preflight_speaks_for_its_session_and_account(
    state: StateDir, changes: dict[str, object], problem: str | None
) -> None:
    preflights.write(state.preflight, msgspec.structs.replace(GOOD, **changes))
    assert preflight_problem(state, session_on("2026-11-20"), "PA3TEST")[1] == problem


def test_a_preflight_that_is_missing_or_damaged_speaks_for_nothing(state: StateDir) -> None:
    session = session_on("2026-11-20")
    assert preflight_problem(state, session, "PA3TEST") == ("none", "no preflight was run")
    state.preflight.write_text("{")
    said, problem = preflight_problem(state, session, "PA3TEST")
    assert said == "unreadable" and "the preflight record is unreadable" in str(problem)
