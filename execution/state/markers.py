"""Creates and removes the files KILL_SWITCH and PAUSED, even when nothing else works.

No network, no lock and no valid settings are needed, only the name of the state directory. The file's
existence is its meaning; who, when and why are written inside it if the disk takes them. Nothing here
reads a marker to decide anything.
"""

from __future__ import annotations

import errno
import os
import pwd
import stat
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from execution.state.directory import StateDir
from execution.state.where import state_dir
from gates.base import below
from gates.base.errors import SettingsError
from gates.base.ownership import give_to_owner_of
from gates.base.sessions import new_york_text
from gates.base.settings import STATE_DIR
from gates.base.statefile import FILE_MODE, StateUnreadable, StateUnwritable, read_bytes, sync_directory
from gates.base.where import Unplaced


def known_state_dir(environ: Mapping[str, str]) -> StateDir:
    """The state directory, whatever else is wrong. One that is not known is no place for a kill file."""
    state = state_dir(environ)
    if isinstance(state, Unplaced):
        remedy = [] if state.misnamed else [f"set {STATE_DIR.name} to the state directory and say it again"]
        raise SettingsError([*map(str, state.mistakes), *remedy])
    return state


def who(environ: Mapping[str, str]) -> str:
    """The person at the keyboard as far as it can be told."""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        name = f"uid {os.geteuid()}"
    behind = environ.get("SUDO_USER")
    return f"{name} (sudo by {behind})" if behind and behind != name else name


def put_up(path: Path, now: datetime, by: str, why: str | None) -> list[str]:
    """The marker, first of all by its name alone; what was said about it, one line each."""
    text = f"by: {by}\nat: {new_york_text(now)}\nwhy: {' '.join((why or 'no reason given').split())}\n"
    try:
        handle = below.open_file(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    except FileExistsError:
        return [f"{path} was there already"]
    except OSError as broken:
        raise StateUnwritable(path, broken) from broken
    said = [f"{path} is there now"]
    with suppress(OSError), below.folder(path.parent) as folder:
        give_to_owner_of(folder, handle)
    try:
        data = text.encode("utf-8", "backslashreplace")
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    except OSError as broken:
        said.append(f"who and why could not be written into it ({broken.strerror}); its existence is enough")
    finally:
        with suppress(OSError):
            os.close(handle)
    try:
        sync_directory(path.parent)
    except OSError as broken:
        said.append(f"it may not survive a power cut ({broken.strerror})")
    return said


def take_down(path: Path) -> bool:
    """Remove the marker, durably; False when there was none. An empty directory is a marker like any other."""
    try:
        with below.folder(path.parent) as folder:
            (os.rmdir if _is_directory(path) else os.unlink)(path.name, dir_fd=folder)
            os.fsync(folder)
    except FileNotFoundError:
        return False
    except OSError as broken:
        raise StateUnwritable(path, broken) from broken
    return True


def require_removable(path: Path) -> None:
    """A directory with something in it is looked at by a person, before anything is kept about its end."""
    try:
        full = _is_directory(path) and bool(below.names(path))
    except FileNotFoundError:
        return
    except OSError as broken:
        raise StateUnwritable(path, broken) from broken
    if full:
        raise StateUnwritable(path, OSError(errno.ENOTEMPTY, "a directory with something in it; remove it by hand"))


def _is_directory(path: Path) -> bool:
    return stat.S_ISDIR(below.look(path).st_mode)


def said_inside(path: Path) -> str:
    """What the marker holds, in one line, for a person to read."""
    return words_inside(path) or "(empty)"


def words_inside(path: Path) -> str:
    """The same, and nothing where it holds no words."""
    try:
        text = read_bytes(path).decode("utf-8", "backslashreplace")
    except StateUnreadable as broken:
        return f"({broken.what})"
    return "; ".join(line.strip() for line in text.splitlines() if line.strip())[:500]
