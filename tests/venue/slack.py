"""A Slack of our own: incoming webhook, `chat.postMessage`, and the three steps of a file upload.

It speaks over a real socket with the real slack_sdk, shares server, faults and request log with the
venue, and keeps what it took in the order it took it. Faults go in its way as in the venue's:

    slack.faults.add(silence(), path=WEBHOOK, times=EVERY)     # hangs
    slack.faults.add(says("invalid_auth"), path=API, times=3)  # HTTP 200, ok: false
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

from .deliveries import Parcel, deliver
from .faults import Fault, Faults
from .holding import Holding
from .requestlog import RequestLog
from .server import LOOPBACK, Server
from .wire import Connection, Request, Response

WEBHOOK = "/services/T0VENUE00/B0VENUE00/webhook-secret-of-the-venue"
API = "/api/chat.postMessage"
UPLOAD = "/upload/*"
PING = "/ping/*"
ANY = "*"
CHANNEL_ID = "C0VENUE00"
NOT_HEARD = Response(503, raw=b"nobody heard this", content_type="text/plain")


def says(error: str) -> Fault:
    """The Web API's way of saying no: 200 and `ok: false`."""
    return Fault(f"says_{error}", accepts=False, instead=Response(200, {"ok": False, "error": error}))


def words(status: int, text: str) -> Fault:
    """The webhook's way: a status and one word."""
    answer = Response(status, raw=text.encode(), content_type="text/plain")
    return Fault(f"words_{text}", accepts=False, instead=answer)


@dataclass(frozen=True, slots=True)
class Told:
    """One message as Slack would show it."""

    text: str
    blocks: list[dict[str, Any]]
    channel: str

    @property
    def title(self) -> str:
        return str(self.blocks[0]["text"]["text"]) if self.blocks else self.text.splitlines()[0]

    @property
    def everything(self) -> str:
        return json.dumps([self.text, self.blocks], ensure_ascii=False)


class Slack:
    def __init__(self, *, token: str = "xoxb-0000-venue-bot-token", channel: str = "#desk", port: int = 0) -> None:
        self.token = token
        self.channel = channel
        self.faults = Faults()
        self.requests = RequestLog()
        self.holding = Holding()
        self.told: list[Told] = []
        self.pictures: list[tuple[str, int]] = []
        """Name and size of what was uploaded and completed."""
        self.pings: list[str] = []
        """Dead-man pings, should anybody send them here: `/ping/x` and what follows."""
        self._uploads: dict[str, tuple[str, int]] = {}
        self._server = Server(self._deal_with, port)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.port}"

    @property
    def webhook_env(self) -> dict[str, str]:
        return {"SLACK_WEBHOOK_URL": self.url + WEBHOOK}

    @property
    def bot_env(self) -> dict[str, str]:
        return {"SLACK_BOT_TOKEN": self.token, "SLACK_CHANNEL": self.channel, "SLACK_API_BASE_URL": self.url}

    @property
    def titles(self) -> list[str]:
        return [one.title for one in self.told]

    def count(self, words: str) -> int:
        """How many messages say this, in whatever part."""
        return sum(words in one.everything for one in self.told)

    def close(self) -> None:
        self.holding.close()
        self._server.close()
        if self._server.crashes:
            raise ExceptionGroup("the Slack of the venue itself failed", self._server.crashes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _deal_with(self, connection: Connection, request: Request) -> None:
        entry = self.requests.arrive(datetime.now(UTC), request.method, request.path, request.query, request.body)
        faults = self.faults.due(entry)
        entry.faults = tuple(fault.name for fault in faults)
        for fault in faults:
            if fault.before:
                fault.before(request)
        response = self._answer(request) if all(fault.accepts for fault in faults) else NOT_HEARD
        for fault in faults:
            if fault.after:
                fault.after(request)
        response = next((fault.instead for fault in faults if fault.instead), response)
        send = next((fault.deliver for fault in faults if fault.deliver), deliver)
        send(Parcel(response, connection, self.holding, partial(self.requests.answered, entry)))

    def _answer(self, request: Request) -> Response:
        if request.path.startswith("/ping/"):
            self.pings.append(request.path)
            return Response(200, raw=b"OK", content_type="text/plain")
        if request.path == WEBHOOK:
            return self._webhook(request)
        if request.path.startswith("/upload/"):
            return self._upload(request)
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Response(200, {"ok": False, "error": "invalid_auth"})
        method = request.path.removeprefix("/api/")
        asked = {**request.query, **_fields(request.body)}
        if method == "chat.postMessage":
            return self._post(asked)
        if method == "files.getUploadURLExternal":
            name = f"F{len(self._uploads):08}"
            self._uploads[name] = (str(asked["filename"]), int(asked["length"]))
            return Response(200, {"ok": True, "upload_url": f"{self.url}/upload/{name}", "file_id": name})
        if method == "files.completeUploadExternal":
            return self._complete(asked)
        return Response(200, {"ok": False, "error": "unknown_method"})

    def _webhook(self, request: Request) -> Response:
        problem = _problem(request.body)
        if problem is not None:
            return Response(400, raw=problem.encode(), content_type="text/plain")
        self.told.append(Told(request.body["text"], request.body.get("blocks", []), "webhook"))
        return Response(200, raw=b"ok", content_type="text/plain")

    def _post(self, asked: dict[str, Any]) -> Response:
        if asked.get("channel") not in (self.channel, CHANNEL_ID):
            return Response(200, {"ok": False, "error": "channel_not_found"})
        problem = _problem(asked)
        if problem is not None:
            return Response(200, {"ok": False, "error": problem})
        self.told.append(Told(asked["text"], asked.get("blocks", []), asked["channel"]))
        return Response(200, {"ok": True, "channel": CHANNEL_ID, "ts": f"{len(self.told)}.000100"})

    def _upload(self, request: Request) -> Response:
        _, length = self._uploads[request.path.rsplit("/", 1)[1]]
        whole = int(request.headers["content-length"]) == length
        return Response(200 if whole else 400, raw=f"OK - {length}".encode(), content_type="text/plain")

    def _complete(self, asked: dict[str, Any]) -> Response:
        if asked.get("channel_id") != CHANNEL_ID:
            return Response(200, {"ok": False, "error": "channel_not_found"})
        files = asked["files"] if isinstance(asked["files"], list) else json.loads(asked["files"])
        self.pictures += [self._uploads[one["id"]] for one in files]
        return Response(200, {"ok": True, "files": [{"id": one["id"], "title": one.get("title")} for one in files]})


def _problem(body: Any) -> str | None:
    """What Slack itself would object to in a message, in its own word."""
    if not isinstance(body, dict):
        return "invalid_payload"
    if not body.get("text"):
        return "no_text"
    blocks = body.get("blocks", [])
    if len(blocks) > 50:
        return "invalid_blocks"
    for block in blocks:
        limit = {"header": 150, "section": 3000}.get(block["type"])
        if limit is not None and not 0 < len(block["text"]["text"]) <= limit:
            return "invalid_blocks"
        if block["type"] == "context" and not all(0 < len(one["text"]) <= 2000 for one in block["elements"]):
            return "invalid_blocks"
    return None


def _fields(body: Any) -> dict[str, Any]:
    return body if isinstance(body, dict) else dict(parse_qsl(body)) if isinstance(body, str) else {}


def broken_off() -> Fault:
    """Half of an answer, then nothing."""
    from .deliveries import deliver_half

    return Fault("broken_off", accepts=False, deliver=deliver_half)


def hanging() -> Fault:
    """Heard by nobody, and never answered."""
    from .faults import silence

    return replace(silence(), method="*", path="*")
