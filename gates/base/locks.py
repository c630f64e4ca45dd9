"""Lets one process at a time work on a state directory: flock on a file that is never deleted.

The kernel drops the lock when the process dies, whatever way it dies, so there is never a stale
lock to remove. The directory is locked along with the file: deleting `execution.lock` by
hand, as bad runbooks advise, lets no second process in.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from gates.base import below
from gates.base.errors import LockHeld
from gates.base.ownership import give_to_owner_of
from gates.base.statefile import FILE_MODE, StateUnwritable

RETRY_SECONDS = 0.1


@contextmanager
def only_one(path: Path, wait_seconds: float = 0, *, getting_out: bool = False) -> Iterator[str | None]:
    """Hold the lock at `path` and the directory around it, or raise LockHeld: at once, or when whoever holds
    it has not let go after so many seconds. What is no lock is an error, but not for whoever is getting out: one of
    the two is enough, because everybody locks both, and where the file system locks nothing no cycle gets past its own
    lock. Why there is no lock at all is what is yielded then, for a loud line."""
    ends = time.monotonic() + wait_seconds
    with ExitStack() as held:
        locked, why = False, "neither it nor its lock can be opened"
        for handle in _handles(path, getting_out):
            held.callback(os.close, handle)
            _give_back(path.parent, handle)
            try:
                while not _taken(handle, path, last_try=time.monotonic() >= ends):
                    time.sleep(RETRY_SECONDS)
                locked = True
            except StateUnwritable as no_lock:
                if not getting_out:
                    raise
                why = str(no_lock)
        yield None if locked else f"{path.parent} cannot be locked ({why})"


def _taken(handle: int, path: Path, *, last_try: bool) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if not last_try:
            return False
        raise LockHeld(f"another process is at work in {path.parent} (lock {path.name} held)") from None
    except OSError as broken:
        raise StateUnwritable(path, broken) from broken
    return True


def _handles(path: Path, getting_out: bool) -> Iterator[int]:
    for opened, place in ((_open_directory, path.parent), (_open, path)):
        try:
            yield opened(place)
        except StateUnwritable:
            if not getting_out:
                raise


def _give_back(directory: Path, handle: int) -> None:
    with suppress(OSError), below.folder(directory) as folder:
        give_to_owner_of(folder, handle)


def _open_directory(directory: Path) -> int:
    try:
        with below.folder(directory) as folder:
            return os.dup(folder)
    except OSError as broken:
        raise StateUnwritable(directory, broken) from broken


def _open(path: Path) -> int:
    try:
        return below.open_file(path, os.O_RDWR | os.O_CREAT, FILE_MODE)
    except OSError as broken:
        if broken.errno not in (errno.EROFS, errno.ENOSPC, errno.EACCES, errno.EDQUOT):
            raise StateUnwritable(path, broken) from broken
        try:
            return below.open_file(path, os.O_RDONLY)
        except OSError:
            raise StateUnwritable(path, broken) from broken
