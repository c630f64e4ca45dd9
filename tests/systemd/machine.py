"""A real systemd of the tests' own: PID 1 of its own namespaces, over a throw-away layer of this machine's root,
or of a root that `make systems` has made.

Two processes make it. The *holder* keeps a mount namespace in which a tmpfs holds all that is written, and
lives as long as the tests do. A *boot* enters it, stacks that layer over `/`, and becomes systemd. When PID 1
is killed, all its processes die with it, as in a power cut, and the next boot finds what was on the disk.
Nothing of the host is written: /etc, /var and /opt are the layer's, /tmp and /run are new and empty, and
the cgroups lie below one of their own. The network is the host's, so that a venue on loopback is reached.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from gates.base.record import dataclass

SYSTEMD = Path("/lib/systemd/systemd")
TOOLS = ("unshare", "nsenter", "setpriv", "systemctl", "systemd-analyze", "journalctl")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
BOOT_SECONDS = 30

PROBE = """
mount -t tmpfs tmpfs . && cd "$PWD"
mkdir upper work root cgroup
mount -t overlay overlay -o "lowerdir=/,upperdir=$PWD/upper,workdir=$PWD/work" root
mount -t cgroup2 cgroup2 cgroup
"""
"""What a boot needs of the kernel, and of whoever contains us."""

HOLD = """
set -e
mount -t tmpfs -o mode=0755 tmpfs "$BASE"
mkdir "$BASE/upper" "$BASE/work" "$BASE/root" "$BASE/cgroup"
mount -t cgroup2 cgroup2 "$BASE/cgroup"
mkdir "$BASE/cgroup/$NAME"
echo ready
exec cat
"""

BOOT = """
set -e
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$BASE/upper,workdir=$BASE/work" "$BASE/root"
cd "$BASE/root"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs tmpfs sys/fs/cgroup
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount --rbind /dev dev
for new in run tmp var/tmp dev/shm; do mount -t tmpfs -o mode=1777 tmpfs "$new"; done
mkdir -p run/log/journal
for bound in $BOUND; do
  mkdir -p "./${bound#*=}"; mount --bind "${bound%%=*}" "./${bound#*=}"; mount -o remount,bind,ro "./${bound#*=}"
done
for masked in $MASKED; do ln -sfn /dev/null "etc/systemd/system/$masked"; done
printf '[Unit]\\nRequires=basic.target\\nAfter=basic.target\\nAllowIsolate=yes\\n' > etc/systemd/system/machine.target
mkdir -p run/before
pivot_root . run/before
exec chroot . /bin/sh -c 'umount -l /run/before && mount --make-rshared / && exec env -i container=tests \
  PATH="$0" /lib/systemd/systemd --system --unit=machine.target --log-target=journal --show-status=0' "$PATH"
"""

WITHOUT = """
    systemd-sysctl.service systemd-modules-load.service systemd-udevd.service systemd-udev-trigger.service
    systemd-binfmt.service systemd-remount-fs.service systemd-random-seed.service systemd-timesyncd.service
    systemd-networkd.service systemd-resolved.service systemd-logind.service systemd-hwdb-update.service
    systemd-machine-id-commit.service systemd-update-utmp.service systemd-tmpfiles-clean.timer
    systemd-firstboot.service dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount
    sys-kernel-config.mount sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount getty.target
    apt-daily.timer apt-daily-upgrade.timer man-db.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
    logrotate.timer cron.service ssh.service
"""
"""What would reach the host's kernel, wait for hardware, or do something of its own."""


def why_not() -> str | None:
    """What this machine lacks, in words, or None."""
    if os.geteuid() != 0:
        return "booting a systemd needs root"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if not SYSTEMD.exists() or missing:
        return f"systemd is not installed here ({', '.join(missing) or SYSTEMD} missing)"
    with tempfile.TemporaryDirectory(prefix="avwap-probe-", dir="/var/tmp") as scratch:
        tried = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--cgroup", "sh", "-ec", PROBE],
            cwd=scratch,
            capture_output=True,
            text=True,
            check=False,
        )
    return f"namespaces are not to be had here: {tried.stderr.strip()}" if tried.returncode else None


@dataclass(frozen=True)
class Said:
    """What a command inside left."""

    code: int
    out: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Machine:
    def __init__(self, bound: Mapping[Path, str], lower: Path = Path("/")) -> None:
        """`bound` maps folders of the host to where they are seen inside, read-only; `lower` is the root that the
        layer lies over, this machine's own or another system's."""
        self._base = Path(tempfile.mkdtemp(prefix="avwap-machine-", dir="/var/tmp"))
        self._console_path = self._base.with_suffix(".console")
        self._bound = " ".join(f"{host}={inside}" for host, inside in bound.items())
        self._environ = {"PATH": PATH, "BASE": str(self._base), "NAME": self._base.name}
        self._environ["LOWER"] = str(lower)
        self._boot: subprocess.Popen[bytes] | None = None
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", HOLD],
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._holder.stdout is not None
        if self._holder.stdout.readline().strip() != b"ready":
            raise RuntimeError("the machine's disk could not be made")

    @property
    def root(self) -> Path:
        """The machine's root directory as the host sees it."""
        return Path(f"/proc/{self.pid}/root")

    @property
    def pid(self) -> int:
        """PID 1, by the number it has outside."""
        if self._boot is None:
            raise RuntimeError("the machine is off")
        children = Path(f"/proc/{self._boot.pid}/task/{self._boot.pid}/children").read_text().split()
        return int(children[0])

    def boot(self) -> None:
        join = 'mkdir -p "$BASE/cgroup/$NAME" && echo $$ > "$BASE/cgroup/$NAME/cgroup.procs" && exec "$@"'
        console = self._console_path.open("wb")
        enter = ["nsenter", "-t", str(self._holder.pid), "-m", "sh", "-c", join, "sh"]
        become = ["setpriv", "--pdeathsig", "KILL", "unshare", "--fork", "--kill-child"]
        new = ["--pid", "--mount", "--uts", "--ipc", "--cgroup"]
        self._boot = subprocess.Popen(
            [*enter, *become, *new, "sh", "-c", BOOT],
            env={**self._environ, "BOUND": self._bound, "MASKED": WITHOUT},
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
        )
        self.wait_for("systemctl is-active --quiet machine.target", BOOT_SECONDS)

    def run(self, command: str, *, check: bool = True, seconds: float = 60, answers: str = "", **environ: str) -> Said:
        """One line of shell inside, as root, fed with `answers`; stdout and stderr together."""
        seen = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": "", **environ}
        enter = ["nsenter", "-t", str(self.pid), "-m", "-p", "-u", "-i", "-C", "-r", "-w"]
        with_environment = ["/usr/bin/env", "-i", *(f"{name}={value}" for name, value in seen.items())]
        done = subprocess.run(
            [*enter, *with_environment, "/bin/bash", "-c", command],
            input=answers,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"{command!r} left with {done.returncode}:\n{done.stdout}")
        return Said(done.returncode, done.stdout)

    def wait_for(self, command: str, seconds: float = 20) -> None:
        """Until the command succeeds; a machine has no other bell to ring."""
        ends = time.monotonic() + seconds
        while True:
            try:
                said = self.run(command, check=False)
                if said.code == 0:
                    return
            except (OSError, IndexError):
                said = Said(-1, "not there yet")
            if time.monotonic() > ends:
                raise AssertionError(f"{command!r} did not come true in {seconds} s:\n{said.out}\n{self._console()}")
            time.sleep(0.05)

    def pull_the_plug(self) -> None:
        """Kill PID 1, and with it, at once, everything."""
        assert self._boot is not None
        os.kill(self.pid, signal.SIGKILL)
        self._boot.wait(10)
        self._boot = None

    def close(self) -> None:
        if self._boot is not None:
            self.pull_the_plug()
        assert self._holder.stdin is not None
        cgroup = f"/proc/{self._holder.pid}/root{self._base}/cgroup/{self._base.name}"
        subprocess.run(["find", cgroup, "-depth", "-type", "d", "-exec", "rmdir", "{}", "+"], check=False)
        self._holder.stdin.close()
        self._holder.wait(10)
        self._base.rmdir()
        self._console_path.unlink(missing_ok=True)

    def _console(self) -> str:
        return self._console_path.read_text(errors="replace")[-2000:]
