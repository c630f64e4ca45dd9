"""Journal lines: New York time, journald's priorities, one line per fact, and never an exception."""

from __future__ import annotations

import io
import json
import os
from collections import deque
from datetime import datetime
from pathlib import Path

import pytest
from support.facts import new_york

from gates.base.logs import Journal, JournalLine, Level, LineKind, writes_to_journald

WINTER, SUMMER = new_york("2026-11-20 10:31:02"), new_york("2026-07-01 09:30")


def written(level: Level, text: str, now: datetime = WINTER, **options: bool) -> tuple[str, str]:
    """What came out on stdout and on stderr."""
    out, err = io.StringIO(), io.StringIO()
    Journal(now=lambda: now, out=out, err=err, **options).line(level, text)
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("level", "now", "journald", "text", "line"),
    [
        (Level.INFO, WINTER, False, "hello", "[2026-11-20 10:31:02 EST] hello"),
        (Level.INFO, SUMMER, False, "hello", "[2026-07-01 09:30:00 EDT] hello"),
        (Level.INFO, WINTER, True, "hello", "<6>[2026-11-20 10:31:02 EST] hello"),
        (Level.WARNING, WINTER, False, "hello", "[2026-11-20 10:31:02 EST] WARNING: hello"),
        (Level.WARNING, WINTER, True, "hello", "<4>[2026-11-20 10:31:02 EST] WARNING: hello"),
        (Level.INFO, WINTER, False, "two\nlines\r\nand more", "[2026-11-20 10:31:02 EST] two lines and more"),
        (Level.INFO, WINTER, True, "forged\n<3>[now] line", "<6>[2026-11-20 10:31:02 EST] forged <3>[now] line"),
        (Level.INFO, WINTER, False, "", "[2026-11-20 10:31:02 EST] "),
        (Level.INFO, WINTER, False, "größer ≥", "[2026-11-20 10:31:02 EST] größer ≥"),
        (
            Level.INFO, WINTER, False, "AAPL\x1b]0;pwn\x07\x1b[2K\u202e\t",
            "[2026-11-20 10:31:02 EST] AAPL\\x1b]0;pwn\\x07\\x1b[2K\\u202e\\t",
        ),
    ],
)  # fmt: skip
def test_a_line(level: Level, now: datetime, journald: bool, text: str, line: str) -> None:
    assert written(level, text, now, under_journald=journald) == (line + "\n", "")


def test_errors_go_to_stderr_and_everything_else_to_stdout() -> None:
    assert written(Level.ERROR, "broken") == ("", "[2026-11-20 10:31:02 EST] ERROR: broken\n")
    assert written(Level.WARNING, "hm")[1] == ""


@pytest.mark.parametrize("journald", [True, False])
@pytest.mark.parametrize("level", Level)
def test_json_lines(level: Level, journald: bool) -> None:
    out, err = written(level, 'a "b"\nc', as_json=True, under_journald=journald)
    line = (err if level is Level.ERROR else out).removesuffix("\n")
    assert line.startswith(f"<{level.value}>{{" if journald else "{")
    assert json.loads(line.removeprefix(f"<{level.value}>")) == {
        "timestamp": "2026-11-20T10:31:02-05:00",
        "level": level.name.lower(),
        "message": 'a "b" c',
    }


def test_the_short_ways_to_say_it() -> None:
    out, err = io.StringIO(), io.StringIO()
    journal = Journal(now=lambda: WINTER, under_journald=True, out=out, err=err)
    journal.info("i")
    journal.warning("w")
    journal.error("e")
    assert [line[:3] for line in out.getvalue().splitlines()] == ["<6>", "<4>"]
    assert err.getvalue().startswith("<3>")


def test_trouble_is_kept_as_well_where_it_is_asked_for() -> None:
    trouble: deque[JournalLine] = deque()
    journal = Journal(now=lambda: WINTER, out=io.StringIO(), err=io.StringIO(), trouble=trouble)
    journal.info("i")
    journal.warning("w\nw")
    journal.line(Level.WARNING, "g", LineKind.GATE)
    journal.error("e")
    assert list(trouble) == [JournalLine("w w"), JournalLine("g", LineKind.GATE), JournalLine("e")]


@pytest.mark.parametrize("kind", LineKind)
def test_a_gates_answer_bears_no_word_for_its_level(kind: LineKind) -> None:
    """Whatever it says: `Gate ` at the beginning of any other line makes none of it."""
    out = io.StringIO()
    Journal(now=lambda: WINTER, out=out).line(Level.WARNING, "Gate shut", kind)
    assert ("WARNING: Gate shut" in out.getvalue()) is not kind.is_gate


def test_without_streams_it_writes_where_the_process_does(capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal(now=lambda: WINTER)
    journal.info("out")
    journal.error("err")
    said = capsys.readouterr()
    assert "out" in said.out
    assert "err" in said.err


def test_a_journal_that_takes_nothing_stops_nothing() -> None:
    closed = io.StringIO()
    closed.close()
    Journal(now=lambda: WINTER, out=closed).info("hello")
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", buffering=1, closefd=False) as nobody_reads:
        Journal(now=lambda: WINTER, out=nobody_reads).info("hello")
        os.dup2(os.open(os.devnull, os.O_WRONLY), writer)
    os.close(writer)
    with Path("/dev/full").open("w") as full:
        Journal(now=lambda: WINTER, out=full).info("hello")
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())


def test_a_text_no_stream_can_encode_is_written_all_the_same(tmp_path: Path) -> None:
    """A byte of the environment that is no UTF-8 must not swallow the line that complains about it."""
    path = tmp_path / "journal"
    with path.open("w", encoding="utf-8") as out:
        Journal(now=lambda: WINTER, out=out).info("Gate allowlist=\udcff")
    assert "Gate allowlist=" in path.read_text("utf-8", errors="replace")


def test_journald_is_known_by_the_very_stream(tmp_path: Path) -> None:
    with (tmp_path / "journal").open("w") as stream, (tmp_path / "other").open("w") as other:
        info = os.fstat(stream.fileno())
        environ = {"JOURNAL_STREAM": f"{info.st_dev}:{info.st_ino}"}
        assert writes_to_journald(environ, stream)
        assert not writes_to_journald(environ, other)
        assert not writes_to_journald({}, stream)
        assert not writes_to_journald({"JOURNAL_STREAM": "nonsense"}, stream)
    assert not writes_to_journald(environ, io.StringIO())
    assert not writes_to_journald(environ, stream)  # closed by now
