"""Says which command brings a package that this installation was made without.

A host that only runs cycles needs no charts and no Parquet; those packages are extras of the distribution. A verb that
needs one imports it, and what it may be missing is read from the distribution's own metadata.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires
from importlib.util import find_spec
from pathlib import Path

from gates.base.environment import is_checkout
from gates.base.release import DISTRIBUTION

REQUIREMENT = re.compile(r"(?P<wanted>(?P<name>[A-Za-z0-9._-]+)[^;]*);.*\bextra == ['\"](?P<extra>[a-z]+)['\"]")
FOR_DEVELOPERS = "dev"
BY_PIPX = "pipx_metadata.json"


def remedy(module: str | None) -> str | None:
    """What an operator does about a module that is not there; None for one that no extra brings."""
    extras = by_extra(_requirements())
    package = _plain((module or "").partition(".")[0])
    extra = next((extra for extra, wanted in extras.items() if package in map(_plain, wanted)), None)
    if extra is None:
        return None
    command = "make .venv/run.ready" if is_checkout() else _install(Path(sys.prefix), extras[extra].values())
    return f"{module} is not installed, it comes with the extra {extra!r}; bring it with `{command}`"


def by_extra(lines: Iterable[str]) -> dict[str, dict[str, str]]:
    """Each extra's packages by name, with the versions wanted."""
    found: dict[str, dict[str, str]] = {}
    for line in lines:
        match = REQUIREMENT.fullmatch(line)
        if match is not None and match["extra"] != FOR_DEVELOPERS:
            found.setdefault(match["extra"], {})[match["name"]] = match["wanted"].strip()
    return found


def _requirements() -> list[str]:
    try:
        return requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        return []


def _install(prefix: Path, wanted: Iterable[str]) -> str:
    """As the program itself was installed: by pipx, into a venv with pip, or into one that uv made without it."""
    if (prefix / BY_PIPX).exists():
        return shlex.join(["pipx", "inject", DISTRIBUTION, *wanted])
    if find_spec("pip") is None:
        return shlex.join(["uv", "pip", "install", "--python", sys.executable, *wanted])
    return shlex.join([sys.executable, "-m", "pip", "install", *wanted])


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")
