"""The operator's switches: every typo lands on the safe side, and a token serves its session only."""

from __future__ import annotations

from datetime import date

import pytest
from support.facts import (
    GOOD_MODE,
    GOOD_TOKEN_FILE,
    TABLE,
    TOKEN,
    entry_facts,
    mode_facts,
    new_york,
    session_on,
    table_of,
    token_file,
)

from gates import switches
from gates.base.record import replace
from gates.base.sessions import SessionTable
from gates.facts import ModeFacts, Presence, Served, TokenFile
from gates.verdict import Verdict, allow, refuse

CLEARLY_OFF = [None, "", "0", "false", "False", "FALSE", "fAlSe", "no", "No", "NO", "off", "Off", "OFF"]
CLEARLY_ON = ["1", "true", "True", "TRUE", "tRuE", "yes", "Yes", "YES", "on", "On", "ON"]
UNCLEAR = [
    " ",
    "\n",
    " 0",
    "0 ",
    "0\n",
    " false",
    "off\r",
    "00",
    "0.0",
    "-0",
    "2",
    "-1",
    "y",
    "Y",
    "n",
    "N",
    "t",
    "f",
    "ture",
    "flase",
    "offf",
    "none",
    "null",
    "disabled",
    "enabled",
    "active",
    "live",
    "LIVE",
    "kill",
    '"0"',
    "'false'",
    " true",
    "true ",
    "1\n",
    "true;",
    "01",
    "1.0",
    "+1",
    "ｏｎ",
    "１",
    "０",
    "ye\u200bs",
    "o\ufb00",
]

SPRING = table_of("2026-03-02", "2026-03-13")
AUTUMN = table_of("2026-10-26", "2026-11-06")


@pytest.mark.parametrize("text", CLEARLY_OFF)
def test_kill_and_dry_run_are_off_when_clearly_off(text: str | None) -> None:
    assert switches.on_unless_clearly_off(text) is False


@pytest.mark.parametrize("text", CLEARLY_ON + UNCLEAR)
def test_kill_and_dry_run_are_on_in_every_other_spelling(text: str) -> None:
    assert switches.on_unless_clearly_off(text) is True


@pytest.mark.parametrize("text", CLEARLY_ON)
def test_live_trading_is_on_when_clearly_on(text: str) -> None:
    assert switches.on_only_if_clearly_on(text) is True


@pytest.mark.parametrize("text", CLEARLY_OFF + UNCLEAR)
def test_live_trading_is_off_in_every_other_spelling(text: str | None) -> None:
    assert switches.on_only_if_clearly_on(text) is False


@pytest.mark.parametrize(
    ("presence", "in_force"),
    [(Presence.ABSENT, False), (Presence.PRESENT, True), (Presence.UNCHECKABLE, True)],
)
def test_a_marker_that_cannot_be_checked_is_in_force(presence: Presence, in_force: bool) -> None:
    assert presence.in_force is in_force


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (switches.kill_env(mode_facts(kill_env=True)), refuse("kill.env", "kill switch active (env)")),
        (switches.kill_env(mode_facts()), allow("kill.env", "KILL_SWITCH not set")),
        (
            switches.kill_file(mode_facts(kill_file=Presence.PRESENT)),
            refuse("kill.file", "kill switch active (file)"),
        ),
        (
            switches.kill_file(mode_facts(kill_file=Presence.UNCHECKABLE)),
            refuse("kill.file", "kill switch active (file)"),
        ),
        (switches.kill_file(mode_facts()), allow("kill.file", "no kill file")),
        (switches.dry_run(mode_facts(dry_run=True)), refuse("dry_run", "DRY_RUN enabled")),
        (switches.dry_run(mode_facts()), allow("dry_run", "DRY_RUN off")),
        (switches.live_trading(mode_facts(live_trading=False)), refuse("live_trading", "LIVE_TRADING disabled")),
        (switches.live_trading(mode_facts()), allow("live_trading", "LIVE_TRADING on")),
        (switches.paused(entry_facts(paused=Presence.PRESENT)), refuse("paused", "paused (file)")),
        (switches.paused(entry_facts(paused=Presence.UNCHECKABLE)), refuse("paused", "paused (file)")),
        (switches.paused(entry_facts()), allow("paused", "not paused")),
    ],
)
def test_each_switch_answers_in_full(verdict: Verdict, expected: Verdict) -> None:
    assert verdict == expected


def both(token: bytes, content: bytes) -> ModeFacts:
    return mode_facts(token=token, token_file=token_file(content=content))


def permissions(mode: int) -> ModeFacts:
    return mode_facts(token_file=token_file(permissions=mode))


MATCHES = allow("token", "confirm token matches (armed 2026-11-20)")
MISSING = refuse("token.missing", "LIVE_CONFIRM_TOKEN missing")
EMPTY = refuse("token.file_empty", "confirm token file empty")
MISMATCH = refuse("token.mismatch", "LIVE_CONFIRM_TOKEN mismatch")


def too_open(mode: str) -> Verdict:
    return refuse("token.permissions", f"confirm token file permissions too open ({mode}, want 0600)")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (mode_facts(), MATCHES),
        (both(b"", TOKEN), MISSING),
        (both(b" ", TOKEN), MISSING),
        (both(b" \t\r\n", b" \t\r\n"), MISSING),
        (both(b"", b""), MISSING),
        (mode_facts(token_file=TokenFile()), refuse("token.file_missing", "confirm token file missing")),
        (
            mode_facts(token_file=TokenFile(found=True, problem="Permission denied")),
            refuse("token.file_unreadable", "confirm token file unreadable (Permission denied)"),
        ),
        (
            mode_facts(token_file=token_file(problem="is a link")),
            refuse("token.file_unreadable", "confirm token file unreadable (is a link)"),
        ),
        (mode_facts(token_file=token_file(found=False)), refuse("token.file_missing", "confirm token file missing")),
        (both(TOKEN, b""), EMPTY),
        (both(TOKEN, b"\n"), EMPTY),
        (both(TOKEN, b" \t\n"), EMPTY),
        (both(TOKEN, b"other"), MISMATCH),
        (both(TOKEN, TOKEN + b"\n"), MISMATCH),
        (both(TOKEN + b"\n", TOKEN), MISMATCH),
        (both(TOKEN, b" " + TOKEN), MISMATCH),
        (both(TOKEN, TOKEN.upper()), MISMATCH),
        (both(TOKEN, TOKEN[:-1]), MISMATCH),
        (both(TOKEN, b"\xef\xbb\xbf" + TOKEN), MISMATCH),
        (both(TOKEN + b"\n", TOKEN + b"\n"), MATCHES),
        (both("grün".encode(), "grün".encode()), MATCHES),
        (both(b"\xff\x00", b"\xff\x00"), MATCHES),
        (permissions(0o600), MATCHES),
        (permissions(0o400), MATCHES),
        (permissions(0o700), MATCHES),
        (permissions(0o644), too_open("0644")),
        (permissions(0o640), too_open("0640")),
        (permissions(0o604), too_open("0604")),
        (permissions(0o620), too_open("0620")),
        (permissions(0o602), too_open("0602")),
        (permissions(0o610), too_open("0610")),
        (permissions(0o601), too_open("0601")),
        (permissions(0o777), too_open("0777")),
        (permissions(0o4644), too_open("4644")),
    ],
)
def test_the_two_keys(facts: ModeFacts, expected: Verdict) -> None:
    assert switches.confirm_token(facts) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"token": b"", "token_file": TokenFile(found=True, problem="x")}, MISSING),
        ({"token_file": TokenFile(problem="x")}, refuse("token.file_unreadable", "confirm token file unreadable (x)")),
        ({"token_file": TokenFile(found=True, permissions=0o644)}, EMPTY),
        ({"token": b"other", "token_file": token_file(permissions=0o644)}, too_open("0644")),
        ({"token": b"other", "token_file": token_file(written_at=None)}, MISMATCH),
        (
            {"session": None, "token_file": token_file(written_at=None)},
            refuse("token.undated", "confirm token file has no time"),
        ),
    ],
)
def test_of_several_mistakes_the_first_in_the_documented_order_is_named(
    changes: dict[str, object], expected: Verdict
) -> None:
    assert switches.confirm_token(mode_facts(**changes)) == expected


def test_neither_key_shows_in_a_repr() -> None:
    facts = both(b"from-environment", b"from-the-file")
    assert "from-" not in repr(facts) + repr(facts.token_file)


def life(written: str, session: str | None, arm_sessions: int = 1, table: SessionTable = TABLE) -> Verdict:
    return switches.confirm_token(
        mode_facts(
            table=table,
            session=None if session is None else session_on(session, table),
            token_file=token_file(written_at=new_york(written)),
            arm_sessions=arm_sessions,
        )
    )


def serves(armed: str) -> Verdict:
    return allow("token", f"confirm token matches (armed {armed})")


def expired(armed: str) -> Verdict:
    return refuse("token.expired", f"confirm token expired (armed {armed})")


def early(armed: str, first: str) -> Verdict:
    return refuse("token.early", f"confirm token not yet valid (armed {armed}, serves {first})")


@pytest.mark.parametrize(
    ("written", "session", "expected"),
    [
        # Friday evening and the weekend serve Monday, and Monday only
        ("2026-11-13 17:00", "2026-11-13", early("2026-11-13", "2026-11-16")),
        ("2026-11-13 17:00", "2026-11-16", serves("2026-11-13")),
        ("2026-11-13 17:00", "2026-11-17", expired("2026-11-13")),
        ("2026-11-14 12:00", "2026-11-16", serves("2026-11-14")),
        ("2026-11-15 23:59:59", "2026-11-16", serves("2026-11-15")),
        ("2026-11-15 23:59:59", "2026-11-17", expired("2026-11-15")),
        # before the open and during the session: that session
        ("2026-11-20 00:00", "2026-11-20", serves("2026-11-20")),
        ("2026-11-20 09:29:59", "2026-11-20", serves("2026-11-20")),
        ("2026-11-20 09:30", "2026-11-20", serves("2026-11-20")),
        ("2026-11-20 15:59:59", "2026-11-20", serves("2026-11-20")),
        ("2026-11-20 15:59:59", "2026-11-23", expired("2026-11-20")),
        ("2026-11-19 10:00", "2026-11-20", expired("2026-11-19")),
        ("2026-11-19 15:59:59", "2026-11-20", expired("2026-11-19")),
        # exactly at the close: the next one
        ("2026-11-20 16:00", "2026-11-20", early("2026-11-20", "2026-11-23")),
        ("2026-11-20 16:00", "2026-11-23", serves("2026-11-20")),
        # a holiday, and a half-day around its 13:00
        ("2026-11-25 16:00", "2026-11-27", serves("2026-11-25")),
        ("2026-11-26 10:00", "2026-11-27", serves("2026-11-26")),
        ("2026-11-26 10:00", "2026-11-30", expired("2026-11-26")),
        ("2026-11-27 12:59:59", "2026-11-27", serves("2026-11-27")),
        ("2026-11-27 12:59:59", "2026-11-30", expired("2026-11-27")),
        ("2026-11-27 13:00", "2026-11-27", early("2026-11-27", "2026-11-30")),
        ("2026-11-27 13:00", "2026-11-30", serves("2026-11-27")),
        ("2026-11-27 15:00", "2026-11-30", serves("2026-11-27")),
        # no session, and the two ends of the table
        ("2026-11-20 07:00", None, expired("2026-11-20")),
        ("2026-11-01 12:00", "2026-11-02", expired("2026-11-01")),
        ("1999-01-04 12:00", "2026-11-20", expired("1999-01-04")),
        ("2026-12-04 16:00", "2026-12-04", expired("2026-12-04")),
        ("2027-06-01 12:00", "2026-11-20", expired("2027-06-01")),
        # dated ahead: nobody yet
        ("2026-11-24 10:00", "2026-11-20", early("2026-11-24", "2026-11-24")),
    ],
)
def test_a_token_serves_the_first_session_that_closes_after_it_was_written(
    written: str, session: str | None, expected: Verdict
) -> None:
    assert life(written, session) == expected


@pytest.mark.parametrize(
    ("written", "session", "arm_sessions", "expected"),
    [
        ("2026-11-19 10:00", "2026-11-19", 2, serves("2026-11-19")),
        ("2026-11-19 10:00", "2026-11-20", 2, serves("2026-11-19")),
        ("2026-11-19 10:00", "2026-11-23", 2, expired("2026-11-19")),
        ("2026-11-20 17:00", "2026-11-20", 2, early("2026-11-20", "2026-11-23")),
        ("2026-11-20 17:00", "2026-11-24", 2, serves("2026-11-20")),
        ("2026-11-20 17:00", "2026-11-25", 2, expired("2026-11-20")),
        ("2026-11-25 10:00", "2026-11-27", 2, serves("2026-11-25")),
        ("2026-11-25 10:00", "2026-11-30", 2, expired("2026-11-25")),
        ("2026-11-27 13:00", "2026-12-01", 2, serves("2026-11-27")),
        ("2026-11-23 10:00", "2026-11-30", 5, serves("2026-11-23")),
        ("2026-11-23 10:00", "2026-12-01", 5, expired("2026-11-23")),
        ("2026-11-20 07:00", "2026-11-20", 0, expired("2026-11-20")),
        ("2026-11-20 07:00", "2026-11-20", -1, expired("2026-11-20")),
        ("2026-11-02 07:00", "2026-11-02", -1, expired("2026-11-02")),
    ],
)
def test_arm_sessions_lengthens_a_tokens_life_by_whole_sessions(
    written: str, session: str, arm_sessions: int, expected: Verdict
) -> None:
    assert life(written, session, arm_sessions) == expected


@pytest.mark.parametrize(
    ("served", "sessions", "why"),
    [
        (Served(), 1, None),
        (Served(date(2026, 11, 20)), 1, None),
        (Served(date(2026, 11, 19)), 2, None),
        (Served(date(2026, 11, 19)), 1, "its text served 2026-11-19"),
        (Served(date(2026, 11, 18)), 2, "its text served 2026-11-18"),
        (Served(date(2026, 11, 21)), 5, "its text served 2026-11-21"),
        (Served(date(2026, 11, 23)), 5, "its text served 2026-11-23"),
        (Served(date(2025, 11, 20)), 5, "its text served 2025-11-20"),
        (Served(problem="tokens.json is missing"), 5, "tokens.json is missing"),
    ],
)
def test_a_text_that_served_is_expired_whatever_its_file_says(served: Served, sessions: int, why: str | None) -> None:
    facts = replace(GOOD_MODE, token_file=replace(GOOD_TOKEN_FILE, served=served), arm_sessions=sessions)
    armed = "armed 2026-11-20"
    if why is None:
        assert switches.confirm_token(facts) == allow("token", f"confirm token matches ({armed})")
    else:
        words = f"confirm token expired ({armed}, {why}; make a new one)"
        assert switches.confirm_token(facts) == refuse("token.served", words)


@pytest.mark.parametrize(
    ("table", "written", "session", "expected"),
    [
        # clocks go forward on Sunday, 2026-03-08: Friday closes 21:00 UTC, Monday 20:00 UTC
        (SPRING, "2026-03-06 15:59:59", "2026-03-06", serves("2026-03-06")),
        (SPRING, "2026-03-06 16:00", "2026-03-09", serves("2026-03-06")),
        (SPRING, "2026-03-08 01:59:59", "2026-03-09", serves("2026-03-08")),
        (SPRING, "2026-03-08 03:00", "2026-03-09", serves("2026-03-08")),
        (SPRING, "2026-03-09 15:59:59", "2026-03-09", serves("2026-03-09")),
        (SPRING, "2026-03-09 16:00", "2026-03-09", early("2026-03-09", "2026-03-10")),
        # and back on Sunday, 2026-11-01: Friday closes 20:00 UTC, Monday 21:00 UTC
        (AUTUMN, "2026-10-30 15:59:59", "2026-10-30", serves("2026-10-30")),
        (AUTUMN, "2026-10-30 16:00", "2026-11-02", serves("2026-10-30")),
        (AUTUMN, "2026-11-01 01:30", "2026-11-02", serves("2026-11-01")),
        (AUTUMN, "2026-11-02 15:59:59", "2026-11-02", serves("2026-11-02")),
        (AUTUMN, "2026-11-02 16:00", "2026-11-02", early("2026-11-02", "2026-11-03")),
    ],
)
def test_a_tokens_life_around_the_clock_changes(
    table: SessionTable, written: str, session: str, expected: Verdict
) -> None:
    assert life(written, session, table=table) == expected


def test_armed_is_a_new_york_date() -> None:
    late_evening = new_york("2026-11-19 23:30")
    assert f"{late_evening.astimezone(GOOD_MODE.session.opens.tzinfo):%Y-%m-%d}" == "2026-11-20"
    assert life("2026-11-19 23:30", "2026-11-20") == serves("2026-11-19")
