"""Reads files that root opened before it became another user, from their descriptors.

The settings file and the operator's credentials may be readable by root alone. What is not in here is opened by its
name as ever, so a process that never was root, or stays root, notices nothing. Programs that are started do not get
the descriptors, except one of ours that is told of them (`told`, `adopt`).
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_opened: dict[Path, int] = {}
_folders: dict[Path, tuple[str, ...]] = {}


def open_file(path: Path) -> None:
    """Opens a regular file for later; what is none, or is not there, is left to whoever asks for it."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return
    if stat.S_ISREG(os.fstat(handle).st_mode):
        _opened[path] = handle
    else:
        os.close(handle)


def open_folder(path: Path) -> None:
    """Opens the files of a folder, which is listed here once."""
    try:
        names = tuple(sorted(os.listdir(path)))
    except OSError:
        return
    _folders[path] = names
    for name in names:
        open_file(path / name)


def read(path: Path) -> bytes:
    return read_and_look(path)[0]


def read_and_look(path: Path) -> tuple[bytes, os.stat_result]:
    """The content, and whose the very file is that it was read from."""
    handle = _opened.get(path)
    if handle is not None:
        info = os.fstat(handle)
        return os.pread(handle, info.st_size, 0), info
    if path.name not in _folders.get(path.parent, (path.name,)):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    with path.open("rb") as file:
        return file.read(), os.fstat(file.fileno())


def names(folder: Path) -> list[str]:
    found = _folders.get(folder)
    return sorted(os.listdir(folder)) if found is None else list(found)


def look(path: Path) -> os.stat_result:
    """What was opened, else what lies there; a link is not followed."""
    handle = _opened.get(path)
    return os.lstat(path) if handle is None else os.fstat(handle)


def holds(path: Path) -> bool:
    return path in _opened


def is_there(path: Path) -> bool:
    return path in _opened or os.path.lexists(path)


Opened = tuple[dict[str, int], dict[str, list[str]]]
"""The descriptors by path, and what the folders held, as JSON can carry them to a process of ours."""


def told() -> Opened:
    return {str(path): handle for path, handle in _opened.items()}, {str(p): list(n) for p, n in _folders.items()}


def adopt(opened: dict[str, int], folders: dict[str, list[str]]) -> None:
    """What the process that started this one was entrusted with."""
    _opened.update({Path(path): handle for path, handle in opened.items()})
    _folders.update({Path(path): tuple(names) for path, names in folders.items()})
