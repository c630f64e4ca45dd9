"""Reads one state file strictly, and replaces it atomically and durably. The only I/O in `gates`.

A document is a JSON object with a `schema` number and, where it matters, a `sha256` over all the rest. What cannot be
read exactly as it was written is *unreadable*, with the reason; it is never guessed at, cut short or begun again.

A replace is: a temporary file in the same directory, write, fsync, rename, fsync of the directory. Before it returns
a power cut leaves the old content, after that the new one.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import Enum
from itertools import count, pairwise
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from gates.base import below
from gates.base.ownership import give_directory, give_to_owner_of

FILE_MODE, DIR_MODE = 0o600, 0o700
SIZE_LIMIT_BYTES = 64 * 1024 * 1024
SEAL = "sha256"

T = TypeVar("T")


class UnreadableCause(Enum):
    """Why a state file cannot be relied on."""

    MISSING = "missing"
    DIGEST = "digest"
    OTHER = "other"


class StateUnreadable(Exception):
    """Says that a state file cannot be relied on: `what` is wrong with `path`, in words; `cause` is for who decides."""

    def __init__(self, path: Path, what: str, cause: UnreadableCause = UnreadableCause.OTHER) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path
        self.what = what
        self.cause = cause


class StateMissing(StateUnreadable):
    def __init__(self, path: Path) -> None:
        super().__init__(path, "missing", UnreadableCause.MISSING)


class StateUnwritable(Exception):
    """The state directory does not take a write; nothing may be sent that cannot be recorded."""

    def __init__(self, path: Path, cause: OSError) -> None:
        super().__init__(f"cannot write {path}: {cause.strerror or cause}")
        self.path = path
        self.cause = cause


def read_bytes(path: Path) -> bytes:
    """The content of a regular file, whole. A link, a directory or a giant is unreadable."""
    try:
        handle = below.open_file(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        raise StateMissing(path) from None
    except OSError as broken:
        what = "is a link" if broken.errno == errno.ELOOP else str(broken.strerror)
        raise StateUnreadable(path, what) from None
    try:
        info = os.fstat(handle)
        if not stat.S_ISREG(info.st_mode):
            raise StateUnreadable(path, "is not a regular file")
        if info.st_size > SIZE_LIMIT_BYTES:
            raise StateUnreadable(path, f"is too large ({info.st_size} bytes, limit {SIZE_LIMIT_BYTES})")
        with open(handle, "rb", closefd=False) as file:
            return file.read()
    except OSError as broken:
        raise StateUnreadable(path, str(broken.strerror)) from None
    finally:
        os.close(handle)


def read_document(path: Path, schema: int, *older: int) -> dict[str, Any]:
    """A JSON object of exactly this schema number, or of an older one that is named."""
    document = parse_document(path, read_bytes(path))
    if document.get("schema") not in (schema, *older) or isinstance(document.get("schema"), bool):
        raise StateUnreadable(path, f"has schema {document.get('schema')!r}, want {schema}")
    return document


def read_sealed(path: Path, schema: int, *older: int) -> dict[str, Any]:
    """A document whose own digest holds."""
    document = read_document(path, schema, *older)
    if document.get(SEAL) != digest_of_rest(document):
        raise StateUnreadable(path, "digest does not match its content", UnreadableCause.DIGEST)
    return document


def parse_document(path: Path, data: bytes) -> dict[str, Any]:
    if not data.strip():
        raise StateUnreadable(path, "is empty")
    try:
        document = json.loads(
            data.decode("utf-8"), parse_float=_no_float, parse_constant=_no_float, object_pairs_hook=_unique_keys
        )
    except (ValueError, RecursionError) as broken:
        raise StateUnreadable(path, f"is not valid JSON ({broken})") from None
    if not isinstance(document, dict):
        raise StateUnreadable(path, "is not a JSON object")
    if b"\\u" in data:
        try:
            json.dumps(document, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise StateUnreadable(path, "holds text that no file can hold (half a character)") from None
    return document


def converted(path: Path, document: dict[str, Any], convert: Callable[[dict[str, Any]], T]) -> T:
    """What `convert` makes of a document of that file. A ValueError it raises says what is wrong with the file."""
    try:
        return convert(document)
    except ValueError as wrong:
        raise StateUnreadable(path, str(wrong)) from None


def digest_of(value: object) -> str:
    """sha256 over the canonical JSON of `value`: sorted keys, no spaces."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def digest_of_rest(document: Mapping[str, object]) -> str:
    return digest_of({key: value for key, value in document.items() if key != SEAL})


def sealed(document: Mapping[str, object]) -> dict[str, object]:
    return {**document, SEAL: digest_of_rest(document)}


def render(document: Mapping[str, object]) -> bytes:
    """JSON as people read it: keys in their own order, two spaces, a newline at the end. What could not
    be read back is not written."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    json.loads(text, parse_float=_no_float)
    return (text + "\n").encode("utf-8")


def replace(path: Path, data: bytes) -> None:
    """Durably put `data` in place of whatever `path` holds."""
    try:
        with below.folder(path.parent) as folder, _written(path.name, folder, data) as temporary:
            os.rename(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)
    except OSError as broken:
        raise StateUnwritable(path, broken) from broken


def create(path: Path, data: bytes) -> bool:
    """Durably create `path`, whole or not at all. False, and nothing changed, when it exists."""
    try:
        with below.folder(path.parent) as folder, _written(path.name, folder, data) as temporary:
            try:
                os.link(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
            except FileExistsError:
                return False
            finally:
                os.unlink(temporary, dir_fd=folder)
            os.fsync(folder)
    except OSError as broken:
        raise StateUnwritable(path, broken) from broken
    return True


def append_line(path: Path, line: bytes) -> None:
    """Durably append one line. A torn line left by an earlier death is closed first, never removed."""
    try:
        with below.folder(path.parent) as folder:
            handle = os.open(path.name, os.O_RDWR | os.O_APPEND | os.O_CREAT | below.FILE, FILE_MODE, dir_fd=folder)
            try:
                size = os.fstat(handle).st_size
                give_to_owner_of(folder, handle)
                torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
                _write_all(handle, (b"\n" if torn else b"") + line + b"\n")
                os.fsync(handle)
            finally:
                os.close(handle)
            if size == 0:
                os.fsync(folder)
    except OSError as broken:
        raise StateUnwritable(path, broken) from broken


def make_directory(path: Path) -> None:
    """Create one private directory, durably, unless it is there."""
    try:
        with below.folder(path.parent) as folder:
            os.mkdir(path.name, DIR_MODE, dir_fd=folder)
            give_directory(path.name, folder)
            os.fsync(folder)
    except FileExistsError:
        return
    except OSError as broken:
        raise StateUnwritable(path, broken) from broken


def unused_name(path: Path) -> Path:
    """`path`, or with a number behind it when something is there: what is put aside replaces nothing."""
    numbered = (path.with_name(f"{path.name}-{number}") for number in count(2))
    return path if not below.is_there(path) else next(one for one in numbered if not below.is_there(one))


def sync_directory(path: Path) -> None:
    with below.folder(path) as folder:
        os.fsync(folder)


@contextmanager
def _written(name: str, folder: int, data: bytes) -> Iterator[str]:
    """A new file with this content, under a name of its own; what goes wrong then removes it."""
    temporary = f".{name}.{os.getpid()}.tmp"
    try:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | below.FILE, FILE_MODE, dir_fd=folder)
        try:
            give_to_owner_of(folder, handle)
            _write_all(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
        yield temporary
    except OSError:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        ordered = sorted(key for key, _ in pairs)
        twice = next(key for key, following in pairwise(ordered) if key == following)
        raise ValueError(f"key {twice!r} stands there twice")
    return document


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"number {text} is not written as text; money and quantities are decimal strings")
