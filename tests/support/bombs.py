"""Makes replies that are small on the wire and vast when unpacked."""

from __future__ import annotations

import zlib
from functools import cache

MB = 1 << 20
GZIP = 31


@cache
def bomb(megabytes: int, letter: bytes = b"\0", before: bytes = b"") -> bytes:
    """A gzip stream of so many megabytes of one letter. Each megabyte is packed alike, so one is packed and repeated:
    a reader meets a wrong checksum, but only after everything."""
    press = zlib.compressobj(9, wbits=GZIP)
    begun = press.compress(before + letter * MB) + press.flush(zlib.Z_FULL_FLUSH)
    again = press.compress(letter * MB) + press.flush(zlib.Z_FULL_FLUSH)
    return begun + again * (megabytes - 2) + press.compress(letter * MB) + press.flush()
