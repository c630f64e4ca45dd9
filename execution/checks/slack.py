"""Asks whether the operator can be told: what is configured, whether Slack knows the key, what was said last.

Nothing is posted to find out: with a bot token `auth.test` answers whose it is; a webhook can only be
tried by posting, so there the configuration and the record of what went out are the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from execution.checks.finding import Finding, Unknown, failed, need, passed, warning
from execution.settings.registry import Settings
from gates.base.environment import Mistake
from gates.base.escape import foreign
from gates.base.record import dataclass

NAMES = frozenset({"SLACK_WEBHOOK_URL", "SLACK_BOT_TOKEN", "SLACK_CHANNEL", "SLACK_API_BASE_URL"})
SECONDS = 5


@dataclass(frozen=True, slots=True)
class Slack:
    """`by` names the way; `problem` what Slack, or the configuration, has against it. `refused` says that
    asking again will not help."""

    by: str
    problem: str | None = None
    refused: bool = False


NOT_CONFIGURED = Unknown(
    "Slack is not configured; nothing is told but in the journal",
    "set SLACK_WEBHOOK_URL, or SLACK_BOT_TOKEN and SLACK_CHANNEL",
)


def look(settings: Settings, mistakes: Iterable[Mistake]) -> Slack | Unknown:
    """Ask auth.test where there is a bot token. A setting that is wrong is what stands against it; nothing is asked
    then."""
    wrong = [str(one) for one in mistakes if one.name in NAMES]
    if wrong:
        return Slack("settings", "; ".join(wrong), refused=True)
    if settings.slack_bot_token:
        return _auth_test(settings.slack_api_base_url, settings.slack_bot_token.reveal(), settings.slack_channel)
    if settings.slack_webhook_url:
        host = urlsplit(settings.slack_webhook_url.reveal()).hostname
        return Slack(f"webhook at {host} configured (not tried: that would post a message)")
    return NOT_CONFIGURED


def reachable(slack: Slack | Unknown, waiting: int) -> Finding:
    """`waiting` messages have not gone out yet."""
    found = need(slack)
    if found.problem is None and waiting:
        return warning(
            f"{found.by}; {waiting} messages wait to be told (limit 0)", "cycles try again; look at the journal"
        )
    if found.problem is None:
        return passed(found.by)
    if found.refused:
        return failed(f"{found.by}: {found.problem}", "correct it; nothing is told but in the journal")
    return warning(f"{found.by}: {found.problem}", "trading goes on; look at the journal until Slack is back")


def _auth_test(base: str, token: str, channel: str) -> Slack:
    from requests import Session  # only for those who have a bot

    from execution.broker.http import NO_ANSWER, UNREADABLE, bounds, words
    from gates.base.leaks import Leaks
    from gates.base.replies import ask_once

    by = f"bot token, channel {channel}"
    headers = {"Authorization": f"Bearer {token}"}
    try:
        with Session() as session:
            limits = bounds(SECONDS, Leaks({token: "SLACK_BOT_TOKEN"}))
            answer = ask_once(session, "POST", f"{base}auth.test", limits, headers=headers)
    except NO_ANSWER as broken:
        return Slack(by, f"no answer ({words(broken)})")
    except ValueError:
        return Slack(by, "SLACK_BOT_TOKEN holds characters no token has", refused=True)
    try:
        said = answer.json()
    except UNREADABLE:
        return Slack(by, f"answer not understood (HTTP {answer.status_code})")
    if not isinstance(said, dict) or said.get("ok") is not True:
        error = foreign(str(said.get("error")), 60) if isinstance(said, dict) else "no object"
        return Slack(by, f"auth.test says {error} (HTTP {answer.status_code})", refused=answer.status_code < 429)
    return Slack(f"{by}: auth.test answers, team {foreign(str(said.get('team')), 40)}")
