"""What root makes in somebody's directory is theirs.

`sudo execution kill` is what a tired operator types, and the service may run as a user of its own. A file
root left there with mode 0600 is one the next cycle can neither read nor replace: an unreadable latch, a
lock nobody gets, a janitor that never starts. So whatever is made takes the owner of the directory it is in.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path


def give_to_owner_of(directory: Path, handle: int) -> None:
    """Hand an open file or directory of root's to the directory's owner. Nothing changes for another user,
    nor for a file that has a second name: whoever may write here could have linked it from elsewhere. What
    cannot be given stays root's; that is no reason to fail a kill."""
    with suppress(OSError):
        if not gives_away(directory):
            return
        owner, made = os.stat(directory), os.fstat(handle)
        if made.st_uid == 0 and (stat.S_ISDIR(made.st_mode) or (stat.S_ISREG(made.st_mode) and made.st_nlink == 1)):
            os.fchown(handle, owner.st_uid, owner.st_gid)


def gives_away(directory: Path) -> bool:
    """Whether what is made there belongs to somebody else than who makes it."""
    return os.geteuid() == 0 and os.stat(directory).st_uid != 0


def give_directory(path: Path) -> None:
    """The same for a directory just made."""
    if not gives_away(path.parent):
        return
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        give_to_owner_of(path.parent, handle)
    finally:
        os.close(handle)
