"""Lists how one value may stand in a file: plain, escaped, in an address, in base64 at any shift, in hex.

An address is also known by its path, because error texts of HTTP clients name host and path apart.
"""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote, quote_plus, urlsplit

SHORTEST_PATH = 8
"""A shorter path, such as /ping, is a word and no secret."""


def as_bytes(text: str) -> str:
    """The text's bytes, each as one character, the way `redaction` looks at everything."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def pieces(value: str) -> tuple[str, ...]:
    """What gives this value away: itself, and of an address its path."""
    if not value.startswith(("http://", "https://")):
        return (value,)
    try:
        path = urlsplit(value).path.rstrip("/")
    except ValueError:
        return (value,)
    paths = (path, path.lstrip("/")) if len(path) > SHORTEST_PATH else ()
    return tuple(dict.fromkeys((value, value.rstrip("/"), *paths)))


def spellings(value: str) -> set[str]:
    """The value as it may stand in a file, each as text of one character per byte."""
    data = value.encode("utf-8", "surrogateescape")
    texts = {value, value.replace("%", "%%"), value.replace("\\", "\\\\").replace('"', '\\"')}
    texts |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    escaped = {quote(data, safe=""), quote(data), quote_plus(data)}
    texts |= escaped | {re.sub("%..", lambda found: found[0].lower(), text) for text in escaped}
    texts |= {text.replace("/", "\\/") for text in texts}
    texts |= {data.hex(), data.hex().upper()}
    texts.add(value.encode("utf-16-le", "surrogatepass").decode("latin-1"))
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        texts.add(encode(data).decode())
        for ahead, lost in ((0, 0), (1, 2), (2, 3)):  # what stands before it shifts every character
            whole = (ahead + len(data)) * 8 // 6
            texts.add(encode(bytes(ahead) + data).decode()[lost:whole])
    return {form for form in map(as_bytes, texts) if form}
