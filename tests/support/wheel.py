"""Builds wheel and sdist of what git knows, and installs as a user does: a venv, a home, an empty directory."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gates.base.environment import CHECKOUT
from support import host
from support.desk import Done

BUILD = "import sys; from setuptools import build_meta; print(getattr(build_meta, sys.argv[1])(sys.argv[2]))"
PACKAGES = Path(sysconfig.get_path("purelib"))


@dataclass(frozen=True, slots=True)
class Built:
    wheel: Path
    sdist: Path
    tracked: frozenset[str]


def build_both(folder: Path) -> Built:
    """A wheel and an sdist of what git knows, made in a copy of it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    tracked = frozenset(name for name in listed.split("\0") if (CHECKOUT / name).is_file())
    for name in tracked:
        (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / name, folder / "source" / name)
    return Built(build(folder, "build_wheel"), build(folder, "build_sdist"), tracked)


def build(folder: Path, what: str) -> Path:
    (folder / "dist").mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", BUILD, what, str(folder / "dist")], cwd=folder / "source",
        env=host.environment(), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "dist" / done.stdout.splitlines()[-1]


class Program:
    """The two programs in some folder, typed by a user whose home and current directory are their own."""

    def __init__(self, folder: Path, programs: Path, before: Sequence[str] = ()) -> None:
        self.programs, self.before = programs, before
        self.here, self.home = folder / "here", folder / "home"
        self.state = self.home / ".local" / "state" / "avwap"
        self.here.mkdir()
        self.home.mkdir()

    def type(self, program: str, *verb: str, cwd: Path | None = None, **variables: str) -> Done:
        given = {"HOME": str(self.home), **variables}
        done = subprocess.run(
            [*self.before, self.programs / program, *verb], cwd=cwd or self.here, env=host.environment(**given),
            capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=240, check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    def ok(self, program: str, *verb: str, codes: tuple[int, ...] = (0,)) -> Done:
        done = self.type(program, *verb)
        assert done.code in codes, f"{program} {verb}: {done.code}\n{done.said}"
        return done

    def files(self) -> dict[Path, bytes]:
        """What lies in the state directory."""
        return {path: path.read_bytes() for path in self.state.rglob("*") if path.is_file()}


class Installed(Program):
    """A venv with the wheel in it, a home, and an empty directory of the user's. What the program needs lies in
    `packages`, and its state where it puts that by itself."""

    def __init__(self, folder: Path, wheel: Path, packages: Path = PACKAGES) -> None:
        self.venv = folder / "venv"
        super().__init__(folder, self.venv / "bin")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", self.venv], check=True, timeout=120)
        (self.site / "packages.pth").write_text(f"{packages}\n")
        self.pip("install", "--no-index", "--no-deps", str(wheel))

    def pip(self, *words: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "pip", "--python", str(self.venv), "--disable-pip-version-check", "--quiet", *words],
            env=host.environment(HOME=str(self.home), PIP_CONFIG_FILE="/dev/null"), check=True, timeout=120,
        )  # fmt: skip

    @property
    def site(self) -> Path:
        (found,) = (self.venv / "lib").glob("python*/site-packages")
        return found
