"""The real slack_sdk against a Slack of our own: what counts as said, what waits, what is given up."""

from __future__ import annotations

import dataclasses
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support import host
from support.voice import NOW, Desk, desk, environ_of, message
from venue import faults
from venue.slack import ANY, API, WEBHOOK, Slack, broken_off, hanging, says, words
from venue.wire import Response

from execution.channel.messages import MessageLevel
from execution.channel.opener import is_slacks
from execution.notify.outbox import tell

PATHS = {"webhook": WEBHOOK, "bot": API}
SLACK_SECRETS = ("webhook-secret-of-the-venue", "xoxb-0000-venue-bot-token", "/services/T0VENUE00")


@pytest.fixture
def slack() -> Iterator[Slack]:
    with Slack() as opened:
        yield opened


@pytest.fixture(params=["webhook", "bot"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def at_desk(tmp_path: Path, slack: Slack, way: str) -> Desk:
    return desk(tmp_path / "state", environ_of(slack, way))


def test_a_message_arrives_once_with_its_title_rows_and_fallback(at_desk: Desk, slack: Slack) -> None:
    assert tell(at_desk.voice, [message()])
    (told,) = slack.told
    assert told.title == "DRY_RUN · Order filled: AAPL"
    assert told.text.splitlines()[:3] == ["DRY_RUN · Order filled: AAPL", "symbol  AAPL", "shares  4"]
    assert [block["type"] for block in told.blocks] == ["header", "section", "context"]
    assert at_desk.alerts.outbox == ()
    assert tell(at_desk.voice) and len(slack.told) == 1


LATER = {
    "500": faults.server_error(500),
    "503": faults.server_error(503),
    "no JSON": faults.garbage(accepts=False),
    "html": words(200, "<html>sign in to the airport</html>"),
    "dropped": faults.drop(),
    "broken off": broken_off(),
    "wrong token": says("invalid_auth"),
    "revoked": says("token_revoked"),
    "webhook gone": words(404, "no_service"),
    "webhook forbidden": words(403, "invalid_token"),
}


@pytest.mark.parametrize("fault", LATER.values(), ids=LATER.keys())
def test_what_was_not_taken_waits_and_is_said_once_when_slack_is_back(
    at_desk: Desk, slack: Slack, way: str, fault: faults.Fault
) -> None:
    rule = slack.faults.add(fault, method=ANY, path=PATHS[way], times=faults.EVERY)
    for minute in range(3):
        at_desk.clock.moment = NOW + timedelta(minutes=minute)
        assert not tell(at_desk.voice, [message(f"Order filled: S{minute}", at=at_desk.clock.moment)])
    assert rule.fired == 3, "one request per telling, never retried within"
    assert len(at_desk.alerts.outbox) == 3 and slack.told == []
    slack.faults.clear()
    assert tell(at_desk.voice)
    assert [title.rpartition(" ")[2] for title in slack.titles] == ["S0", "S1", "S2"]
    assert not any(secret in at_desk.log for secret in SLACK_SECRETS)


@pytest.mark.parametrize("fault", [hanging(), faults.slow_drip(accepts=False)], ids=["hang", "drip"])
def test_a_slack_that_hangs_costs_the_budget_and_no_more(
    at_desk: Desk, slack: Slack, way: str, fault: faults.Fault
) -> None:
    slack.faults.add(fault, method=ANY, path=PATHS[way], times=faults.EVERY)
    began = time.monotonic()
    assert not tell(at_desk.voice, [message(), message(), message()], budget_seconds=0.8)
    assert time.monotonic() - began < host.PATIENCE_SECONDS
    assert len(at_desk.alerts.outbox) == 3
    assert "no complete answer within" in at_desk.log or "no answer in time" in at_desk.log
    slack.holding.close()  # or the request left behind would hang on into the next test


def test_without_a_listener(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    at_desk = desk(tmp_path / "state", {"SLACK_WEBHOOK_URL": f"http://127.0.0.1:{port}/services/x"})
    assert not tell(at_desk.voice, [message()])
    assert "connection refused; 1 messages wait" in at_desk.log


def resolver(monkeypatch: pytest.MonkeyPatch, answer: Callable[..., object]) -> None:
    """Names are looked up by this from here on: no test asks a resolver beyond this machine."""
    monkeypatch.setattr(socket, "getaddrinfo", answer)


def test_a_name_that_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(-2, "Name or service not known")

    resolver(monkeypatch, unknown)
    at_desk = desk(tmp_path / "state", {"SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T1/B1/verysecret"})
    assert not tell(at_desk.voice, [message()])
    assert "name not found; 1 messages wait" in at_desk.log
    assert "verysecret" not in at_desk.log and "hooks" not in at_desk.log


def test_a_look_up_that_hangs_costs_the_budget_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    resolver(monkeypatch, lambda *_, **__: over.wait(2 * host.PATIENCE_SECONDS))
    at_desk = desk(tmp_path / "state", {"SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T1/B1/verysecret"})
    try:
        began = time.monotonic()
        assert not tell(at_desk.voice, [message()], budget_seconds=0.5)
        assert time.monotonic() - began < host.PATIENCE_SECONDS
        assert not tell(at_desk.voice, [message()], budget_seconds=0.5)
        assert "the request before still hangs" in at_desk.log and "2 messages wait" in at_desk.log
    finally:
        over.set()


def test_retry_after_is_kept_on_disk_and_waited_for(at_desk: Desk, slack: Slack, way: str) -> None:
    rule = slack.faults.add(faults.rate_limited(retry_after_seconds=150), method=ANY, path=PATHS[way])
    assert not tell(at_desk.voice, [message()])
    assert at_desk.alerts.not_before == NOW + timedelta(seconds=150)
    for seconds in (60, 120):
        at_desk.clock.moment = NOW + timedelta(seconds=seconds)
        assert not tell(at_desk.voice)
    assert rule.fired == 1 and len(slack.requests) == 1, "not a byte before the time it named"
    at_desk.clock.moment = NOW + timedelta(seconds=151)
    assert tell(at_desk.voice)
    assert len(slack.told) == 1 and at_desk.alerts.not_before is None


def test_a_retry_after_of_a_clock_that_was_set_back_is_not_waited_for(at_desk: Desk, slack: Slack, way: str) -> None:
    slack.faults.add(faults.rate_limited(retry_after_seconds=60), method=ANY, path=PATHS[way])
    tell(at_desk.voice, [message()])
    at_desk.clock.moment = NOW - timedelta(days=2)
    assert tell(at_desk.voice) and len(slack.told) == 1


def test_blocks_slack_refuses_are_said_as_plain_words(at_desk: Desk, slack: Slack, way: str) -> None:
    fault = words(400, "invalid_blocks") if way == "webhook" else says("invalid_blocks")
    slack.faults.add(fault, method=ANY, path=PATHS[way])
    assert tell(at_desk.voice, [message()])
    (told,) = slack.told
    assert told.blocks == [] and "Order filled: AAPL" in told.text


def test_a_message_slack_never_takes_does_not_hold_up_the_others(at_desk: Desk, slack: Slack, way: str) -> None:
    fault = words(400, "invalid_payload") if way == "webhook" else says("msg_too_long")
    slack.faults.add(fault, method=ANY, path=PATHS[way], times=2)
    assert tell(at_desk.voice, [message("Order filled: POISON"), message("Order filled: MSFT")])
    assert slack.titles == ["DRY_RUN · Order filled: MSFT"]
    assert "ERROR: Telling: Slack" in at_desk.log and "POISON" in at_desk.log


def test_a_picture_is_uploaded_by_a_bot_and_left_out_by_a_webhook(
    at_desk: Desk, slack: Slack, way: str, tmp_path: Path
) -> None:
    picture = tmp_path / "equity.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    assert tell(at_desk.voice, [message("Daily summary", picture=str(picture))])
    assert slack.pictures == ([("equity.png", 508)] if way == "bot" else [])
    assert len(slack.told) == 1


def test_a_picture_that_fails_is_not_a_reason_to_say_the_words_twice(slack: Slack, tmp_path: Path) -> None:
    at_desk = desk(tmp_path / "state", slack.bot_env)
    slack.faults.add(faults.server_error(500), method=ANY, path="/upload/*")
    picture = tmp_path / "equity.png"
    picture.write_bytes(b"\x89PNG")
    for _ in range(2):
        assert tell(at_desk.voice, [message("Daily summary", picture=str(picture))], once="summary 2026-11-20")
    assert len(slack.told) == 1 and "picture equity.png not sent" in at_desk.log
    gone = message("Daily summary", picture=str(tmp_path / "gone.png"))
    assert tell(at_desk.voice, [gone]) and "gone.png not sent" in at_desk.log


def test_long_and_hostile_words_are_taken_and_call_no_one(at_desk: Desk, slack: Slack) -> None:
    evil = "<!channel> & ``` " * 400
    said = message(
        "T" * 400, level=MessageLevel.ERROR, text=evil, rows=(("reason", evil),), lines=(evil,) * 20, foot="f" * 999
    )
    assert tell(at_desk.voice, [said])
    (told,) = slack.told
    assert told.blocks and "<!channel>" not in str(told.blocks)
    assert len(told.title) <= 150


def test_no_secret_leaves_whoever_wrote_the_words(slack: Slack, tmp_path: Path, way: str) -> None:
    hidden = {"APCA_API_KEY_ID": "PKTESTKEY1234567890", "APCA_API_SECRET_KEY": "the-alpaca-secret-key"}
    environ = {**environ_of(slack, way), **hidden, "LIVE_CONFIRM_TOKEN": "confirm-me-please"}
    environ["HEALTHCHECK_URL"] = "https://hc-ping.com/0123-4567-uuid"
    at_desk = desk(tmp_path / "state", environ)
    values = [*hidden.values(), "confirm-me-please", "0123-4567-uuid", *environ_of(slack, way).values()]
    values = [value for value in values if not value.startswith(("#", "http://127"))] + [slack.url + WEBHOOK]
    leaky = " and ".join(values) if way == "webhook" else " and ".join(v for v in values if WEBHOOK not in v)
    said = message(leaky, text=leaky, rows=(("r", leaky),), lines=(leaky,), foot=leaky)
    assert tell(at_desk.voice, [said])
    everything = slack.told[0].everything + at_desk.log + (at_desk.root / "alerts.json").read_text()
    for value in values:
        if way == "webhook" or WEBHOOK not in value:
            assert value not in everything


def elsewhere(slack: Slack, status: int) -> faults.Fault:
    """An answer that sends the asker to another host."""
    moved = Response(status, {"ok": True}, headers={"Location": f"{slack.url}/api/chat.postMessage"})
    return dataclasses.replace(words(status, ""), instead=moved)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_takes_no_token_along(
    at_desk: Desk, slack: Slack, way: str, status: int
) -> None:
    with Slack() as other:
        slack.faults.add(elsewhere(other, status), method=ANY, path=PATHS[way])
        assert not tell(at_desk.voice, [message()])
        assert other.requests.select() == [] and len(at_desk.alerts.outbox) == 1
    assert tell(at_desk.voice) and len(slack.told) == 1


def test_no_proxy_of_the_environment_hears_the_token(
    at_desk: Desk, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Slack() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("no_proxy", "")
        assert tell(at_desk.voice, [message()]) and len(slack.told) == 1
        assert proxy.requests.select() == []


@pytest.mark.parametrize("body", ["x" * (1 << 21), "[" * 100_000, "[1]", "7", '{"ok": "yes"}', "\udcff"])
def test_an_answer_of_no_shape_is_none(at_desk: Desk, slack: Slack, way: str, body: str) -> None:
    strange = dataclasses.replace(
        words(200, ""), instead=Response(200, raw=body.encode("utf-8", "surrogateescape"), content_type="text/plain")
    )
    slack.faults.add(strange, method=ANY, path=PATHS[way])
    assert not tell(at_desk.voice, [message()])
    assert "a bug of ours" not in at_desk.log
    assert tell(at_desk.voice) and len(slack.told) == 1


def test_a_picture_goes_to_slacks_own_hosts_only(slack: Slack, tmp_path: Path) -> None:
    at_desk = desk(tmp_path / "state", slack.bot_env)
    picture = tmp_path / "equity.png"
    picture.write_bytes(b"\x89PNG")
    with Slack() as other:
        address = {"ok": True, "upload_url": f"{other.url}/upload/F1", "file_id": "F1"}
        sent_away = dataclasses.replace(words(200, ""), instead=Response(200, address))
        slack.faults.add(sent_away, method=ANY, path="/api/files.getUploadURLExternal")
        assert tell(at_desk.voice, [message("Daily summary", picture=str(picture))])
        assert other.requests.select() == [] and slack.pictures == []
    assert "none of Slack's" in at_desk.log and len(slack.told) == 1


@pytest.mark.parametrize(
    ("address", "is_theirs"),
    [
        ("https://files.slack.com/upload/v1/ABC", True),
        ("https://slack.com:443/x", True),
        ("https://files.slack-gov.com/x", True),
        ("http://127.0.0.1:1234/upload/F1", True),
        ("http://127.0.0.1:1235/upload/F1", False),
        ("http://files.slack.com/upload", False),
        ("https://files.slack.com.evil.example/x", False),
        ("https://evilslack.com/x", False),
        ("https://files.slack.com@evil.example/x", False),
        ("https://me@files.slack.com/x", False),
        ("https://files.slack.com:8443/x", False),
        ("https://files.slack.com:port/x", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_whose_an_address_is(address: str, is_theirs: bool) -> None:
    assert is_slacks(address, "http://127.0.0.1:1234/api/") is is_theirs


def test_marks_call_no_one_in_plain_words_either(at_desk: Desk, slack: Slack) -> None:
    assert tell(at_desk.voice, [message("<!channel> <https://evil.example|click here> & so on", text="<!here>")])
    (told,) = slack.told
    assert "<" not in told.text and "&lt;!channel&gt;" in told.text and "&amp; so on" in told.text
    marked = [block["text"] for block in told.blocks if block["type"] == "section"]
    marked += [one for block in told.blocks if block["type"] == "context" for one in block["elements"]]
    assert marked and all(one["verbatim"] is True for one in marked)
