"""The one file of bars: what goes in comes out, what is damaged is refused, and nothing is half-written."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.panels import market, markets
from support.scanner_desk import flat_of, same_bars

from gates.base.environment import CHECKOUT
from gates.base.statefile import StateMissing, StateUnreadable, StateUnwritable
from scanner.bars import store
from scanner.bars.panel import FIELDS, Panel
from scanner.bars.store import NOTHING, Origin, load, load_origin, load_piece, merge, save, save_piece

MADE_AT = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
ORIGIN = Origin(store.SCHEMA, "tape", date(2025, 1, 2), MADE_AT, {"S00": date(2026, 11, 19)})
KNOWN = msgspec.json.encode(ORIGIN)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bars.parquet"


def bars_alone(panel: Panel) -> Panel:
    """Without the symbols and sessions of which there is no bar."""
    there = ~np.isnan(panel.close)
    rows, columns = there.any(axis=1), there.any(axis=0)
    arrays = (getattr(panel, name)[rows][:, columns] for name in FIELDS)
    symbols = tuple(symbol for symbol, kept in zip(panel.symbols, rows, strict=True) if kept)
    return Panel(symbols, panel.days[columns], *arrays)


@given(panel=markets(lengths=(2, 3, 20, 60)))
def test_what_goes_in_comes_out(tmp_path_factory: pytest.TempPathFactory, panel: Panel) -> None:
    path = tmp_path_factory.mktemp("bars") / "bars.parquet"
    save(path, panel, ORIGIN)
    loaded, origin = load(path)
    assert same_bars(bars_alone(loaded), bars_alone(panel))
    assert origin == load_origin(path) == ORIGIN


def test_the_same_bars_are_the_same_bytes(path: Path) -> None:
    save(path, market(60, 1), ORIGIN)
    first = path.read_bytes()
    save(path, market(60, 1), ORIGIN)
    assert path.read_bytes() == first
    assert path.stat().st_mode & 0o777 == 0o600


def test_anything_that_reads_parquet_reads_it(path: Path) -> None:
    save(path, market(20, 1, ["plain"]), ORIGIN)
    table = pq.read_table(path)
    assert table.column_names == ["symbol", "day", *FIELDS]
    assert table.column("symbol").to_pylist() == ["S00"] * 20
    assert table.column("day").to_pylist()[-1] == date(2026, 11, 19)


def test_no_file_is_missing_and_not_empty(path: Path) -> None:
    with pytest.raises(StateMissing):
        load(path)
    with pytest.raises(StateMissing):
        load_origin(path)


def cases_of_damage(data: bytes) -> dict[str, bytes]:
    flipped = bytearray(data)
    flipped[len(data) // 3] ^= 0x10
    return {
        "empty": b"",
        "text": b"symbol,day,close\n",
        "half": data[: len(data) // 2],
        "without its end": data[:-1],
        "one bit in the bars": bytes(flipped),
        "without its beginning": data[100:],
    }


@pytest.mark.parametrize("name", cases_of_damage(b"0" * 300))
def test_damage_is_refused(path: Path, name: str) -> None:
    save(path, market(60, 1), ORIGIN)
    path.write_bytes(cases_of_damage(path.read_bytes())[name])
    with pytest.raises(StateUnreadable, match=r"bars\.parquet"):
        load(path)
    assert load_piece(path) is None


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {b"avwap": b"{}"},
        {b"avwap": b"not json"},
        {b"avwap": KNOWN.replace(b'"schema":1', b'"schema":2')},
        {b"avwap": KNOWN.replace(b'{"schema"', b'{"x":1,"schema"')},
    ],
)
def test_bars_of_unknown_origin_are_refused(path: Path, metadata: dict[bytes, bytes] | None) -> None:
    save(path, market(20, 1), ORIGIN)
    pq.write_table(pq.read_table(path).replace_schema_metadata(metadata), path)
    with pytest.raises(StateUnreadable):
        load_origin(path)


def test_missing_values_are_refused(path: Path) -> None:
    nothing = pa.array([None], pa.float64())
    columns = [pa.array(["A"]).dictionary_encode(), pa.array([20_000], pa.date32()), *([nothing] * 5)]
    pq.write_table(pa.Table.from_arrays(columns, schema=store.ARROW), path)
    assert load_piece(path) is None


def test_a_piece_comes_back_as_it_was(path: Path) -> None:
    flat = flat_of([("B", date(2026, 11, 18), 1, 2, 0.5, 1.5, 10), ("A", date(2026, 11, 19), 3, 4, 2.5, 3.5, 20)])
    save_piece(path, flat)
    again = load_piece(path)
    assert again is not None
    assert (again.symbols, again.codes.tolist(), again.days.tolist()) == (
        flat.symbols,
        flat.codes.tolist(),
        flat.days.tolist(),
    )
    assert all(np.array_equal(again.values[name], flat.values[name]) for name in FIELDS)


# --- putting bars over bars ---------------------------------------------------------------------------


def bar(symbol: str, day: int, close: float) -> tuple[str, date, float, float, float, float, float]:
    return symbol, date(2026, 11, day), close, close, close, close, 100.0


def closes(panel: Panel) -> dict[str, list[float]]:
    return {symbol: panel.close[row].tolist() for row, symbol in enumerate(panel.symbols)}


def test_new_bars_go_over_old_ones_and_beside_them() -> None:
    panel = merge(NOTHING, flat_of([bar("B", 17, 1.0), bar("B", 18, 2.0)]))
    panel = merge(panel, flat_of([bar("B", 18, 2.5), bar("B", 19, 3.0), bar("A", 19, 9.0)]))
    assert panel.symbols == ("A", "B")
    assert closes(panel)["B"] == [1.0, 2.5, 3.0]
    assert np.isnan(closes(panel)["A"][:2]).all()


def test_instead_of_a_symbols_bars_nothing_old_is_kept() -> None:
    panel = merge(NOTHING, flat_of([bar("A", 17, 8.0), bar("B", 17, 1.0), bar("B", 18, 2.0)]))
    panel = merge(panel, flat_of([bar("B", 18, 4.0)]), frozenset({"B"}))
    assert np.isnan(closes(panel)["B"][0])
    assert closes(panel)["B"][1] == 4.0
    assert closes(panel)["A"][0] == 8.0


@given(data=st.data())
def test_bars_in_any_pieces_are_the_same_panel(data: st.DataObject) -> None:
    panel = market(20, data.draw(st.integers(0, 99)), ["plain", "missing", "late"])
    rows = [
        (symbol, panel.days[column].item(), *(float(getattr(panel, name)[row, column]) for name in FIELDS))
        for row, symbol in enumerate(panel.symbols)
        for column in np.flatnonzero(~np.isnan(panel.close[row]))
    ]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    order = data.draw(st.permutations(range(len(cuts) + 1)))
    pieces = [rows[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    whole = NOTHING
    for place in order:
        whole = merge(whole, flat_of(pieces[place]))
    assert same_bars(bars_alone(whole), bars_alone(panel))


# --- whatever happens while it is written -------------------------------------------------------------

WRITE = """
import sys
sys.path[:0] = [sys.argv[2], sys.argv[2] + "/tests"]
from datetime import UTC, date, datetime
from pathlib import Path
from support.panels import market
from scanner.bars.store import Origin, save
save(Path(sys.argv[1]), market(300, 2), Origin(1, "tape", date(2025, 1, 2), datetime(2026, 11, 20, tzinfo=UTC), {}))
"""


@pytest.mark.processes
@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
def test_death_while_writing_leaves_the_old_file(path: Path, call: str) -> None:
    """A real process that kills itself at that call; at `write`, with half of the bytes on the disk."""
    save(path, market(60, 1), ORIGIN)
    before = path.read_bytes()
    dying = f"""
import os
def die(*_, **__): os.kill(os.getpid(), 9)
real_write = os.write
def half(handle, data):
    real_write(handle, bytes(data)[: len(data) // 2])
    die()
setattr(os, {call!r}, half if {call!r} == "write" else die)
if {call!r} == "rename": os.replace = die
"""
    done = subprocess.run(
        [sys.executable, "-c", dying + WRITE, str(path), str(CHECKOUT)], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == -9, done.stderr.decode()
    assert path.read_bytes() == before
    assert load(path)[1] == ORIGIN


@pytest.mark.processes
def test_a_full_disk_leaves_the_old_file_and_says_so(path: Path) -> None:
    """A limit on the size of files is the disk that is full; the process that has it is a child."""
    save(path, market(20, 1, ["plain"]), ORIGIN)
    before = path.read_bytes()

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    code = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" + WRITE
    command = [sys.executable, "-c", code, str(path), str(CHECKOUT)]
    done = subprocess.run(command, capture_output=True, timeout=60, preexec_fn=small, check=False)
    assert StateUnwritable.__name__ in done.stderr.decode()
    assert path.read_bytes() == before
    assert [one for one in os.listdir(path.parent) if one != path.name] == []
