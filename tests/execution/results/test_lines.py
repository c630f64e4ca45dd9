"""Sealed lines, each chained to the one before: what is wrong with one is named and hides no other."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from execution.records import Fee
from execution.results.close import SCHEMA, Close, Mark, add_close, read_closes
from execution.results.remarks import add_remark, read_remarks
from gates.base.statefile import StateUnreadable, sealed

AT = datetime(2026, 11, 20, 21, 10, tzinfo=UTC)
D = Decimal


def close(day: int = 20) -> Close:
    position = Mark("AAPL", D(4), D(4), D("101.30"), D("412.40"))
    bare = Mark("KO", D(0), D(0))
    return Close(
        SCHEMA,
        date(2026, 11, day),
        AT,
        "PA3TEST",
        D("10000.50"),
        D("9588.10"),
        (position, bare),
        D("-3.20"),
        D("7.20"),
        (Fee(D("0.02"), "USD"),),
        "ab" * 32,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "equity.jsonl"
    for day in (18, 19, 20):
        assert add_close(file, close(day))
    return file


def test_what_is_kept_is_read_again(path: Path) -> None:
    lines = read_closes(path)
    assert [one.session.day for one in lines.found] == [18, 19, 20] and lines.problems == ()
    first, second, third = map(json.loads, path.read_text().splitlines())
    assert (first["previous"], second["previous"], third["previous"]) == (None, first["sha256"], second["sha256"])
    assert lines.seal == third["sha256"]
    assert lines.found[0].prices == {"AAPL": D("103.1")}
    assert first["equity"] == "10000.50" and first["at"] == "2026-11-20T21:10:00Z"


def test_a_session_has_one_line(path: Path) -> None:
    before = path.read_bytes()
    assert not add_close(path, close(19))
    assert path.read_bytes() == before


def test_a_file_that_is_missing_has_no_lines_and_one_that_is_none_is_unreadable(tmp_path: Path) -> None:
    assert read_closes(tmp_path / "equity.jsonl").found == ()
    (tmp_path / "folder").mkdir()
    with pytest.raises(StateUnreadable):
        read_closes(tmp_path / "folder")


def problems(path: Path) -> list[str]:
    return [one.removeprefix(f"{path.name} ") for one in read_closes(path).problems]


def test_a_line_torn_by_a_death_is_closed_and_the_chain_goes_on_behind_it(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b'{"schema": 1, "sess')
    assert len(read_closes(path).found) == 3 and problems(path)[0].startswith("line 4: is not valid JSON")
    assert add_close(path, close(23))
    assert [one.session.day for one in read_closes(path).found] == [18, 19, 20, 23]
    assert len(problems(path)) == 1


def test_a_line_that_was_changed_or_taken_out_is_named(path: Path) -> None:
    first, second, third = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + second.replace(b"10000.50", b"99000.50") + third)
    assert problems(path) == ["line 2: digest does not match its content", "line 3: does not follow the line before"]
    path.write_bytes(first + third)
    assert problems(path) == ["line 2: does not follow the line before"]
    path.write_bytes(second + third)
    assert problems(path) == ["line 1: does not follow the line before"]
    path.write_bytes(first + b"\n" + second + third)
    assert problems(path) == [], "an empty line says nothing"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"schema": 2}, "has schema 2, want 1"), ({"schema": True}, "has schema True, want 1"),
        ({"colour": "red"}, "Object contains unknown field `colour`"), ({"equity": "NaN"}, "equity is not a number"),
        ({"previous": ...}, "does not say which line it follows"),
    ],
)  # fmt: skip
def test_a_line_of_another_shape_is_unreadable(path: Path, change: dict[str, object], what: str) -> None:
    document = json.loads(path.read_text().splitlines()[0])
    del document["sha256"]
    document = {name: value for name, value in {**document, **change}.items() if value is not ...}
    path.write_text(json.dumps(sealed(document)) + "\n")
    assert read_closes(path).found == () and what in problems(path)[0]


def test_notes_are_kept_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    first = add_remark(path, "avx-20261120-AAPL-entry-1", AT, "ann", "a gap – überraschend")
    second = add_remark(path, "avx-20261120-AAPL-entry-1", AT, "ann", "again")
    lines = read_remarks(path)
    assert [one.text for one in lines.found] == [first.text, second.text] and lines.problems == ()
    assert "überraschend" in path.read_text()
