"""Gives what root makes in the directory of another user to that user.

The command line of root's becomes the owner of the state directory before it does anything (`handover`), so this is
for what is left: a directory that is made in a user's home, a bundle that root writes beside it. A file root
left there with mode 0600 is one the owner's next cycle can neither read nor replace. The owner is asked of the open
directory and never of a name, which may lead elsewhere a moment later.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress


def give_to_owner_of(folder: int, handle: int) -> None:
    """Hand an open file or directory of root's to the owner of the open directory it lies in. Nothing changes for
    another user, nor for a file that has a second name: whoever may write here could have linked it from elsewhere.
    What cannot be given stays root's; that is no reason to fail a kill."""
    with suppress(OSError):
        if not gives_away(folder):
            return
        owner, made = os.fstat(folder), os.fstat(handle)
        if made.st_uid == 0 and (stat.S_ISDIR(made.st_mode) or (stat.S_ISREG(made.st_mode) and made.st_nlink == 1)):
            os.fchown(handle, owner.st_uid, owner.st_gid)


def gives_away(folder: int) -> bool:
    """Whether what is made there belongs to another user than the one who makes it."""
    return os.geteuid() == 0 and os.fstat(folder).st_uid != 0


def give_directory(name: str, folder: int) -> None:
    """The same for a directory just made in the open one."""
    if not gives_away(folder):
        return
    handle = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        give_to_owner_of(folder, handle)
    finally:
        os.close(handle)
