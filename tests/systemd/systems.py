"""Boot the droplet's tests over fresh roots of the systems that docs/deploying.md names, and say how each did.

  python tests/systemd/systems.py                        all of them
  python tests/systemd/systems.py debian-13 -- -k revert   one, with options for pytest

By hand before a release: it needs root, debootstrap, the archives and PyPI. Roots are made once, in
AVWAP_SYSTEMS (/var/tmp/avwap-systems). The page's commands are typed as they stand, `make` included.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from gates.base.record import dataclass

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
ROOTS = Path(os.environ.get("AVWAP_SYSTEMS", "/var/tmp/avwap-systems"))
INCLUDED = "systemd,systemd-sysv,dbus,ca-certificates,faketime,openssl,util-linux,procps"
DEBIAN, UBUNTU = "http://deb.debian.org/debian", "http://archive.ubuntu.com/ubuntu"


@dataclass(frozen=True)
class System:
    name: str
    suite: str
    mirror: str
    components: str = "main"
    script: str = "sid"  # debootstrap's own name for how a suite is made; an older one does not know every suite

    @property
    def root(self) -> Path:
        return ROOTS / self.name


SYSTEMS = (
    System("debian-12", "bookworm", DEBIAN),
    System("debian-13", "trixie", DEBIAN),
    System("ubuntu-24.04", "noble", UBUNTU, "main,universe", "gutsy"),
)


def make_root(system: System) -> None:
    """A minimal system, with this machine's way into the network."""
    ready = ROOTS / f"{system.name}.ready"
    if ready.exists():
        return
    shutil.rmtree(system.root, ignore_errors=True)
    ROOTS.mkdir(parents=True, exist_ok=True)
    options = ["--variant=minbase", f"--include={INCLUDED}", f"--components={system.components}"]
    script = f"/usr/share/debootstrap/scripts/{system.script}"
    subprocess.run(["debootstrap", *options, system.suite, str(system.root), system.mirror, script], check=True)
    for name in ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt"):
        place = system.root / name
        place.unlink(missing_ok=True)
        shutil.copyfile(f"/{name}", place)
    (system.root / "etc/pip.conf").write_text("[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n")
    ready.touch()


def try_out(system: System, more: list[str]) -> tuple[bool, str]:
    make_root(system)
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "-q", "-m", "slow", str(HERE), *more],
        cwd=CHECKOUT,
        env={**os.environ, "PYTEST_SYSTEM_ROOT": str(system.root)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    sys.stdout.write(done.stdout)
    counts = re.findall(r"^(?:FAILED|ERROR) .*", done.stdout, re.MULTILINE)
    verdict = "passed" if done.returncode == 0 else f"{len(counts)} failed, exit {done.returncode}"
    systemd, seconds = _version(system, "systemd"), time.monotonic() - begun
    said = f"{system.name} (systemd {systemd}): {verdict}, {seconds:.0f} s"
    return done.returncode == 0, said


def _version(system: System, package: str) -> str:
    status = (system.root / "var/lib/dpkg/status").read_text()
    found = re.search(rf"^Package: {package}\n(?:.+\n)*?Version: (\S+)", status, re.MULTILINE)
    return found[1] if found else "not known"


def main(words: list[str]) -> int:
    end = words.index("--") if "--" in words else len(words)
    names, more = words[:end], words[end + 1 :]
    tried = [try_out(system, more) for system in SYSTEMS if not names or system.name in names]
    sys.stdout.write("\n" + "\n".join(said for _, said in tried) + "\n")
    return int(not tried or not all(passed for passed, _ in tried))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
