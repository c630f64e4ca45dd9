"""Looks for a marker file, and reads a confirm token as it lies there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from execution.state import tokens
from gates.base import below
from gates.base.statefile import (
    StateMissing,
    StateUnreadable,
    read_bytes,
)
from gates.facts import Presence, TokenFile


def presence(path: Path) -> Presence:
    """Whether a marker is there. It is never opened; a link, a directory, a pipe all count."""
    try:
        below.look(path)
    except FileNotFoundError:
        return Presence.ABSENT
    except OSError:
        return Presence.UNCHECKABLE
    return Presence.PRESENT


def read_token(path: Path, served_in: Path | None = None) -> tuple[TokenFile, float]:
    """The token file as found, and its modification time; the exact bytes, nothing stripped."""
    try:
        info = below.look(path)
        keepers = {0, os.geteuid(), below.look_at_folder(path.parent).st_uid}
    except FileNotFoundError:
        return TokenFile(), 0.0
    except OSError as broken:
        return TokenFile(found=True, problem=str(broken.strerror)), 0.0
    if info.st_uid not in keepers:
        return TokenFile(found=True, problem=f"owned by uid {info.st_uid}, want {os.geteuid()}"), 0.0
    try:
        content = read_bytes(path)
    except StateUnreadable as broken:
        return TokenFile(found=not isinstance(broken, StateMissing), problem=broken.what), 0.0
    known = tokens.served(served_in or path.with_name(tokens.FILE), content)
    return TokenFile(True, None, stat.S_IMODE(info.st_mode), content, served=known), info.st_mtime
