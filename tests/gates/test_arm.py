"""An armed token: good for its host, account, caps, allowlist and sessions to the letter, and for nothing else.

The matrix at the end walks every combination of what can change, with an oracle that knows only names.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from support.facts import (
    ARM_DIGEST,
    ARM_TOKEN,
    ARMED_LIMITS,
    GOOD_ARM,
    GOOD_CAPS,
    GOOD_LIMITS,
    TOKEN,
    armed_mode_facts,
    mode_facts,
    new_york,
    session_on,
)

from gates import switches
from gates.base.record import fields, replace
from gates.catalog import MODE_GATES
from gates.facts import Limits, ModeFacts
from gates.verdict import Verdict, allow, ask_all, no_data, refuse, strictest

LIVE = "live trading confirmed"
UNTOLD = "not known: the broker did not tell the account it was armed for"
EXPIRED = refuse("token.expired", "confirm token expired (armed 2026-11-20)")


def mode_of(facts: ModeFacts) -> Verdict:
    return strictest(ask_all(MODE_GATES, facts), LIVE)


def test_an_armed_token_is_live() -> None:
    facts = armed_mode_facts()
    assert mode_of(facts) == allow("ok", LIVE)
    words = "confirm token matches (armed 2026-11-20, until 2026-11-20 16:00:00 EST)"
    assert switches.confirm_token(facts) == allow("token", words)
    assert switches.arm(facts) == allow("arm", "armed for this host, account and these limits")


def test_a_token_made_by_hand_needs_no_record() -> None:
    assert switches.arm(mode_facts()) == allow("arm", "no arm record needed")
    assert mode_of(mode_facts(arm=None)).passed


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        (armed_mode_facts(record=None, facts={"arm": None}), "record missing"),
        (armed_mode_facts(facts={"arm": GOOD_ARM.__class__(None, "record missing", "", None, GOOD_LIMITS)}),
         "record missing"),
        (armed_mode_facts(facts={"arm": GOOD_ARM.__class__(None, "record unreadable: is empty", "", None,
                                                           GOOD_LIMITS)}), "record unreadable: is empty"),
        (armed_mode_facts(record={"digest": "f" * 64}), "record changed"),
        (armed_mode_facts(token=b"arm1-"), "record changed"),
        (armed_mode_facts(token=ARM_TOKEN + b"0"), "record changed"),
        (armed_mode_facts(token=ARM_TOKEN + b"\n"), "record changed"),
        (armed_mode_facts(token=f"arm1-{ARM_DIGEST}".encode()), "record changed"),
        (armed_mode_facts(host="another/1234567890abcdef"), "host changed"),
        (armed_mode_facts(account="PA3OTHER"), "account changed"),
        (armed_mode_facts(caps=GOOD_CAPS.__class__(6, 5, Decimal(5000), Decimal(1000))), "caps changed"),
        (armed_mode_facts(caps=GOOD_CAPS.__class__(4, 5, Decimal(5000), Decimal(1000))), "caps changed"),
        (armed_mode_facts(caps=GOOD_CAPS.__class__(5, 5, Decimal(5000), Decimal("1000.01"))), "caps changed"),
        (armed_mode_facts(allowlist=None), "allowlist changed"),
        (armed_mode_facts(allowlist=frozenset()), "allowlist changed"),
        (armed_mode_facts(allowlist=frozenset({"AAPL"})), "allowlist changed"),
        (armed_mode_facts(record={"limits": GOOD_LIMITS}), "allowlist changed"),
        (armed_mode_facts(host="x", allowlist=None), "host changed, allowlist changed"),
        (armed_mode_facts(max_chase_pct=Decimal("0.4")), "MAX_CHASE_PCT changed"),
        (armed_mode_facts(entry_trigger="touch", max_spread_pct=Decimal(1)),
         "ENTRY_TRIGGER changed, MAX_SPREAD_PCT changed"),
    ],
)  # fmt: skip
def test_whatever_changed_is_a_no_that_says_what(facts: ModeFacts, what: str) -> None:
    verdict = mode_of(facts)
    assert (verdict.passed, verdict.reason) == (False, f"arm record mismatch ({what})")
    assert switches.arm(facts).reason == verdict.reason


def test_an_account_that_is_not_told_was_not_compared() -> None:
    assert switches.arm(armed_mode_facts(account=None)) == no_data("arm.untold", UNTOLD)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"now": new_york("2026-11-20 15:59:59")}, None),
        ({"now": new_york("2026-11-20 16:00")}, EXPIRED),
        ({"session": None}, EXPIRED),
        ({"session": session_on("2026-11-23"), "now": new_york("2026-11-23 09:30")}, EXPIRED),
        (
            {"session": session_on("2026-11-19"), "now": new_york("2026-11-19 15:00")},
            refuse("token.early", "confirm token not yet valid (armed 2026-11-20, serves 2026-11-20)"),
        ),
    ],
)
def test_it_serves_its_session_and_ends_at_the_close(changes: dict[str, Any], expected: Verdict | None) -> None:
    verdict = switches.confirm_token(armed_mode_facts(facts=changes))
    assert verdict.passed if expected is None else verdict == expected


def test_it_ends_at_the_time_it_was_given() -> None:
    record = {"until": new_york("2026-11-20 12:00")}
    assert switches.confirm_token(armed_mode_facts(record=record)).passed
    at_noon = {"now": new_york("2026-11-20 12:00")}
    assert switches.confirm_token(armed_mode_facts(record=record, facts=at_noon)) == EXPIRED


def test_a_half_day_ends_at_one_whatever_the_record_says() -> None:
    friday = {"session": session_on("2026-11-27"), "now": new_york("2026-11-27 13:00")}
    record = {"sessions": (date(2026, 11, 27),), "until": new_york("2026-11-27 16:00")}
    assert switches.confirm_token(armed_mode_facts(record=record, facts=friday)) == EXPIRED
    before = {**friday, "now": new_york("2026-11-27 12:59:59")}
    assert switches.confirm_token(armed_mode_facts(record=record, facts=before)).passed


def test_a_record_of_no_session_serves_nobody() -> None:
    assert switches.confirm_token(armed_mode_facts(record={"sessions": ()})) == EXPIRED


def test_file_time_means_nothing_to_an_armed_token() -> None:
    facts = armed_mode_facts()
    undated = facts.token_file.__class__(True, None, 0o600, ARM_TOKEN, None)
    assert switches.confirm_token(armed_mode_facts(facts={"token_file": undated})).passed


OTHER = {"caps": replace(GOOD_CAPS, positions=4), "allowlist": None, "entry_trigger": "touch"}


@pytest.mark.parametrize("name", [one.name for one in fields(Limits)])
def test_every_limit_in_force_is_bound(name: str) -> None:
    """A limit that is new in `Limits` is bound by that alone."""
    other = OTHER.get(name, 3)
    assert not mode_of(armed_mode_facts(**{name: other})).passed
    assert switches.changed_limits(ARMED_LIMITS, replace(ARMED_LIMITS, **{name: other})) != []


HOSTS = {"same": GOOD_ARM.host, "changed": "other"}
ACCOUNTS = {"same": GOOD_ARM.account, "changed": "PA3OTHER", "untold": None}
CAPS = {"same": GOOD_CAPS, "changed": GOOD_CAPS.__class__(5, 5, Decimal(5000), Decimal(999))}
ALLOWLISTS = {"same": ARMED_LIMITS.allowlist, "changed": frozenset({"KO"})}
DIGESTS = {"same": ARM_DIGEST, "changed": "0" * 64}
TIMES = {"in time": new_york("2026-11-20 10:31"), "late": new_york("2026-11-20 16:00")}
PERMISSIONS = {"private": 0o600, "open": 0o644}
KEYS = {"matching": ARM_TOKEN, "missing": b"", "mismatching": TOKEN}


def expected_reason(key: str, permissions: str, digest: str, time: str, account: str, changed: list[str]) -> str:
    """The documented list of reasons in its documented order."""
    if key == "missing":
        return "LIVE_CONFIRM_TOKEN missing"
    if permissions == "open":
        return "confirm token file permissions too open (0644, want 0600)"
    if key == "mismatching":
        return "LIVE_CONFIRM_TOKEN mismatch"
    if digest == "changed":
        return "arm record mismatch (record changed)"
    if time == "late":
        return "confirm token expired (armed 2026-11-20)"
    return f"arm record mismatch ({', '.join(changed)})" if changed else UNTOLD if account == "untold" else LIVE


def test_every_combination() -> None:
    live = 0
    for key, permissions, digest, time, host, account, caps, allowlist in product(
        KEYS, PERMISSIONS, DIGESTS, TIMES, HOSTS, ACCOUNTS, CAPS, ALLOWLISTS
    ):
        facts = armed_mode_facts(
            record={"digest": DIGESTS[digest]},
            host=HOSTS[host],
            account=ACCOUNTS[account],
            caps=CAPS[caps],
            allowlist=ALLOWLISTS[allowlist],
            facts={
                "token": KEYS[key],
                "now": TIMES[time],
                "token_file": mode_facts().token_file.__class__(True, None, PERMISSIONS[permissions], ARM_TOKEN, None),
            },
        )
        named = {"host": host, "account": account, "caps": caps, "allowlist": allowlist}
        changed = [f"{name} changed" for name, state in named.items() if state == "changed"]
        verdict = mode_of(facts)
        live += verdict.passed
        assert verdict.reason == expected_reason(key, permissions, digest, time, account, changed), (facts, verdict)
    assert live == 1  # all as armed, and the account told
