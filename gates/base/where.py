"""Finds the state directory, for every program of ours in this one place.

AVWAP_STATE_DIR names it, in the environment or in `.env`; else systemd's STATE_DIRECTORY; else it is `state/` in the
checkout. What keeps it from being known is handed back as a value, because callers differ in what they make of that:
a cycle ends, `kill` puts no file where no cycle looks, `evidence` packs what is there all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gates.base.environment import CHECKOUT, Mistake, ReadLines, read_environment
from gates.base.settings import STATE_DIR, Unfit

MADE_BY_SYSTEMD = "STATE_DIRECTORY"


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Says why the state directory is not known, and which one would be in force without these mistakes."""

    mistakes: tuple[Mistake, ...]
    otherwise: Path
    misnamed: bool
    """Whether AVWAP_STATE_DIR says what is no path; else a settings file that may name it cannot be read."""


def state_root(environ: Mapping[str, str], read_lines: ReadLines) -> Path | Unplaced:
    """Where state lives, whatever else is wrong: `.env` is read only when the environment does not name it."""
    named = environ.get(STATE_DIR.name)
    if named is not None:
        return placed(environ, named)
    merged, unreadable = read_environment(environ, (), read_lines)
    named = merged.get(STATE_DIR.name)
    if named is None and unreadable and not environ.get(MADE_BY_SYSTEMD):
        return Unplaced(tuple(unreadable), _unnamed(environ), misnamed=False)
    return placed(environ, named)


def placed(environ: Mapping[str, str], named: str | None) -> Path | Unplaced:
    """The same for who has read the settings and answers for their mistakes; `named` is what they say."""
    try:
        chosen = STATE_DIR.parse(named)
    except Unfit as unfit:
        mistake = Mistake(STATE_DIR.name, named or "(empty)", str(unfit), ends_run=True)
        return Unplaced((mistake,), _unnamed(environ), misnamed=True)
    return Path(chosen).absolute() if chosen else _unnamed(environ)


def _unnamed(environ: Mapping[str, str]) -> Path:
    """The directory where no setting names one."""
    made_for_us = environ.get(MADE_BY_SYSTEMD)
    return Path(made_for_us).absolute() if made_for_us else CHECKOUT / "state"
