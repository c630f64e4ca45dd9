"""The summary on Slack: once per session, never a flood, never lost, never held up by a picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.desk import AAPL, Desk, read_json
from support.finished import trade_a_session, until_close
from venue.faults import EVERY, Fault
from venue.slack import API, UPLOAD, WEBHOOK, Slack, hanging, says, words


@pytest.fixture(scope="module")
def two_evenings(quiet_morning: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The evening of the second session that sold something; nothing was told so far."""
    desk = quiet_morning.copy(tmp_path_factory.mktemp("evenings"))
    trade_a_session(desk)
    desk.next_session(AAPL)
    desk.sim("price", "MSFT", "212.50")
    desk.cycles(2)
    until_close(desk)
    return desk


@pytest.fixture
def desk_on_a_webhook(two_evenings: Desk, slack: Slack, tmp_path: Path) -> Desk:
    """Words alone: no picture has to be drawn."""
    desk = two_evenings.copy(tmp_path / "desk")
    desk.env |= slack.webhook_env
    return desk


@pytest.fixture
def desk_on_slack(two_evenings: Desk, slack: Slack, tmp_path: Path) -> Desk:
    desk = two_evenings.copy(tmp_path / "desk")
    desk.env |= slack.bot_env
    return desk


def next_evening(desk: Desk) -> str:
    desk.sim("clock", "next")
    desk.sim("clock", "+8h")
    return desk.session


def test_a_session_is_told_once_with_its_picture_and_its_digest(desk_on_slack: Desk, slack: Slack) -> None:
    done = desk_on_slack.ok("summary", "--send")
    assert f"Summary of {desk_on_slack.session}: sent" in done.out
    again = desk_on_slack.ok("summary", "--send")
    assert "was told" in again.out
    assert [title[:28] for title in slack.titles] == ["DRY_RUN · Summary of Tuesday"]  # the token was Monday's
    (told,) = slack.told
    assert desk_on_slack.ledger()["sha256"] in told.text
    assert desk_on_slack.ledger()["sha256"] in str(told.blocks)
    ((name, size),) = slack.pictures
    picture = (desk_on_slack.state / "summaries" / name).read_bytes()
    assert (name, size) == (f"{desk_on_slack.session}.png", len(picture))
    assert picture.startswith(b"\x89PNG")


def test_an_explicit_date_is_told_again_and_marks_nothing_twice(desk_on_slack: Desk, slack: Slack) -> None:
    day = desk_on_slack.session
    for _ in range(2):
        desk_on_slack.ok("summary", "--send", "--date", day)
    assert "was told" in desk_on_slack.ok("summary", "--send").out
    assert len(slack.told) == 2
    assert list(read_json(desk_on_slack.state / "alerts.json")["once"]) == [f"summary {day}"]


def test_the_running_session_is_told_again_in_the_evening(desk_on_a_webhook: Desk, slack: Slack) -> None:
    desk_on_a_webhook.ok("summary", "--send")
    desk_on_a_webhook.next_session(AAPL)
    desk_on_a_webhook.cycle(**dict.fromkeys(slack.webhook_env))
    desk_on_a_webhook.ok("summary", "--send", "--date", "today")
    desk_on_a_webhook.sim("clock", "+8h")
    assert "sent" in desk_on_a_webhook.ok("summary", "--send").out
    assert [title.split()[-1] for title in slack.titles][1:] == [desk_on_a_webhook.session] * 2


def test_a_host_that_was_down_at_the_close_tells_what_it_missed(desk_on_a_webhook: Desk, slack: Slack) -> None:
    desk_on_a_webhook.ok("summary", "--send")
    missed = [next_evening(desk_on_a_webhook) for _ in range(2)]
    desk_on_a_webhook.sim("clock", "+12h")  # the next morning
    desk_on_a_webhook.ok("summary", "--send")
    assert [title.split()[-1] for title in slack.titles][1:] == missed
    assert all("No cycle ran" in title or "NO CYCLE RAN" in title for title in slack.titles[1:])


def test_a_long_absence_is_no_flood(desk_on_a_webhook: Desk, slack: Slack) -> None:
    desk_on_a_webhook.ok("summary", "--send")
    days = [next_evening(desk_on_a_webhook) for _ in range(4)]
    for _ in range(2):
        desk_on_a_webhook.ok("summary", "--send")
    assert [title.split()[-1] for title in slack.titles][1:] == days[-3:]


def test_before_anything_was_told_only_the_newest_is(desk_on_a_webhook: Desk, slack: Slack) -> None:
    assert len(desk_on_a_webhook.archives()) >= 2
    desk_on_a_webhook.ok("summary", "--send")
    assert len(slack.told) == 1


@pytest.mark.parametrize("fault", [says("invalid_auth"), words(503, "down"), hanging()], ids=lambda one: one.name)
def test_what_slack_does_not_take_waits_and_goes_out_once(desk_on_slack: Desk, slack: Slack, fault: Fault) -> None:
    slack.faults.add(fault, path=API, times=EVERY)
    done = desk_on_slack.do("summary", "--send")
    assert done.code == 1
    assert "waits in the outbox" in done.out
    slack.faults.clear()
    assert "was told" in desk_on_slack.ok("summary", "--send").out
    desk_on_slack.sim("clock", "+1m")
    desk_on_slack.cycle()  # the next teller
    assert sum("Summary of" in title for title in slack.titles) == 1


def test_a_picture_that_fails_keeps_no_words_back(desk_on_slack: Desk, slack: Slack) -> None:
    slack.faults.add(words(500, "no"), path=UPLOAD, times=EVERY)
    done = desk_on_slack.do("summary", "--send")
    assert done.code == 0, done.said
    assert len(slack.told) == 1 and slack.pictures == []
    assert "picture" in done.said


def test_a_place_that_takes_no_picture_keeps_no_words_back(desk_on_slack: Desk, slack: Slack) -> None:
    (desk_on_slack.state / "summaries").write_text("in the way")
    done = desk_on_slack.ok("summary", "--send")
    assert len(slack.told) == 1 and slack.pictures == []
    assert "no picture (" in done.said


def test_a_webhook_gets_words_alone(desk_on_a_webhook: Desk, slack: Slack) -> None:
    desk_on_a_webhook.ok("summary", "--send")
    assert len(slack.told) == 1 and slack.pictures == []
    assert not (desk_on_a_webhook.state / "summaries").exists()
    assert [one.path for one in slack.requests] == [WEBHOOK]


def test_a_rehearsal_says_so_in_the_title(desk: Desk, slack: Slack) -> None:
    desk.env |= {"DRY_RUN": "1"}
    desk.cycles(2)
    until_close(desk)
    desk.ok("summary", "--send", **slack.bot_env)
    assert [title.partition(" · ")[0] for title in slack.titles] == ["DRY_RUN"]


def test_no_secret_in_what_is_said_or_kept(desk_on_slack: Desk, slack: Slack) -> None:
    slack.faults.add(says("invalid_auth"), path=API, times=1)
    said = desk_on_slack.do("summary", "--send").said + desk_on_slack.ok("summary", "--send").said
    kept = (desk_on_slack.state / "alerts.json").read_text()
    for secret in (slack.token, desk_on_slack.env["LIVE_CONFIRM_TOKEN"]):
        assert secret not in said + kept + "".join(one.everything for one in slack.told)


def test_no_slack_is_said_and_nothing_is_marked(two_evenings: Desk, tmp_path: Path) -> None:
    desk = two_evenings.copy(tmp_path / "desk")
    done = desk.do("summary", "--send")
    assert done.code == 78
    assert "set SLACK_WEBHOOK_URL" in done.err
    assert not (desk.state / "alerts.json").exists()


def test_a_level_that_keeps_summaries_back_is_said(desk_on_slack: Desk, slack: Slack) -> None:
    done = desk_on_slack.ok("summary", "--send", SLACK_MIN_LEVEL="error")
    assert "kept back by SLACK_MIN_LEVEL" in done.out
    assert slack.told == []
    desk_on_slack.ok("summary", "--send")
    assert len(slack.told) == 1


def test_nothing_is_sent_before_the_first_session_is_over(desk: Desk, slack: Slack) -> None:
    record = read_json(desk.state / "state.json")
    record["created_at"] = f"{desk.session}T14:45:00Z"
    (desk.state / "state.json").write_text(json.dumps(record))
    assert "No session has finished yet" in desk.ok("summary", "--send", **slack.bot_env).out
    assert slack.told == []
