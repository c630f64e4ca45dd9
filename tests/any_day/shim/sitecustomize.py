"""Mends in Python what libfaketime 0.9.10 leaves undone in the moved clock of `make any-day`.

File times move only for programs that ask by an older name (`__xstat`) than today's Python does (`stat64`), and
`time.sleep` fails where the monotonic clock is left alone, as it must be, or every wait of a thread would be for ever.
Python imports a module of this name at its start, wherever PYTHONPATH leads to it.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from typing import Any

AHEAD_NS = int(os.environ.get("FILE_TIMES_AHEAD_NS", "0"))
KINDS = ("atime", "mtime", "ctime")
KEPT = ("st_blksize", "st_blocks", "st_rdev")


def shown(found: os.stat_result) -> os.stat_result:
    times = [getattr(found, f"st_{kind}_ns") + AHEAD_NS for kind in KINDS]
    named: dict[str, Any] = {name: getattr(found, name) for name in KEPT}
    for kind, at in zip(KINDS, times, strict=True):
        named |= {f"st_{kind}_ns": at, f"st_{kind}": at / 1e9}
    return os.stat_result((*tuple(found)[:7], *(at // 10**9 for at in times)), named)


def moved(ask: Callable[..., os.stat_result]) -> Callable[..., os.stat_result]:
    def asked(*arguments: Any, **options: Any) -> os.stat_result:
        return shown(ask(*arguments, **options))

    return asked


def setting(set_times: Callable[..., None]) -> Callable[..., None]:
    def put(path: Any, times: Any = None, *, ns: Any = None, **options: Any) -> None:
        if times is not None:
            ns = tuple(int(at * 1e9) for at in times)
        now = time.time_ns()
        set_times(path, ns=tuple(at - AHEAD_NS for at in ns or (now, now)), **options)

    return put


def sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


if "FAKETIME" in os.environ:
    time.sleep = sleep
if AHEAD_NS:
    # what `os.supports_follow_symlinks` and its like list is asked for by identity
    families = (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks)
    for name, wrap in (("stat", moved), ("lstat", moved), ("fstat", moved), ("utime", setting)):
        plain = getattr(os, name)
        setattr(os, name, wrap(plain))
        for family in families:
            if plain in family:
                family.add(getattr(os, name))
