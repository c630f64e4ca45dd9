"""One process of the service, inside ours: its I/O steps are counted, it can die at one, its disk can be full.

The doors of the standard library below `gates.base.statefile` are wrapped, and the wire counts its requests here
too; no code of the service is touched. Death is an exception no `except Exception` catches, raised at the step
and at every further one until the command is over, so that nothing is cleaned up that a dead process would
leave. Time, chance, environment and the process's number come from the world: a second run makes the same bytes.
"""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from requests.adapters import HTTPAdapter

FILE_STEPS = ("write", "fsync", "rename", "link", "unlink", "mkdir")
TAKES_ROOM = frozenset({"write", "fsync", "mkdir", "link"})
NO_SUCH_PROCESS = 5_000_000
"""Above what Linux gives any process: a dead writer's leftovers are taken for what they are."""


class Died(BaseException):
    """This process is gone. Not an Exception: nobody in it may go on."""


class Process:
    """What the world's commands run in, one after the other."""

    def __init__(self, seed: int, now: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self.now = now
        self.sleep = sleep
        self.number = 0
        self.steps = 0
        self.dead = False
        self.die_at: int | None = None
        self.full_from: int | None = None
        self.full = False
        self._chance = Random(seed)
        self._aside = True

    def begin(self) -> None:
        self.number += 1
        self.steps = 0
        self.dead = False
        self._aside = False

    def end(self) -> None:
        self.die_at = None
        self.full_from = None
        self.dead = False
        self._aside = True

    def step(self, kind: str) -> None:
        """One I/O step is about to be taken."""
        if self._aside:
            return
        self.steps += 1
        if self.dead or self.steps == self.die_at:
            self.dead = True
            raise Died
        if self.full_from is not None and self.steps >= self.full_from:
            self.full = True
        if self.full and kind in TAKES_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """What is done in here is done by somebody else than the process that runs: no step of it counts."""
        before, self._aside = self._aside, True
        try:
            yield
        finally:
            self._aside = before

    def chance(self, size: int) -> bytes:
        return self._chance.randbytes(size)


@contextmanager
def installed(process: Process, carry: Callable[..., Any]) -> Iterator[None]:
    """The standard library's doors lead this thread into the process, and its HTTP requests to `carry`, until
    this ends. Other threads (a test runner has some) find the doors as they were."""
    here = threading.get_ident()
    wrapped: list[tuple[Any, str, Any]] = []

    def put(owner: Any, name: str, value: Any) -> None:
        wrapped.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    def put_here(owner: Any, name: str, value: Callable[..., Any]) -> None:
        door = getattr(owner, name)
        put(owner, name, lambda *a, **k: (value if threading.get_ident() == here else door)(*a, **k))

    for name in FILE_STEPS:
        put_here(os, name, _counted(process, name, getattr(os, name)))
    put_here(os, "getpid", lambda: NO_SUCH_PROCESS + process.number)
    put_here(os, "urandom", process.chance)
    put_here(time, "monotonic", process.now)
    put_here(time, "sleep", process.sleep)
    put_here(signal, "signal", lambda *_: None)
    put_here(signal, "setitimer", lambda *_: None)
    put(os, "environ", {"HOME": os.devnull, "PATH": os.defpath})
    put_here(HTTPAdapter, "send", carry)
    try:
        yield
    finally:
        for owner, name, value in reversed(wrapped):
            setattr(owner, name, value)


def _counted(process: Process, name: str, door: Callable[..., Any]) -> Callable[..., Any]:
    """What memory holds is durable as long as this process of ours lives, so an fsync is a step and no more."""

    def counted(*args: Any, **kwargs: Any) -> Any:
        process.step(name)
        return None if name == "fsync" else door(*args, **kwargs)

    return counted
