"""One HTTP request as a whole: its total time, and what its answer says in a few words.

Nothing said here ever holds a header, an address or a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from requests import Response

from gates.common.timelimit import RequestTimeout as RequestTimeout
from gates.common.timelimit import total_limit as total_limit


def error_of(answer: Response) -> Mapping[str, Any] | None:
    try:
        error = answer.json()
    except (ValueError, RecursionError):
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
