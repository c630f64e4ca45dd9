"""Tells which code runs here: Python, packages, and the checkout's commit."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import distributions

from gates.base.environment import CHECKOUT, is_checkout
from gates.base.shipped import shipped

GIT_SECONDS = 10
NO_CHECKOUT = "not a git checkout"
NO_ANSWER = "unknown (git does not answer)"


def versions() -> dict[str, str]:
    packages = {f"package {one.metadata['Name']}": one.version for one in distributions()}
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "revision": revision(),
        "interpreter": sys.executable,
        **dict(sorted(packages.items())),
    }


def revision() -> str:
    """The checkout's commit, or the one the wheel was built from, with a mark when tracked files differ from it."""
    if not is_checkout():
        return _built_from()
    if not (CHECKOUT / ".git").exists():
        return NO_CHECKOUT
    try:
        commit = _git("rev-parse", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return NO_ANSWER
    return f"{commit}{'-dirty' if changed else ''}"


def _built_from() -> str:
    try:
        return shipped("revision").read_text(encoding="utf-8").strip()
    except OSError:
        return NO_CHECKOUT


def _git(*arguments: str) -> str:
    """git's answer. It takes no lock of its own, so that our death leaves none in the checkout."""
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    # A checkout of root's is read by the service's user, to git a stranger; one of a third user's is not believed.
    trusted = ["-c", f"safe.directory={CHECKOUT}"] if CHECKOUT.stat().st_uid == 0 else []
    command = ["git", "--no-optional-locks", *trusted, "-C", str(CHECKOUT), *arguments]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=GIT_SECONDS, check=True)
    return done.stdout.strip()
