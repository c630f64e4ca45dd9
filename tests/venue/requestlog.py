"""Every request in the order of its arrival, and what became of it: the witness of every journey."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

MOST_ENTRIES = 200_000
PATIENCE_SECONDS = 20.0


@dataclass(slots=True)
class Entry:
    """`answered` is the status the client was sent, None when it was sent none (or not yet)."""

    number: int
    at: datetime
    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    answered: int | None = None
    faults: tuple[str, ...] = ()

    @property
    def client_order_id(self) -> str | None:
        named = self.body.get("client_order_id") if isinstance(self.body, dict) else None
        return named or self.query.get("client_order_id")

    @property
    def symbols(self) -> set[str]:
        named = self.body.get("symbol", "") if isinstance(self.body, dict) else ""
        tail = self.path.rsplit("/", 1)[1]
        return {named, tail, *self.query.get("symbols", "").split(",")} - {""}


class RequestLog:
    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)
        self._arrived = 0
        self._changed = threading.Condition()

    def arrive(self, at: datetime, method: str, path: str, query: Mapping[str, str], body: Any) -> Entry:
        with self._changed:
            self._arrived += 1
            entry = Entry(self._arrived, at, method, path, query, body)
            self._entries.append(entry)
            self._changed.notify_all()
            return entry

    def answered(self, entry: Entry, status: int | None) -> None:
        with self._changed:
            entry.answered = status
            self._changed.notify_all()

    def __iter__(self) -> Iterator[Entry]:
        with self._changed:
            return iter(list(self._entries))

    def __len__(self) -> int:
        """How many have arrived, whether or not they are still kept."""
        with self._changed:
            return self._arrived

    def select(self, method: str = "*", path: str = "*", client_order_id: str | None = None) -> list[Entry]:
        """Those whose method and path fit the patterns, such as `path="/v2/orders*"`."""
        return [
            entry
            for entry in self
            if fnmatchcase(entry.method, method)
            and fnmatchcase(entry.path, path)
            and client_order_id in (None, entry.client_order_id)
        ]

    def posts(self, client_order_id: str | None = None) -> list[Entry]:
        """Every order that was sent, accepted or not."""
        return self.select("POST", "/v2/orders", client_order_id)

    def writes(self) -> list[Entry]:
        """Everything that could change something at the broker."""
        return [entry for entry in self if entry.method != "GET"]

    def clear(self) -> None:
        with self._changed:
            self._entries.clear()

    def wait_for(self, holds: Callable[[RequestLog], bool], patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Block until `holds(log)`, waking at every change; TimeoutError when it never does."""
        with self._changed:
            if not self._changed.wait_for(lambda: holds(self), patience_seconds):
                raise TimeoutError(f"the awaited requests did not come ({self._arrived} others did)")
