"""Fields that are null, strange or left out, in some answers and for as long as a test wants.

    venue.oddities.add("order", "9f2c…", "filled_qty")                 # null in that order, wherever it is told
    venue.oddities.add("position", "KO", "avg_entry_price", ABSENT)    # the key is missing
    venue.oddities.add("account", "", "equity", "NaN")
    venue.oddities.add("account", "", "http", 500)                     # no account at all

The vendor declares most fields of an order optional; which of them really come empty is seen only in accounts
that hold what others put there.
"""

from __future__ import annotations

from typing import Any

from .wire import Request, Response

ABSENT = object()
NAMES = {"order": "id", "position": "symbol", "quote": ""}


class Oddities:
    def __init__(self) -> None:
        self._odd: dict[tuple[str, str], dict[str, Any]] = {}

    def add(self, kind: str, name: str, field: str, value: Any = None) -> None:
        self._odd.setdefault((kind, name), {})[field] = value

    def clear(self, kind: str | None = None) -> None:
        self._odd = {key: fields for key, fields in self._odd.items() if kind not in (None, key[0])}

    def any(self) -> bool:
        return bool(self._odd)

    def has(self, kind: str, name: str) -> bool:
        return (kind, name) in self._odd

    def bend(self, request: Request, response: Response) -> Response:
        """The answer with its odd fields, if it has any."""
        if not self._odd or request.method != "GET" or response.status != 200 or response.raw is not None:
            return response
        down = self._odd.get(("account", ""), {}).get("http")
        if down is not None and request.path == "/v2/account":
            return Response(down, {"code": 50010000, "message": "internal server error"})
        return Response(200, self._bent(request.path, response.payload))

    def _bent(self, path: str, payload: Any) -> Any:
        if path == "/v2/account" and ("account", "") in self._odd:
            return self._changed("account", "", payload)
        if path.startswith("/v2/positions"):
            return self._each("position", payload)
        if path.startswith("/v2/orders"):
            return self._each("order", payload)
        if path == "/v2/stocks/quotes/latest":
            told = payload["quotes"].items()
            return {"quotes": {symbol: self._changed("quote", symbol, quote) for symbol, quote in told}}
        return payload

    def _each(self, kind: str, payload: Any) -> Any:
        if isinstance(payload, list):
            return [self._each(kind, item) for item in payload]
        legs = payload.get("legs")
        whole = payload | {"legs": self._each(kind, legs)} if legs else payload
        return self._changed(kind, payload[NAMES[kind]], whole)

    def _changed(self, kind: str, name: str, item: Any) -> Any:
        odd = self._odd.get((kind, name))
        if not odd:
            return item
        changed = item | odd
        return {field: value for field, value in changed.items() if value is not ABSENT}
