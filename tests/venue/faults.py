"""What can go wrong between a client and its broker, on demand and by rule.

A fault says whether the broker hears the request at all, what it does besides, and how the answer
travels. Each knows the requests it is usually wanted on; `Faults.add` narrows or widens that:

    venue.faults.add(accept_then_504())                        # the next POST /v2/orders
    venue.faults.add(accept_then_reset(), nth=2)               # the second one
    venue.faults.add(hide(3), client_order_id="avx-*")         # together with any other fault
    venue.faults.add(silence(), method="GET", path="/v2/account", times=EVERY)

All faults that are due act together: their changes add up, the first one with a delivery delivers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from .deliveries import (
    Delivery,
    deliver_half,
    deliver_late,
    deliver_nothing,
    deliver_slowly,
    hang_up,
    reset,
)
from .moments import new_york_stamp, read_stamp
from .requestlog import Entry
from .wire import Request, Response

EVERY = 1_000_000_000
ORDERS = "/v2/orders"
HTML_504 = b"<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>gave up</body>\r\n</html>\r\n"

Rewrite = Callable[[Any], Any]
Happening = Callable[[Request], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """`accepts`: the book hears the request first. `instead`: what is answered in place of the truth."""

    name: str
    accepts: bool = True
    instead: Response | None = None
    deliver: Delivery | None = None
    rewrite: Rewrite | None = None
    before: Happening | None = None
    after: Happening | None = None
    hide_looks: int = 0
    method: str = "POST"
    path: str = ORDERS
    times: int = 1


def refuse(status: int, code: int, message: str) -> Fault:
    """A clear No that the book never heard of."""
    return Fault("refuse", accepts=False, instead=Response(status, {"code": code, "message": message}))


def accept_then_504(*, html: bool = False) -> Fault:
    """The gateway gives up while the order is booked."""
    page = Response(504, raw=HTML_504, content_type="text/html")
    return Fault("accept_then_504", instead=page if html else Response(504, _error(50410000, "gateway timeout")))


def accept_then_reset() -> Fault:
    return Fault("accept_then_reset", deliver=reset)


def accept_then_silence() -> Fault:
    """Booked, and never answered: held until the client hangs up or the venue closes."""
    return Fault("accept_then_silence", deliver=deliver_nothing)


def accept_then_late() -> Fault:
    """Booked at once, answered after `venue.release()`."""
    return Fault("accept_then_late", deliver=deliver_late)


def silence() -> Fault:
    """Heard by nobody, and never answered."""
    return replace(accept_then_silence(), name="silence", accepts=False)


def drop() -> Fault:
    """The connection ends before anybody read the request."""
    return Fault("drop", accepts=False, deliver=hang_up)


def half_body(*, accepts: bool = True) -> Fault:
    return Fault("half_body", accepts=accepts, deliver=deliver_half)


def slow_drip(*, accepts: bool = True, interval_seconds: float = 0.05) -> Fault:
    """A byte now and then: no single read times out, the whole does not end."""
    return Fault("slow_drip", accepts=accepts, deliver=deliver_slowly(interval_seconds))


def garbage(*, accepts: bool = True, raw: bytes = b"<<< not json >>>") -> Fault:
    """200 and a body that means nothing."""
    return Fault("garbage", accepts=accepts, instead=Response(200, raw=raw))


def server_error(status: int = 500, *, accepts: bool = False) -> Fault:
    answer = Response(status, _error(50010000, "internal server error"))
    return Fault(f"error_{status}", accepts=accepts, instead=answer)


def rate_limited(*, accepts: bool = False, retry_after_seconds: int = 1) -> Fault:
    headers = {"Retry-After": str(retry_after_seconds)}
    answer = Response(429, _error(42910000, "rate limit exceeded"), headers=headers)
    return Fault("rate_limited", accepts=accepts, instead=answer)


def hide(looks: int) -> Fault:
    """The order exists, and so many looks do not find it: by id, by client id or in a list."""
    return Fault("hide", hide_looks=looks)


def call(happening: Happening, *, first: bool = False) -> Fault:
    """Run something at this very request, before the answer: after the book heard it, or `first`, before."""
    return Fault("call", before=happening) if first else Fault("call", after=happening)


def rewrite(change: Rewrite, *, method: str = "GET", path: str = "*", times: int = EVERY) -> Fault:
    """Answer something else than the truth: `change` gets the payload and returns another."""
    return Fault("rewrite", rewrite=change, method=method, path=path, times=times)


def unknown_status(word: str, client_order_id: str) -> Fault:
    """Every answer calls this order's status by a word nobody knows."""

    def change(payload: Any) -> Any:
        if isinstance(payload, list):
            return [change(item) for item in payload]
        if isinstance(payload, dict) and payload.get("client_order_id") == client_order_id:
            return payload | {"status": word}
        return payload

    return replace(rewrite(change, method="*", path=f"{ORDERS}*"), name="unknown_status")


def clock_offset(seconds: float) -> Fault:
    def change(payload: Any) -> Any:
        told = (read_stamp(payload["timestamp"]) or 0) + int(seconds * 1_000_000_000)
        return payload | {"timestamp": new_york_stamp(told)}

    return replace(rewrite(change, path="/v2/clock"), name="clock_offset")


def clock_open_forced(is_open: bool) -> Fault:
    return replace(rewrite(lambda payload: payload | {"is_open": is_open}, path="/v2/clock"), name="clock_open_forced")


def clock_down() -> Fault:
    return replace(server_error(503), name="clock_down", method="GET", path="/v2/clock", times=EVERY)


def _error(code: int, message: str) -> dict[str, object]:
    return {"code": code, "message": message}


@dataclass(slots=True, eq=False)
class Rule:
    """One fault and the requests it is for. Fires at the `nth` that fits and so many `times` on."""

    fault: Fault
    method: str
    path: str
    symbol: str | None
    client_order_id: str | None
    nth: int
    times: int
    seen: int = 0
    fired: int = 0

    def fits(self, entry: Entry) -> bool:
        return (
            fnmatchcase(entry.method, self.method)
            and fnmatchcase(entry.path, self.path)
            and (self.symbol is None or self.symbol in entry.symbols)
            and (self.client_order_id is None or fnmatchcase(entry.client_order_id or "", self.client_order_id))
        )

    def is_due(self) -> bool:
        self.seen += 1
        due = self.nth <= self.seen < self.nth + self.times
        self.fired += due
        return due


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []

    def add(
        self,
        fault: Fault,
        *,
        method: str | None = None,
        path: str | None = None,
        symbol: str | None = None,
        client_order_id: str | None = None,
        nth: int = 1,
        times: int | None = None,
    ) -> Rule:
        """Put a fault in the way. Patterns are shell-style; the rule counts what it saw and did."""
        rule = Rule(
            fault,
            method or fault.method,
            path or fault.path,
            symbol,
            client_order_id,
            nth,
            fault.times if times is None else times,
        )
        with self._lock:
            self._rules.append(rule)
        return rule

    def remove(self, rule: Rule) -> None:
        with self._lock:
            self._rules.remove(rule)

    def clear(self) -> None:
        """From here on all is well."""
        with self._lock:
            self._rules.clear()

    def due(self, entry: Entry) -> tuple[Fault, ...]:
        with self._lock:
            return tuple(rule.fault for rule in self._rules if rule.fits(entry) and rule.is_due())
