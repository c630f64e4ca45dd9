"""Lists the guard files: those that close something, so that one that is gone must be a No and not a blank.

state.json lists the ones a directory has begun. A cycle begins those that are new to it, once, with blanks, and says
so; after that a file that is listed and absent was lost. What reads a guard file asks `lost` before it takes an
absent one for an empty one. Breakers, stage, never and their like become rows of `GUARDS`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from gates.base import below
from gates.base.statefile import StateUnreadable, create, read_document, render, sealed

STATE_SCHEMA = 2
RECORD = "state.json"


def _blank(**empty: object) -> Callable[[], bytes]:
    return lambda: render(sealed({"schema": 1, **empty}))


def _blank_tokens() -> bytes:
    return render(sealed({"schema": 1, "salt": os.urandom(16).hex(), "served": []}))


GUARDS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "latches": ("latches.json", _blank(latches=[], cleared=[])),
    "tokens": ("tokens.json", _blank_tokens),
}
"""By the name in state.json: the file, and what it holds when it begins."""


def begin(root: Path, names: tuple[str, ...]) -> list[str]:
    """Blank files for these guards where there are none; the files that were made. A file that is there stays."""
    return [GUARDS[name][0] for name in names if create(root / GUARDS[name][0], GUARDS[name][1]())]


def not_begun(begun: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in GUARDS if name not in begun)


def lost(path: Path) -> bool:
    """Whether this guard file was begun and is gone. A state.json that cannot be read says nothing about it, and
    closes everything by itself."""
    if below.is_there(path):
        return False
    try:
        begun = read_document(path.parent / RECORD, STATE_SCHEMA).get("begun")
    except StateUnreadable:
        return False
    return isinstance(begun, list) and any(name in begun and GUARDS[name][0] == path.name for name in GUARDS)
