"""A server as root finds it: programs that every user may read, an /etc of the test's own, a service's user.

All of it is a mount namespace of one command; nothing of the machine is changed. The service's user is a number
that nobody on the machine has, and `Server.put` lays a desk where that user may go.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from gates.base.record import dataclass
from support.desk import CHECKOUT, Desk, Done

SERVICE = 61234
MOUNTS = """
set -e
etc=$1; closed=$2; shift 2
if [ "$etc" != - ]; then mount --bind "$etc" /etc; fi
for place in $closed; do
    top=${place%%=*}; inner=${place#*=}
    if ! mountpoint -q "$top/.shown" 2>/dev/null; then
        kept=$(mktemp -d /tmp/avwap-kept-XXXXXX)
        mount --rbind "$top" "$kept"
        mount -t tmpfs -o mode=0755 tmpfs "$top"
        mkdir "$top/.shown"; mount --rbind "$kept" "$top/.shown"; umount -l "$kept"; rmdir "$kept"
    fi
    mkdir -p "$top/$inner"; mount --rbind "$top/.shown/$inner" "$top/$inner"
done
for place in $closed; do umount -l "${place%%=*}/.shown" 2>/dev/null || true; done
exec "$@"
"""


@cache
def why_not() -> str | None:
    """What this machine lacks for a server, in words, or None."""
    if os.geteuid() != 0:
        return "needs root, to become another user"
    if shutil.which("unshare") is None:
        return "unshare is not installed"
    tried = subprocess.run(
        [*as_on_a_server(None), "setpriv", f"--reuid={SERVICE}", f"--regid={SERVICE}", "--clear-groups",
         sys.executable, "-c", "import execution, msgspec"],
        cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return f"mount namespaces are not to be had here: {tried.stderr.strip()}" if tried.returncode else None


def as_on_a_server(etc: Path | None) -> tuple[str, ...]:
    """What is put in front of a command: Python, the venv and the checkout open to all, and this /etc."""
    closed = {}
    for needed in (Path(sys.base_prefix), Path(sys.prefix).absolute(), CHECKOUT):
        for place in reversed(needed.parents):
            if not place.stat().st_mode & 0o001:
                closed[needed] = f"{place}={needed.relative_to(place)}"
                break
    return ("unshare", "-m", "sh", "-c", MOUNTS, "sh", str(etc or "-"), " ".join(closed.values()))


@dataclass(frozen=True)
class Server:
    """A desk whose state directory belongs to the service's user, and root at the keyboard."""

    root: Path
    desk: Desk

    @property
    def etc(self) -> Path:
        return self.root / "etc"

    def do(self, *verb: str, **changes: str | None) -> Done:
        return self.desk.do(*verb, before=as_on_a_server(self.etc), **changes)

    def ok(self, *verb: str, **changes: str | None) -> Done:
        done = self.do(*verb, **changes)
        assert done.code == 0, f"{verb} left with {done.code}:\n{done.said}"
        return done

    def as_service(self, *verb: str, **changes: str | None) -> Done:
        drop = ("setpriv", f"--reuid={SERVICE}", f"--regid={SERVICE}", "--clear-groups")
        return self.desk.do(*verb, before=(*as_on_a_server(self.etc), *drop), **changes)

    def not_the_services(self) -> list[str]:
        paths = [self.desk.state, *self.desk.state.rglob("*")]
        owners = {path.name: (path.lstat().st_uid, path.lstat().st_gid) for path in paths}
        return [name for name, owner in owners.items() if owner != (SERVICE, SERVICE)]


@contextmanager
def server(desk: Desk) -> Iterator[Server]:
    """A copy of the desk where the service's user may go; pytest's own directories are closed to others."""
    with open_root() as root:
        copied = desk.copy(root / "desk")
        copied.root.chmod(0o755)
        for path in (copied.state, *copied.state.rglob("*")):
            os.lchown(path, SERVICE, SERVICE)
        yield Server(root, copied)


@contextmanager
def open_root() -> Iterator[Path]:
    """A directory where every user may go, with an `etc` in it that is the machine's without what is ours."""
    with tempfile.TemporaryDirectory(prefix="avwap-server-") as directory:
        root = Path(directory)
        root.chmod(0o755)
        shutil.copytree("/etc", root / "etc", symlinks=True, ignore_dangling_symlinks=True, ignore=_odd)
        yield root


def _odd(folder: str, names: list[str]) -> list[str]:
    """What is not copied: large, and nothing of ours."""
    return [name for name in names if name in ("alternatives", "ssl", "java", "avwap")]
