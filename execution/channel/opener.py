"""Opens Slack's addresses for slack_sdk: no redirect is followed, no proxy is used, and an answer has a length.

`urllib` by itself follows a redirect with the bot's token to whatever host and scheme it names, asks
through a proxy of the environment, and opens files. What this opener cannot do, no answer can ask of it.
"""

from __future__ import annotations

from http.client import HTTPResponse
from io import BytesIO
from typing import cast
from urllib.parse import urlsplit
from urllib.request import (
    BaseHandler,
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
    UnknownHandler,
)
from urllib.response import addinfourl

MOST_BYTES = 1024 * 1024
SLACKS_HOSTS = ("slack.com", "slack-gov.com")


class TooLong(OSError):
    """An answer longer than any of Slack's."""


class _Bounded(BaseHandler):
    """Reads an answer whole, up to a length, before anything else looks at it."""

    handler_order = 500

    def http_response(self, request: Request, answer: HTTPResponse) -> addinfourl:
        body = answer.read(MOST_BYTES + 1)
        answer.close()
        if len(body) > MOST_BYTES:
            raise TooLong("answer of more than 1 MB")
        read = addinfourl(BytesIO(body), answer.headers, request.full_url, answer.status)
        read.msg = answer.reason  # type: ignore[attr-defined]
        return read

    https_response = http_response


def opened(request: Request, limit_seconds: float) -> addinfourl:
    """The answer to one request. A status that is no yes is raised as HTTPError, a redirect too."""
    opener = OpenerDirector()
    for handler in (HTTPHandler, HTTPSHandler, UnknownHandler, HTTPDefaultErrorHandler, HTTPErrorProcessor, _Bounded):
        opener.add_handler(handler())
    return cast(addinfourl, opener.open(request, timeout=limit_seconds))


def is_slacks(address: str, base_url: str) -> bool:
    """Whether an address that Slack told is one of Slack's own, or lies where our bot speaks to."""
    try:
        told, base = urlsplit(address), urlsplit(base_url)
        host = (told.hostname or "").rstrip(".")
        same = (told.scheme, host, told.port) == (base.scheme, base.hostname, base.port)
    except ValueError:
        return False
    below = any(host == one or host.endswith(f".{one}") for one in SLACKS_HOSTS)
    return "@" not in told.netloc and (same or (told.scheme == "https" and below and told.port in (None, 443)))
