"""Finds the folders that ship with the program: blanks of state files, examples of units, completions.

In a checkout they lie at its top, where people read and edit them. A wheel carries copies of them inside the package
`execution` (setup.py puts them there), because only packages have a place of their own on another machine.
"""

from __future__ import annotations

from pathlib import Path

from gates.base.environment import CHECKOUT, is_checkout

PACKAGE = "execution"
FOLDER = "shipped"
SHELLS = ("bash", "zsh", "fish")


def shipped(name: str, code: Path = CHECKOUT) -> Path:
    """Where the folder or file of that name lies for the code that runs."""
    if is_checkout(code):
        return code / name
    from importlib.resources import files  # a cycle in a checkout does without

    return Path(str(files(PACKAGE))) / FOLDER / name


def completions(program: str, shell: str) -> str:
    """What one of `SHELLS` evaluates to complete a program's verbs and options."""
    return (shipped("docs/completions") / f"{program}.{shell}").read_text(encoding="utf-8")
