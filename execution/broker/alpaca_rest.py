"""One host of Alpaca, on alpaca-py's REST client.

What that client would do by itself is taken from it here: it retries every method, POST included, and
waits for ever. Its trading client loads pandas; the base client used here does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from alpaca.common.rest import RESTClient
from requests import Response

from execution.broker.http_answers import total_limit
from gates.common.settings import Secret


class Rest(RESTClient):
    """One host of Alpaca. `ask` makes exactly one request and hands back the bare answer."""

    def __init__(self, host: str, key: Secret, secret: Secret) -> None:
        super().__init__(host, api_key=key.reveal(), secret_key=secret.reveal(), raw_data=True)
        self._retry = 0
        self._limit_seconds = 0.0

    def ask(self, method: str, path: str, data: Mapping[str, Any] | None, limit_seconds: float) -> Response:
        self._limit_seconds = limit_seconds
        answer: Any = self._request(method, path, dict(data) if data is not None else None)
        return cast(Response, answer)

    def _one_request(self, method: str, url: str, opts: dict[str, Any], retry: int) -> Any:
        with total_limit(self._limit_seconds):
            return self._session.request(method, url, timeout=self._limit_seconds, **opts)
