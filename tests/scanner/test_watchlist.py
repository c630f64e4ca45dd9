"""The watchlist: its JSON, its digest, and the CSV a person hands in, every bad cell reported at once."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gates.base.statefile import StateMissing, StateUnreadable, digest_of
from scanner.watchlist import (
    COLUMNS,
    SYMBOL,
    Coverage,
    Row,
    Watchlist,
    WatchlistInvalid,
    load_watchlist,
    make_watchlist,
    parse_csv,
    rows_problems,
    to_bytes,
)

SESSION, AS_OF = date(2026, 11, 20), date(2026, 11, 19)
AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
HEADER = "Symbol,Entry_Level,Stop_Loss,Target_R2"
GOOD = "AAPL,101.35,97.90,108.10"


def row(symbol: str = "AAPL", entry: str = "101.35", stop: str = "97.90", target: str = "108.10") -> Row:
    return Row(symbol, Decimal(entry), Decimal(stop), Decimal(target))


def listed(*rows: Row) -> Watchlist:
    return make_watchlist(SESSION, rows, as_of=AS_OF, generated_at=AT, source="test", coverage=Coverage(2594, 2590))


def problems(*lines: str, header: str = HEADER) -> list[str]:
    with pytest.raises(WatchlistInvalid) as caught:
        parse_csv("\n".join([header, *lines]) + "\n")
    assert str(caught.value) == "\n".join(caught.value.problems)
    return caught.value.problems


# --- rows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("symbol", ["A", "AAPL", "BRK.B", "BF.A", "SPY2", "ABCDEFGHIJ", "A.WS"])
def test_symbols_of_us_stocks(symbol: str) -> None:
    assert row(symbol).problem() is None


@pytest.mark.parametrize(
    "symbol",
    ["", " ", "aapl", "2AAPL", "ABCDEFGHIJK", "BRK.", ".B", "BRK.B.C", "BRK-B", "A B", "A\n", "$AAPL", "AAPL,", "ÄPL",
     "ＡＡＰＬ", "AAPL\u200b", "BRK.ABCDE", "../../etc"],
)  # fmt: skip
def test_what_is_no_symbol(symbol: str) -> None:
    assert row(symbol).problem() == f"symbol {symbol!r} is not a US stock symbol"


@pytest.mark.parametrize(
    ("entry", "stop", "target", "problem"),
    [
        ("100", "99.99", "100.01", None),
        ("100", "100", "110", "stop 100 is not below entry 100"),
        ("100", "100.00", "110", "stop 100.00 is not below entry 100"),
        ("100", "101", "110", "stop 101 is not below entry 100"),
        ("100", "90", "100", "target 100 is not above entry 100"),
        ("100", "90", "99", "target 99 is not above entry 100"),
        ("0", "90", "99", "entry, stop and target must be numbers above 0"),
        ("100", "0", "110", "entry, stop and target must be numbers above 0"),
        ("100", "-90", "110", "entry, stop and target must be numbers above 0"),
        ("NaN", "90", "110", "entry, stop and target must be numbers above 0"),
        ("100", "sNaN", "110", "entry, stop and target must be numbers above 0"),
        ("100", "90", "Infinity", "entry, stop and target must be numbers above 0"),
    ],
)
def test_a_row_is_a_bracket_in_the_making(entry: str, stop: str, target: str, problem: str | None) -> None:
    assert row("AAPL", entry, stop, target).problem() == problem


def test_every_bad_row_is_told_by_its_number() -> None:
    rows = [row(), row("MSFT", stop="200"), row("AAPL"), row("?")]
    assert rows_problems(rows) == [
        "row 2: stop 200 is not below entry 101.35",
        "row 3: symbol AAPL stands there twice",
        "row 4: symbol '?' is not a US stock symbol",
    ]
    with pytest.raises(WatchlistInvalid, match="stands there twice"):
        listed(*rows)


# --- JSON -----------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "2026-11-20.json"


@pytest.mark.parametrize(
    "rows",
    [
        (),
        (row(),),
        (row(), Row("MSFT", Decimal(50), Decimal(40), Decimal(70), Decimal("1.5"), "earnings", AS_OF)),
        (Row("MSFT", Decimal(50), Decimal(40), Decimal(70), None, "earnings", AS_OF, "reclaimed", Decimal(1_234_567)),),
    ],
)
def test_what_is_written_reads_back(path: Path, rows: tuple[Row, ...]) -> None:
    path.write_bytes(to_bytes(listed(*rows)))
    assert load_watchlist(path) == listed(*rows)


def test_the_shape_of_the_file_is_the_contract() -> None:
    document = json.loads(to_bytes(listed(row())))
    names = ["schema", "session", "as_of", "generated_at", "source", "coverage", "rows", "sha256"]
    assert list(document) == names
    assert (document["session"], document["as_of"]) == ("2026-11-20", "2026-11-19")
    assert document["coverage"] == {"universe": 2594, "with_bars": 2590}
    assert document["rows"][0]["entry"] == "101.35"
    assert document["sha256"] == digest_of(document["rows"])


def test_times_are_told_in_utc() -> None:
    generated_at = datetime.fromisoformat("2026-11-20T08:00:00-05:00")
    made = make_watchlist(SESSION, (), as_of=None, generated_at=generated_at, source="test")
    assert json.loads(to_bytes(made))["generated_at"] == "2026-11-20T13:00:00Z"


def resealed(change: Callable[[dict[str, Any]], object], seal: bool = True) -> bytes:
    document = json.loads(to_bytes(listed(row(), row("MSFT"))))
    change(document)
    if seal and isinstance(document.get("rows"), list):
        document["sha256"] = digest_of(document["rows"])
    return json.dumps(document).encode()


DAMAGE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "torn": (to_bytes(listed(row()))[:-20], "is not valid JSON"),
    "a list": (b"[]", "is not a JSON object"),
    "a newer schema": (resealed(lambda d: d.update(schema=3)), "has schema 3, want 2"),
    "a field of schema 2": (resealed(lambda d: d.update(schema=1)), "row 1: schema 1 has no field `avg_volume`"),
    "a setup that is no word": (resealed(lambda d: d["rows"][0].update(setup="A b")), "setup 'A b' is not a word"),
    "a volume that is no number": (resealed(lambda d: d["rows"][0].update(avg_volume="NaN")), "avg_volume NaN is not"),
    "row edited": (resealed(lambda d: d["rows"][0].update(entry="99"), seal=False), "digest does not match its rows"),
    "row removed": (resealed(lambda d: d["rows"].pop(), seal=False), "digest does not match its rows"),
    "no digest": (resealed(lambda d: d.pop("sha256"), seal=False), "sha256"),
    "no rows": (resealed(lambda d: d.pop("rows")), "rows"),
    "no session": (resealed(lambda d: d.pop("session")), "session"),
    "unknown field": (resealed(lambda d: d.update(comment="x")), "comment"),
    "unknown field of a row": (resealed(lambda d: d["rows"][0].update(qty="5")), "qty"),
    "session is no date": (resealed(lambda d: d.update(session="today")), "session"),
    "a price a number": (resealed(lambda d: d["rows"][0].update(entry=101.35)), "is not valid JSON"),
    "a price in words": (resealed(lambda d: d["rows"][0].update(entry="a lot")), "entry"),
    "NaN": (resealed(lambda d: d["rows"][0].update(entry="NaN")), "is not a plain number"),
    "infinite": (resealed(lambda d: d["rows"][0].update(target="Infinity")), "is not a plain number"),
    "negative": (resealed(lambda d: d["rows"][0].update(stop="-1")), "is not a plain number"),
    "stop above entry": (resealed(lambda d: d["rows"][1].update(stop="200")), "stop 200 is not below entry"),
    "target below entry": (resealed(lambda d: d["rows"][1].update(target="1")), "target 1 is not above entry"),
    "a symbol twice": (resealed(lambda d: d["rows"][1].update(symbol="AAPL")), "stands there twice"),
    "a symbol in lower case": (resealed(lambda d: d["rows"][1].update(symbol="msft")), "is not a US stock symbol"),
    "a score that is no number": (resealed(lambda d: d["rows"][0].update(score="NaN")), "score"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_list_is_unreadable(path: Path, damage: str) -> None:
    content, words = DAMAGE[damage]
    path.write_bytes(content)
    with pytest.raises(StateUnreadable) as caught:
        load_watchlist(path)
    assert words in caught.value.what
    assert path.read_bytes() == content


def test_no_list_is_missing(path: Path) -> None:
    with pytest.raises(StateMissing):
        load_watchlist(path)


@settings(deadline=None)
@given(data=st.binary())
def test_no_bytes_are_more_than_unreadable(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any-watchlist.json"
    path.write_bytes(data)
    with pytest.raises(StateUnreadable):
        load_watchlist(path)


# --- CSV: what is taken ---------------------------------------------------------------------------

TAKEN = {
    "plain": f"{HEADER}\n{GOOD}\n",
    "no newline at the end": f"{HEADER}\n{GOOD}",
    "CRLF": f"{HEADER}\r\n{GOOD}\r\n",
    "byte order mark": f"\ufeff{HEADER}\n{GOOD}\n",
    "quoted cells": f'"Symbol","Entry_Level",Stop_Loss,Target_R2\n"AAPL","101.35","97.90",108.10\n',  # noqa: F541
    "blanks around cells": " Symbol , Entry_Level,Stop_Loss ,Target_R2\n AAPL , 101.35,\t97.90 ,108.10 \n",
    "lower case symbol": f"{HEADER}\naapl,101.35,97.90,108.10\n",
    "columns in another order": "Target_R2,Symbol,Stop_Loss,Entry_Level\n108.10,AAPL,97.90,101.35\n",
    "more columns": f'Rank,{HEADER},Note\n1,{GOOD},"good, I think"\n',
    "an extra column twice": f"Note,{HEADER},Note\nx,{GOOD},y\n",
    "an extra column without a name": f"{HEADER},\n{GOOD},\n",
    "blank lines": f"{HEADER}\n\n{GOOD}\n,,,\n  \n",
    "a newline in a quoted note": f'{HEADER},Note\n{GOOD},"two\nlines"\n',
}


@pytest.mark.parametrize("case", TAKEN)
def test_a_list_as_people_write_it(case: str) -> None:
    assert parse_csv(TAKEN[case]) == (row(),)


def test_rows_keep_their_order_and_their_digits() -> None:
    rows = parse_csv(f"{HEADER}\nBRK.B,471.30,464.80,484.30\nF,11,10.7100,11.64000001\n")
    assert rows == (row("BRK.B", "471.30", "464.80", "484.30"), row("F", "11", "10.7100", "11.64000001"))
    assert str(rows[1].stop) == "10.7100"


def test_a_list_of_nothing_is_a_list() -> None:
    assert parse_csv(HEADER) == ()


# --- CSV: what is refused -------------------------------------------------------------------------

NO_LEVEL = ["", " ", "0", "0.00", "-1", "+1", "nan", "NaN", "inf", "-Infinity", "1e5", "1E2", "1_000", "$5", "5%", "5.",
            ".5", "1.2.3", "５", "٥", "²", "five", "1O1", "101,35", "1,000", "0x10", "101.35 USD", "1 000"]  # fmt: skip


@pytest.mark.parametrize("cell", NO_LEVEL)
@pytest.mark.parametrize("column", ["Entry_Level", "Stop_Loss", "Target_R2"])
def test_a_level_is_a_plain_number_above_zero(column: str, cell: str) -> None:
    cells = {"Symbol": "AAPL", "Entry_Level": "101.35", "Stop_Loss": "97.90", "Target_R2": "108.10", column: cell}
    found = problems(",".join(f'"{value}"' for value in cells.values()))
    assert found == [f"line 2, {column}: {cell.strip()!r} is not a plain number above 0, such as 101.35"]


@pytest.mark.parametrize("cell", ["", "$AAPL", "AAPL US", "BRK-B", "1A", "ÄPL", "ＡＡＰＬ", "-", "#N/A", "AA\u200bPL"])
def test_a_symbol_that_is_none(cell: str) -> None:
    (found,) = problems(f"{cell},101.35,97.90,108.10")
    assert found.startswith("line 2, Symbol: ")
    assert found.endswith("is not a US stock symbol")


@pytest.mark.parametrize("cell", ["ß", "ıbm", "ſpy", "ﬁ", "ŉ"])
def test_a_letter_that_only_becomes_ascii_in_upper_case_is_no_symbol(cell: str) -> None:
    """Somebody's `ı` is not our I: what is bought must have been written."""
    (found,) = problems(f"{cell},101.35,97.90,108.10")
    assert found.endswith("is not a US stock symbol")


def test_every_bad_cell_is_reported_at_once() -> None:
    assert problems("AAPL,101.35,97.90,108.10", "$X,1e5,nan,-1", "", "MSFT,50,60,70", "aapl,1,0.9,2", "F,11") == [
        "line 3, Symbol: '$X' is not a US stock symbol",
        "line 3, Entry_Level: '1e5' is not a plain number above 0, such as 101.35",
        "line 3, Stop_Loss: 'nan' is not a plain number above 0, such as 101.35",
        "line 3, Target_R2: '-1' is not a plain number above 0, such as 101.35",
        "line 5: stop 60 is not below entry 50",
        "line 6, Symbol: AAPL stands in line 2 already",
        "line 7: has 2 cells, the header has 4",
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("AAPL,100,100,110", "line 2: stop 100 is not below entry 100"),
        ("AAPL,100,101,110", "line 2: stop 101 is not below entry 100"),
        ("AAPL,100,90,100", "line 2: target 100 is not above entry 100"),
        ("AAPL,100,90,95", "line 2: target 95 is not above entry 100"),
        ("AAPL,101.35,97.90", "line 2: has 3 cells, the header has 4"),
        ("AAPL,101.35,97.90,108.10,", "line 2: has 5 cells, the header has 4"),
        ("AAPL,1,101.35,97.90,108.10", "line 2: has 5 cells, the header has 4"),
        ("AAPL;101.35;97.90;108.10", "line 2: has 1 cells, the header has 4"),
    ],
)
def test_a_line_that_is_no_row(line: str, problem: str) -> None:
    assert problems(line) == [problem]


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", [f"line 1: column {name} is missing" for name in COLUMNS]),
        ("Symbol,Entry_Level,Stop_Loss", ["line 1: column Target_R2 is missing"]),
        ("symbol,Entry_Level,Stop_Loss,Target_R2", ["line 1: column Symbol is missing"]),
        ("Symbol;Entry_Level;Stop_Loss;Target_R2", [f"line 1: column {name} is missing" for name in COLUMNS]),
        (f"{HEADER},Symbol", ["line 1: column Symbol stands there twice"]),
        ("Symbol,Symbol,Entry_Level,Stop_Loss",
         ["line 1: column Target_R2 is missing", "line 1: column Symbol stands there twice"]),
    ],
)  # fmt: skip
def test_the_first_line_names_each_column_once(header: str, found: list[str]) -> None:
    assert problems(GOOD, header=header) == found


@pytest.mark.parametrize("text", ["", "\ufeff"])
def test_an_empty_file_says_what_belongs_in_it(text: str) -> None:
    with pytest.raises(WatchlistInvalid, match="empty file; the first line names the columns Symbol, Entry_Level"):
        parse_csv(text)


@pytest.mark.parametrize(
    "text",
    [f'{HEADER}\n"AAPL,101.35,97.90,108.10\n', f'{HEADER}\n"AAPL"x,1,2,3\n', f"{HEADER}\rAAPL,1,2,3\r",
     f"{HEADER}\n{'A' * 200_000},1,2,3\n"],
)  # fmt: skip
def test_what_is_no_csv(text: str) -> None:
    with pytest.raises(WatchlistInvalid, match="not readable as CSV"):
        parse_csv(text)


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    """A quoted note may go over two lines; the next bad cell is still where the person will look."""
    assert problems(f'{GOOD},"two\nlines"', "MSFT,x,1,2,", header=f"{HEADER},Note") == [
        "line 4, Entry_Level: 'x' is not a plain number above 0, such as 101.35"
    ]


# --- CSV: anything at all -------------------------------------------------------------------------

cells = st.sampled_from(["AAPL", "msft", "101.35", "97.90", "108.10", "0", "-1", "nan", '"', "", " ", "1e5"]) | st.text(
    max_size=6
)
tables = st.lists(st.lists(cells, max_size=6).map(",".join), max_size=5).map("\n".join)


@settings(deadline=None)
@given(text=st.text() | tables.map(lambda body: f"{HEADER}\n{body}") | st.binary().map(lambda b: b.decode("latin-1")))
@example(f"{HEADER}\n{GOOD}")
@example(f"{HEADER}\nAAPL,1\x00,2,3")
def test_any_text_is_valid_rows_or_invalid_and_nothing_else(text: str) -> None:
    try:
        rows = parse_csv(text)
    except WatchlistInvalid as invalid:
        assert invalid.problems
        assert all(invalid.problems)
        return
    assert rows_problems(rows) == []
    assert all(SYMBOL.fullmatch(one.symbol) for one in rows)
    made = listed(*rows)
    assert msgspec.convert(json.loads(to_bytes(made)), Watchlist) == made


plain = st.decimals(min_value="0.01", max_value=10**6, places=2)


@settings(deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.from_regex(r"\A[A-Z][A-Z0-9]{0,4}(\.[AB])?\Z"), st.lists(plain, min_size=3, max_size=3, unique=True)
        ),
        unique_by=lambda one: one[0],
        max_size=6,
    )
)
def test_any_good_list_comes_back_as_it_was_written(rows: list[tuple[str, list[Decimal]]]) -> None:
    expected = []
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER.split(","))
    for symbol, levels in rows:
        stop, entry, target = sorted(levels)
        expected.append(Row(symbol, entry, stop, target))
        writer.writerow([symbol, entry, stop, target])
    assert parse_csv(text.getvalue()) == tuple(expected)
