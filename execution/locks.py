"""One process at a time per state directory: flock on a file that is never deleted.

The kernel drops the lock when the process dies, whatever way it dies, so there is never a stale
lock to remove. The file is opened, locked, and then compared with what the name points to now: if
somebody deleted or replaced it in between, the lock would guard nothing, and we say so instead.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from execution.errors import LockHeld
from gates.statefile import FILE_MODE, StateUnwritable


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock at `path`, or raise LockHeld at once."""
    handle = _open(path)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockHeld(f"another process is at work in {path.parent} (lock {path.name} held)") from None
        except OSError as broken:
            raise StateUnwritable(path, broken) from broken
        _still_the_same(handle, path)
        yield
    finally:
        os.close(handle)


def _open(path: Path) -> int:
    flags = os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | flags, FILE_MODE)
    except OSError as broken:
        if broken.errno not in (errno.EROFS, errno.ENOSPC, errno.EACCES, errno.EDQUOT):
            raise StateUnwritable(path, broken) from broken
        try:
            return os.open(path, os.O_RDONLY | flags)
        except OSError:
            raise StateUnwritable(path, broken) from broken


def _still_the_same(handle: int, path: Path) -> None:
    try:
        named = os.stat(path, follow_symlinks=False)
    except OSError:
        named = None
    held = os.fstat(handle)
    if named is None or (named.st_dev, named.st_ino) != (held.st_dev, held.st_ino):
        raise LockHeld(f"{path} was deleted or replaced while it was being locked; never delete the lock file")
