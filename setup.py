"""Puts into a wheel what lies at the top of the repository: the folders that ship, and the commit it was built from.

Everything else about the package is in setup.cfg. A package's data must lie inside the package, and these folders are
to be read and edited at the top, so the wheel gets copies (docs/decisions/0125); an editable install needs none.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

TOP = Path(__file__).parent
SHIPPED = ("state_templates", "deploy_examples", "docs/completions")
INSIDE = Path("execution") / "shipped"
REVISION = "revision"


class Build(build_py):
    """Copies the folders of the top into the package."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / INSIDE
        shutil.rmtree(target, ignore_errors=True)  # what an earlier build left is no part of this one
        for name in SHIPPED:
            shutil.copytree(TOP / name, target / name)
        commit = revision()
        if commit is not None:
            (target / REVISION).write_text(f"{commit}\n", encoding="utf-8")

    def get_outputs(self, include_bytecode: int = 1) -> list[str]:
        copies = [path for path in (Path(self.build_lib) / INSIDE).rglob("*") if path.is_file()]
        return [*super().get_outputs(include_bytecode), *map(str, copies)]


def revision() -> str | None:
    """The commit that is checked out, with a mark when tracked files differ from it; None outside a checkout."""
    if not (TOP / ".git").exists():
        return None
    try:
        return f"{_git('rev-parse', 'HEAD')}{'-dirty' if _git('status', '--porcelain', '--untracked-files=no') else ''}"
    except (OSError, subprocess.SubprocessError):
        return None


def _git(*arguments: str) -> str:
    command = ["git", "--no-optional-locks", "-C", str(TOP), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()


setup(cmdclass={"build_py": Build})
