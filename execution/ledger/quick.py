"""Reads a sealed file quickly where it is byte for byte as we write it, because years of archives are read at once.

Such bytes hold no key twice, no number with a point and no other spelling of anything, so what is left to check is the
seal. Whatever differs by a single byte is read by `gates.base.statefile`, which says what is wrong with it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from gates.base.statefile import SEAL, read_bytes, read_sealed


def _no_float(text: str) -> None:
    raise ValueError(text)


_DECODER = msgspec.json.Decoder(float_hook=_no_float)
_IN_ORDER = msgspec.json.Encoder()
_SORTED = msgspec.json.Encoder(order="deterministic")


def read_sealed_quickly(path: Path, schema: int, *older: int) -> dict[str, Any]:
    """A document whose own digest holds; StateUnreadable says what is wrong with the file."""
    document = _as_written(read_bytes(path))
    if document is not None and type(document.get("schema")) is int and document["schema"] in (schema, *older):
        return document
    return read_sealed(path, schema, *older)


def _as_written(data: bytes) -> dict[str, Any] | None:
    """The document of these bytes; None where they are not exactly what we would write, or the seal does not hold."""
    try:
        document = _DECODER.decode(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or msgspec.json.format(_IN_ORDER.encode(document)) + b"\n" != data:
        return None
    rest = {key: value for key, value in document.items() if key != SEAL}
    return document if hashlib.sha256(_SORTED.encode(rest)).hexdigest() == document.get(SEAL) else None
