"""One HTTP request as a whole: its total time, and what its answer says in a few words.

Nothing said here ever holds a header, an address or a key.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from requests import Response


class RequestTimeout(Exception):
    """The whole of one request took longer than it may, however it dripped."""


@contextmanager
def total_limit(seconds: float) -> Iterator[None]:
    """Bound the whole of a request by an alarm: a timeout of requests counts anew with every byte.

    Alarms exist in the main thread only, which is where cycles run; elsewhere the plain timeout holds.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: object) -> None:
        raise RequestTimeout(f"no complete answer within {seconds:.1f}s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def error_of(answer: Response) -> Mapping[str, Any] | None:
    try:
        error = answer.json()
    except ValueError:
        return None
    return error if isinstance(error, dict) and "message" in error else None


def said(answer: Response) -> str:
    """Status, code and message, short; never a header or an address."""
    error = error_of(answer)
    if error is None:
        return f"HTTP {answer.status_code}"
    code = f" code {error['code']}" if "code" in error else ""
    return f"HTTP {answer.status_code}{code}: {' '.join(str(error['message']).split())[:200]}"


def words(broken: Exception) -> str:
    if isinstance(broken, RequestTimeout):
        return str(broken)
    return {"ReadTimeout": "no answer in time", "ConnectTimeout": "no connection in time"}.get(
        type(broken).__name__, type(broken).__name__
    )
