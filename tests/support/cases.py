"""Says how many cases a property test draws that wants another number than the usual hundred."""

from __future__ import annotations

from hypothesis import settings

USUAL, FEWEST = 100, 5


def cases(number: int) -> int:
    """So many in `make check`, four tenths of them in `make test`, one in `make quick`."""
    return min(number, max(FEWEST, number * settings().max_examples // USUAL))
