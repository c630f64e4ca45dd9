"""Which sessions are told to Slack, what became of each, and that none is told without a channel."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from support.place import DAY, NOW, Place
from venue import faults
from venue.slack import ANY, WEBHOOK, Slack

from execution.report.send import Sending, SendResult, due, send
from execution.service import Service
from gates.base.sessions import Session


@pytest.fixture
def slack() -> Iterator[Slack]:
    with Slack() as opened:
        yield opened


def in_the_evening(place: Place, **env: str) -> tuple[Service, Session]:
    """After Monday's close."""
    session = place.service().table.on(DAY)
    assert session is not None
    place.broker.set_clock(session.closes + timedelta(minutes=10))
    return place.service(**env), session


def test_a_summary_is_due_once_and_then_it_is_known_when_it_was_told(place: Place, slack: Slack) -> None:
    service, session = in_the_evening(place, **slack.webhook_env)
    assert due(service).sessions == (session,)
    assert send(service, session) == Sending(session, SendResult.SENT)
    found = due(service)
    assert (found.sessions, found.last_told) == ((), DAY)
    assert found.told_at is not None and found.told_at >= session.closes


def test_nothing_is_due_before_a_session_has_finished_since_the_directory_was_made(place: Place) -> None:
    place.state.write_record(msgspec.structs.replace(place.state.read_record(), created_at=NOW))
    found = due(place.service())
    assert (found.sessions, found.last_told, found.told_at) == ((), None, None)


def test_what_slack_does_not_take_waits(place: Place, slack: Slack) -> None:
    slack.faults.add(faults.server_error(500), method=ANY, path=WEBHOOK, times=faults.EVERY)
    service, session = in_the_evening(place, **slack.webhook_env)
    assert send(service, session).result is SendResult.WAITS


def test_what_the_least_level_keeps_back_is_not_said_to_be_sent(place: Place, slack: Slack) -> None:
    service, session = in_the_evening(place, **slack.webhook_env, SLACK_MIN_LEVEL="error")
    assert send(service, session).result is SendResult.BELOW
    assert slack.told == []


def test_without_a_channel_nothing_is_sent_and_nothing_remembered(place: Place) -> None:
    service, session = in_the_evening(place)
    before = place.files()
    assert send(service, session).result is SendResult.NO_CHANNEL
    assert place.files() == before
