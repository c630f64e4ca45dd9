"""What would be armed: for which sessions, until when, by which preflight, and what stands in the way of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from support.facts import TABLE, new_york, session_on, table_of
from support.place import DAY, NOW, Place
from support.trading import entry

from execution.broker.simulated.record import Outage
from execution.checks import preflight as preflights
from execution.checks.preflight import Preflight
from execution.operator.arm_terms import (
    ArmRequest,
    NotArmed,
    Terms,
    preflight_problem,
    sessions_to_arm,
    terms_of,
    until_of,
)
from execution.operator.refusal import Cause
from execution.state.arming import limits_of
from execution.state.directory import StateDir
from execution.state.latches import Latch, set_latch
from gates.mode import Mode


def test_the_session_being_traded_or_the_next_and_those_after_it() -> None:
    friday_noon = new_york("2026-11-20 12:00")
    assert [str(one) for one in sessions_to_arm(TABLE, friday_noon, 2)] == ["2026-11-20", "2026-11-23"]
    assert [str(one) for one in sessions_to_arm(TABLE, new_york("2026-11-20 16:00"), 1)] == ["2026-11-23"]
    too_many = sessions_to_arm(table_of("2026-11-16", "2026-11-20"), friday_noon, 2)
    assert isinstance(too_many, NotArmed)
    assert too_many.why == "the session table ends 2026-11-20; refresh it with `make sessions`"


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
    no = until_of(text, session_on(day), new_york(now))
    assert isinstance(no, NotArmed) and no.about == "until" and no.why.startswith(f"{text}: ") and words in no.why


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
    tmp_path: Path, changes: dict[str, object], problem: str | None
) -> None:
    state = StateDir(tmp_path)
    preflights.write(state.preflight, msgspec.structs.replace(GOOD, **changes))
    assert preflight_problem(state, session_on("2026-11-20"), "PA3TEST")[1] == problem


def test_a_preflight_that_is_missing_or_damaged_speaks_for_nothing(tmp_path: Path) -> None:
    state, session = StateDir(tmp_path), session_on("2026-11-20")
    assert preflight_problem(state, session, "PA3TEST") == ("none", "no preflight was run")
    state.preflight.write_text("{")
    said, problem = preflight_problem(state, session, "PA3TEST")
    assert said == "unreadable" and "the preflight record is unreadable" in str(problem)


# The whole of them


def asked(place: Place, **changes: object) -> ArmRequest:
    return ArmRequest("alice", "the endpoint", **{"override": "a test", **changes})  # type: ignore[arg-type]


def test_the_terms_are_what_is_there_now_and_nothing_is_written(place: Place) -> None:
    before = place.files()
    terms = terms_of(place.service(ALLOWLIST_SYMBOLS="MSFT,AAPL"), asked(place, sessions=2, override="  why \n not "))
    assert isinstance(terms, Terms)
    armed = terms.armed
    assert (armed.by, armed.endpoint, armed.account) == ("alice", "the endpoint", place.account)
    assert (armed.sessions[0], len(armed.sessions)) == (DAY, 2)
    in_force = place.service(ALLOWLIST_SYMBOLS="MSFT,AAPL").settings.limits
    assert armed.limits == limits_of(in_force) and armed.limits.allowlist == ("AAPL", "MSFT")
    assert (armed.preflight, armed.override, armed.armed_at) == ("none", "why not", NOW)
    assert (armed.until.astimezone(NOW.tzinfo).hour, armed.until.date()) == (16, armed.sessions[-1])
    assert terms.used is not None and terms.used.ids == frozenset() and terms.ledger_problem is None
    assert terms.in_the_way == ()
    assert place.files() == before


@pytest.mark.parametrize(
    ("changes", "about", "why"),
    [
        ({"sessions": 0}, "sessions", "0: write a number from 1 to 5"),
        ({"sessions": 6}, "sessions", "6: write a number from 1 to 5"),
        ({"until": "noon"}, "until", "noon: write close, or a New York time such as 12:00"),
        ({"override": " \t"}, "override", "is empty; write why no preflight is needed"),
    ],
)
def test_what_cannot_be_asked_for_names_its_field(
    place: Place, changes: dict[str, object], about: str, why: str
) -> None:
    assert terms_of(place.service(), asked(place, **changes)) == NotArmed(Cause.REQUEST, why, about)


def test_settings_with_mistakes_arm_nothing(place: Place) -> None:
    no = terms_of(place.service(MAX_LIVE_POSITIONS="many"), asked(place))
    assert isinstance(no, NotArmed) and no.cause is Cause.SETTINGS and no.terms is None
    assert no.why.splitlines()[0] == "mend the settings first:" and "MAX_LIVE_POSITIONS" in no.why


def test_a_broker_that_does_not_answer_arms_nothing(place: Place) -> None:
    place.broker.add_behaviour(Outage())
    no = terms_of(place.service(), asked(place))
    assert isinstance(no, NotArmed) and no.cause is Cause.BROKER and no.why.startswith("account unavailable (")


def test_another_account_than_the_directorys_is_not_armed(place: Place) -> None:
    place.state.write_record(msgspec.structs.replace(place.state.read_record(), account="SIM-other"))
    no = terms_of(place.service(), asked(place))
    assert isinstance(no, NotArmed) and no.cause is Cause.REQUEST and no.why.startswith("account mismatch (")


def test_a_table_that_has_ended_arms_nothing(place: Place) -> None:
    place.state.sessions.write_text("{")
    no = terms_of(place.service(), asked(place))
    assert isinstance(no, NotArmed) and no.why.startswith("no session is known, the session table ends unreadable")


def test_no_preflight_is_a_refusal_that_shows_the_terms(place: Place) -> None:
    no = terms_of(place.service(), asked(place, override=None))
    assert isinstance(no, NotArmed) and no.why == "no preflight was run"
    assert no.terms is not None and no.terms.armed.override is None


def test_a_preflight_of_the_session_needs_no_override(place: Place) -> None:
    preflights.write(place.state.preflight, msgspec.structs.replace(GOOD, session=DAY, account=place.account))
    terms = terms_of(place.service(), asked(place, override=None))
    assert isinstance(terms, Terms) and terms.armed.preflight.startswith(f"WARN of session {DAY}")


def test_what_is_in_the_way_of_live_is_said_before(place: Place) -> None:
    place.state.paused.touch()
    place.state.kill_switch.touch()
    set_latch(place.state.latches, Latch("flatten", NOW, "bob", "a test"))
    terms = terms_of(place.service(), asked(place))
    assert isinstance(terms, Terms)
    assert terms.in_the_way[0] == "kill switch active (file)"
    assert [words for words in terms.in_the_way if "paused" in words.lower()]
    assert [words for words in terms.in_the_way if "flatten" in words]
    assert not [words for words in terms.in_the_way if "TOKEN" in words]


def test_a_ledger_that_cannot_be_read_leaves_what_is_used_unknown(place: Place) -> None:
    place.state.ledger(Mode.LIVE).path.write_text("{")
    terms = terms_of(place.service(), asked(place))
    assert isinstance(terms, Terms) and terms.used is None and terms.ledger_problem


def test_what_the_session_has_used_is_told(place: Place) -> None:
    place.keep(entry(day=DAY))
    terms = terms_of(place.service(), asked(place))
    assert isinstance(terms, Terms) and terms.used is not None and len(terms.used.ids) == 1
