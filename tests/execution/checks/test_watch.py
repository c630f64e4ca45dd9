"""A watch suspends at the broker when LIVE was silent for too long, and its message says what became of that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from support.place import NOW, Place
from support.sessions import MONDAY
from venue.slack import Slack

from execution.broker.port import Broker
from execution.broker.simulated.record import Outage
from execution.checks.finding import Result
from execution.checks.watch import watch
from execution.service import Service
from execution.state import heartbeat
from execution.state.heartbeat import SCHEMA, Heartbeat
from gates.base.record import replace
from gates.mode import Mode

LIMIT = 600
ENDED = NOW - timedelta(seconds=LIMIT + 1)
IMPOSSIBLE = "still not suspended; do it on its own page"


@pytest.fixture
def slack() -> Iterator[Slack]:
    with Slack() as opened:
        yield opened


class NeverSuspends:
    """The simulated broker, but for the flag, which it does not set."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def __getattr__(self, question: str) -> object:
        return getattr(self._broker, question)

    def suspend(self, on: bool) -> bool:
        return False


def silent(place: Place, slack: Slack, mode: Mode = Mode.LIVE, seconds: int = LIMIT) -> Service:
    """A service whose last cycle, of this session, ended a second longer ago than may be."""
    heartbeat.finish(place.state.heartbeat, Heartbeat(SCHEMA, 7, ENDED, ENDED, mode=mode.value, session=MONDAY))
    return place.service(**slack.webhook_env, WATCH_SUSPEND_SECONDS=str(seconds), WATCH_SILENT_SECONDS="300")


def titles(slack: Slack) -> list[str]:
    return [one.title for one in slack.told if "uspended" in one.title]


def test_a_silence_while_live_suspends_once_and_says_so(place: Place, slack: Slack) -> None:
    report = watch(silent(place, slack), act=True)
    assert place.broker.is_suspended()
    assert report.delivered and report.now == NOW
    assert [one.finding.result for one in report.answers if one.check == "service"] == [Result.FAIL]
    assert titles(slack) == ["LIVE · Trading suspended at the broker"]
    assert "SUSPENDED, read back" in slack.told[-1].text


def test_a_broker_that_is_suspended_already_is_told_as_suspended(place: Place, slack: Slack) -> None:
    place.broker.suspend(True)
    watch(silent(place, slack), act=True)
    assert titles(slack) == ["LIVE · Trading suspended at the broker"]


def test_a_broker_that_does_not_become_suspended_is_never_told_as_suspended(place: Place, slack: Slack) -> None:
    service = replace(silent(place, slack), broker=lambda watch: NeverSuspends(place.broker))  # type: ignore[arg-type, return-value]
    watch(service, act=True)
    assert titles(slack) == ["LIVE · Trading NOT suspended"]
    assert IMPOSSIBLE in slack.told[-1].text


def test_a_broker_that_gives_no_answer_is_not_told_as_suspended(place: Place, slack: Slack) -> None:
    place.broker.add_behaviour(Outage())
    watch(silent(place, slack), act=True)
    assert titles(slack) == ["LIVE · Trading NOT suspended"]
    assert "not reached (simulated outage: no answer)" in slack.told[-1].text


@pytest.mark.parametrize(
    ("act", "mode", "seconds"),
    [
        (False, Mode.LIVE, LIMIT),  # not asked to act
        (True, Mode.DRY_RUN, LIMIT),  # nothing real was at stake
        (True, Mode.LIVE, LIMIT + 1),  # exactly as long as may be
        (True, Mode.LIVE, 0),  # never
    ],
)
def test_nothing_is_suspended_otherwise(place: Place, slack: Slack, act: bool, mode: Mode, seconds: int) -> None:
    watch(silent(place, slack, mode, seconds), act=act)
    assert not place.broker.is_suspended()
    assert titles(slack) == []
