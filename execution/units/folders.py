"""Makes the folders of an installation, and compares owner and mode of those that are there with what is wanted.

The folders of secrets are root's alone, and so is every file in them: systemd hands a unit its own copies. A folder
or file that is more open is closed again by `units install`, and each change is said.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from execution.units.pieces import (
    CREDENTIALS,
    DROP_INS,
    FOR_SCANNER,
    FOR_TELLING,
    RUNBOOK_STATE,
    SWITCHES,
    SYSTEM,
)
from execution.units.record import Installed
from execution.units.target import Target
from gates.base.record import dataclass
from gates.base.statefile import StateUnwritable, sync_directory

OPEN, CLOSED, SECRET = 0o755, 0o700, 0o600
COPIED = {
    FOR_SCANNER: ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY"),
    FOR_TELLING: ("SLACK_WEBHOOK_URL", "SLACK_BOT_TOKEN", "HEALTHCHECK_URL"),
}
"""What a droplet from before these folders has in the one folder of all units."""


@dataclass(frozen=True, slots=True)
class Folder:
    """`ours` is a folder that only this service has; owner and mode of others are left alone."""

    path: str
    mode: int = OPEN
    ours: bool = True
    secrets: bool = False


@dataclass(frozen=True, slots=True)
class Mend:
    """One folder or file whose owner or mode is not as wanted; `mode` None where only a person can mend it."""

    path: str
    found: str
    mode: int | None

    def __str__(self) -> str:
        if self.mode is None:
            return f"{self.path} is {self.found}, which no unit reads; move it away"
        return f"{self.path} was {self.found}, must be {self.mode:04o} of root"


FOLDERS = (
    Folder("/etc/avwap"),
    Folder(f"{SYSTEM}/{DROP_INS}", ours=False),
    Folder("/usr/local/bin", ours=False),
    Folder(str(Path(RUNBOOK_STATE).parent), ours=False),
    Folder(SWITCHES),
    Folder(CREDENTIALS, CLOSED, secrets=True),
    Folder(str(Path(FOR_SCANNER).parent), CLOSED),
    Folder(FOR_SCANNER, CLOSED, secrets=True),
    Folder(FOR_TELLING, CLOSED, secrets=True),
)


def make(target: Target, installed: Installed) -> Iterator[str]:
    """Every folder that is not there, and in a new one of secrets what its units have been reading until now."""
    for folder in FOLDERS:
        if _made(target, folder.path, folder.mode):
            installed.directories += [folder.path] if folder.path not in installed.directories else []
            yield from _copied(target, folder.path)
    if _made(target, str(target.state_dir), CLOSED) and target.is_this_machine:
        shutil.chown(target.state_dir, target.user, target.user)


def wrong(target: Target) -> list[Mend]:
    """Which of our folders, and which files of secrets, are open to more than they should be."""
    found: list[Mend] = []
    for folder in FOLDERS:
        if folder.ours and os.path.lexists(target.inside(folder.path)):
            found += _wrong_with(target, folder.path, folder.mode, stat.S_ISDIR)
            found += _files(target, folder.path) if folder.secrets else ()
    return found


def mend(target: Target, found: Mend) -> bool:
    """Make it root's and close it: by the open file, never by a name that could have become a link since. False where
    only a person can."""
    if found.mode is None:
        return False
    path = target.inside(found.path)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if target.is_this_machine:
                os.fchown(handle, 0, 0)
            os.fchmod(handle, found.mode)
        finally:
            os.close(handle)
    except OSError as broken:
        raise StateUnwritable(path, broken) from broken
    return True


def _files(target: Target, folder: str) -> Iterator[Mend]:
    for name in sorted(os.listdir(target.inside(folder))):
        yield from _wrong_with(target, f"{folder}/{name}", SECRET, stat.S_ISREG)


def _wrong_with(target: Target, path: str, mode: int, is_kind: Callable[[int], bool]) -> Iterator[Mend]:
    info = os.lstat(target.inside(path))
    found = stat.S_IMODE(info.st_mode)
    if not is_kind(info.st_mode):
        yield Mend(path, "no plain file or folder", None)
    elif (target.is_this_machine and info.st_uid != 0) or found & ~mode:
        yield Mend(path, f"{found:04o} of uid {info.st_uid}", mode)


def _made(target: Target, path: str, mode: int) -> bool:
    place = target.inside(path)
    try:
        if place.is_dir():
            return False
        place.parent.mkdir(parents=True, exist_ok=True)
        os.mkdir(place, mode)
        os.chmod(place, mode)
    except OSError as broken:
        raise StateUnwritable(place, broken) from broken
    return True


def _copied(target: Target, folder: str) -> Iterator[str]:
    for name in COPIED.get(folder, ()):
        before, after = target.inside(f"{CREDENTIALS}/{name}"), target.inside(f"{folder}/{name}")
        if not before.is_file() or before.is_symlink():
            continue
        try:
            handle = os.open(after, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, SECRET)
            with os.fdopen(handle, "wb") as stream:
                stream.write(before.read_bytes())
                stream.flush()
                os.fsync(handle)
            sync_directory(after.parent)
        except OSError as broken:
            raise StateUnwritable(after, broken) from broken
        yield f"copied {CREDENTIALS}/{name} to {folder}, where its units read it from now on"
