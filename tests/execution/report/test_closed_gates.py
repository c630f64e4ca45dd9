"""The decision file as a story: a line stands until the next one, codes are counted by symbol, torn lines are told."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from support.facts import GOOD_CAPS, HALF_DAY, SESSION, new_york, session_on

from execution.report.closed_gates import ClosedGate, SessionDecisions, Span, read

EVENING = new_york("2026-11-20 18:00")
CAPS = {"orders_per_day": 5, "positions": 5, "gross_notional": "5000.0", "per_symbol": "1000.0"}
KILLED = ["kill_file", "FAIL", "kill.file", "kill switch active (file)"]
PAUSED = ["paused", "FAIL", "paused", "paused (file)"]
STALE = ["watchlist", "FAIL", "watchlist", "watchlist missing (expected 2026-11-20)"]
OPEN = ["paused", "PASS", "paused", "no PAUSED file"]


def at(text: str) -> datetime:
    return new_york(f"2026-11-20 {text}")


def line(time: str, *entry_gates: list[str], **changes: Any) -> dict[str, Any]:
    good = {
        "at": at(time).isoformat(),
        "mark": "0",
        "mode": "LIVE",
        "caps": CAPS,
        "mode_gates": [],
        "entry_gates": list(entry_gates) or [OPEN],
        "approved": [],
        "refused": {},
        "reasons": {},
        "sent": {},
    }
    return {**good, **changes}


def told(*lines: dict[str, Any], now: datetime = EVENING) -> SessionDecisions:
    return read("".join(json.dumps(one) + "\n" for one in lines).encode(), SESSION, now)


def span(starts: str, ends: str) -> Span:
    return Span(at(starts), at(ends))


# --- closed gates ---------------------------------------------------------------------------------


def test_a_line_stands_until_the_next_one_and_the_last_until_the_close() -> None:
    decided = told(line("09:31"), line("10:00", PAUSED), line("10:20"), line("15:45", STALE))
    assert decided.closed == (
        ClosedGate("paused", "paused (file)", (span("10:00", "10:20"),)),
        ClosedGate("watchlist", STALE[3], (span("15:45", "16:00"),)),
    )
    assert decided.closed_minutes == 35


def test_minutes_two_gates_share_are_counted_once_in_the_sum() -> None:
    decided = told(line("10:00", PAUSED, STALE), line("10:10", STALE), line("10:30"))
    assert {one.gate: one.minutes for one in decided.closed} == {"paused": 10, "watchlist": 30}
    assert decided.closed[0].spans == (span("10:00", "10:30"),)
    assert decided.closed_minutes == 30


def test_a_gate_that_closes_twice_has_two_spans() -> None:
    decided = told(line("10:00", PAUSED), line("10:10"), line("11:00", PAUSED), line("11:05"))
    assert decided.closed[0].spans == (span("10:00", "10:10"), span("11:00", "11:05"))
    assert decided.closed[0].minutes == 15


@pytest.mark.parametrize(
    ("first", "now", "minutes"),
    [
        ("09:00", "18:00", 390),  # before the open nothing was to be had
        ("09:00", "10:00", 30),  # the session is still running
        ("16:00", "18:00", 0),
        ("16:30", "18:00", 0),
    ],
)
def test_only_the_session_counts(first: str, now: str, minutes: int) -> None:
    assert told(line(first, PAUSED), now=at(now)).closed_minutes == minutes


def test_a_half_day_ends_at_thirteen() -> None:
    session = session_on(str(HALF_DAY))
    raw = json.dumps(line("12:45", PAUSED) | {"at": "2026-11-27T12:45:00-05:00"}).encode()
    assert read(raw, session, new_york("2026-11-27 18:00")).closed_minutes == 15


# --- modes ----------------------------------------------------------------------------------------


def test_modes_are_stretches_with_their_reason() -> None:
    decided = told(
        line("09:31", mode="DRY_RUN", mode_gates=[KILLED]),
        line("09:40", PAUSED, mode="DRY_RUN", mode_gates=[KILLED]),
        line("10:00"),
        line("12:00", STALE, mode=None),  # the broker's clock kept everything else from being asked
        line("12:10"),
    )
    assert [(one.mode, one.reason, one.span) for one in decided.modes] == [
        ("DRY_RUN", "kill switch active (file)", span("09:31", "10:00")),
        ("LIVE", "live trading confirmed", Span(at("10:00"), at("16:00"))),
    ]


def test_a_decision_of_this_very_moment_says_the_mode_already() -> None:
    """The page of the first minute said `mode not known` above `the first decision is of 10:31`."""
    decided = told(line("10:31", PAUSED, mode="DRY_RUN", mode_gates=[KILLED]), now=at("10:31"))
    assert [(one.mode, one.reason, one.span) for one in decided.modes] == [
        ("DRY_RUN", "kill switch active (file)", span("10:31", "10:31"))
    ]
    assert (decided.first_at, decided.closed_minutes) == (at("10:31"), 0)


def test_the_reason_is_a_known_no_before_one_that_could_not_be_asked() -> None:
    untold = ["same_account", "NO-DATA", "account.untold", "not known: the broker did not tell the account"]
    account = ["account", "FAIL", "account", "account unavailable (timeout)"]
    decided = told(line("10:00", untold, account, mode="DRY_RUN", mode_gates=[untold, account]))
    assert [one.reason for one in decided.modes] == ["account unavailable (timeout)"]
    assert [one.gate for one in decided.closed] == ["account"]
    assert [one.gate for one in told(line("10:00", untold)).closed] == ["same_account"]


# --- refusals -------------------------------------------------------------------------------------


def test_refusals_are_distinct_symbols_by_code_with_their_last_reason() -> None:
    decided = told(
        line("10:00", refused={"AAPL": "price.chase", "KO": "quote"}, reasons={"AAPL": "ask 102", "KO": "none"}),
        line("10:01", refused=dict.fromkeys(("AAPL", "KO"), "price.chase"), reasons={"AAPL": "ask 103", "KO": "ask 9"}),
    )
    assert [(one.code, one.reasons) for one in decided.refusals] == [
        ("price.chase", (("AAPL", "ask 103"), ("KO", "ask 9"))),
        ("quote", (("KO", "none"),)),
    ]


def test_a_row_that_only_ever_waited_is_no_refusal() -> None:
    decided = told(
        line("10:00", refused={"AAPL": "trigger", "KO": "trigger", "MSFT": "trigger"}),
        line("10:01", refused={"KO": "trigger", "MSFT": "caps.positions"}, approved=["avx-20261120-AAPL-entry-1"]),
    )
    assert decided.waiting == ("KO",)
    assert [one.code for one in decided.refusals] == ["caps.positions"]


# --- what is not known ----------------------------------------------------------------------------


def test_the_caps_of_the_day_are_the_last_ones_in_force() -> None:
    tighter = told(line("10:00"), line("11:00", caps={**CAPS, "positions": 2})).caps
    assert tighter is not None and tighter.positions == 2
    assert told(line("10:00")).caps == GOOD_CAPS


def test_a_line_of_an_earlier_version_has_no_caps_and_no_reasons() -> None:
    old = line("10:00", refused={"AAPL": "quote"})
    del old["caps"], old["reasons"]
    decided = told(old)
    assert decided.caps is None
    assert decided.refusals[0].reasons == (("AAPL", ""),)


@pytest.mark.parametrize(
    "torn", [b'{"at": "2026-11-20T1', b"[]", b"7", b"\xff\xfe", b'{"at": "2026-11-20T10:00:00", "mode": "LIVE"}']
)
def test_torn_lines_are_counted_and_the_rest_is_read(torn: bytes) -> None:
    raw = json.dumps(line("10:00", PAUSED)).encode() + b"\n" + torn + b"\n" + json.dumps(line("10:05")).encode()
    decided = read(raw, SESSION, EVENING)
    assert (decided.lines, decided.torn, decided.closed_minutes) == (2, 1, 5)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [(b"", "is empty"), (b"\n\n", "is empty"), (b"{}\n", "holds no readable decision (1 torn lines)")],
)
def test_nothing_readable_is_a_problem_and_no_minute_is_known(raw: bytes, problem: str) -> None:
    decided = read(raw, SESSION, EVENING)
    assert decided.problem == problem
    assert decided.closed_minutes is None
