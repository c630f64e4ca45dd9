"""The entry gates' inputs, at each limit and one step to either side."""

from __future__ import annotations

from decimal import Decimal

import pytest
from support.facts import entry_facts, entry_facts_with_market, session_on

from gates import inputs
from gates.facts import EntryFacts, WatchlistFacts
from gates.verdict import Gate, Status, Verdict, allow, ask, no_data, refuse


@pytest.mark.parametrize(
    ("mistakes", "expected"),
    [
        (0, allow("settings", "settings without mistakes")),
        (1, refuse("settings", "settings have mistakes (1)")),
        (3, refuse("settings", "settings have mistakes (3)")),
    ],
)
def test_one_mistake_in_the_settings_closes_entries(mistakes: int, expected: Verdict) -> None:
    assert inputs.settings(entry_facts(settings_mistakes=mistakes)) == expected


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (None, allow("state", "state writable")),
        ("No space left on device", refuse("state", "state not writable (No space left on device)")),
        ("", refuse("state", "state not writable ()")),
    ],
)
def test_a_state_dir_that_takes_no_writes_closes_entries(problem: str | None, expected: Verdict) -> None:
    assert inputs.state(entry_facts(state_problem=problem)) == expected


OPEN = allow("market", "session 2026-11-20 open until 2026-11-20 16:00:00 EST")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (entry_facts(), OPEN),
        (
            entry_facts_with_market(open_by_table=False, session=session_on("2026-11-23")),
            refuse("market.closed", "market closed (next open 2026-11-23 09:30:00 EST)"),
        ),
        (
            entry_facts_with_market(session=None),
            no_data("market.no_session", "session table does not know today (ends 2026-12-04)"),
        ),
        (
            entry_facts_with_market(session=None, hours_ignored=True),
            no_data("market.no_session", "session table does not know today (ends 2026-12-04)"),
        ),
        (
            entry_facts_with_market(open_by_table=False, hours_ignored=True),
            allow("market", "market hours ignored, session 2026-11-20"),
        ),
        (
            entry_facts_with_market(session=session_on("2026-11-27")),
            allow("market", "session 2026-11-27 open until 2026-11-27 13:00:00 EST"),
        ),
    ],
)
def test_the_market_is_open_by_our_own_table(facts: EntryFacts, expected: Verdict) -> None:
    assert inputs.market(facts) == expected


def agrees(skew: str) -> Verdict:
    return allow("clock", f"broker clock agrees, skew {skew}s of 5s")


def skewed(skew: str) -> Verdict:
    return refuse("clock.skew", f"clock skew too large ({skew}s, limit 5s)")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, agrees("0.4")),
        ({"skew_seconds": Decimal("4.9")}, agrees("4.9")),
        ({"skew_seconds": Decimal(5)}, agrees("5.0")),
        ({"skew_seconds": Decimal("5.1")}, skewed("5.1")),
        ({"skew_seconds": Decimal("-4.9")}, agrees("-4.9")),
        ({"skew_seconds": Decimal(-5)}, agrees("-5.0")),
        ({"skew_seconds": Decimal("-5.1")}, skewed("-5.1")),
        ({"skew_seconds": Decimal("Infinity")}, skewed("Infinity")),
        ({"skew_seconds": Decimal("-Infinity")}, skewed("-Infinity")),
        ({"skew_seconds": Decimal(9), "hours_ignored": True}, skewed("9.0")),
        (
            {"broker_problem": "timeout after 5s"},
            no_data("clock.unavailable", "broker clock unavailable (timeout after 5s)"),
        ),
        (
            {"broker_problem": "timeout after 5s", "hours_ignored": True},
            no_data("clock.unavailable", "broker clock unavailable (timeout after 5s)"),
        ),
        (
            {"broker_day": "2026-11-19"},
            refuse("clock.date", "broker clock disagrees (broker 2026-11-19, session 2026-11-20)"),
        ),
        (
            {"broker_day": ""},
            refuse("clock.date", "broker clock disagrees (broker , session 2026-11-20)"),
        ),
        (
            {"session": None},
            refuse("clock.date", "broker clock disagrees (broker 2026-11-20, session None)"),
        ),
        (
            {"session": None, "broker_day": "None"},
            refuse("clock.date", "broker clock disagrees (broker None, session None)"),
        ),
        (
            {"broker_open": False},
            refuse("clock.open", "broker clock disagrees (broker says closed, our table says open)"),
        ),
        (
            {"open_by_table": False},
            refuse("clock.open", "broker clock disagrees (broker says open, our table says closed)"),
        ),
        ({"open_by_table": False, "broker_open": False}, agrees("0.4")),
        (
            {"open_by_table": False, "broker_open": False, "broker_day": "2026-11-19"},
            refuse("clock.closed", "market closed by both clocks (next session 2026-11-20)"),
        ),
        (
            {"broker_open": False, "broker_day": "2026-11-19"},
            refuse("clock.date", "broker clock disagrees (broker 2026-11-19, session 2026-11-20)"),
        ),
        (
            {"open_by_table": False, "broker_day": "2026-11-19"},
            refuse("clock.date", "broker clock disagrees (broker 2026-11-19, session 2026-11-20)"),
        ),
        ({"hours_ignored": True, "broker_open": False}, allow("clock", "market hours ignored, skew 0.4s")),
        ({"hours_ignored": True, "broker_day": "2026-11-21"}, allow("clock", "market hours ignored, skew 0.4s")),
    ],
)
def test_the_brokers_clock_must_agree(changes: dict[str, object], expected: Verdict) -> None:
    assert inputs.broker_clock(entry_facts_with_market(**changes)) == expected


@pytest.mark.parametrize("skew", ["NaN", "sNaN"])
def test_a_skew_that_is_no_number_is_a_no(skew: str) -> None:
    gate = Gate("broker_clock", "Does the broker's clock agree?", inputs.broker_clock)
    assert ask(gate, entry_facts_with_market(skew_seconds=Decimal(skew))).verdict.status is Status.FAIL


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (WatchlistFacts(None, "2026-11-20", 42), allow("watchlist", "session 2026-11-20, 42 rows")),
        (WatchlistFacts(None, "2026-11-20", 0), allow("watchlist", "session 2026-11-20, 0 rows")),
        (
            WatchlistFacts("watchlist stale (session 2026-11-19, expected 2026-11-20)", "2026-11-19", 42),
            refuse("watchlist", "watchlist stale (session 2026-11-19, expected 2026-11-20)"),
        ),
        (WatchlistFacts("watchlist missing", "", 0), refuse("watchlist", "watchlist missing")),
    ],
)
def test_only_a_watchlist_without_a_problem_passes(seen: WatchlistFacts, expected: Verdict) -> None:
    assert inputs.watchlist(entry_facts(watchlist=seen)) == expected


@pytest.mark.parametrize("session", ["1999-01-04", "2026-11-19", "2026-11-23", ""])
def test_a_watchlist_of_another_session_never_passes(session: str) -> None:
    """Whoever gathers the facts may forget to compare; the gate that is named for it may not."""
    facts = entry_facts(watchlist=WatchlistFacts(problem=None, session=session, rows=42))
    assert inputs.watchlist(facts).status is Status.FAIL


@pytest.mark.parametrize(
    ("left", "limit", "expected"),
    [
        (901, 900, allow("near_close", "901s to the close, limit 900s")),
        (900, 900, refuse("near_close", "too close to the close (900s left, limit 900s)")),
        (899, 900, refuse("near_close", "too close to the close (899s left, limit 900s)")),
        (1, 0, allow("near_close", "1s to the close, limit 0s")),
        (0, 0, refuse("near_close", "too close to the close (0s left, limit 0s)")),
        (-1, 0, refuse("near_close", "too close to the close (-1s left, limit 0s)")),
    ],
)
def test_no_entry_near_the_close(left: int, limit: int, expected: Verdict) -> None:
    assert inputs.near_close(entry_facts(seconds_to_close=left, no_entry_before_close_seconds=limit)) == expected
