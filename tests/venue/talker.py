"""A client without opinions: the wire as it is, with a timeout and without retries."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import requests

from .venue import Venue

TIMEOUT_SECONDS = 10


class Http:
    """Bare HTTP beside the SDK, for what the SDK hides."""

    def __init__(self, venue: Venue) -> None:
        self._url = venue.url
        self.session = requests.Session()
        self.session.headers.update({"APCA-API-KEY-ID": venue.key, "APCA-API-SECRET-KEY": venue.secret})

    def __call__(
        self, method: str, path: str, body: Any = None, timeout: float = TIMEOUT_SECONDS, **query: Any
    ) -> requests.Response:
        return self.session.request(method, self._url + path, params=query, json=body, timeout=timeout)

    def json(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = self(method, path, body, **query)
        assert answer.status_code < 300, answer.text
        return answer.json()


class RawClient:
    """One socket and the bytes on it, for clients that hang up in the middle."""

    def __init__(self, venue: Venue) -> None:
        address = urlsplit(venue.url)
        self._keys = f"APCA-API-KEY-ID: {venue.key}\r\nAPCA-API-SECRET-KEY: {venue.secret}\r\n"
        self.sock = socket.create_connection((address.hostname, address.port), TIMEOUT_SECONDS)

    def ask(self, method: str, path: str, body: Any = None) -> None:
        text = "" if body is None else json.dumps(body)
        self.send(f"{method} {path} HTTP/1.1\r\n{self._keys}Content-Length: {len(text)}\r\n\r\n{text}")

    def send(self, text: str) -> None:
        self.sock.sendall(text.encode())

    def everything(self) -> bytes:
        """All that comes until the venue hangs up."""
        parts = []
        while part := self.sock.recv(65_536):
            parts.append(part)
        return b"".join(parts)

    def close(self) -> None:
        self.sock.close()
