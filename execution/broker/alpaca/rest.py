"""Asks one host of Alpaca a question, on alpaca-py's REST client.

What that client would do by itself is taken from it here: it retries every method, POST included, and
waits for ever. Its trading client loads pandas; the base client used here does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from alpaca.common.rest import RESTClient

from execution.broker.errors import BrokerUnreachable
from execution.broker.http import NO_ANSWER, UNREADABLE, bounds, error_of, not_understood, said, words
from gates.base.leaks import Leaks
from gates.base.replies import Reply, ask_once
from gates.base.settings import Secret

NOT_FOUND_CODE = 40410000

T = TypeVar("T")


class AlpacaHost(RESTClient):
    """One host of Alpaca. `ask` makes exactly one request and hands back the whole answer."""

    def __init__(self, host: str, key: Secret, secret: Secret) -> None:
        super().__init__(host, api_key=key.reveal(), secret_key=secret.reveal(), raw_data=True)
        self._retry = 0
        self._limit_seconds = 0.0
        self._leaks = Leaks({key.reveal(): "key", secret.reveal(): "secret"})

    def ask(self, method: str, path: str, data: Mapping[str, Any] | None, limit_seconds: float) -> Reply:
        self._limit_seconds = limit_seconds
        answer: Any = self._request(method, path, dict(data) if data is not None else None)
        return cast(Reply, answer)

    def _one_request(self, method: str, url: str, opts: dict[str, Any], retry: int) -> Any:
        return ask_once(self._session, method, url, bounds(self._limit_seconds, self._leaks), **opts)


class Asking:
    """Asks questions within the time that one request and the cycle's budget leave."""

    def __init__(self, trading: AlpacaHost, timeout_seconds: float, left_seconds: Callable[[], float]) -> None:
        self._trading = trading
        self._timeout_seconds = timeout_seconds
        self._left_seconds = left_seconds

    def limit(self) -> float:
        left = min(self._timeout_seconds, self._left_seconds())
        if left <= 0:
            raise BrokerUnreachable("cycle budget used up")
        return left

    def read(
        self,
        path: str,
        parse: Callable[[Any], T],
        asked: Mapping[str, Any] | None = None,
        host: AlpacaHost | None = None,
    ) -> T:
        found = self.read_or_absent(path, parse, asked, host)
        if found is None:
            raise BrokerUnreachable(f"{path.lstrip('/')}: HTTP 404")
        return found

    def read_or_absent(
        self,
        path: str,
        parse: Callable[[Any], T],
        asked: Mapping[str, Any] | None = None,
        host: AlpacaHost | None = None,
    ) -> T | None:
        """One question, asked a second time when no readable answer came. None only when the broker
        says in its own words that there is no such thing."""
        problem = ""
        for _ in range(2):
            try:
                answer = (host or self._trading).ask("GET", path, asked, self.limit())
            except NO_ANSWER as broken:
                problem = words(broken)
                continue
            if answer.ok:
                try:
                    return parse(answer.json())
                except UNREADABLE as strange:
                    problem = not_understood(strange)
                    continue
            problem = said(answer)
            error = error_of(answer)
            if answer.status_code == 404 and error is not None and error.get("code") == NOT_FOUND_CODE:
                return None
            if answer.status_code < 500:
                break
        raise BrokerUnreachable(f"{path.lstrip('/')}: {problem}")
