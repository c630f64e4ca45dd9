"""Writes a tar of cleaned files that says what is in it and what is not.

Members are written in the order they are added, each without its secrets; `manifest.json`, the last
one, has name, size, digest and the number of hidden places of each, and a reason for every file that
is not there. Nothing is cut, so the size is what it is.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from execution.settings.redaction import Known, hide, hide_text
from gates.base import below
from gates.base.errors import UsageError
from gates.base.ownership import give_to_owner_of
from gates.base.record import asdict, dataclass, field
from gates.base.statefile import FILE_MODE, StateUnwritable, render

SCHEMA = 1
DEEPEST = 16
"""Our own folders lie two deep; folders nested deeper than this are not entered."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the bundle, as it lies there; `hidden` places were cleaned."""

    name: str
    size: int
    sha256: str
    hidden: int


@dataclass(frozen=True, slots=True)
class Absent:
    """What is not in the bundle, and why; its size and mode where it is left out on purpose."""

    name: str
    why: str
    size: int | None = None
    mode: str | None = None


@dataclass
class Bundle:
    """Writes a tar; what goes in is cleaned first, and noted."""

    tar: tarfile.TarFile
    known: Known
    now: datetime
    members: list[Member] = field(default_factory=list)
    not_in: list[Absent] = field(default_factory=list)

    def add(self, name: str, data: bytes, at: float | None = None) -> None:
        clean = hide(data, self.known)
        written = self._write(name, clean.data, at)
        digest = hashlib.sha256(clean.data).hexdigest()
        self.members.append(Member(written, len(clean.data), digest, clean.hidden))

    def without(self, name: str, why: str, info: os.stat_result | None = None) -> None:
        size, mode = (info.st_size, f"{stat.S_IMODE(info.st_mode):04o}") if info is not None else (None, None)
        self.not_in.append(Absent(self._shown(name), self._shown(why), size, mode))

    def close(self, about: Mapping[str, object]) -> None:
        rows = {"members": list(map(asdict, self.members)), "not_in_it": list(map(asdict, self.not_in))}
        manifest = {"schema": SCHEMA, **about, **rows}
        self._write("manifest.json", hide(render(manifest), self.known).data, None)

    def _write(self, name: str, data: bytes, at: float | None) -> str:
        info = tarfile.TarInfo(self._shown(name))
        info.size, info.mode = len(data), FILE_MODE
        info.mtime = int(at if at is not None else self.now.timestamp())
        self.tar.addfile(info, io.BytesIO(data))
        return info.name

    def _shown(self, text: str) -> str:
        return hide_text(text, self.known)


@contextmanager
def new_bundle(out: Path, known: Known, now: datetime) -> Iterator[Bundle]:
    """A bundle that appears under its name, private and durable, when all is in it, and replaces nothing."""
    temporary = f".{out.name}.{os.getpid()}.tmp"
    try:
        with below.folder(out.parent) as folder:
            try:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | below.FILE
                handle = os.open(temporary, flags, FILE_MODE, dir_fd=folder)
                try:
                    give_to_owner_of(folder, handle)
                    with (
                        open(handle, "wb", closefd=False) as raw,
                        gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as packed,
                        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
                    ):
                        yield Bundle(tar, known, now)
                    os.fsync(handle)
                finally:
                    os.close(handle)
                os.link(temporary, out.name, src_dir_fd=folder, dst_dir_fd=folder)
                os.fsync(folder)
            finally:
                with suppress(OSError):
                    os.unlink(temporary, dir_fd=folder)
    except FileExistsError:
        raise UsageError(f"{out} exists; nothing is overwritten, name another file with --out") from None
    except OSError as broken:
        raise StateUnwritable(out, broken) from None


@dataclass(frozen=True, slots=True)
class Lying:
    """A file under the state directory: its name below it, the open folder that it lies in, and what it was."""

    name: str
    folder: int
    info: os.stat_result

    def read(self) -> bytes:
        """All of it, whatever its size; a link that has come into its place meanwhile is an error."""
        flags = os.O_RDONLY | os.O_NONBLOCK | below.FILE
        handle = os.open(self.name.rpartition("/")[2], flags, dir_fd=self.folder)
        with open(handle, "rb") as file:
            return file.read()


def walk(root: Path, bundle: Bundle) -> Iterator[Lying]:
    """Every file under the state directory, by name; what is no file, or closed, is noted. Each folder is opened
    from the one it lies in and never through a link, for its owner may exchange it at any moment."""
    try:
        with below.folder(root) as folder:
            yield from _walk(folder, "", bundle)
    except OSError as broken:
        bundle.without("state/", f"cannot be listed: {broken.strerror}")


def _walk(folder: int, within: str, bundle: Bundle) -> Iterator[Lying]:
    inner = []
    for name in sorted(os.listdir(folder)):
        try:
            info = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError as broken:
            bundle.without(f"state/{within}{name}", f"cannot be looked at: {broken.strerror}")
            continue
        if stat.S_ISDIR(info.st_mode):
            inner.append(name)
        elif stat.S_ISREG(info.st_mode):
            yield Lying(f"{within}{name}", folder, info)
        else:
            bundle.without(f"state/{within}{name}", _kind(name, folder, info))
    for name in inner:
        yield from _walk_inner(name, folder, f"{within}{name}", bundle)


def _walk_inner(name: str, folder: int, path: str, bundle: Bundle) -> Iterator[Lying]:
    if path.count("/") >= DEEPEST:
        bundle.without(f"state/{path}", f"lies deeper than {DEEPEST} folders")
        return
    try:
        opened = os.open(name, below.FOLDER | os.O_NOFOLLOW, dir_fd=folder)
    except OSError as broken:
        bundle.without(f"state/{path}", f"cannot be listed: {broken.strerror}")
        return
    try:
        yield from _walk(opened, f"{path}/", bundle)
    finally:
        os.close(opened)


def _kind(name: str, folder: int, info: os.stat_result) -> str:
    if stat.S_ISLNK(info.st_mode):
        with suppress(OSError):
            return f"a link to {os.readlink(name, dir_fd=folder)}; not followed"
    return "not a regular file"
