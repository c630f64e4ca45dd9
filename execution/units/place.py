"""Writes and removes what is installed: files, links, the user.

A file is replaced whole and gets its mode before its name. With `--root` nothing but files is made: no user,
no owner, and systemd is not told.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from execution.units.pieces import Piece, UnitLink, digest
from execution.units.record import Installed
from execution.units.target import Target
from gates.base.errors import UsageError
from gates.base.statefile import StateUnwritable, sync_directory


def make_user(target: Target) -> str | None:
    """The service's own system user; says so when it had to be made."""
    if not target.is_this_machine or _exists(target.user):
        return None
    run_tool(
        *("useradd", "--system", "--user-group", "--no-create-home"),
        *("--home-dir", str(target.state_dir), "--shell", "/usr/sbin/nologin", target.user),
    )
    return f"user {target.user} made"


def write(piece: Piece, target: Target, installed: Installed) -> None:
    path = target.inside(piece.path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(piece.content)
            stream.flush()
            os.fchmod(handle, piece.mode)
            os.fsync(handle)
        os.replace(temporary, path)
        sync_directory(path.parent)
    except OSError as broken:
        with suppress(OSError):
            os.unlink(temporary)
        raise StateUnwritable(path, broken) from broken
    installed.files[piece.path] = digest(piece.content)


def make_link(link: UnitLink, target: Target, installed: Installed) -> bool:
    """Whether it had to be made; nothing is in its way, that was asked before."""
    path = target.inside(link.path)
    installed.links[link.path] = link.leads_to
    if os.path.lexists(path):
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(link.leads_to, path)
    except OSError as broken:
        raise StateUnwritable(path, broken) from broken
    return True


def remove_file(path: str, target: Target) -> bool:
    """False when it is not there any more."""
    with suppress(FileNotFoundError):
        os.unlink(target.inside(path))
        return True
    return False


def remove_empty(directories: list[str], target: Target) -> list[str]:
    """Those of our directories that could not go, having something in them; the deepest first."""
    left = []
    for path in sorted(directories, key=len, reverse=True):
        try:
            os.rmdir(target.inside(path))
        except FileNotFoundError:
            continue
        except OSError:
            left.append(path)
    return left


def run_tool(*command: str, check: bool = True) -> str:
    """One of the system's own tools; what it said."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:  # `su` without `-` leaves /usr/sbin out
        raise UsageError(
            f"{command[0]} was not found in PATH={os.environ.get('PATH', '')}; on Debian and Ubuntu it is in /usr/sbin"
        ) from None
    if check and done.returncode:
        cause = OSError(done.returncode, f"{command[0]} left with {done.returncode}: {done.stderr.strip()}")
        raise StateUnwritable(Path(command[0]), cause)
    return done.stdout + done.stderr


def systemd_runs(target: Target) -> bool:
    return target.is_this_machine and Path("/run/systemd/system").is_dir() and shutil.which("systemctl") is not None


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
