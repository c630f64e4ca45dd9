"""Says who else than root and the user who runs this may write a file or a folder that is to be obeyed."""

from __future__ import annotations

import os
import stat

MOST_FILE_BYTES = 1024 * 1024


def not_ours_alone(info: os.stat_result) -> str | None:
    """Why a settings file is not obeyed: whoever writes it names the broker that gets the keys."""
    if stat.S_ISCHR(info.st_mode):  # /dev/null
        return None
    problem = written_by_others(info)
    if problem is not None:
        return problem
    return None if info.st_size <= MOST_FILE_BYTES else "is larger than 1 MB; no settings file is"


def written_by_others(info: os.stat_result) -> str | None:
    """Who else than root and the user who runs this may write a file or folder, and what to do about it."""
    mode = f"{stat.S_IMODE(info.st_mode):04o}"
    if info.st_uid not in (0, os.geteuid()):
        return f"belongs to user {info.st_uid}; give it to root or to the user who runs this"
    if info.st_mode & stat.S_IWOTH:
        return f"may be written by everybody ({mode}); chmod o-w it"
    if info.st_mode & stat.S_IWGRP and info.st_gid not in (0, os.getegid()):
        return f"may be written by group {info.st_gid} ({mode}); chmod g-w it"
    return None
