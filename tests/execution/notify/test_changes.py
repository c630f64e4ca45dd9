"""Lasting states are edges: told when they differ from what was told, never while they do not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from support.voice import NOW

from execution.channel.messages import MessageLevel
from execution.notify.alerts import BLANK, Alerts
from execution.notify.changes import news, words
from execution.notify.situation import Failure, Situation
from gates.base.record import replace

BASE = Situation(now=NOW, mode="DRY_RUN", session="2026-11-20")


def titles(told: Alerts, seen: Situation) -> tuple[Alerts, list[str]]:
    after, said = news(told, seen)
    return after, [one.title for one in said]


EDGES = [
    ({"killed": True}, {"killed": False}, "Kill switch active", "Kill switch cleared"),
    ({"live": True}, {"live": False}, "Live trading enabled", "Live trading ended"),
    ({"paused": True}, {"paused": False}, "Entries paused", "Entries resumed"),
    ({"silent": "no beat"}, {"silent": ""}, "The execution service is silent", "The execution service is back"),
    ({"timers": "a.timer"}, {"timers": ""}, "Timers are not running", "Timers run again"),
    ({"latches": {"daily-loss": "3 %"}}, {"latches": {}}, "Breaker tripped: daily-loss", "Breaker cleared: daily-loss"),
    ({"latches": {"flatten": "by me"}}, {"latches": {}}, "Latch in force: flatten", "Latch cleared: flatten"),
    ({"breaks": {"KO": "differs"}}, {"breaks": {}}, "Reconciliation break: KO", "Ledger and broker agree again"),
    (
        {"watchlist": "2026-11-20", "watchlist_problem": "watchlist stale"},
        {"watchlist": "2026-11-20"},
        "Watchlist not usable",
        "Watchlist usable again",
    ),
    ({"failure": Failure(69, "broker unreachable")}, {"ended": True}, "Cycle failed", "Cycles end well again"),
]


@pytest.mark.parametrize(("on", "off", "begins", "ends"), EDGES, ids=[one[2] for one in EDGES])
def test_an_edge_is_told_once_each_way(
    on: Mapping[str, object], off: Mapping[str, object], begins: str, ends: str
) -> None:
    in_force = replace(BASE, **on)  # type: ignore[arg-type]
    over = replace(BASE, **off)  # type: ignore[arg-type]
    told, said = titles(BLANK, over)
    assert said == [], "a state that never was is no news"
    for number in range(5):
        told, said = titles(told, replace(in_force, now=NOW + timedelta(minutes=number)))
        assert said == ([begins] if number == 0 else [])
    told, said = titles(told, replace(BASE, now=NOW + timedelta(minutes=5)))
    assert said == [], "what is not known is no news"
    for number in range(3):
        told, said = titles(told, replace(over, now=NOW + timedelta(minutes=6 + number)))
        assert said == ([ends] if number == 0 else [])
    told, said = titles(told, replace(in_force, now=NOW + timedelta(minutes=30)))
    assert said == [begins]


def test_a_process_that_starts_in_a_state_tells_it() -> None:
    _, said = titles(BLANK, replace(BASE, killed=True, live=False, paused=True))
    assert said == ["Kill switch active", "Entries paused"]


def test_a_failure_that_comes_and_goes_is_told_now_and_then() -> None:
    told, count = BLANK, 0
    for minute in range(60):
        seen = replace(BASE, now=NOW + timedelta(minutes=minute))
        bad = minute % 2 == 0
        told, said = titles(
            told, replace(seen, failure=Failure(69, "unreachable")) if bad else replace(seen, ended=True)
        )
        count += said.count("Cycle failed")
    assert 2 <= count <= 4


@pytest.mark.parametrize(
    ("on", "off", "title"),
    [
        ({"breaks": {"KO": "differs"}}, {"breaks": {}}, "Reconciliation break: KO"),
        (
            {"watchlist": "2026-11-20", "watchlist_problem": "gone"},
            {"watchlist": "2026-11-20"},
            "Watchlist not usable",
        ),
    ],
)
def test_what_flaps_waits_and_is_told_as_it_stands(
    on: Mapping[str, object], off: Mapping[str, object], title: str
) -> None:
    told, count = BLANK, 0
    for minute in range(60):
        seen = replace(BASE, now=NOW + timedelta(minutes=minute), **(on if minute % 2 == 0 else off))  # type: ignore[arg-type]
        told, said = titles(told, seen)
        count += said.count(title)
    assert 3 <= count <= 5


def test_a_lock_that_is_held_is_a_skip_and_no_failure() -> None:
    _, (said,) = news(BLANK, replace(BASE, failure=Failure(75, "another process is at work")))
    assert (said.title, said.level) == ("Cycle skipped", MessageLevel.WARNING)


def test_another_failure_is_another_edge_after_its_time() -> None:
    told, _ = titles(BLANK, replace(BASE, failure=Failure(69, "unreachable")))
    other = replace(BASE, failure=Failure(70, "a bug of ours (KeyError)"), now=NOW + timedelta(minutes=16))
    assert titles(told, other)[1] == ["Cycle failed"]


def test_the_words_of_a_failure_and_its_exit_are_shown() -> None:
    _, (said,) = news(BLANK, replace(BASE, failure=Failure(69, "broker unreachable", ("clock: HTTP 503",))))
    assert said.rows == (("exit", "69, broker unreachable"),)
    assert said.lines == ("clock: HTTP 503",) and said.level is MessageLevel.ERROR


def test_changed_settings_are_named_once_and_not_at_first() -> None:
    told, said = titles(BLANK, replace(BASE, settings={"A": "1", "B": "2"}))
    assert said == []
    told, (message,) = news(told, replace(BASE, settings={"A": "1", "B": "3", "C": "4"}))
    assert message.lines == ("B", "C") and "3" not in str(message.lines)
    assert news(told, replace(BASE, settings={"A": "1", "B": "3", "C": "4"}))[1] == ()


def test_a_list_bad_for_another_session_is_told_again_and_a_second_reason_is_not() -> None:
    bad = replace(BASE, watchlist="2026-11-20", watchlist_problem="watchlist missing")
    told, _ = titles(BLANK, bad)
    assert titles(told, replace(bad, watchlist_problem="watchlist stale"))[1] == []
    assert titles(told, replace(bad, watchlist="2026-11-23"))[1] == ["Watchlist not usable"]


def test_a_break_of_another_symbol_is_told() -> None:
    told, _ = titles(BLANK, replace(BASE, breaks={"KO": "differs"}))
    assert titles(told, replace(BASE, breaks={"KO": "differs", "PG": "x"}))[1] == ["Reconciliation break: KO, PG"]


@pytest.mark.parametrize(
    ("minutes_later", "every", "told_again"), [(59, 60, False), (60, 60, True), (1, 0, False), (-5, 60, True)]
)
def test_the_heartbeat_keeps_its_time(minutes_later: int, every: int, told_again: bool) -> None:
    seen = replace(BASE, heartbeat_rows=(("mode", "x"),), heartbeat_minutes=every)
    told, first = titles(BLANK, seen)
    assert first == (["Heartbeat"] if every else [])
    _, again = titles(told, replace(seen, now=NOW + timedelta(minutes=minutes_later)))
    assert again == (["Heartbeat"] if told_again else [])


def test_what_an_operator_did_is_no_breaker() -> None:
    assert words("flatten", tripped=True) == "Latch in force: flatten"
    assert words("daily-loss", tripped=False) == "Breaker cleared: daily-loss"
