"""The outbox: bounded, in order, merged when stale, dropped loudly, cleaned, and never in the way."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from support.voice import NOW, Desk, desk, message
from venue import faults
from venue.faults import Fault
from venue.slack import ANY, WEBHOOK, Slack
from venue.wire import Response

from execution.channel.messages import MessageLevel
from execution.notify.alerts import MOST_WAITING, only_teller
from execution.notify.outbox import tell, was_told


@pytest.fixture
def slack() -> Iterator[Slack]:
    with Slack() as opened:
        yield opened


@pytest.fixture
def at_desk(tmp_path: Path, slack: Slack) -> Desk:
    return desk(tmp_path / "state", slack.webhook_env)


def away(slack: Slack) -> None:
    slack.faults.add(faults.server_error(500), method=ANY, path=WEBHOOK, times=faults.EVERY)


def test_stale_messages_are_one_digest_that_says_each_and_young_ones_come_alone(at_desk: Desk, slack: Slack) -> None:
    away(slack)
    for minute in (0, 5, 10, 40):
        at_desk.clock.moment = NOW + timedelta(minutes=minute)
        tell(at_desk.voice, [message(f"Order filled: S{minute}", at=at_desk.clock.moment)])
    slack.faults.clear()
    assert tell(at_desk.voice)
    digest, young = slack.told
    assert digest.title == "DRY_RUN · 3 messages that could not be sent in time"
    assert [digest.text.count(f"Order filled: S{minute};") for minute in (0, 5, 10)] == [1, 1, 1]
    assert young.title == "DRY_RUN · Order filled: S40"


def test_many_stale_messages_are_as_many_digests_as_slack_takes(at_desk: Desk, slack: Slack) -> None:
    away(slack)
    tell(at_desk.voice, [message(f"Order filled: S{number:03}.") for number in range(150)])
    slack.faults.clear()
    at_desk.clock.moment = NOW + timedelta(hours=1)
    assert tell(at_desk.voice, budget_seconds=20)
    said = "\n".join(one.text for one in slack.told)
    assert all(said.count(f"S{number:03}.") == 1 for number in range(150))
    assert all(one.blocks for one in slack.told) and len(slack.told) < 20


def test_a_message_said_late_says_so(at_desk: Desk, slack: Slack) -> None:
    away(slack)
    tell(at_desk.voice, [message()])
    slack.faults.clear()
    at_desk.clock.moment = NOW + timedelta(minutes=4)
    tell(at_desk.voice)
    assert "said 4 min late" in slack.told[0].text


def test_a_full_outbox_drops_the_oldest_of_what_matters_least_and_says_so(at_desk: Desk, slack: Slack) -> None:
    away(slack)
    grave = message("Breaker tripped: daily-loss", level=MessageLevel.ERROR)
    tell(at_desk.voice, [grave, *(message(f"Order filled: S{number}.") for number in range(MOST_WAITING))])
    assert len(at_desk.alerts.outbox) == MOST_WAITING and at_desk.alerts.outbox[0].title == grave.title
    assert "ERROR: Telling: outbox full (200 messages), dropped: " in at_desk.log and "S0." in at_desk.log
    slack.faults.clear()
    at_desk.clock.moment = NOW + timedelta(hours=1)
    tell(at_desk.voice, budget_seconds=20)
    assert slack.count("1 older messages were dropped while nothing could be sent") == 1
    assert at_desk.alerts.dropped == 0


def test_what_is_below_the_level_is_not_told(at_desk: Desk, slack: Slack) -> None:
    at_desk.environ["SLACK_MIN_LEVEL"] = "warning"
    tell(at_desk.voice, [message(), message("Stopped out: AAPL", level=MessageLevel.WARNING)])
    assert slack.titles == ["DRY_RUN · Stopped out: AAPL"]


def test_once_is_once_also_when_it_had_to_wait(at_desk: Desk, slack: Slack) -> None:
    away(slack)
    assert not was_told(at_desk.voice, "summary 2026-11-20")
    assert not tell(at_desk.voice, [message("Daily summary")], once="summary 2026-11-20")
    assert was_told(at_desk.voice, "summary 2026-11-20")
    slack.faults.clear()
    for _ in range(3):
        assert tell(at_desk.voice, [message("Daily summary")], once="summary 2026-11-20")
    assert slack.titles == ["DRY_RUN · Daily summary"]


def test_what_was_told_once_is_forgotten_after_a_while(at_desk: Desk) -> None:
    tell(at_desk.voice, [message()], once="old")
    at_desk.clock.moment = NOW + timedelta(days=60)
    tell(at_desk.voice, [message()], once="new")
    assert list(at_desk.alerts.once) == ["new"]


def test_without_a_channel_nothing_is_written(tmp_path: Path) -> None:
    at_desk = desk(tmp_path / "state", {})
    assert tell(at_desk.voice, [message()])
    assert list(at_desk.root.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    ["", "{", '{"schema": 2}', '{"schema": 1, "surprise": 1}', '{"schema": 1, "outbox": [{"kind": "x"}]}'],
    ids=["empty", "torn", "other schema", "unknown field", "half a message"],
)
def test_a_file_that_cannot_be_read_is_put_aside_loudly_and_kept(at_desk: Desk, slack: Slack, content: str) -> None:
    (at_desk.root / "alerts.json").write_text(content)
    assert tell(at_desk.voice, [message()])
    assert len(slack.told) == 1
    assert (at_desk.root / "alerts.json.unreadable").read_text() == content
    assert "ERROR" in at_desk.log and "what is in force is told again" in at_desk.log


def test_looking_puts_nothing_aside(at_desk: Desk, slack: Slack) -> None:
    """Only the teller, who holds the lock and says so, may move a damaged file."""
    (at_desk.root / "alerts.json").write_text("torn")
    assert not was_told(at_desk.voice, "summary")
    assert (at_desk.root / "alerts.json").read_text() == "torn"
    assert tell(at_desk.voice, [message()])
    assert "put aside" in at_desk.log or "kept as" in at_desk.log


def test_alerts_survive_the_way_to_disk_and_back(at_desk: Desk, slack: Slack) -> None:
    away(slack)
    said = message(text="ü & <", lines=("a", "b"), foot="f", picture="/nowhere/x.png", level=MessageLevel.ERROR)
    tell(at_desk.voice, [said])
    assert at_desk.alerts.outbox == (said,)
    assert json.loads((at_desk.root / "alerts.json").read_text())["schema"] == 1
    assert (at_desk.root / "alerts.json").stat().st_mode & 0o777 == 0o600


def test_two_tellers_take_turns_and_a_stuck_one_is_not_waited_for(at_desk: Desk, slack: Slack) -> None:
    with only_teller(at_desk.root / "alerts.lock", 0):
        assert not tell(at_desk.voice, [message()], budget_seconds=0.3)
    assert "another process is telling" in at_desk.log and slack.told == []
    with ThreadPoolExecutor(4) as tellers:
        list(tellers.map(lambda _: tell(at_desk.voice, [message("Daily summary")], once="summary"), range(4)))
    assert slack.titles == ["DRY_RUN · Daily summary"]


@contextmanager
def disk_full() -> Iterator[None]:
    """No file of this process can grow; sockets do as ever."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_lets_errors_be_told_now_and_then(at_desk: Desk, slack: Slack) -> None:
    tell(at_desk.voice, [message()])
    slack.told.clear()
    grave = message("Cycle failed", level=MessageLevel.ERROR)
    voice = at_desk.voice
    with disk_full():
        for minute in (60, 61, 62, 74, 76, 77):
            at_desk.clock.moment = NOW + timedelta(minutes=minute)
            tell(voice, [message(), grave])
    assert slack.titles == ["DRY_RUN · Cycle failed"] * 2
    assert "cannot write" in at_desk.log


def test_a_full_disk_does_not_say_what_waits_again_and_again(at_desk: Desk, slack: Slack) -> None:
    away(slack)
    tell(at_desk.voice, [message("Order filled: KO")])
    slack.faults.clear()
    voice = at_desk.voice
    with disk_full():
        for minute in range(1, 6):
            at_desk.clock.moment = NOW + timedelta(minutes=minute)
            tell(voice)
    assert len(slack.told) <= 1, "what cannot be struck out is not sent"
    tell(at_desk.voice)
    assert len(slack.told) == 1 and at_desk.alerts.outbox == ()


@pytest.mark.parametrize("seconds", ["9" * 400, "\u00b2", "-5", "soon"])
def test_whatever_stands_in_retry_after_is_waited_for_an_hour_at_most(
    at_desk: Desk, slack: Slack, seconds: str
) -> None:
    answer = Response(429, raw=b"rate_limited", content_type="text/plain", headers={"Retry-After": seconds})
    slack.faults.add(Fault("429", accepts=False, instead=answer), method=ANY, path=WEBHOOK)
    tell(at_desk.voice, [message()])
    assert "failed" not in at_desk.log
    at_desk.clock.moment = NOW + timedelta(minutes=61)
    assert tell(at_desk.voice)
    assert len(slack.told) == 1
