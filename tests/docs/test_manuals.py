"""Manual pages and completions say what the parsers say, and bash completes by them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support import host

from execution.__main__ import EXECUTION
from gates.base.environment import CHECKOUT
from gates.base.shipped import SHELLS, completions
from scanner.__main__ import SCANNER

DOCS = CHECKOUT / "docs"
KEPT = sorted(str(path.relative_to(DOCS)) for folder in ("man", "completions") for path in (DOCS / folder).iterdir())


def test_they_are_as_the_parsers_are_now(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, str(DOCS / "write_manuals.py"), str(tmp_path)],
        env=host.environment(PYTHONPATH=str(CHECKOUT), HOME=str(tmp_path)), check=True, timeout=120,
    )  # fmt: skip
    written = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*.*")}
    assert sorted(written) == KEPT
    stale = [name for name, text in written.items() if text != (DOCS / name).read_text()]
    assert stale == [], "`make manuals` writes them anew"


def completed(program: str, *words: str) -> list[str]:
    script = f"""{completions(program, "bash")}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _shtab_{program} >/dev/null; printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(
        ["bash", "-c", script, "bash", program, *words],
        env=host.environment(), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout.split()


def test_bash_completes_verbs_and_their_options() -> None:
    assert completed("execution", "fl") == ["flatten"]
    assert completed("execution", "run", "--until") == ["--until-close"]
    assert completed("scanner", "completion", "") == list(SHELLS)


@pytest.mark.parametrize("program", [EXECUTION, SCANNER], ids=lambda program: program.name)
def test_every_verb_has_its_place_on_the_page(program: object) -> None:
    assert isinstance(program, type(EXECUTION))
    page = (DOCS / "man" / f"{program.name}.1").read_text()
    for verb in program.verbs:
        assert f'.SS "{program.name} {verb}"'.replace("-", "\\-") in page
