"""Bytes that are almost right: a good document changed in one to three places, or torn, from one seed.

What is JSON is mostly changed as JSON, for bytes changed anywhere are seldom more than a syntax error, and what bears
a digest is mostly given the right one again, or nothing behind the digest would ever be reached.
"""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

from gates.base.statefile import digest_of, digest_of_rest

DEEP: Any = "deep"
for _ in range(60):
    DEEP = [DEEP]
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**63, -(2**70), 10**400, 0.5, -0.0, 1e308, float("nan"), float("inf"),
    "", " ", "0", "-0", "1e-200000000", "1e300000000", "9" * 70, "NaN", "sNaN", "1_0", "\u0661", "1" * 5000,
    "\x1b[2K\x1b]0;x\x07", "a\nGate mode=LIVE status=PASS reason=forged", "\u202e\u2066", "\x00", "\ud800", "\udcff",
    "../../etc/passwd", "=cmd|'/c'!A1", "{0}%s${X}", "<!channel>", "x" * 3000, "2026-11-20", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999+14:00", "2026-11-20T15:31:00", "AAPL", "avx-20261120-AAPL-entry-1", [], {}, [[]],
    {"": ""}, DEEP, ["x"] * 300, {"schema": 1}, {"__class__": "x"},
)  # fmt: skip
CHUNKS = (
    b"", b"\0", b"\xff\xfe", b"\x85", b"\xed\xa0\x80", b"\xc3", b"[" * 2000, b'{"a":' * 500, b'"', b"\\", b"\\u0000",
    b"\\ud800", b"\n", b"\r\n", b",", b",,", b";", b"=", b"'", b"#", b"\xef\xbb\xbf", b"1e999999999", b"-", b"9" * 5000,
    b"NaN", b"null", b"}{", b"]", b"\x1b[2K", b"\xe2\x80\xae", b"export ", b"${X}", b"  ", b"\t",
)  # fmt: skip
MOST_BYTES = 64 * 1024


def mutated(seed: bytes, random: Random) -> bytes:
    """One case; the same seed and the same state of `random` give the same."""
    data = seed
    if random.random() < 0.75:
        data = _as_json(data, random) or data
        if random.random() < 0.8:
            return data[:MOST_BYTES]
    for _ in range(random.randint(1, 3)):
        data = _as_bytes(data, random)
    return data[:MOST_BYTES]


def _as_json(seed: bytes, random: Random) -> bytes | None:
    try:
        document = json.loads(seed)
    except ValueError:
        return None
    holder = [document]
    for _ in range(random.randint(1, 3)):
        _change(holder, random)
    _seal(holder[0], random)
    try:
        return json.dumps(holder[0], ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return None


def _change(holder: list[Any], random: Random) -> None:
    """Another value, one less, one twice or one more, somewhere in the tree."""
    node: Any = holder
    while True:
        if not node:
            return
        place = random.choice(list(node)) if isinstance(node, dict) else random.randrange(len(node))
        if isinstance(node[place], (dict, list)) and node[place] and random.random() < 0.85:
            node = node[place]
            continue
        break
    what = random.random()
    if what < 0.7:
        node[place] = copy.copy(random.choice(VALUES))
    elif what < 0.8 and node is not holder:
        del node[place]
    elif isinstance(node, dict):
        node[str(random.choice(VALUES))[:40]] = node[place]
    else:
        node.append(copy.deepcopy(node[place]))


def _seal(document: Any, random: Random) -> None:
    if not isinstance(document, dict) or "sha256" not in document or random.random() < 0.2:
        return
    parts = [document[key] for key in ("rows", "symbols") if key in document]
    try:
        document["sha256"] = digest_of(parts[0]) if parts else digest_of_rest(document)
    except (ValueError, TypeError, RecursionError):
        return


def _as_bytes(data: bytes, random: Random) -> bytes:
    at = random.randint(0, len(data))
    to = min(len(data), at + random.choice((0, 1, 1, 2, 8, 64)))
    what = random.random()
    if what < 0.2:
        return data[:at]
    if what < 0.4:
        return data[:at] + bytes([random.randrange(256)]) + data[to:]
    if what < 0.5:
        return data[:to] + data[at:]
    return data[:at] + random.choice(CHUNKS) + data[to:]
