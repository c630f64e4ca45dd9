"""A command's own streams: they last as long as its work, whoever reads and whatever the disk takes."""

from __future__ import annotations

import io
import os
import sys

import pytest

from gates.base import streams


def into_file(path: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(open(path, "wb"), encoding="ascii")


def test_what_the_encoding_lacks_is_shown_all_the_same(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("said") / "out"
    stream = streams.lasting(into_file(str(path)))
    stream.write("größer \udcff")
    assert stream.finish() is None
    assert path.read_text() == "gr\\xf6\\xdfer \\udcff"


def test_room_that_comes_back_is_used_and_the_gap_is_told() -> None:
    full, reading, writing = os.open("/dev/full", os.O_WRONLY), *os.pipe()
    stream = streams.lasting(io.TextIOWrapper(os.fdopen(full, "wb"), encoding="utf-8"))
    stream.write("first\n")
    stream.flush()
    os.dup2(writing, full)
    os.close(writing)
    stream.write("second\n")
    stream.flush()
    trouble = stream.finish()
    stream.close()
    assert isinstance(trouble, OSError) and trouble.strerror == "No space left on device"
    with open(reading, "rb") as pipe:
        assert pipe.read() == b"first\nsecond\n"


class Interrupted(io.FileIO):
    """Takes ten bytes at once, as the kernel does when a signal comes in the middle of a write."""

    def write(self, data: object, /) -> int:
        return super().write(bytes(memoryview(data))[:10])  # type: ignore[arg-type]


def test_a_write_that_a_signal_cuts_short_loses_nothing() -> None:
    reading, writing = os.pipe()
    unbuffered = io.TextIOWrapper(Interrupted(writing, "w"), encoding="utf-8", write_through=True)
    stream = streams.lasting(unbuffered)
    stream.write("every word of a long line\n")
    with open(reading, "rb") as pipe:
        assert os.read(reading, 100) == b"every word of a long line\n", "at once"
        assert stream.finish() is None
        stream.close()
        assert pipe.read() == b""


def test_a_stream_that_was_closed_before_the_start_takes_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """`execution status >&-`"""
    monkeypatch.setattr(sys, "stdout", None)
    streams.prepare()
    sys.stdout.write("a line\n")
    assert streams.finish() is None
    sys.stdout.close()


def test_streams_of_a_caller_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    streams.prepare()
    assert (sys.stdout, sys.stderr) == (out, err)
    assert streams.finish() is None


def test_a_second_command_in_one_process_uses_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", into_file(os.devnull))
    streams.prepare()
    first = sys.stdout
    streams.prepare()
    assert sys.stdout is first
    first.close()
