"""Tells which release and which commit run, the checkout's or the one a wheel was built from, and on what."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from gates.base.environment import CHECKOUT, is_checkout
from gates.base.record import dataclass
from gates.base.shipped import shipped

DISTRIBUTION = "avwap-execution"
VENDOR = "alpaca-py"
GIT_SECONDS = 10
SHOWN_DIGITS = 12
NO_CHECKOUT = "not a git checkout"
NO_ANSWER = "unknown (git does not answer)"
KEPT = re.compile(r"([0-9a-f]+)(-dirty)?")
"""How a snapshot and a wheel keep a commit."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit, and whether tracked files differ from it; without one `problem` says why."""

    commit: str = ""
    is_dirty: bool = False
    problem: str = ""

    def __str__(self) -> str:
        """As it is kept."""
        return self.problem or f"{self.commit}{'-dirty' if self.is_dirty else ''}"

    @property
    def short(self) -> str:
        return self.problem or f"{self.commit[:SHOWN_DIGITS]}{' with local changes' if self.is_dirty else ''}"


def release() -> str:
    """One line for `--version` and for a report of a fault."""
    ours = _version(DISTRIBUTION) or "of a checkout that is not installed"
    found = revision()
    commit = found.problem or f"commit {found.short}"
    return f"{ours} ({commit}, Python {platform.python_version()}, {VENDOR} {_version(VENDOR) or 'not installed'})"


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def revision(code: Path = CHECKOUT) -> Revision:
    """The checkout's commit, or the one the wheel was built from."""
    if not is_checkout(code):
        return _written_in(shipped("revision", code))
    if not (code / ".git").exists():
        return Revision(problem=NO_CHECKOUT)
    try:
        commit = _git(code, "rev-parse", "HEAD")
        changed = _git(code, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return Revision(problem=NO_ANSWER)
    return Revision(commit, bool(changed))


def as_kept(text: str) -> Revision:
    """The revision that was kept as this text."""
    found = KEPT.fullmatch(text)
    return Revision(found[1], found[2] is not None) if found is not None else Revision(problem=text)


def _written_in(file: Path) -> Revision:
    try:
        return as_kept(file.read_text(encoding="utf-8").strip())
    except OSError:
        return Revision(problem=NO_CHECKOUT)


def _git(code: Path, *arguments: str) -> str:
    """git's answer. It takes no lock of its own, so that our death leaves none in the checkout."""
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    # A checkout of root's is read by the service's user, to git a stranger; one of a third user's is not believed.
    trusted = ["-c", f"safe.directory={code}"] if code.stat().st_uid == 0 else []
    command = ["git", "--no-optional-locks", *trusted, "-C", str(code), *arguments]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=GIT_SECONDS, check=True)
    return done.stdout.strip()
