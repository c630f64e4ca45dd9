"""Can the operator be told? `auth.test` over a real socket, never a message, and no token in any answer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from venue.server import Server
from venue.wire import Connection, Request, Response

from execution.checks import slack
from execution.checks.finding import Check, Finding, Unknown, ask, failed, no_data, passed, warning
from execution.checks.slack import NOT_CONFIGURED, Slack
from execution.settings.parsing import parse
from gates.base.record import dataclass, field

TOKEN = "xoxb-1234567890-secretsecret"
BY = "bot token, channel #avwap"
GOOD = Response(200, {"ok": True, "team": "Solo", "user": "bot"})


@dataclass
class Workspace:
    """A Web API that answers what it is told to, and remembers who asked for what."""

    answer: Response | None = GOOD
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)

    def deal(self, connection: Connection, request: Request) -> None:
        self.asked.append((request.method, request.path, request.headers.get("authorization")))
        if self.answer is None:
            connection.interrupt()
        else:
            connection.send(self.answer)


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    made = Workspace()
    server = Server(made.deal)
    made.url = f"http://127.0.0.1:{server.port}"  # type: ignore[attr-defined]
    yield made
    server.close()
    assert server.crashes == []


def look(workspace: Any, **changes: str) -> Slack | Unknown:
    bot = {"SLACK_BOT_TOKEN": TOKEN, "SLACK_CHANNEL": "#avwap", "SLACK_API_BASE_URL": workspace.url}
    return asked({**bot, **changes})


def asked(texts: dict[str, str]) -> Slack | Unknown:
    """By the settings as every program reads them."""
    parsed = parse({"AVWAP_ENV_FILE": os.devnull, "BROKER": "simulated", **texts})
    return slack.look(parsed.settings, parsed.mistakes)


def test_a_bot_is_asked_about_once_and_posts_nothing(workspace: Workspace) -> None:
    assert look(workspace) == Slack(f"{BY}: auth.test answers, team Solo")
    assert workspace.asked == [("POST", "/api/auth.test", f"Bearer {TOKEN}")]


def test_the_api_may_lie_under_a_path(workspace: Any) -> None:
    look(workspace, SLACK_API_BASE_URL=f"{workspace.url}/slack/api/")
    assert [path for _, path, _ in workspace.asked] == ["/slack/api/auth.test"]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (
            Response(200, {"ok": False, "error": "invalid_auth"}),
            Slack(BY, "auth.test says invalid_auth (HTTP 200)", True),
        ),
        (Response(200, {"ok": 1}), Slack(BY, "auth.test says None (HTTP 200)", True)),
        (Response(200, ["ok"]), Slack(BY, "auth.test says no object (HTTP 200)", True)),
        (Response(500, {"ok": False, "error": "fatal_error"}), Slack(BY, "auth.test says fatal_error (HTTP 500)")),
        (Response(429, {"ok": False, "error": "ratelimited"}), Slack(BY, "auth.test says ratelimited (HTTP 429)")),
        (Response(200, raw=b"<html>", content_type="text/html"), Slack(BY, "answer not understood (HTTP 200)")),
        (
            Response(302, raw=b"", headers={"Location": "http://127.0.0.1:1/"}),
            Slack(BY, "answer not understood (HTTP 302)"),
        ),
        (None, Slack(BY, "no answer (connection closed without an answer)")),
    ],
    ids=str,
)
def test_what_slack_has_against_it(workspace: Workspace, answer: Response | None, found: Slack) -> None:
    workspace.answer = answer
    assert look(workspace) == found


def test_nobody_there(workspace: Any) -> None:
    assert look(workspace, SLACK_API_BASE_URL="http://127.0.0.1:1") == Slack(BY, "no answer (connection refused)")


BOTH = "set both SLACK_BOT_TOKEN and SLACK_CHANNEL, or neither"
WEBHOOK = "https://hooks.slack.com/services/T0/B0/verysecret"


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, NOT_CONFIGURED),
        ({"SLACK_CHANNEL": "#avwap"}, Slack("settings", f"SLACK_BOT_TOKEN=(not set): {BOTH}", True)),
        ({"SLACK_BOT_TOKEN": TOKEN}, Slack("settings", f"SLACK_CHANNEL=(not set): {BOTH}", True)),
        ({"MAX_LIVE_POSITIONS": "many"}, NOT_CONFIGURED),  # no business of Slack's
        (
            {"SLACK_WEBHOOK_URL": WEBHOOK},
            Slack("webhook at hooks.slack.com configured (not tried: that would post a message)"),
        ),
    ],
)
def test_what_is_configured(settings: dict[str, str], found: Slack | Unknown) -> None:
    assert asked(settings) == found


@pytest.mark.parametrize("address", ["http://hooks.slack.com/x", "nonsense"])
def test_an_address_that_is_none_is_refused_and_not_shown(address: str) -> None:
    found = asked({"SLACK_WEBHOOK_URL": address})
    assert isinstance(found, Slack) and found.refused
    assert found.problem is not None and "SLACK_WEBHOOK_URL" in found.problem and address not in found.problem


CORRECT = "correct it; nothing is told but in the journal"
GOES_ON = "trading goes on; look at the journal until Slack is back"


@pytest.mark.parametrize(
    ("found", "waiting", "finding"),
    [
        (NOT_CONFIGURED, 0, no_data(NOT_CONFIGURED.why, NOT_CONFIGURED.action)),
        (Slack("webhook at x"), 0, passed("webhook at x")),
        (
            Slack("webhook at x"),
            3,
            warning("webhook at x; 3 messages wait to be told (limit 0)", "cycles try again; look at the journal"),
        ),
        (Slack(BY, "no answer (ReadTimeout)"), 3, warning(f"{BY}: no answer (ReadTimeout)", GOES_ON)),
        (Slack(BY, "auth.test says invalid_auth", True), 0, failed(f"{BY}: auth.test says invalid_auth", CORRECT)),
    ],
)
def test_the_finding(found: Slack | Unknown, waiting: int, finding: Finding) -> None:
    answer: Callable[[None], Finding] = lambda _: slack.reachable(found, waiting)  # noqa: E731
    assert ask(Check("slack", "?", answer), None).finding == finding
