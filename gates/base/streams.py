"""Lets a command finish its work when its output is no longer read, or the disk is full.

`execution flatten | head -1` closes the reader's end in the middle of the work; whether Python notices at
once or at the very end hangs on buffering (`PYTHONUNBUFFERED`). So a reader that left is never an error, and
any other failure of a stream waits until the verb is through: `finish` names it then.
"""

from __future__ import annotations

import os
import sys
from io import BufferedWriter, FileIO, RawIOBase, TextIOWrapper


class LastingStream(TextIOWrapper):
    """Takes text as any stream, and raises no OSError."""

    trouble: OSError | None = None

    def write(self, text: str, /) -> int:
        try:
            super().write(text)
        except OSError as broken:
            self._note(broken)
        if self.write_through:
            self.flush()
        return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as broken:
            self._note(broken)

    def finish(self) -> OSError | None:
        """Flush, and leave the interpreter's own last flush nothing that can fail."""
        self.flush()
        if self.trouble is not None:
            self._discard()
        return self.trouble

    def _note(self, broken: OSError) -> None:
        if isinstance(broken, BrokenPipeError):
            self._discard()
        else:
            self.trouble = broken

    def _discard(self) -> None:
        """What is still buffered, and all that follows, goes to the null device."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def prepare() -> None:
    """Make the process's own streams lasting; a stream that a caller put there stays as it is."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # `>&-`: a file opened later must not get the number 1 or 2
            stream = TextIOWrapper(FileIO(os.devnull, "w"), encoding="utf-8")
        setattr(sys, name, lasting(stream) if type(stream) is TextIOWrapper else stream)


def lasting(stream: TextIOWrapper) -> LastingStream:
    """The same stream; a value of odd bytes is shown, not stumbled over.

    An unbuffered one (`PYTHONUNBUFFERED`) gets a buffer that is flushed at once: a bare file loses what the kernel
    did not take, as when a signal comes in the middle of a write."""
    encoding, at_lines, at_once = stream.encoding, stream.line_buffering, stream.write_through
    below = stream.detach()
    return LastingStream(
        BufferedWriter(below) if isinstance(below, RawIOBase) else below,
        encoding=encoding, errors="backslashreplace", line_buffering=at_lines, write_through=at_once,
    )  # fmt: skip


def finish() -> OSError | None:
    """Flush both streams; what kept standard output from being written, if anything did."""
    said = None
    for stream in (sys.stderr, sys.stdout):
        said = stream.finish() if isinstance(stream, LastingStream) else stream.flush()
    return said
