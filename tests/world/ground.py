"""What every world stands on: a blank state directory and the exchange's sessions around its days, made once."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from execution.operator.initialise import initialise
from execution.settings.parsing import parse
from execution.state.directory import StateDir
from gates.base.record import dataclass
from gates.base.sessionfile import load_sessions
from gates.base.sessions import SessionTable
from gates.base.statefile import read_sealed, render, replace, sealed
from world.host import Files, files_of

FIRST, LAST = date(2026, 10, 26), date(2027, 1, 15)
BEFORE = datetime(2026, 10, 28, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ground:
    blank: Files
    table: SessionTable


def scratch_parent() -> str | None:
    """Memory, where there is some: the world writes a few hundred files a second."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@lru_cache(maxsize=1)
def ground() -> Ground:
    with tempfile.TemporaryDirectory(dir=scratch_parent()) as scratch:
        state = StateDir(Path(scratch) / "state")
        environ = {"AVWAP_STATE_DIR": str(state.root), "AVWAP_ENV_FILE": os.devnull,
                   "APCA_API_KEY_ID": "PKUNUSED", "APCA_API_SECRET_KEY": "unused"}  # fmt: skip
        initialise(state, parse(environ).settings, BEFORE, new_account=False)
        _fewer_sessions(state.sessions)
        return Ground(files_of(state.root), load_sessions(state.sessions))


def _fewer_sessions(path: Path) -> None:
    """The same calendar, cut to the days of the world, because every command reads it."""
    document = read_sealed(path, 1)
    days = [day for day in document["sessions"] if FIRST.isoformat() <= day <= LAST.isoformat()]
    early = {day: close for day, close in document["early_closes"].items() if day in days}
    cut = {**document, "sessions": days, "first": days[0], "last": days[-1], "early_closes": early}
    del cut["sha256"]
    replace(path, render(sealed(cut)))
