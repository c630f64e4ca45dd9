"""HTTP/1.1 on one accepted socket: just enough of it, fast, and able to break off anywhere.

`http.server` hides the socket behind buffered files; a fault has to send half a body, reset a
connection or hold it silently, so the few lines of parsing are ours. Every size is bounded.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

LARGEST_HEAD_BYTES = 64 * 1024
LARGEST_BODY_BYTES = 1024 * 1024
RECEIVE_BYTES = 64 * 1024
REASONS = {200: "OK", 204: "No Content", 207: "Multi-Status", 400: "Bad Request", 401: "Unauthorized"}
REASONS |= {403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 422: "Unprocessable Entity"}
REASONS |= {429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable", 504: "Gateway Timeout"}
JSON = "application/json; charset=UTF-8"


class BadRequest(Exception):
    """These bytes are no request; the connection cannot go on."""


@dataclass(frozen=True, slots=True)
class Request:
    """`body` is the parsed JSON, None when there is none, the raw text when it is something else."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any

    @property
    def is_last(self) -> bool:
        return self.headers.get("connection", "").lower() == "close"


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    payload: Any = None
    raw: bytes | None = None
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        if self.status == 204:
            return b""
        return json.dumps(self.payload, separators=(",", ":")).encode()

    def parsed(self) -> Any:
        return self.payload if self.raw is None else json.loads(self.raw)

    def render(self) -> tuple[bytes, bytes]:
        """Head and body; the head's Content-Length always names the whole body."""
        body = self.body()
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Status')}"]
        if self.status != 204:
            lines += [f"Content-Type: {self.content_type}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), body


Route = Callable[[Request, str], Response]
"""An endpoint: the request, and the last part of its path where that is a name or an id."""


class Connection:
    """One client. Only its own thread reads and writes; any thread may `interrupt` it."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._buffer = bytearray()
        self._closing = threading.Lock()

    def read_request(self) -> Request | None:
        """The next request, None when the client is done. BadRequest when it speaks something else."""
        head = self._take_head()
        if head is None:
            return None
        first, _, rest = head.decode("latin-1").partition("\r\n")
        try:
            method, target, _version = first.split(" ")
        except ValueError:
            raise BadRequest("malformed request line") from None
        headers = {}
        for line in rest.split("\r\n"):
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        url = urlsplit(target)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        return Request(method.upper(), unquote(url.path), query, headers, self._take_body(headers))

    def send(self, response: Response) -> None:
        head, body = response.render()
        self.send_bytes(head + body)

    def send_bytes(self, data: bytes) -> None:
        self._sock.sendall(data)

    def wait_until_gone(self) -> None:
        """Return when the client hangs up or somebody interrupts, and not before."""
        with suppress(OSError):
            while self._sock.recv(RECEIVE_BYTES):
                pass

    def finish(self) -> None:
        """Say goodbye politely; what was sent arrives."""
        self.interrupt()
        self._close()

    def reset(self) -> None:
        """Break off with a TCP RST, so that the client cannot take it for an end."""
        with self._closing:
            if self._sock.fileno() >= 0:
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._close()

    def interrupt(self) -> None:
        """Wake whoever reads or writes here. Safe from any thread, at any time."""
        with self._closing, suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def _close(self) -> None:
        with self._closing:
            self._sock.close()

    def _take_head(self) -> bytes | None:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > LARGEST_HEAD_BYTES:
                raise BadRequest("head too large")
            if not self._receive():
                return None
        head = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        return head

    def _take_body(self, headers: Mapping[str, str]) -> Any:
        try:
            length = int(headers.get("content-length", "0"))
        except ValueError:
            raise BadRequest("malformed Content-Length") from None
        if "transfer-encoding" in headers or not 0 <= length <= LARGEST_BODY_BYTES:
            raise BadRequest("body too large or of unknown length")
        while len(self._buffer) < length:
            if not self._receive():
                raise BadRequest("the body breaks off")
        raw = bytes(self._buffer[:length])
        del self._buffer[:length]
        if not raw:
            return None
        try:
            return json.loads(raw)
        except ValueError:
            return raw.decode("utf-8", "replace")

    def _receive(self) -> bool:
        data = self._sock.recv(RECEIVE_BYTES)
        self._buffer += data
        return bool(data)
