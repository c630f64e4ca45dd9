"""Describes the machine that is installed to: its paths, its user, and the examples rendered for it.

The examples are whole and right for a checkout in /opt/avwap, user avwap, state in /var/lib/avwap; rendering
replaces exactly these. `root` is where files are written (`--root`), never what is written into them.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

from gates.base.environment import CHECKOUT, is_checkout
from gates.base.record import dataclass

USER_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
STATE_HOME = Path("/var/lib")
HIDDEN = (Path("/root"), Path("/home"), Path("/run/user"))
"""What ProtectHome= hides from the service."""
USER_PLACES = re.compile(r'(User=|Group=|--quiet |user=")avwap\b')
IN_CHECKOUT, MANUAL = "Documentation=file:///opt/avwap/README.md", "Documentation=man:execution(1)"
PLAIN = re.compile(r"/[A-Za-z0-9._/+-]*")


@dataclass(frozen=True, slots=True)
class Target:
    root: Path
    user: str
    checkout: Path
    venv: Path
    state_dir: Path

    @property
    def is_this_machine(self) -> bool:
        return self.root == Path("/")

    @property
    def has_checkout(self) -> bool:
        """Whether the service runs from a checkout; what a wheel brought lies in the venv, beside foreign packages."""
        return self.checkout != CHECKOUT or is_checkout()

    def inside(self, path: str | Path) -> Path:
        """Where a path of that machine is written."""
        return self.root / str(path).lstrip("/")

    def rendered(self, text: str) -> str:
        """An example as this machine needs it."""
        text = USER_PLACES.sub(lambda found: f"{found[1]}{self.user}", text)
        text = text.replace("StateDirectory=avwap", f"StateDirectory={self.state_dir.relative_to(STATE_HOME)}")
        if not self.has_checkout:
            text = text.replace(IN_CHECKOUT, MANUAL)
        paths = {"/opt/avwap/.venv": self.venv, "/opt/avwap": self.checkout, "/var/lib/avwap": self.state_dir}
        return re.sub("|".join(map(re.escape, paths)), lambda found: str(paths[found[0]]), text)

    def problems(self) -> Iterator[str]:
        """Why these paths and this user cannot be a service, each with its remedy."""
        if self.user == "root" or not USER_NAME.fullmatch(self.user):
            yield f"--user {self.user}: name a user of its own, such as avwap; the service never runs as root"
        if self.state_dir == STATE_HOME or STATE_HOME not in self.state_dir.parents:
            yield f"--state-dir {self.state_dir}: must lie in {STATE_HOME}, where systemd makes state directories"
        for name, path in (("checkout", self.checkout), ("venv", self.venv), ("state dir", self.state_dir)):
            if not PLAIN.fullmatch(str(path)) or ".." in path.parts:
                yield f"{name} {path}: units and scripts take letters, digits and ._+- only; move it"
        if self.is_this_machine:
            yield from _unreadable(self.venv / "bin" / "execution", self.checkout / "execution" / "__main__.py")
        for name, path in self._must_be_seen():
            if any(hidden == path or hidden in path.parents for hidden in HIDDEN):
                yield f"{name} {path}: the service cannot see it (ProtectHome); put it in /opt/avwap, Python in /usr"

    def _must_be_seen(self) -> Iterator[tuple[str, Path]]:
        yield "checkout", self.checkout
        yield "venv", self.venv
        python = self.venv / "bin" / "python"
        if self.is_this_machine and python.exists():
            yield "Python", python.resolve()


def _unreadable(*files: Path) -> Iterator[str]:
    """What a user that owns none of it could not open: code checked out under a strict umask, or not there."""
    for file in files:
        try:
            closed = [
                one
                for one in (*file.parents, file)
                if not one.stat().st_mode & (stat.S_IXOTH if one != file else stat.S_IROTH)
            ]
        except OSError as broken:
            yield f"{file}: {broken.strerror}; set the checkout up with `make .venv/run.ready`"
            continue
        if closed:
            yield f"{closed[0]}: closed to other users, so the service cannot read it; chmod -R o+rX {closed[0]}"
