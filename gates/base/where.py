"""Finds the state directory, for every program of ours in this one place.

AVWAP_STATE_DIR names it, in the environment or in `.env`; else systemd's STATE_DIRECTORY; else it is `state/` in a
checkout, and of an installed program `$XDG_STATE_HOME/avwap`, which is ~/.local/state/avwap where nothing else is said.
A directory below `sys.prefix` is refused, because a new installation deletes it. What keeps the directory from being
known is handed back as a value, because callers differ in what they make of that: a cycle ends, `kill` puts no file
where no cycle looks, `evidence` packs what is there all the same.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from gates.base.environment import CHECKOUT, Mistake, ReadLines, in_program, is_checkout, read_environment
from gates.base.record import dataclass
from gates.base.settings import STATE_DIR, Unfit

MADE_BY_SYSTEMD = "STATE_DIRECTORY"
STATE_HOME, FOLDER = "XDG_STATE_HOME", "avwap"
MOVE = "and move there what state there is"


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Says why the state directory is not known, and which one would be in force without these mistakes, if any."""

    mistakes: tuple[Mistake, ...]
    otherwise: Path | None
    misnamed: bool
    """Whether what names it is wrong; else a settings file that may name it cannot be read."""

    def beside(self, others: Iterable[Mistake]) -> tuple[Mistake, ...]:
        """Its mistakes that are not among those of who read the settings as well."""
        names = {other.name for other in others}
        return tuple(mistake for mistake in self.mistakes if mistake.name not in names)


def state_root(environ: Mapping[str, str], read_lines: ReadLines, code: Path = CHECKOUT) -> Path | Unplaced:
    """Where state lives, whatever else is wrong: `.env` is read only when the environment does not name it."""
    named = environ.get(STATE_DIR.name)
    if named is not None:
        return placed(environ, named, code)
    merged, unreadable = read_environment(environ, (), read_lines)
    named = merged.get(STATE_DIR.name)
    if named is None and unreadable and not environ.get(MADE_BY_SYSTEMD):
        return Unplaced(tuple(unreadable), _otherwise(environ, code), misnamed=False)
    return placed(environ, named, code)


def placed(environ: Mapping[str, str], named: str | None, code: Path = CHECKOUT) -> Path | Unplaced:
    """The same for who has read the settings and answers for their mistakes; `named` is what they say."""
    try:
        chosen = STATE_DIR.parse(named)
    except Unfit as unfit:
        return _misnamed(STATE_DIR.name, named or "(empty)", str(unfit), _otherwise(environ, code))
    if not chosen:
        return _unnamed(environ, code)
    root = Path(chosen).absolute()
    return root if not in_program(root) else _elsewhere(STATE_DIR.name, root, _otherwise(environ, code))


def state_home(environ: Mapping[str, str]) -> Path | None:
    """Where a user's programs keep state by the rule of XDG, which has a path that is not absolute ignored."""
    named, home = environ.get(STATE_HOME, ""), environ.get("HOME", "")
    if os.path.isabs(named):
        return Path(named)
    return Path(home, ".local", "state") if os.path.isabs(home) else None


def _unnamed(environ: Mapping[str, str], code: Path) -> Path | Unplaced:
    """The directory where no setting names one."""
    made_for_us = environ.get(MADE_BY_SYSTEMD)
    if made_for_us:
        root = Path(made_for_us).absolute()
        return root if not in_program(root) else _elsewhere(MADE_BY_SYSTEMD, root)
    home = state_home(environ)
    if is_checkout(code):
        root = code / "state"
    elif home is not None:
        root = home / FOLDER
    else:
        remedy = f"state needs a place; set it to your home directory's whole path, or set {STATE_DIR.name}"
        return _misnamed("HOME", environ.get("HOME") or "(not set)", remedy)
    if in_program(root):
        return _misnamed(STATE_DIR.name, "(not set)", f"without it state is {root}, which {_below()}; set it, {MOVE}")
    return root


def _otherwise(environ: Mapping[str, str], code: Path) -> Path | None:
    default = _unnamed(environ, code)
    return None if isinstance(default, Unplaced) else default


def _elsewhere(name: str, root: Path, otherwise: Path | None = None) -> Unplaced:
    return _misnamed(name, str(root), f"{_below()}; unset it, or name a directory elsewhere, {MOVE}", otherwise)


def _misnamed(name: str, value: str, remedy: str, otherwise: Path | None = None) -> Unplaced:
    return Unplaced((Mistake(name, value, remedy, ends_run=True),), otherwise, misnamed=True)


def _below() -> str:
    return f"lies below {sys.prefix}, where a new installation of the program deletes it"
