"""Pings the dead-man service: `/start` when a cycle begins, the address itself when it went through, `/fail` when not.

A service elsewhere that misses these pings raises the alarm that a dead host cannot. Each ping is one
GET in a thread of its own that dies with the process, so the first is not waited for and none can hold
a cycle. A ping says nothing but that it came; what went wrong is never sent along.
"""

from __future__ import annotations

import threading

from gates.base.settings import Secret

START, SUCCESS, FAIL = "/start", "", "/fail"
LIMIT_SECONDS = 3.0


class Ping:
    """One GET on its way."""

    def __init__(self, url: Secret, what: str, after: Ping | None = None) -> None:
        self._url = url.reveal().rstrip("/") + what
        self._after = after
        self.problem: str | None = "no answer in time"
        self._thread = threading.Thread(target=self._go, name="dead-man ping", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> str | None:
        """What went wrong, None when it was taken."""
        self._thread.join(max(0.0, seconds))
        return self.problem

    def _go(self) -> None:
        if self._after is not None:  # or the beginning would arrive after the end
            self._after.wait(LIMIT_SECONDS)
        self.problem = _get(self._url)


def _get(url: str) -> str | None:
    from requests import RequestException, Session  # only where pings are wanted, and never before an order needs it

    try:
        with Session() as session:
            session.trust_env = False
            with session.get(url, timeout=LIMIT_SECONDS, stream=True, allow_redirects=False) as answer:
                return None if 200 <= answer.status_code < 300 else f"HTTP {answer.status_code}"
    except (RequestException, OSError, ValueError) as broken:
        from gates.base.outage import why_no_answer

        return why_no_answer(broken)
