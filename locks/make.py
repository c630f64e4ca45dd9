"""Writes the locks anew from the ranges in setup.cfg, with uv: the newest versions that fit, each with its hashes.

    make lock                         all of them
    python locks/make.py --keep       only what the ranges now demand; what still fits stays as it is

One file serves every Python from 3.11 on and every machine; what differs has a marker. Then each file is resolved for
each Python on x86-64 and on arm64, wheels only, so that no host finds out by itself that one is missing.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from configparser import ConfigParser
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACHINES = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28")
EXTRA_OF = {"core": "", "all": "all", "dev": "dev"}
BUILDS = "setuptools>=70.1"
"""Installs the checkout itself: with `--no-build-isolation` nothing else is fetched for it."""
HEADER = """# Every package with its hashes: `make lock` writes this from the ranges in setup.cfg (docs/decisions/0128).
#   python -m pip install --require-hashes --only-binary :all: -r locks/{name}.txt
"""


def main(arguments: list[str]) -> int:
    uv = shutil.which("uv") or shutil.which("uv", path=Path(sys.executable).parent)
    if uv is None:
        sys.stderr.write("make: uv is needed to write a lock; install it with `pipx install uv`\n")
        return 1
    keep = "--keep" in arguments
    for name, extra in EXTRA_OF.items():
        path = HERE / f"{name}.txt"
        path.write_text(HEADER.format(name=name) + _resolved(uv, wanted(extra), path if keep else None), "utf-8")
        for python in PYTHONS:
            for machine in MACHINES:
                _try(uv, path, python, machine)
    return 0


def wanted(extra: str) -> list[str]:
    """The ranges of setup.cfg, an extra that names another one followed."""
    declared = ConfigParser(interpolation=None)
    declared.read(HERE.parent / "setup.cfg", encoding="utf-8")
    lines = _lines(declared["options"]["install_requires"])
    pending = [extra] if extra else []
    while pending:
        for line in _lines(declared["options.extras_require"][pending.pop()]):
            other = re.fullmatch(r"avwap-execution\[([a-z]+)\]", line)
            (pending if other else lines).append(other[1] if other else line)
    return [*lines, BUILDS]


def _lines(text: str) -> list[str]:
    return [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]


def _resolved(uv: str, requirements: list[str], former: Path | None) -> str:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "lock.txt"
        if former is not None and former.exists():
            shutil.copyfile(former, out)
        command = [
            uv, "pip", "compile", "--quiet", "--universal", "--python-version", PYTHONS[0], "--only-binary", ":all:",
            "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links",
            "--output-file", str(out), "-",
        ]  # fmt: skip
        subprocess.run(command, input="\n".join(requirements), text=True, stdout=subprocess.DEVNULL, check=True)
        return out.read_text(encoding="utf-8")


def _try(uv: str, lock: Path, python: str, machine: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [
            uv, "pip", "install", "--quiet", "--dry-run", "--target", folder, "--python-version", python,
            "--python-platform", machine, "--require-hashes", "--only-binary", ":all:", "-r", str(lock),
        ]  # fmt: skip
        subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
