"""Reads a page of Alpaca's daily bars, from bytes to arrays without an object per bar.

    {"bars": {"AAPL": [{"t": "2026-11-19T05:00:00Z", "o": …, "h": …, "l": …, "c": …, "v": …}, …]}, "next_page_token": …}

msgspec finds where each symbol's list begins and ends, and Arrow reads all the lists as one table. What
does not parse to the last byte is no page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.json as pajson

from gates.base.escape import foreign
from gates.base.record import dataclass
from scanner.bars.panel import FIELDS
from scanner.bars.store import FlatBars, numbers

BETWEEN_BARS = re.compile(rb"\}\s*,\s*\{")
ROW = pa.schema([("t", pa.timestamp("s"))] + [(name, pa.float64()) for name in "ohlcv"])
PARSE = pajson.ParseOptions(explicit_schema=ROW, unexpected_field_behavior="ignore")
NEW_YORK_MIDNIGHT_UTC_HOURS = 4
DAY_SECONDS = 86_400


class PageOdd(Exception):
    """An answer that is no page of bars."""


class _Page(msgspec.Struct):
    bars: dict[str, msgspec.Raw] | None
    next_page_token: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    bars: FlatBars
    next_token: str | None


def read_page(body: bytes) -> Page:
    try:
        page = msgspec.json.decode(body, type=_Page)
        lists = {symbol: bytes(raw).strip() for symbol, raw in (page.bars or {}).items()}
        return Page(_flat(lists), page.next_page_token)
    except (msgspec.MsgspecError, pa.ArrowException, ValueError, RecursionError) as broken:
        raise PageOdd(foreign(str(broken))) from None


def _flat(lists: dict[str, bytes]) -> FlatBars:
    lists = {symbol: rows for symbol, rows in lists.items() if rows.strip(b"[] \r\n\t")}
    if not lists:
        return join([])
    counts, inner = [], []
    for symbol, rows in lists.items():
        if not (rows.startswith(b"[") and rows.endswith(b"]")):
            raise ValueError(f"bars of {symbol} are no list")
        inner.append(rows[1:-1].strip())
        if not (inner[-1].startswith(b"{") and inner[-1].endswith(b"}")):
            raise ValueError(f"bars of {symbol} are no list of bars")
        counts.append(rows.count(b"{"))
    text, parted = _a_line_each(b",".join(inner), sum(counts))
    if parted != sum(counts):  # what is not an object among them makes Arrow's reader crash the process
        raise ValueError("what stands among the bars is no bar")
    size = max(len(text) + 1, 1 << 16)
    table = pajson.read_json(BytesIO(text), read_options=pajson.ReadOptions(block_size=size), parse_options=PARSE)
    if table.num_rows != sum(counts) or any(table.column(name).null_count for name in ROW.names):
        raise ValueError("bars with missing fields")
    seconds = numbers(table.column("t").combine_chunks(), np.int64)
    pairs = zip(FIELDS, "ohlcv", strict=True)
    values = {field: numbers(table.column(name).combine_chunks(), np.float64) for field, name in pairs}
    days = ((seconds - NEW_YORK_MIDNIGHT_UTC_HOURS * 3600) // DAY_SECONDS).astype(np.int32)
    return FlatBars(tuple(lists), np.repeat(np.arange(len(lists), dtype=np.int32), counts), days, values)


def _a_line_each(bars: bytes, count: int) -> tuple[bytes, int]:
    """The bars on lines of their own, and how many there are. Answers come without blanks, where plain bytes
    are found several times as fast as a pattern."""
    if bars.count(b"},{") + 1 == count:
        return bars.replace(b"},{", b"}\n{"), count
    text, parted = BETWEEN_BARS.subn(b"}\n{", bars)
    return text, parted + 1


def join(pieces: Sequence[FlatBars]) -> FlatBars:
    """Several as one."""
    names = tuple(sorted({symbol for piece in pieces for symbol in piece.symbols}))
    place = {symbol: code for code, symbol in enumerate(names)}
    full = [piece for piece in pieces if len(piece)]
    codes = [np.array([place[one] for one in piece.symbols], dtype=np.int32)[piece.codes] for piece in full]
    none = np.array([], dtype=np.int32)
    return FlatBars(
        names,
        np.concatenate([none, *codes]),
        np.concatenate([none, *(piece.days for piece in full)]),
        {name: np.concatenate([np.array([]), *(piece.values[name] for piece in full)]) for name in FIELDS},
    )
