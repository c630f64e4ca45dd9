"""Carries the service's HTTP requests to the broker by hand, in the place of a socket.

It stands below requests' own adapter, so that the service's client builds every request and reads every answer
as it would from the network. Each request takes time, may meet something that happens just then, and tells the
watch what was asked and what the answer could have told.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse
from venue.backroom import Backroom, Heard
from venue.wire import Request

from world.process import Process

GONE = {
    "accept_then_reset": requests.ConnectionError,
    "drop": requests.ConnectionError,
    "half_body": requests.exceptions.ChunkedEncodingError,
}
LATE = frozenset({"accept_then_silence", "accept_then_late", "silence", "slow_drip"})


class Wire:
    """`before` is called when a request is on its way, `after` when the broker has dealt with it."""

    def __init__(
        self,
        broker: Backroom,
        process: Process,
        before: Callable[[Request], None],
        after: Callable[[Request, Heard], None],
    ) -> None:
        self._broker = broker
        self._process = process
        self._before = before
        self._after = after

    def carry_in_place_of_a_socket(self) -> Callable[..., requests.Response]:
        """A function that may stand where `HTTPAdapter.send` stands."""
        return lambda adapter, prepared, **how: self.carry(prepared, how.get("timeout"))

    def carry(self, prepared: requests.PreparedRequest, timeout: Any) -> requests.Response:
        request = request_of(prepared)
        self._process.step("send")
        self._before(request)
        heard = self._broker.deal_with(request)
        self._after(request, heard)
        self._process.step("receive")
        for fault in heard.faults:
            if fault.name in GONE:
                raise GONE[fault.name](fault.name)
            if fault.name in LATE:
                self._process.sleep(float(timeout or 0))
                raise requests.ReadTimeout(fault.name)
        return answer_of(prepared, heard)


def request_of(prepared: requests.PreparedRequest) -> Request:
    url = urlsplit(prepared.url or "")
    headers = {name.lower(): value for name, value in prepared.headers.items()}
    body = json.loads(prepared.body) if prepared.body else None
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    return Request(str(prepared.method), unquote(url.path), query, headers, body)


def answer_of(prepared: requests.PreparedRequest, heard: Heard) -> requests.Response:
    answer = requests.Response()
    answer.status_code = heard.response.status
    body = heard.response.body()
    answer.raw = HTTPResponse(BytesIO(body), heard.response.headers, status=answer.status_code, preload_content=False)
    answer.headers = CaseInsensitiveDict(heard.response.headers)
    answer.encoding = "utf-8"
    answer.request = prepared
    answer.url = str(prepared.url)
    return answer
