"""Asks a source about many symbols: in batches, and around the one it refuses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from scanner.bars.pages import join
from scanner.bars.source import BarsSource, SourceRefused
from scanner.bars.store import FlatBars

SYMBOLS_PER_REQUEST = 200

Tell = Callable[[int, int, str], None]
"""Hears how much of how much is done, and of what."""


def ask(source: BarsSource, symbols: Sequence[str], first: date, last: date, refused: dict[str, str]) -> FlatBars:
    """The bars of these symbols. When the source refuses them for what may be one symbol's sake, they are
    split until that one is alone, and named in `refused`."""
    try:
        return source.bars(symbols, first, last)
    except SourceRefused as no:
        if not no.splits:
            raise
        if len(symbols) == 1:
            refused[symbols[0]] = str(no)
            return join([])
    middle = len(symbols) // 2
    return join([ask(source, half, first, last, refused) for half in (symbols[:middle], symbols[middle:])])
