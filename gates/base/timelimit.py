"""Limits the total time of one request, however slowly its answer drips.

Both commands ask over HTTP with `requests`, whose own timeout counts anew with every byte.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class RequestTimeout(Exception):
    """The whole of one request took longer than it may, however it dripped."""


@contextmanager
def total_limit(seconds: float) -> Iterator[None]:
    """Bound the whole of a request by an alarm.

    Alarms exist in the main thread only, which is where both commands run; elsewhere the plain timeout holds.
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
