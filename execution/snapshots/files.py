"""Finds the files that settings live in: the `.env`, and our unit files with their drop-ins.

They are taken as they are: what cannot be read is named with its reason, a link is never followed, and a
file of another package's units is left out. `place` and `name` together say which file it is,
so that a snapshot can be compared and put back when the directories are others.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from gates.base import entrusted
from gates.base.environment import env_file_of
from gates.base.record import dataclass
from gates.base.statefile import StateMissing, StateUnreadable, read_bytes

UNITS = Path("/etc/systemd/system")
UNIT = re.compile(r"(?:execution|scanner)[A-Za-z0-9@:_.-]*\.(?:service|timer)")
DROP_INS = re.compile(UNIT.pattern + r"\.d")
UNIT_FILE = re.compile(rf"{UNIT.pattern}|{DROP_INS.pattern}/[A-Za-z0-9@:_.-]+\.conf")
BEFORE, STAGED = ".before-", ".rollback.tmp"
ENV, UNIT_PLACE = "env", "units"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file as it lies there; `problem` says why `data` is not all of it."""

    place: str
    name: str
    path: Path
    data: bytes = b""
    mode: int = 0o600
    problem: str | None = None

    @property
    def key(self) -> str:
        return f"{self.place}/{self.name}"

    @property
    def is_env(self) -> bool:
        return self.place == ENV


@dataclass(frozen=True, slots=True)
class Places:
    """Where the files lie on this host."""

    env_file: Path
    units: Path

    def path_of(self, place: str, name: str) -> Path:
        """The path of a kept file; a name that leads elsewhere is none of ours."""
        if place == ENV and name == ".env":
            return self.env_file
        if place == UNIT_PLACE and UNIT_FILE.fullmatch(name):
            return self.units / name
        raise ValueError(f"{place}/{name} is no file we keep")

    def is_second_name(self, key: str) -> bool:
        """Whether a kept file lies in a directory of drop-ins that is a link by now."""
        place, name = tuple_of(key)
        return place == UNIT_PLACE and "/" in name and (self.units / name).parent.is_symlink()

    def find(self) -> list[FoundFile]:
        names = [(ENV, ".env"), *((UNIT_PLACE, name) for name in _unit_files(self.units))]
        found = (_read(place, name, self.path_of(place, name)) for place, name in names)
        return [one for one in found if one is not None]

    def asides(self, files: Iterable[FoundFile], keys: Iterable[str] = ()) -> list[FoundFile]:
        """What rollbacks put aside next to these files: old secrets are secrets, and may be wanted back."""
        wanted = {(file.place, file.name) for file in files} | {tuple_of(key) for key in keys}
        found = []
        for place, name in sorted({(ENV, ".env"), *wanted}):
            path = self.path_of(place, name)
            found += [_read(place, name, aside) for aside in sorted(path.parent.glob(f"{path.name}{BEFORE}*"))]
        return [one for one in found if one is not None and one.problem is None]

    def leftovers(self) -> list[Path]:
        """What a rollback that died had written and not yet put in its place."""
        drop_ins = [self.units / entry for entry in _drop_ins(self.units)]
        found = [path for directory in (self.units, *drop_ins) for path in directory.glob(f".*{STAGED}")]
        return [path for path in (*found, staged(self.env_file)) if os.path.lexists(path)]


def staged(path: Path) -> Path:
    """Where the new content waits beside the old; systemd reads no such name."""
    return path.with_name(f".{path.name}{STAGED}")


def tuple_of(key: str) -> tuple[str, str]:
    place, _, name = key.partition("/")
    return place, name


def places(environ: Mapping[str, str], units: Path | None = None) -> Places:
    return Places(env_file_of(environ), units or UNITS)


def in_turn(keys: Iterable[str]) -> list[str]:
    """`.env` first, then unit files by name: the order files are put back in."""
    return sorted(keys, key=lambda key: (not key.startswith(f"{ENV}/"), key))


def _unit_files(directory: Path) -> Iterator[str]:
    for entry in _listed(directory):
        if UNIT.fullmatch(entry):
            yield entry
        elif entry in _drop_ins(directory):
            inside = (f"{entry}/{name}" for name in _listed(directory / entry))
            yield from (name for name in inside if UNIT_FILE.fullmatch(name))


def _drop_ins(directory: Path) -> list[str]:
    """Directories of drop-ins. One that is a link is a second name for another's files, which are kept there."""
    return [entry for entry in _listed(directory) if DROP_INS.fullmatch(entry) and not (directory / entry).is_symlink()]


def _listed(directory: Path) -> list[str]:
    """Names in order. A directory that is not there, or is closed, holds nothing we could keep."""
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []


def _read(place: str, name: str, path: Path) -> FoundFile | None:
    try:
        data = entrusted.read(path) if entrusted.holds(path) else read_bytes(path)
        mode = stat.S_IMODE(entrusted.look(path).st_mode)
    except StateMissing:
        return None
    except (StateUnreadable, OSError) as broken:
        if str(path) == os.devnull:
            return None
        return FoundFile(place, name, path, problem=getattr(broken, "what", "cannot be read"))
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return FoundFile(place, name, path, data, mode, "is not UTF-8 text")
    return FoundFile(place, name, path, data, mode)
