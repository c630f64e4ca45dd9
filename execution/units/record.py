"""Keeps /etc/avwap/installed.json: what `units install` wrote, so that it can tell its own from yours.

{"schema": 1, "files": {path: sha256}, "links": {path: leads to}, "directories": [path, …], "sha256": …}
"""

from __future__ import annotations

import os
from pathlib import Path

from execution.units.pieces import RECORD
from execution.units.target import Target
from gates.base.record import dataclass, field
from gates.base.statefile import StateMissing, StateUnreadable, read_sealed, render, replace, sealed

SCHEMA = 1


@dataclass(slots=True)
class Installed:
    files: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    directories: list[str] = field(default_factory=list)


def load(target: Target) -> Installed:
    """Nothing installed is an empty record; one that cannot be read is an error, or all would count as edited."""
    return read(target.inside(RECORD))


def read(path: Path) -> Installed:
    try:
        document = read_sealed(path, SCHEMA)
    except StateMissing:
        return Installed()
    try:
        return Installed(
            {str(name): str(value) for name, value in document["files"].items()},
            {str(name): str(value) for name, value in document["links"].items()},
            [str(name) for name in document["directories"]],
        )
    except (KeyError, TypeError, AttributeError) as wrong:
        raise StateUnreadable(path, f"is not a record of an installation ({wrong!r})") from None


def save(target: Target, installed: Installed) -> None:
    path = target.inside(RECORD)
    document = {
        "schema": SCHEMA,
        "files": dict(sorted(installed.files.items())),
        "links": dict(sorted(installed.links.items())),
        "directories": installed.directories,
    }
    replace(path, render(sealed(document)))
    os.chmod(path, 0o644)
