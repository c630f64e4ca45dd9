"""Asks this machine: disk, file modes, units, time synchronisation, versions. Reads only.

Every question to another program has a time limit, and none of them is asked where its answer
cannot be had: a container without systemd has no units, and that is said, not guessed.
"""

from __future__ import annotations

import os
import platform
import re
import stat
import subprocess
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from execution.checks.facts import Directory, SecretFile, SecretKind, Software, Unit
from execution.checks.finding import Unknown
from execution.checks.silence import CYCLES, OTHERS
from execution.settings.parsing import env_file_lines
from execution.settings.redaction import is_secret_name
from execution.state.directory import StateDir
from execution.state.switches import token_files
from execution.units import record
from execution.units.pieces import DROP_INS, RECORD, SUFFIX
from gates.base import below, entrusted, release
from gates.base.environment import env_file_of

TIMERS = (CYCLES[0], *OTHERS, "execution-watch.timer")
LOOP_TIMER = CYCLES[1]
"""Starts the service as one long-running loop, in place of a process a minute."""
UNITS = (*TIMERS, LOOP_TIMER, *(name.replace(".timer", ".service") for name in (*TIMERS, LOOP_TIMER)))
TRADING_UNITS = frozenset({"execution.service", "execution-loop.service", "execution-sweep.service"})
ASK_SECONDS = 5
NO_SYSTEMD = Unknown("systemd does not run here")


def directory(state: StateDir) -> Directory | Unknown:
    try:
        try:
            with below.folder(state.root) as opened:
                return _directory(opened, writable=os.access(".", os.W_OK | os.X_OK, dir_fd=opened))
        except PermissionError:
            return _directory(state.root, writable=False)
    except OSError as broken:
        return Unknown(f"{state.root}: {broken.strerror}", "run `execution init`")


def _directory(place: int | Path, *, writable: bool) -> Directory:
    room = os.statvfs(place)
    return Directory(
        mode=stat.S_IMODE(os.stat(place).st_mode),
        writable=writable,
        free_bytes=room.f_bavail * room.f_frsize,
        total_bytes=room.f_blocks * room.f_frsize,
        free_inodes=room.f_favail if room.f_files else None,
    )


def owners(state: StateDir) -> frozenset[int]:
    """Who may own what holds a secret: root, whoever runs this, and the owner of the state directory."""
    try:
        return frozenset({0, os.geteuid(), below.look_at_folder(state.root).st_uid})
    except OSError:
        return frozenset({0, os.geteuid()})


def secret_files(state: StateDir, environ: Mapping[str, str]) -> tuple[SecretFile, ...]:
    """The files of this installation that hold secrets, those that are there."""
    found = [(SecretKind.SETTINGS, env_file_of(environ)), *((SecretKind.TOKEN, path) for path in token_files(state))]
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    if credentials:
        try:
            found += [(SecretKind.CREDENTIAL, Path(credentials) / name) for name in entrusted.names(Path(credentials))]
        except OSError:
            found.append((SecretKind.CREDENTIAL, Path(credentials)))
    return tuple(file for kind, path in found if (file := _secret_file(kind, path)) is not None)


def _secret_file(kind: SecretKind, path: Path) -> SecretFile | None:
    try:
        info = below.look(path) if kind is SecretKind.TOKEN else entrusted.look(path)
        if stat.S_ISLNK(info.st_mode) and kind is SecretKind.SETTINGS:
            info = os.stat(path)  # a link is a way of deploying; what it names is what others can read
    except FileNotFoundError:
        return None
    except OSError as broken:
        return SecretFile(kind, path, problem=str(broken.strerror))
    if stat.S_ISCHR(info.st_mode):  # /dev/null: no such file is wanted
        return None
    problem = None if stat.S_ISREG(info.st_mode) else "is not a regular file"
    secret = kind is not SecretKind.SETTINGS or problem is not None or _names_a_secret(path)
    return SecretFile(kind, path, stat.S_IMODE(info.st_mode), info.st_uid, problem, secret)


def _names_a_secret(settings: Path) -> bool:
    """Whether a secret stands in a settings file; one that cannot be read may hold one."""
    try:
        with settings.open(encoding="utf-8") as stream:
            return any(line.key is not None and is_secret_name(line.key) for line in env_file_lines(stream))
    except (OSError, UnicodeDecodeError):
        return True


def lost_drop_ins(installed: Path = Path(RECORD)) -> tuple[str, ...] | Unknown:
    """The examples among the unit's drop-ins that are gone: `systemctl revert` removes them all at once."""
    written = record.read(installed).files
    examples = [path for path in written if Path(path).parent.name == DROP_INS and path.endswith(SUFFIX)]
    if not examples:
        return Unknown("not installed by `execution units install`")
    return tuple(Path(path).name for path in examples if not os.path.lexists(path))


def units() -> tuple[Unit, ...] | Unknown:
    if not os.path.isdir("/run/systemd/system"):
        return NO_SYSTEMD
    said = _asked(["systemctl", "show", "--property=Id,LoadState,ActiveState", *UNITS])
    return said if isinstance(said, Unknown) else units_of(said)


def units_of(said: str) -> tuple[Unit, ...] | Unknown:
    """systemctl's blocks of NAME=value, one block per unit."""
    found = []
    for block in said.strip().split("\n\n"):
        fields = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if not {"Id", "LoadState", "ActiveState"} <= fields.keys():
            return Unknown("systemctl's answer was not understood")
        found.append(Unit(fields["Id"], fields["LoadState"], fields["ActiveState"]))
    return tuple(found)


def time_synchronised() -> bool | Unknown:
    if not os.path.isdir("/run/systemd/system"):
        return NO_SYSTEMD
    said = _asked(["timedatectl", "show", "--property=NTPSynchronized", "--value"])
    if isinstance(said, Unknown):
        return said
    return {"yes": True, "no": False}.get(said.strip(), Unknown("timedatectl did not say"))


def software() -> Software:
    packages, missing, unfit = {}, [], []
    for requirement in _requirements():
        name, least, below = _bounds(requirement)
        try:
            packages[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if least and _numbers(packages[name]) < _numbers(least):
            unfit.append(f"{name} {packages[name]}, want {least}")
        if below and _numbers(packages[name]) >= _numbers(below):
            unfit.append(f"{name} {packages[name]}, want one below {below}")
    return Software(
        python=platform.python_version(),
        service=_version(),
        packages=packages,
        missing=tuple(missing),
        unfit=tuple(unfit),
        revision=_revision(),
    )


def _requirements() -> Iterable[str]:
    """What the service itself needs, extras left out; [] when it runs without being installed."""
    try:
        listed = metadata.requires(release.DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return []
    return [line.split(";")[0].strip() for line in listed if "extra ==" not in line]


def _bounds(requirement: str) -> tuple[str, str, str]:
    """`alpaca-py<0.45,>=0.43` as its name, the least version and the first one too new; empty where there is none."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    least, below = (re.search(rf"{sign}\s*([0-9.]+)", requirement) for sign in (">=", "<"))
    return name[0] if name else "", least[1] if least else "", below[1] if below else ""


def _version() -> str:
    try:
        return metadata.version(release.DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "not installed as a package"


def _numbers(version: str) -> tuple[int, ...]:
    """1.26.4 as (1, 26, 4); what follows the numbers (rc1, +local) is left out."""
    numbers = []
    for part in version.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def _revision() -> str | Unknown:
    """Short enough for a table."""
    found = release.revision()
    return Unknown(found.problem) if found.problem else found.short


def _asked(command: list[str]) -> str | Unknown:
    """What a program says, within the time limit; never its error text, which may quote anything."""
    environ = {
        **{k: os.environ[k] for k in ("PATH", "HOME") if k in os.environ},
        "LC_ALL": "C",
    }
    asked: dict[str, Any] = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL, "env": environ}
    try:
        done = subprocess.run(command, timeout=ASK_SECONDS, check=False, **asked)
    except FileNotFoundError:
        return Unknown(f"{command[0]} is not installed")
    except (OSError, subprocess.TimeoutExpired) as broken:
        return Unknown(f"{command[0]} gave no answer ({type(broken).__name__})")
    return done.stdout if done.returncode == 0 else Unknown(f"{command[0]} left with {done.returncode}")
