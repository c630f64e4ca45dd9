"""Asks another host one question over HTTP within bounds: of time, of the reply's length, and of who is spoken to.

Both commands read replies whole before they parse them. A reply of gigabytes, or a small one that
unpacks to gigabytes, would be ended by the kernel's memory limit in the middle of a cycle; here it is
refused in words, like a reply that did not come. No redirect is followed, and no proxy, `.netrc` or
certificate of the environment is used: keys go to the host that the settings name and to no other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from gates.base.escape import foreign
from gates.base.leaks import Leaks
from gates.base.record import dataclass
from gates.base.timelimit import RequestTimeout, total_limit

MOST_BYTES = 16 * 1024 * 1024
MOST_PARTS = 1_000_000
"""Of a JSON text. Each may cost a hundred bytes of memory, however short it is written."""
AT_A_TIME = 1 << 18
UNPACKED_AS_IT_IS = ("", "identity")
PACKED = ("gzip", "x-gzip", "deflate")
ASKED = {"Accept-Encoding": "identity"}


class ReplyOdd(Exception):
    """A reply that is not read: too long, broken off, or packed in a way that was not asked for."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one request may take. `broken` are the exceptions by which the client tells that an answer broke off."""

    limit_seconds: float
    broken: tuple[type[Exception], ...]
    leaks: Leaks
    most_bytes: int = MOST_BYTES


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer: its status, its headers, and what it says."""

    status_code: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether it is a yes. A redirect is none: it is not followed, and says nothing about what was asked."""
        return 200 <= self.status_code < 300

    def json(self) -> Any:
        check_parts(self.body)
        return json.loads(self.body, parse_float=Decimal)


def ask_once(session: Any, method: str, url: str, bounds: Bounds, **options: Any) -> Reply:
    """One request on a session of `requests`, with its whole answer; pieces of known secrets in it are hidden."""
    options["headers"] = {**options.get("headers", {}), **ASKED}
    options["allow_redirects"] = False
    session.trust_env = False
    with (
        total_limit(bounds.limit_seconds),
        session.request(method, url, timeout=bounds.limit_seconds, stream=True, **options) as answer,
    ):
        raw, packing = answer.raw, answer.headers.get("Content-Encoding", "")
        try:
            body = whole(lambda size: raw.read(size, decode_content=False), packing, bounds.most_bytes)
        except bounds.broken as broken:
            if "Timeout" in type(broken).__name__:
                raise RequestTimeout("no answer in time") from None
            raise ReplyOdd("answer broken off") from None
    return Reply(answer.status_code, answer.headers, bounds.leaks.hidden(body))


def whole(read: Callable[[int], bytes], packing: str, most: int = MOST_BYTES) -> bytes:
    """All that `read` gives, unpacked. `packing` is the reply's Content-Encoding; some servers pack unasked."""
    pieces, size = [], 0
    while piece := read(AT_A_TIME):
        size += len(piece)
        if size > most:
            raise _too_long(most)
        pieces.append(piece)
    packed, word = b"".join(pieces), packing.strip().lower()
    return packed if word in UNPACKED_AS_IT_IS else _unpacked(packed, word, most)


def check_parts(body: bytes) -> None:
    """Refuse a JSON text of more values than any answer of use has."""
    parts = body.count(b",") + body.count(b"[") + body.count(b"{")
    if parts > MOST_PARTS:
        raise ReplyOdd(f"answer of more than {MOST_PARTS} values")


def _unpacked(packed: bytes, word: str, most: int) -> bytes:
    if word not in PACKED:
        raise ReplyOdd(f"answer packed as {foreign(word, 20)}")
    import zlib  # only for a server that packs unasked

    opened = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        body = opened.decompress(packed, most + 1)
    except zlib.error:
        raise ReplyOdd("packed answer not understood") from None
    if len(body) > most:
        raise _too_long(most)
    if not opened.eof:
        raise ReplyOdd("packed answer broken off")
    return body


def _too_long(most: int) -> ReplyOdd:
    return ReplyOdd(f"answer of more than {most // 1024 // 1024} MB")
