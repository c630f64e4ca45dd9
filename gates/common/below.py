"""Reaches files below a state directory from its own descriptor, through no link on the way.

Whoever owns the state directory may put a link in the place of any folder in it, at any moment. So the
directory is opened first, every folder below it from the one before and never through a link, and the file by its
last name alone. `know` tells which directories are roots in this sense; a path below none of them is reached by
the name of its folder. `hold` makes an open descriptor the root, whatever its name leads to and whoever may go there.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
FILE = os.O_NOFOLLOW | os.O_CLOEXEC

_roots: dict[Path, int | None] = {}


def know(root: Path) -> None:
    _roots.setdefault(root, None)


def hold(root: Path, handle: int) -> None:
    _roots[root] = handle


@contextmanager
def folder(path: Path) -> Iterator[int]:
    """Opens a folder: a state directory, one below it, or one elsewhere by its name."""
    place, names = _from_root(path) or (path, [])
    held = _roots.get(place)
    handle = os.open(place, FOLDER) if held is None else os.open(".", FOLDER, dir_fd=held)
    try:
        for name in names:
            inner = _step(name, handle, path)
            os.close(handle)
            handle = inner
        yield handle
    finally:
        os.close(handle)


def open_file(path: Path, flags: int, mode: int = 0o600) -> int:
    """Opens the file itself; one that is a link is an error (ELOOP)."""
    if _from_root(path.parent) is None:
        return os.open(path, flags | FILE, mode)
    with folder(path.parent) as inside:
        return os.open(path.name, flags | FILE, mode, dir_fd=inside)


def look(path: Path) -> os.stat_result:
    """What lies there, itself: of a link, the link."""
    if _from_root(path.parent) is None:
        return os.lstat(path)
    with folder(path.parent) as inside:
        return os.stat(path.name, dir_fd=inside, follow_symlinks=False)


def look_at_folder(path: Path) -> os.stat_result:
    with folder(path) as opened:
        return os.fstat(opened)


def is_there(path: Path) -> bool:
    """Whether something bears that name, be it a link; False where that cannot be told."""
    try:
        look(path)
    except OSError:
        return False
    return True


def is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(look_at_folder(path).st_mode)
    except PermissionError:
        return os.path.isdir(path)
    except OSError:
        return False


def may_enter(path: Path) -> bool:
    """Whether a folder's names can be listed and its files reached."""
    try:
        with folder(path) as opened:
            return os.access(".", os.R_OK | os.X_OK, dir_fd=opened)
    except OSError:
        return False


def names(path: Path) -> list[str]:
    """What a folder holds, in order. Raises OSError."""
    with folder(path) as opened:
        return sorted(os.listdir(opened))


def paths(path: Path, suffix: str) -> list[Path]:
    """The files of a folder whose names end so, hidden ones left out; none where it cannot be listed."""
    try:
        found = names(path)
    except OSError:
        return []
    return [path / name for name in found if name.endswith(suffix) and not name.startswith(".")]


def unlink(path: Path) -> None:
    with folder(path.parent) as inside:
        os.unlink(path.name, dir_fd=inside)


def rename(path: Path, to: Path) -> None:
    """The new name is durable; that the old one is gone is what the caller may add."""
    with folder(path.parent) as old, folder(to.parent) as new:
        os.rename(path.name, to.name, src_dir_fd=old, dst_dir_fd=new)
        os.fsync(new)


def _from_root(path: Path) -> tuple[Path, list[str]] | None:
    """The known root a path lies at or below, and the folders between; None when there is none."""
    between: list[str] = []
    for place in (path, *path.parents):
        if place in _roots:
            return None if ".." in between else (place, between[::-1])
        between.append(place.name)
    return None


def _step(name: str, outer: int, whole: Path) -> int:
    try:
        return os.open(name, FOLDER | os.O_NOFOLLOW, dir_fd=outer)
    except OSError as broken:
        if broken.errno in (errno.ELOOP, errno.ENOTDIR):
            info = os.stat(name, dir_fd=outer, follow_symlinks=False)
            what = "a link, which is not followed" if stat.S_ISLNK(info.st_mode) else "no folder"
            raise OSError(errno.ENOTDIR, f"{name} on the way is {what}", str(whole)) from None
        raise
