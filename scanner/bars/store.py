"""Keeps daily bars on disk: one Parquet file, sorted by symbol and day, replaced as a whole.

Columns: symbol, day, open, high, low, close, volume. The file's own metadata (`avwap`, JSON) says where
the bars are from, when they were last added to, and through which session each symbol was asked for,
so bars and what is known of them can never drift apart. Pages carry checksums; a file that fails them
is unreadable, and is renamed, because every bar can be fetched again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from gates.base.record import dataclass, field
from gates.base.statefile import StateMissing, StateUnreadable, replace
from scanner.bars.panel import FIELDS, Days, Floats, Panel

Number = TypeVar("Number", np.int32, np.int64, np.float64)
Integers = npt.NDArray[np.integer[Any]]
SCHEMA = 1
KEY = b"avwap"
ROWS_PER_GROUP = 4_000_000
ARROW = pa.schema(
    [("symbol", pa.dictionary(pa.int32(), pa.string())), ("day", pa.date32())]
    + [(name, pa.float64()) for name in FIELDS]
)


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where bars are from. `through` names, for every symbol asked for, the last session asked about."""

    schema: int
    source: str
    first: date
    updated_at: datetime
    through: dict[str, date]


@dataclass(frozen=True, slots=True, eq=False)
class FlatBars:
    """Bars one after the other, as they are fetched and stored: a row of each array is one bar."""

    symbols: tuple[str, ...]
    codes: Integers
    days: Integers
    values: dict[str, Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.codes)


NOTHING = Panel((), np.array([], dtype="datetime64[D]"), *(np.empty((0, 0)) for _ in FIELDS))


def load(path: Path) -> tuple[Panel, Origin]:
    """All bars and where they are from. StateMissing or StateUnreadable when there are none to trust."""
    try:
        table = _read(path)
        flat = from_table(table)
    except FileNotFoundError:
        raise StateMissing(path) from None
    except (OSError, pa.ArrowException, KeyError) as broken:
        raise _no_bars(path, broken) from None
    return merge(NOTHING, flat), _origin(path, table.schema.metadata)


def load_origin(path: Path) -> Origin:
    """Where the bars are from, without reading them."""
    try:
        return _origin(path, pq.read_metadata(path).metadata)
    except FileNotFoundError:
        raise StateMissing(path) from None
    except (OSError, pa.ArrowException) as broken:
        raise _no_bars(path, broken) from None


def _origin(path: Path, metadata: Mapping[bytes, bytes] | None) -> Origin:
    try:
        origin = msgspec.json.decode((metadata or {})[KEY], type=Origin)
    except (KeyError, msgspec.MsgspecError) as broken:
        raise _no_bars(path, broken) from None
    if origin.schema != SCHEMA:
        raise StateUnreadable(path, f"has schema {origin.schema}, want {SCHEMA}")
    return origin


def _no_bars(path: Path, broken: Exception) -> StateUnreadable:
    return StateUnreadable(path, f"is not a file of bars ({' '.join(str(broken).split())[:120]})")


def save(path: Path, panel: Panel, origin: Origin) -> None:
    """Durably put the panel in place of what was there."""
    replace(path, to_parquet(panel, {KEY: msgspec.json.encode(origin)}))


def to_parquet(panel: Panel, metadata: Mapping[bytes, bytes]) -> bytes:
    there = ~np.isnan(panel.close)
    codes, columns = np.nonzero(there)
    symbol = pa.DictionaryArray.from_arrays(codes.astype(np.int32), pa.array(panel.symbols, pa.string()))
    days = pa.array(panel.days[columns].astype("datetime64[D]"), pa.date32())
    values = [pa.array(getattr(panel, name)[there]) for name in FIELDS]
    table = pa.Table.from_arrays([symbol, days, *values], schema=ARROW.with_metadata(dict(metadata)))
    return _packed(table)


def save_piece(path: Path, flat: FlatBars) -> None:
    """Bars of one batch, durably, until they are put into the file of all."""
    symbol = pa.DictionaryArray.from_arrays(pa.array(flat.codes, pa.int32()), pa.array(flat.symbols, pa.string()))
    columns = [symbol, pa.array(flat.days, pa.date32()), *(pa.array(flat.values[name]) for name in FIELDS)]
    replace(path, _packed(pa.Table.from_arrays(columns, schema=ARROW)))


def _packed(table: pa.Table) -> bytes:
    """As a Parquet file. A dictionary of prices is nearly as long as they are, and took most of the time."""
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="lz4",
        use_dictionary=["symbol", "day"],
        write_page_checksum=True,
        row_group_size=ROWS_PER_GROUP,
    )
    return bytes(sink.getvalue().to_pybytes())


def load_piece(path: Path) -> FlatBars | None:
    """What an earlier run fetched; None when it did not, or not readably."""
    try:
        return from_table(_read(path))
    except (OSError, pa.ArrowException, KeyError):
        return None


def _read(path: Path) -> pa.Table:
    """The file alone: `read_table` would load all that a folder of files needs, five times as slowly."""
    with pq.ParquetFile(path, read_dictionary=["symbol"], page_checksum_verification=True, memory_map=True) as file:
        return file.read().unify_dictionaries()


def from_table(table: pa.Table) -> FlatBars:
    if not table.num_rows:
        return FlatBars((), np.array([], np.int32), np.array([], np.int32), {name: np.array([]) for name in FIELDS})
    symbol = table.column("symbol").combine_chunks()
    return FlatBars(
        tuple(symbol.dictionary.to_pylist()),
        numbers(symbol.indices, np.int32),
        numbers(table.column("day").combine_chunks(), np.int32),
        {name: numbers(table.column(name).combine_chunks(), np.float64) for name in FIELDS},
    )


def numbers(array: pa.Array, kind: type[Number]) -> npt.NDArray[Number]:
    """An Arrow array's own memory as numpy's. `to_numpy` is the same after loading all of pandas."""
    if array.null_count:
        raise KeyError("a column has missing values")
    values = np.frombuffer(array.buffers()[1], dtype=kind, count=len(array) + array.offset)
    return values[array.offset :]


def merge(panel: Panel, flat: FlatBars, instead: frozenset[str] = frozenset()) -> Panel:
    """The panel with these bars put over it; of symbols in `instead`, nothing old is kept."""
    symbols = tuple(sorted({*panel.symbols, *flat.symbols}))
    new_days = np.flatnonzero(np.bincount(flat.days - flat.days.min())) + flat.days.min() if len(flat) else []
    days = np.union1d(panel.days, np.array(new_days, dtype=np.int32).astype("datetime64[D]"))
    place = {symbol: row for row, symbol in enumerate(symbols)}
    old_rows = np.array([place[symbol] for symbol in panel.symbols if symbol not in instead], dtype=np.int64)
    old_kept = np.array([row for row, one in enumerate(panel.symbols) if one not in instead], dtype=np.int64)
    old_columns = np.searchsorted(days, panel.days)
    rows = np.array([place[symbol] for symbol in flat.symbols], dtype=np.int64)[flat.codes]
    at = rows * len(days) + _columns(days, flat.days)
    arrays = []
    for name in FIELDS:
        array = np.full((len(symbols), len(days)), np.nan)
        if len(old_kept):
            array[np.ix_(old_rows, old_columns)] = getattr(panel, name)[old_kept]
        array.reshape(-1)[at] = flat.values[name]
        arrays.append(array)
    return Panel(symbols, days, *arrays)


def _columns(days: Days, wanted: Integers) -> Integers:
    """Where each day is, by a table of all days between the first and the last."""
    if not len(wanted):
        return np.array([], dtype=np.int64)
    numbers = days.astype(np.int64)
    table = np.zeros(numbers[-1] - numbers[0] + 1, dtype=np.int64)
    table[numbers - numbers[0]] = np.arange(len(numbers))
    return np.asarray(table[wanted - numbers[0]])
