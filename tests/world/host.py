"""One host: a state directory, the environment of its commands, its clock, and what it was told to do.

A host knows what the promises need to know of it beyond its disk: which token served which session, and
whether a latch was set that no person has cleared. Both go back with the directory when it is restored.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from execution.ledger.day import Exit, Ledger
from execution.service import Service
from execution.state.directory import StateDir
from execution.wiring import open_service
from gates.base.record import dataclass, field
from gates.base.statefile import StateUnreadable
from gates.mode import Mode

Files = dict[str, tuple[bytes, int, float]]
WORLD_URL = "http://127.0.0.1:9"


class HostClock:
    """The world's time as this host has it."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def now(self) -> datetime:
        return self._host.now()

    def written_at(self, file_time: float) -> datetime:
        return datetime.fromtimestamp(file_time, UTC)

    def sleep(self, seconds: float) -> None:
        self._host.world_sleep(seconds)


@dataclass(slots=True)
class Known:
    """What a person who watches this host knows, and its directory once knew."""

    served: dict[str, str] = field(default_factory=dict)
    """The session in which a token's text was first used."""
    latched: set[str] = field(default_factory=set)
    damaged: bool = False
    """Restored, deleted, torn or rebuilt: its ledger may have forgotten what the broker still tells."""


@dataclass(slots=True)
class Host:
    name: str
    root: Path
    world_now: Callable[[], datetime]
    world_sleep: Callable[[float], None]
    settings: dict[str, str]
    skew: timedelta = timedelta(0)
    known: Known = field(default_factory=Known)
    backups: list[tuple[Files, Known]] = field(default_factory=list)
    entries: set[str] = field(default_factory=set)
    """Client ids that its ledger holds, and those it sent in the command that runs."""
    holds: set[str] = field(default_factory=set)
    """Symbols of which its ledger holds shares."""
    exits: dict[date, tuple[Exit, ...]] = field(default_factory=dict)

    @property
    def state(self) -> StateDir:
        return StateDir(self.root)

    def now(self) -> datetime:
        return self.world_now() + self.skew

    def environ(self, keys: tuple[str, str]) -> dict[str, str]:
        return {
            "AVWAP_STATE_DIR": str(self.root),
            "AVWAP_ENV_FILE": os.devnull,
            "LIVE_TRADING": "1",
            "APCA_API_KEY_ID": keys[0],
            "APCA_API_SECRET_KEY": keys[1],
            "APCA_API_BASE_URL": WORLD_URL,
            "APCA_API_DATA_URL": WORLD_URL,
            **self.settings,
        }

    def service(self, keys: tuple[str, str], *, any_record: bool = False, damaged: bool = False) -> Service:
        clock = HostClock(self)
        return open_service(self.environ(keys), clock=clock, any_record=any_record, damaged_record=damaged)

    def ledger(self) -> Ledger | StateUnreadable:
        file = self.state.ledger(Mode.LIVE)
        try:
            return file.load()
        except StateUnreadable as broken:
            return broken

    # ---- the directory as a whole --------------------------------------------------------------

    def back_up(self) -> None:
        self.backups.append((files_of(self.root), deepcopy(self.known)))

    def restore(self, *, keep_times: bool) -> bool:
        """Put the newest backup back; by a copy that may forget when files were written."""
        if not self.backups:
            return False
        files, known = self.backups[-1]
        lay(self.root, files, None if keep_times else self.now().timestamp())
        self.known = deepcopy(known)
        self.known.damaged = True
        return True


def files_of(root: Path) -> Files:
    found: Files = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            info = os.lstat(path)
            with open(path, "rb") as file:
                found[os.path.relpath(path, root)] = (file.read(), info.st_mode & 0o777, info.st_mtime)
    return found


def lay(root: Path, files: Files, written: float | None = None) -> None:
    """The directory holds these files and no others."""
    shutil.rmtree(root, ignore_errors=True)
    for folder in {os.path.dirname(name) for name in files} | {
        "ledger/LIVE",
        "ledger/DRY_RUN",
        "watchlists",
        "decisions",
    }:
        os.makedirs(root / folder, mode=0o700, exist_ok=True)
    os.chmod(root, 0o700)
    for name, (content, mode, at) in files.items():
        path = root / name
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, mode)
        moment = at if written is None else written
        os.utime(path, (moment, moment))
