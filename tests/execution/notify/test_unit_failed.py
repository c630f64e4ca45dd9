"""A unit that failed is told once an hour, each unit for itself, and what could not be sent goes later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.voice import NOW, Desk, desk
from venue import faults
from venue.slack import ANY, WEBHOOK, Slack

from execution.notify.unit_failed import EVERY, tell_unit_failed

UNIT = "scanner.service"


@pytest.fixture
def slack() -> Iterator[Slack]:
    with Slack() as opened:
        yield opened


@pytest.fixture
def at_desk(tmp_path: Path, slack: Slack) -> Desk:
    return desk(tmp_path / "state", slack.webhook_env)


def titles(slack: Slack) -> list[str]:
    return [one.title for one in slack.told]


def test_it_is_told_once_an_hour_and_each_unit_for_itself(at_desk: Desk, slack: Slack) -> None:
    for minutes in (0, 1, 59):
        at_desk.clock.moment = NOW + timedelta(minutes=minutes)
        assert tell_unit_failed(at_desk.voice, UNIT, ("its last line",))
    assert titles(slack) == [f"DRY_RUN · Unit failed: {UNIT}"]
    assert tell_unit_failed(at_desk.voice, "execution.service", ())
    at_desk.clock.moment = NOW + EVERY
    assert tell_unit_failed(at_desk.voice, UNIT, ())
    assert titles(slack)[1:] == ["DRY_RUN · Unit failed: execution.service", f"DRY_RUN · Unit failed: {UNIT}"]
    assert "its last line" in slack.told[0].text


def test_a_clock_that_was_set_back_silences_nothing(at_desk: Desk, slack: Slack) -> None:
    tell_unit_failed(at_desk.voice, UNIT, ())
    at_desk.clock.moment = NOW - timedelta(hours=2)
    tell_unit_failed(at_desk.voice, UNIT, ())
    assert len(titles(slack)) == 2


def test_what_slack_does_not_take_waits(at_desk: Desk, slack: Slack) -> None:
    slack.faults.add(faults.server_error(500), method=ANY, path=WEBHOOK, times=faults.EVERY)
    assert not tell_unit_failed(at_desk.voice, UNIT, ())
    assert [one.title for one in at_desk.alerts.outbox] == [f"Unit failed: {UNIT}"]
