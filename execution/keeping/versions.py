"""Which code runs here: Python, packages, and the checkout's commit."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import distributions

from gates.common.environment import CHECKOUT

GIT_SECONDS = 10


def versions() -> dict[str, str]:
    packages = {f"package {one.metadata['Name']}": one.version for one in distributions()}
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "revision": _revision(),
        "interpreter": sys.executable,
        **dict(sorted(packages.items())),
    }


def _revision() -> str:
    """The checkout's commit, with a mark when files differ from it."""
    if not (CHECKOUT / ".git").exists():
        return "not a git checkout"
    command = ["git", "-C", str(CHECKOUT), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    try:
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=GIT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown (git does not answer)"
    return done.stdout.strip() if done.returncode == 0 else "unknown (git does not answer)"
