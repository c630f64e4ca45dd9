"""The arm record and its token: one names the other's digest, and neither shows a secret."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.facts import ARMED_LIMITS

from execution.settings.parsing import parse
from execution.state import arming
from execution.state.arming import Armed
from execution.state.directory import StateDir
from gates.base.record import fields, replace
from gates.base.statefile import StateUnreadable, StateUnwritable
from gates.facts import Caps, Limits

ARMED = Armed(
    schema=2,
    armed_at=datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
    by="alice",
    host=arming.this_host(),
    account="PA3TEST",
    endpoint="https://paper-api.alpaca.markets",
    sessions=(date(2026, 11, 20),),
    until=datetime(2026, 11, 20, 21, 0, tzinfo=UTC),
    limits=arming.limits_of(ARMED_LIMITS),
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
        "sessions": ["2026-11-21"], "until": "2026-11-21T21:00:00Z", "preflight": "none",
        "override": "because", "limits": {**json.loads(written)["limits"], "max_chase_pct": "0.6"},
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
    assert facts.record.limits == facts.limits
    assert (facts.record.host, facts.record.account) == (facts.host, facts.account)


def test_an_unset_allowlist_and_an_empty_one_stay_two_things(state: StateDir) -> None:
    for listed in (None, frozenset[str]()):
        limits = arming.limits_of(replace(ARMED_LIMITS, allowlist=listed))
        arming.write(state, msgspec.structs.replace(ARMED, limits=limits))
        facts = arming.arm_facts(state, state.token.read_bytes(), SETTINGS, None)
        assert facts is not None and facts.record is not None
        assert facts.record.limits.allowlist == listed


def test_the_file_has_the_fields_of_the_limits() -> None:
    """A limit that is added to `Limits` can be written down only here, and then everybody arms anew."""
    assert [one.name for one in fields(Limits)] == list(arming.ArmedLimits.__struct_fields__)
    assert [one.name for one in fields(Caps)] == list(arming.ArmedCaps.__struct_fields__)


def test_the_file_names_every_limit_in_force_in_one_order(state: StateDir) -> None:
    arming.write(state, ARMED)
    limits = json.loads(state.arm.read_text())["limits"]
    assert set(limits) == {one.name for one in fields(Limits)} and limits["allowlist"] == ["AAPL", "MSFT"]


OLD = {"caps": {"orders_per_day": 5, "positions": 5, "gross_notional": "5000.0", "per_symbol": "1000.0"}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schema": 1, "limits": None, **OLD},
         "has schema 1, want 2: an older release wrote it and bound fewer limits; arm again"),
        ({"limits": OLD}, "binds other limits than this release has; arm again"),
        ({"limits": []}, "binds other limits than this release has; arm again"),
        ({"schema": 3}, "has schema 3, want 2"),
    ],
)  # fmt: skip
def test_a_record_of_another_release_means_arm_again(state: StateDir, changes: dict[str, Any], words: str) -> None:
    arming.write(state, ARMED)
    state.arm.write_text(json.dumps({**json.loads(state.arm.read_text()), **changes}))
    facts = arming.arm_facts(state, state.token.read_bytes(), SETTINGS, "PA3TEST")
    assert facts is not None and facts.record is None and facts.problem == f"record unreadable: {words}"


def test_disarm_removes_both_and_says_so(state: StateDir) -> None:
    arming.write(state, ARMED)
    assert arming.disarm(state) == ["live_confirm_token.txt", "live_arm.json"]
    assert arming.disarm(state) == []


def test_disarm_says_what_it_cannot_remove(state: StateDir) -> None:
    state.token.mkdir()
    with pytest.raises(StateUnwritable, match=r"live_confirm_token\.txt"):
        arming.disarm(state)
