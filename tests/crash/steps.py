"""Counts the I/O steps of this process and dies by SIGKILL right before the n-th.

A step is a write, fsync, rename, link, unlink or mkdir of a file, or a connect, send or receive of a
socket. Dying before step n+1 is dying right after step n, so walking n from 1 to the end visits both
sides of every step. Only the standard library's own doors are wrapped; our code is not touched.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from typing import Any

FILE_STEPS = ("write", "fsync", "rename", "link", "unlink", "mkdir")
SOCKET_STEPS = ("connect", "send", "sendall", "recv", "recv_into")


class Steps:
    def __init__(self, die_at: int | None) -> None:
        self.count = 0
        self._die_at = die_at

    def install(self) -> None:
        for name in FILE_STEPS:
            setattr(os, name, self._counted(getattr(os, name)))
        for name in SOCKET_STEPS:
            setattr(socket.socket, name, self._counted(getattr(socket.socket, name)))

    def _counted(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.count += 1
            if self.count == self._die_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return step(*args, **kwargs)

        return counted
