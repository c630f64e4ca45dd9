"""Sends to Slack, by incoming webhook or as a bot; the only module that knows slack_sdk.

Its clients would retry by themselves, log what they send, follow redirects with the token and upload a
picture wherever an answer says, so all that is taken from them (`opener`). Slack answers
a webhook with the word `ok` and the Web API with `"ok": true`, and nothing else counts as taken. A
message Slack calls malformed is said once more as plain words before it is given up. What is raised
holds a status and Slack's own error word, never an address, a header or a token.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPException
from math import ceil
from pathlib import Path
from typing import Any
from urllib.request import Request

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.client import WebClient
from slack_sdk.web.file_upload_v2_result import FileUploadV2Result
from slack_sdk.webhook import WebhookClient, WebhookResponse

from execution.channel.messages import Message, blocks, notification
from execution.channel.opener import TooLong, is_slacks, opened
from execution.channel.port import MessageRefused, NotTaken
from gates.base.settings import Secret

MALFORMED = frozenset(
    {"invalid_payload", "invalid_blocks", "invalid_blocks_format", "invalid_attachments", "no_text", "msg_too_long"}
    | {"text_too_long", "msg_blocks_too_long", "markdown_text_conflict"}
)
"""Slack's words for a message that is no better tomorrow."""
WORD = re.compile("[a-z_]{2,40}")
CHANNEL = re.compile("[A-Z0-9]{1,32}")
NO_SHAPE = (ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError)
BROKEN = (SlackClientError, OSError, HTTPException, *NO_SHAPE)
"""What the clients raise when an answer does not come, or comes in no shape."""
RATE_LIMITED = 429

_silent = logging.getLogger("execution.slack")
_silent.propagate = False
_silent.setLevel(logging.CRITICAL + 1)


class _WebhookClient(WebhookClient):
    """The vendor's client on an opener of our own."""

    def _perform_http_request_internal(self, url: str, req: Request) -> WebhookResponse:
        with opened(req, self.timeout) as answer:
            body = answer.read().decode("utf-8", "replace")
            return WebhookResponse(url=url, status_code=answer.code or 0, body=body, headers=dict(answer.headers))


class _WebClient(WebClient):
    """The vendor's client on an opener of our own, which sends pictures to Slack's own hosts only."""

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        with opened(req, self.timeout) as answer:
            body = answer.read().decode("utf-8", "replace")
            return {"status": answer.code, "headers": answer.headers, "body": body}

    def _upload_file(self, *, url: str, data: bytes, **_: Any) -> FileUploadV2Result:
        if not isinstance(url, str) or not is_slacks(url, self.base_url):
            raise MessageRefused("the address to upload to is none of Slack's")
        with opened(Request(url, data=data, method="POST"), self.timeout) as answer:
            return FileUploadV2Result(status=answer.code or 0, body="")


class Webhook:
    """Posts by an incoming webhook: one channel, words only."""

    name = "Slack webhook"
    takes_pictures = False

    def __init__(self, url: Secret) -> None:
        self._url = url

    def send(self, message: Message, limit_seconds: float) -> None:
        client = _WebhookClient(
            self._url.reveal(), timeout=max(1, ceil(limit_seconds)), logger=_silent, retry_handlers=[]
        )
        try:
            self._post(client, text=notification(message), blocks=blocks(message))
        except MessageRefused:
            self._post(client, text=notification(message))

    def upload(self, picture: Path, title: str, limit_seconds: float) -> None:
        raise MessageRefused("a webhook takes no pictures")

    def _post(self, client: WebhookClient, **body: Any) -> None:
        try:
            answer = client.send(**body)
        except BROKEN as broken:
            raise NotTaken(_words(broken)) from None
        word = answer.body.strip()
        if answer.status_code == 200 and word == "ok":
            return
        raise _judged(answer.status_code, word, answer.headers)


class Bot:
    """Posts as a bot of the Web API: writes to its channel and can attach pictures."""

    name = "Slack bot"
    takes_pictures = True

    def __init__(self, token: Secret, channel: str, base_url: str) -> None:
        self._token = token
        self._channel = channel
        self._base_url = base_url
        self._channel_id = channel

    def send(self, message: Message, limit_seconds: float) -> None:
        client = self._client(limit_seconds)
        try:
            self._post(client, text=notification(message), blocks=blocks(message))
        except MessageRefused:
            self._post(client, text=notification(message))

    def upload(self, picture: Path, title: str, limit_seconds: float) -> None:
        try:
            self._client(limit_seconds).files_upload_v2(
                channel=self._channel_id, file=str(picture), filename=picture.name, title=title, alt_txt=title
            )
        except SlackApiError as broken:
            raise _of_api(broken) from None
        except BROKEN as broken:
            raise NotTaken(_words(broken)) from None

    def _client(self, limit_seconds: float) -> WebClient:
        return _WebClient(
            self._token.reveal(),
            base_url=self._base_url,
            timeout=max(1, ceil(limit_seconds)),
            logger=_silent,
            retry_handlers=[],
        )

    def _post(self, client: WebClient, **body: Any) -> None:
        try:
            answer = client.chat_postMessage(channel=self._channel, unfurl_links=False, **body)
        except SlackApiError as broken:
            raise _of_api(broken) from None
        except BROKEN as broken:
            raise NotTaken(_words(broken)) from None
        if answer.get("ok") is not True:
            raise NotTaken("answer not understood")
        channel = answer.get("channel")  # uploads take an id, not a name
        self._channel_id = channel if isinstance(channel, str) and CHANNEL.fullmatch(channel) else self._channel


def _of_api(broken: SlackApiError) -> NotTaken | MessageRefused:
    """Slack's word out of whatever shape the client hands its answer on in."""
    answer: Any = broken.response
    status, headers, word = getattr(answer, "status_code", 0), getattr(answer, "headers", {}), ""
    if isinstance(answer, Mapping):  # an answer that was no JSON
        status, headers = answer.get("status", 0), answer.get("headers", {})
    else:
        with suppress(Exception):
            word = str(answer.get("error") or "")
    return _judged(status if isinstance(status, int) else 0, word, headers)


def _judged(status: int, word: str, headers: Mapping[str, Any]) -> NotTaken | MessageRefused:
    shown = word if WORD.fullmatch(word) else "answer not understood" if status == 200 else ""
    why = f"HTTP {status} {shown}".rstrip() if status != 200 else shown
    if status == RATE_LIMITED or word in ("ratelimited", "rate_limited"):
        return NotTaken(f"HTTP {status} rate limited", _retry_after(headers))
    if word in MALFORMED and status < 500:
        return MessageRefused(why)
    return NotTaken(why)


def _retry_after(headers: Mapping[str, Any]) -> float:
    """Seconds; Slack sends a whole number, and half a minute stands in for anything else."""
    for name, value in headers.items():
        if str(name).lower() == "retry-after":
            first = value[0] if isinstance(value, list) and value else value
            return float(str(first)[:9]) if str(first).isdecimal() else 30.0
    return 30.0


def _words(broken: Exception) -> str:
    if isinstance(broken, TooLong):
        return str(broken)
    if isinstance(broken, NO_SHAPE):
        return f"answer not understood ({type(broken).__name__})"
    from gates.base.outage import why_no_answer  # only when one did not come

    return why_no_answer(broken)
