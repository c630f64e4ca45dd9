"""Says in plain words why another host gave no answer.

Clients wrap the cause in errors of their own, whose texts hold addresses, object names and what was asked. Only the
kinds of the wrapped errors are looked at here, so these words hold nothing of that, and no secret.
"""

from __future__ import annotations

import os

WORDS = {
    "RequestTimeout": "no answer in time",
    "ConnectTimeout": "no connection in time",
    "ConnectTimeoutError": "no connection in time",
    "ReadTimeout": "no answer in time",
    "ReadTimeoutError": "no answer in time",
    "gaierror": "name not found",
    "NameResolutionError": "name not found",
    "SSLCertVerificationError": "certificate not trusted",
    "SSLError": "no TLS connection",
    "ConnectionRefusedError": "connection refused",
    "RemoteDisconnected": "connection closed without an answer",
    "ConnectionResetError": "connection broken off",
    "BrokenPipeError": "connection broken off",
    "ConnectionAbortedError": "connection broken off",
    "IncompleteRead": "answer broken off",
    "ChunkedEncodingError": "answer broken off",
    "TimeoutError": "no answer in time",
    "MemoryError": "not enough memory for the answer",
}
"""By the kind of error, the most telling one first: one cause comes wrapped in several."""
MOST_WRAPPED = 10


def why_no_answer(broken: BaseException) -> str:
    wrapped = _unwrapped(broken)
    kinds = {type(one).__name__ for one in wrapped}
    known = next((words for kind, words in WORDS.items() if kind in kinds), None)
    if known is not None:
        return known
    for one in reversed(wrapped):
        if isinstance(one, OSError) and one.errno:
            return os.strerror(one.errno).lower()
    return "no connection" if "ConnectionError" in kinds else f"no answer ({type(broken).__name__})"


def _unwrapped(broken: BaseException) -> list[BaseException]:
    """The error, the one it wraps, and so on inwards."""
    found: list[BaseException] = []
    inner: BaseException | None = broken
    while inner is not None and len(found) < MOST_WRAPPED:
        found.append(inner)
        inside = (getattr(inner, "reason", None), inner.__cause__, *inner.args)
        inner = next((one for one in inside if isinstance(one, BaseException)), None)
    return found
