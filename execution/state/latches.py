"""Keeps latches.json: what stays in force until a person clears it, each with who, when and why.

A latch closes entries. The one called `flatten` also keeps the janitor from protecting what is being closed;
`flatten:AAPL` does both for that one symbol. And `suspend-lifted` says that the broker's own suspend has to
be put back. A file that cannot be read is in force for entries, as a latch called `unreadable`, and for
nothing else: cancelling, protecting and closing go on. What was cleared stays in the file, with
by whom and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from execution.records import Moment, Record, read_unsealed
from execution.state import guards
from execution.state.directory import StateDir
from execution.state.markers import require_removable, said_inside
from gates.base import below
from gates.base.sessions import new_york_text
from gates.base.statefile import (
    StateMissing,
    StateUnreadable,
    StateUnwritable,
    render,
    replace,
    sealed,
    unused_name,
)

SCHEMA = 1
FLATTEN = "flatten"
CANCEL_ALL = "cancel-all"
SUSPEND_LIFTED = "suspend-lifted"
UNREADABLE = "unreadable"
LOST = "was begun here and is missing; `execution latches clear unreadable --reason TEXT` begins it again"


def flatten_of(symbol: str | None) -> str:
    """The name of the latch that closing leaves: of one symbol, or of everything."""
    return FLATTEN if symbol is None else f"{FLATTEN}:{symbol}"


def symbol_of(name: str) -> str | None:
    """The one symbol that a latch of this name holds for; None where it holds for all."""
    kind, _, symbol = name.partition(":")
    return symbol if kind == FLATTEN and symbol else None


class Latch(Record, frozen=True):
    name: str
    at: Moment
    by: str
    why: str

    @property
    def symbol(self) -> str | None:
        return symbol_of(self.name)

    def __str__(self) -> str:
        return f"{self.name} (set {new_york_text(self.at)} by {self.by}: {self.why})"


class Cleared(Record, frozen=True):
    """A latch, or a marker file, that a person ended."""

    latch: Latch
    at: Moment
    by: str
    why: str


class Latches(Record, frozen=True):
    schema: int = SCHEMA
    latches: tuple[Latch, ...] = ()
    cleared: tuple[Cleared, ...] = ()

    def find(self, name: str) -> Latch | None:
        return next((latch for latch in self.latches if latch.name == name), None)


def load(path: Path) -> Latches:
    """Nothing latched where no file was begun; StateUnreadable when one was lost or cannot be taken at its word."""
    try:
        found = read_unsealed(path, Latches, SCHEMA)
    except StateMissing:
        if guards.lost(path):
            raise StateUnreadable(path, LOST) from None
        return Latches()
    names = [latch.name for latch in found.latches]
    if len(names) != len(set(names)):
        raise StateUnreadable(path, "holds a latch twice")
    return found


def names_in_force(path: Path) -> Mapping[str, str]:
    """Every latch that holds for all symbols in words, by its name; an unreadable file is such a latch itself."""
    try:
        return {latch.name: str(latch) for latch in load(path).latches if latch.symbol is None}
    except StateUnreadable as broken:
        return {UNREADABLE: f"{UNREADABLE} ({broken.what})"}


def in_force(path: Path) -> tuple[tuple[str, ...], str | None]:
    """Every latch that holds for all symbols, in words, or why they cannot be told."""
    try:
        return tuple(str(latch) for latch in load(path).latches if latch.symbol is None), None
    except StateUnreadable as broken:
        return (), broken.what


def by_symbol(path: Path) -> Mapping[str, str] | None:
    """Every latch of one symbol in words, by symbol; None when they cannot be told."""
    try:
        return {latch.symbol: str(latch) for latch in load(path).latches if latch.symbol is not None}
    except StateUnreadable:
        return None


def is_set(path: Path, name: str) -> bool:
    """Whether this very latch is known to be in force; an unreadable file knows of none."""
    try:
        return load(path).find(name) is not None
    except StateUnreadable:
        return False


def set_latch(path: Path, latch: Latch) -> None:
    """Durably; one of that name that is in force already keeps its first cause. An unreadable file is put
    aside first, and that it was there stays latched."""
    found = _load_or_put_aside(path, latch.at, latch.by)
    if found.find(latch.name) is None:
        _save(path, msgspec.structs.replace(found, latches=(*found.latches, latch)))


def clear(path: Path, name: str, at: datetime, by: str, why: str) -> Latch | None:
    """End one latch, durably, and keep that it was; None when there is no such latch."""
    found = _load_or_put_aside(path, at, by) if name == UNREADABLE else load(path)
    latch = found.find(name)
    if latch is not None:
        left = tuple(one for one in found.latches if one.name != name)
        ended = (*found.cleared, Cleared(latch, at, by, why))
        _save(path, msgspec.structs.replace(found, latches=left, cleared=ended))
    return latch


def keep_marker(path: Path, marker: Path, at: datetime, by: str, why: str) -> str:
    """Keep what a marker file said that a person is about to remove, and why; what it said."""
    require_removable(marker)
    found, inside = load(path), said_inside(marker)
    try:
        since = datetime.fromtimestamp(below.look(marker).st_mtime, UTC)
    except OSError:
        since = at
    ended = Cleared(Latch(marker.name, since, "see why", inside), at, by, " ".join(why.split()))
    _save(path, msgspec.structs.replace(found, cleared=(*found.cleared, ended)))
    return inside


def _load_or_put_aside(path: Path, at: datetime, by: str) -> Latches:
    try:
        return load(path)
    except StateUnreadable as broken:
        why = f"latches.json could not be read ({broken.what})"
        if below.is_there(path):
            why += f"; it was put aside as {_put_aside(path, at)}"
        fresh = Latches(latches=(Latch(UNREADABLE, at, by, why),))
        _save(path, fresh)
        return fresh


def _put_aside(path: Path, at: datetime) -> str:
    aside = unused_name(path.with_name(f"{path.name}.broken-{at:%Y%m%dT%H%M%S}"))
    try:
        below.rename(path, aside)
    except OSError as failed:
        raise StateUnwritable(aside, failed) from failed
    return aside.name


def _save(path: Path, latches: Latches) -> None:
    replace(path, render(sealed(msgspec.to_builtins(latches))))


def latched(state: StateDir) -> Mapping[str, str]:
    try:
        return {one.name: f"{one.why} (set by {one.by})" for one in load(state.latches).latches}
    except StateUnreadable as broken:
        return {UNREADABLE: broken.what}
