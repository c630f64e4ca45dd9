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
from support.facts import GOOD_CAPS

from execution.settings.parsing import parse
from execution.state import arming
from execution.state.arming import Armed, ArmedLimits
from execution.state.directory import StateDir
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


@pytest.mark.parametrize("text", ["", "{}", chr(123) + '"schema": 2}', "[]"], ids=["empty", "blank", "schema", "list"])
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
