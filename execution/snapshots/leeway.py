"""Judges whether other settings files would let more through, before files are put back while armed.

The service's settings are the `.env` under what its unit and drop-ins set. What is known to become
tighter may change, and what only concerns telling; everything else is taken for looser, a setting
of tomorrow included, because a rollback while armed is no place for guesses.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path

from execution.settings.parsing import env_file_lines
from execution.settings.registry import REGISTRY
from execution.snapshots.files import ENV, UNIT_PLACE
from gates.base.environment import ENV_FILE, read_values
from gates.base.record import dataclass
from gates.base.settings import Setting

Files = Mapping[tuple[str, str], bytes]
"""Contents by place and name."""

SERVICES = ("execution.service", "execution-loop.service")
"""What trades: a process a minute, or one loop. The sweep and the watch open nothing."""
OPAQUE = re.compile(r"ExecStart|EnvironmentFile|UnsetEnvironment|PassEnvironment|\w*Credential\w*|User|Group")
HARMLESS = re.compile(r"LOG_FORMAT|LOG_REPEATS|SLACK_\w+|HEALTHCHECK_URL")


@dataclass(frozen=True, slots=True)
class View:
    """What a service would be set to, and the lines whose meaning lies outside these files."""

    settings: Mapping[str, str]
    opaque: tuple[str, ...]


def loosened(before: Files, after: Files) -> list[str]:
    """What would be less tight than now, one line each. The moment between the two steps counts too: a shell and the
    next cycle read the new `.env` while systemd still holds the old unit."""
    old_units, new_units = _units(before), _units(after)
    found: list[str] = []
    for service in SERVICES:
        steps = (
            (_view(service, before, {}), _view(service, after, {})),
            (_view(service, before, old_units), _view(service, after, old_units)),
            (_view(service, before, old_units), _view(service, after, new_units)),
        )
        found += [line for old, new in steps for line in _looser(service, old, new)]
    return list(dict.fromkeys(found))


def _looser(service: str, before: View, after: View) -> Iterator[str]:
    if before.opaque != after.opaque:
        yield f"{service}: lines change whose effect cannot be told from here (ExecStart, EnvironmentFile, credentials)"
    if before.settings.get(ENV_FILE) != after.settings.get(ENV_FILE):
        yield f"{ENV_FILE} changes"
    old, _ = read_values(before.settings, REGISTRY)
    new, _ = read_values(after.settings, REGISTRY)
    for setting in REGISTRY:
        texts = before.settings.get(setting.name), after.settings.get(setting.name)
        if texts[0] == texts[1] or HARMLESS.fullmatch(setting.name):
            continue
        if setting.tighter is None or not setting.tighter(old[setting.field], new[setting.field]):
            yield f"{setting.name}: {_shown(setting, texts[0])} becomes {_shown(setting, texts[1])}"


def _shown(setting: Setting, text: str | None) -> str:
    if text is None:
        return f"the default ({setting.default})" if setting.default is not None else "unset"
    return "(secret)" if setting.secret else text or "(empty)"


def _units(files: Files) -> Files:
    return {key: data for key, data in files.items() if key[0] == UNIT_PLACE}


def _view(service: str, files: Files, units: Files) -> View:
    settings = _env(files.get((ENV, ".env"), b""))
    opaque: list[str] = []
    directories = (f"{service}.d", f"{service.partition('-')[0]}-.service.d" if "-" in service else "")
    drop_ins = [name for _, name in units if name.partition("/")[0] in directories]
    own = {Path(name).name for name in drop_ins if name.startswith(f"{service}.d/")}  # hides a namesake elsewhere
    names = sorted(
        (name for name in drop_ins if name.startswith(f"{service}.d/") or Path(name).name not in own),
        key=lambda name: Path(name).name,
    )
    assigned: dict[str, str] = {}
    for name in (service, *names):
        for key, value in _directives(units.get((UNIT_PLACE, name), b"")):
            if key == "Environment":
                assigned = {**assigned, **_assignments(value)} if value else {}
            elif OPAQUE.fullmatch(key):
                opaque.append(f"{key}={value}")
    return View({**settings, **assigned}, tuple(opaque))


def _env(data: bytes) -> dict[str, str]:
    bindings = env_file_lines(StringIO(data.decode("utf-8", "replace")))
    return {one.key: one.value for one in bindings if one.key is not None and one.value is not None}


def _directives(data: bytes) -> Iterator[tuple[str, str]]:
    text = re.sub(r"\\\r?\n", " ", data.decode("utf-8", "replace"))
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.lstrip().startswith(("#", ";")):
            yield key.strip(), value.strip()


def _assignments(value: str) -> dict[str, str]:
    try:
        words = shlex.split(value)
    except ValueError:
        words = [value]
    return {name: text for name, equals, text in (word.partition("=") for word in words) if equals}
