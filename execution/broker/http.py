"""Says in a few words what an HTTP answer, or its absence, means (`gates.base.replies` asks for it).

These words never hold a header, an address or a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from requests import RequestException
from urllib3.exceptions import HTTPError

from gates.base.escape import foreign
from gates.base.leaks import Leaks
from gates.base.replies import Bounds, Reply, ReplyOdd
from gates.base.timelimit import RequestTimeout

NO_ANSWER = (RequestException, RequestTimeout, ReplyOdd, MemoryError)
"""Whatever keeps a readable answer from coming."""
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError, ReplyOdd, MemoryError)
"""What comes of reading an answer that is not as agreed; nested deep enough, even its JSON has no end."""
HIGHEST_CODE = 10**9


def bounds(limit_seconds: float, leaks: Leaks) -> Bounds:
    return Bounds(limit_seconds, (HTTPError, OSError), leaks)


def error_of(answer: Reply) -> Mapping[str, Any] | None:
    try:
        error = answer.json()
    except UNREADABLE:
        return None
    return error if isinstance(error, dict) and "message" in error else None


def said(answer: Reply) -> str:
    """Status, code and message, short; never a header or an address."""
    error = error_of(answer)
    if error is None:
        return f"HTTP {answer.status_code}"
    code = error.get("code")
    shown = f" code {code}" if isinstance(code, int) and 0 <= code < HIGHEST_CODE else ""
    message = error["message"]
    return f"HTTP {answer.status_code}{shown}: {foreign(message) if isinstance(message, str) else 'no words'}"


def not_understood(strange: Exception) -> str:
    """What is odd about an answer, in words of the parser, which may quote the answer."""
    return f"answer not understood ({foreign(str(strange), 170)})"


def words(broken: Exception) -> str:
    if isinstance(broken, (RequestTimeout, ReplyOdd)):
        return str(broken)
    from gates.base.outage import why_no_answer  # only when one did not come

    return why_no_answer(broken)
