"""A pseudo-terminal whose words are all read.

Its user's end stays open until an end mark has come through after everything else: what a kernel does with the last
words of a terminal that closes is nothing a test may depend on.
"""

from __future__ import annotations

import fcntl
import os
import struct
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager

END = b"\0the end\0"


class Terminal:
    """`its` is the end that a program writes to."""

    def __init__(self, columns: int) -> None:
        self._ours, self.its = os.openpty()
        fcntl.ioctl(self.its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self._seen = b""
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        while not self._seen.endswith(END):
            self._seen += os.read(self._ours, 65536)

    def close(self) -> None:
        left = END
        while left:
            left = left[os.write(self.its, left) :]
        self._reading.join()
        os.close(self.its)
        os.close(self._ours)

    @property
    def shown(self) -> str:
        """What was written, after `close`."""
        return self._seen.removesuffix(END).decode().replace("\r\n", "\n")


@contextmanager
def terminal(columns: int = 80) -> Iterator[Terminal]:
    one = Terminal(columns)
    try:
        yield one
    finally:
        one.close()
