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

_roots: dict[str, int | None] = {}
"""By path as text, because a cycle asks some hundred times."""


def know(root: Path) -> None:
    _roots.setdefault(str(root), None)


def hold(root: Path, handle: int) -> None:
    _roots[str(root)] = handle


@contextmanager
def folder(path: Path) -> Iterator[int]:
    """Opens a folder: a state directory, one below it, or one elsewhere by its name."""
    handle = _enter(path, _from_root(path) or (str(path), []))
    try:
        yield handle
    finally:
        os.close(handle)


def open_file(path: Path, flags: int, mode: int = 0o600) -> int:
    """Opens the file itself; one that is a link is an error (ELOOP)."""
    found = _from_root(path.parent)
    if found is None:
        return os.open(path, flags | FILE, mode)
    inside = _enter(path.parent, found)
    try:
        return os.open(path.name, flags | FILE, mode, dir_fd=inside)
    finally:
        os.close(inside)


def look(path: Path) -> os.stat_result:
    """What lies there, itself: of a link, the link."""
    found = _from_root(path.parent)
    if found is None:
        return os.lstat(path)
    inside = _enter(path.parent, found)
    try:
        return os.stat(path.name, dir_fd=inside, follow_symlinks=False)
    finally:
        os.close(inside)


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


def _from_root(path: Path) -> tuple[str, list[str]] | None:
    """The known root a path lies at or below, and the folders between; None when there is none."""
    place = str(path)
    between: list[str] = []
    while place:
        if place in _roots:
            return None if ".." in between else (place, between[::-1])
        place, _, name = place.rpartition("/")
        between.append(name)
    return None


def _enter(path: Path, found: tuple[str, list[str]]) -> int:
    place, between = found
    held = _roots.get(place)
    handle = os.open(place, FOLDER) if held is None else os.open(".", FOLDER, dir_fd=held)
    for name in between:
        try:
            inner = _step(name, handle, path)
        finally:
            os.close(handle)
        handle = inner
    return handle


def _step(name: str, outer: int, whole: Path) -> int:
    try:
        return os.open(name, FOLDER | os.O_NOFOLLOW, dir_fd=outer)
    except OSError as broken:
        if broken.errno in (errno.ELOOP, errno.ENOTDIR):
            info = os.stat(name, dir_fd=outer, follow_symlinks=False)
            what = "a link, which is not followed" if stat.S_ISLNK(info.st_mode) else "no folder"
            raise OSError(errno.ENOTDIR, f"{name} on the way is {what}", str(whole)) from None
        raise
