"""Tells which code runs here: Python, packages, and the checkout's commit."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import distributions

from gates.base.release import revision


def versions() -> dict[str, str]:
    packages = {f"package {one.metadata['Name']}": one.version for one in distributions()}
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "revision": str(revision()),
        "interpreter": sys.executable,
        **dict(sorted(packages.items())),
    }
